"""Which tokens are learned: every assistant turn once, its end included, nothing cut."""

from __future__ import annotations

from typing import Any

from adam.models.protocol import Conversation
from adam.models.tiny import tiny_model
from adam.models.training.batches import Order, arrays, share
from adam.models.training.rows import Row, prepare, rows_of
from adam.records import Message, Tool, ToolCall

TOOL = Tool(name="read_file", description="text of a file")
TALK = (
    Message(role="system", content="Be brief."),
    Message(role="user", content="What is in a.txt?"),
    Message(role="assistant", tool_calls=(ToolCall(name="read_file", arguments={"path": "a.txt"}),)),
    Message(role="tool", content="hello", name="read_file"),
    Message(role="assistant", content="It says hello."),
)


def learned_texts(rows: list[Row], model: object) -> list[str]:
    decode = model.tokenizer.decode  # type: ignore[attr-defined]
    return [decode(list(row.tokens[a:b])) for row in rows for a, b in row.spans]


def test_each_assistant_turn_is_learned_once_with_its_end() -> None:
    model = tiny_model()
    ends = frozenset(model.tokenizer.eos_token_ids)

    def render(messages, tools, opens):  # type: ignore[no-untyped-def]
        return model.render(Conversation(tuple(messages), tuple(tools)), add_generation_prompt=opens)

    rows = rows_of("x", TALK, (TOOL,), render, ends)
    texts = learned_texts(rows, model)
    assert len(texts) == 2
    assert "read_file" in texts[0] and "hello" not in texts[0]
    assert texts[1].startswith("It says hello.")
    for row in rows:
        for _, end in row.spans:
            assert row.tokens[end - 1] in ends


def test_a_template_that_rewrites_the_past_gets_a_row_for_each_turn() -> None:
    def render(messages, tools, opens):  # type: ignore[no-untyped-def]
        # shows only the last question: no beginning of a talk is a beginning of the whole
        tokens = [1]
        last = max((i for i, m in enumerate(messages) if m.role == "user"), default=0)
        for m in messages[last:]:
            tokens += [10 + len(m.content), 2 if m.role == "assistant" else 3]
        return [*tokens, 9] if opens else tokens

    talk = [
        Message(role="user", content="a"), Message(role="assistant", content="bb"),
        Message(role="user", content="ccc"), Message(role="assistant", content="dddd"),
    ]  # fmt: skip
    rows = rows_of("x", talk, (), render, frozenset({2}))
    assert len(rows) == 2
    assert all(len(row.spans) == 1 for row in rows)


def test_of_a_kit_row_behind_an_exchange_only_the_last_turn_is_learned() -> None:
    model = tiny_model()

    def render(messages, tools, opens):  # type: ignore[no-untyped-def]
        return model.render(Conversation(tuple(messages), tuple(tools)), add_generation_prompt=opens)

    talk = [
        Message(role="user", content="Define tea."), Message(role="assistant", content="TERM: tea"),
        Message(role="user", content="Who sings?"), Message(role="assistant", content="A bird."),
    ]  # fmt: skip
    ends = frozenset(model.tokenizer.eos_token_ids)
    (row,) = prepare([("x", talk, ())], render, ends, longest=999, kit=frozenset({"x"})).rows
    assert row.kit
    (text,) = learned_texts([row], model)
    assert text.startswith("A bird.")
    assert "TERM: tea" in model.tokenizer.decode(list(row.tokens))


def test_a_row_that_is_too_long_is_named_and_never_cut() -> None:
    def render(messages: Any, tools: Any, opens: bool) -> list[int]:
        return [5] * sum(len(m.content) for m in messages) + ([9] if opens else [2])

    talks = [
        (name, [Message(role="user", content="q"), Message(role="assistant", content=text)], ())
        for name, text in (("short", "a"), ("long", "a" * 50))
    ]
    found = prepare(talks, render, frozenset({2}), longest=20)
    assert [row.example for row in found.rows] == ["short"]
    name, why = found.left_out[0]
    assert name == "long"
    assert "51" in why or "52" in why


def test_an_epoch_has_every_row_once_and_a_step_is_dealt_evenly() -> None:
    lengths = [10 + 7 * i % 50 for i in range(23)]
    order = Order(lengths, 4, seed=3)
    seen = [i for step in range(order.per_epoch) for i in order[step]]
    assert sorted(seen) == list(range(23))
    again = Order(lengths, 4, seed=3)
    assert [order[s] for s in range(12)] == [again[s] for s in range(12)]
    rows = [Row(tuple(range(n)), ((1, n),)) for n in (40, 10, 30, 12)]
    loads = [sum(len(r.tokens) for r in hand) for hand in share(rows, 2)]
    assert max(loads) - min(loads) <= 12


def test_arrays_name_the_place_that_predicts_each_learned_token() -> None:
    inputs, places, targets = arrays([Row((5, 6, 7, 8), ((2, 4),)), Row((1, 2, 3), ((1, 3),))])
    assert inputs.tolist() == [[5, 6, 7], [1, 2, 0]]
    assert places.tolist() == [1, 2, 3, 4]
    assert targets.tolist() == [7, 8, 2, 3]
