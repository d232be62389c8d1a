"""Answers through the real mlx_lm code, on the tiny model."""

from __future__ import annotations

from pathlib import Path

import pytest

from adam.errors import ModelFault
from adam.models import local
from adam.models.local import LocalModel
from adam.models.protocol import Cancel, Conversation, Piece, Sampling
from adam.models.tiny import tiny_folder, tiny_model
from adam.records import Answer, Message, Tool, ToolCall

ROOMY = Sampling(max_tokens=24, stop_runaways=False)
PROMPTS = [Conversation.of("word " * n + "?", "Be brief.") for n in (1, 9, 3, 40, 2, 17, 60, 5, 5)]


@pytest.fixture(scope="module")
def model() -> LocalModel:
    return tiny_model()


def reference(model: LocalModel, conversation: Conversation, count: int) -> str:
    import mlx_lm

    return str(mlx_lm.generate(model.model, model.tokenizer, model.render(conversation), max_tokens=count))


def last(pieces: list[Piece]) -> Answer:
    answer = pieces[-1].answer
    assert answer is not None
    return answer


def test_a_batch_says_what_mlx_lm_says_one_by_one(model: LocalModel) -> None:
    answers = model.answer(PROMPTS, ROOMY)
    assert [a.text for a in answers] == [reference(model, c, 24) for c in PROMPTS]
    assert all(a.finish_reason == "length" and a.answer_tokens == 24 for a in answers)
    assert all(a.first_token_s is not None and a.tokens_per_s is not None for a in answers)


def test_more_prompts_than_a_batch_is_wide(model: LocalModel) -> None:
    many = [Conversation.of(f"question {n}" * (1 + n % 7)) for n in range(75)]
    heard: list[int] = []
    answers = model.answer(many, Sampling(max_tokens=4), lambda at, answer: heard.append(at))
    assert sorted(heard) == list(range(75))
    assert answers[70].text == model.answer([many[70]], Sampling(max_tokens=4))[0].text


def test_with_little_memory_fewer_answers_grow_side_by_side(
    model: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adam.models import generate

    a_cache = 2 * 2 * 2 * 16 * 4 * 100  # layers, keys and values, heads, head size, bytes, tokens
    monkeypatch.setattr("adam.models.size.available_bytes", lambda: 2 * 3 * a_cache)
    assert generate.wide(model.model, 100) == 3
    assert [a.text for a in model.answer(PROMPTS, ROOMY)] == [reference(model, c, 24) for c in PROMPTS]


def test_streaming_shows_the_text_of_the_answer(model: LocalModel) -> None:
    pieces = list(model.stream(PROMPTS[3], ROOMY))
    assert "".join(p.text for p in pieces) == last(pieces).text == reference(model, PROMPTS[3], 24)


def test_a_chat_is_read_on_from_where_it_stood(model: LocalModel) -> None:
    """The same text with what was read before kept as without; and less is read."""
    history = [Message(role="user", content="tell me of the weir " * 8)]
    for _ in range(3):
        conversation = Conversation(tuple(history))
        kept = last(list(model.stream(conversation, ROOMY)))
        assert kept.text == tiny_model().answer([conversation], ROOMY)[0].text
        history += [Message(role="assistant", content=kept.text), Message(role="user", content="and then?")]
    tokens = model.render(Conversation(tuple(history)))
    _, known = model._prefixes.fetch("", tokens)
    assert known > len(tokens) // 2


def test_a_shared_system_prompt_changes_no_answer(model: LocalModel) -> None:
    system = "You know everything about rivers. " * 12
    asked = [Conversation.of(f"What of the {word}?", system) for word in ("Elbe", "Spree", "Po", "Ob", "Don")]
    assert [a.text for a in model.answer(asked, ROOMY)] == [reference(model, c, 24) for c in asked]


def test_the_seed_decides_and_the_company_does_not(model: LocalModel) -> None:
    drawn = Sampling(max_tokens=24, temperature=1.0, top_p=0.95, seed=5, stop_runaways=False)
    together = [a.text for a in model.answer(PROMPTS, drawn)]
    assert together == [model.answer([c], drawn)[0].text for c in PROMPTS]
    again = [a.text for a in model.answer(PROMPTS, drawn)]
    other = [a.text for a in model.answer(PROMPTS, Sampling(max_tokens=24, temperature=1.0, seed=6))]
    assert together == again != other


def test_a_repetition_penalty_is_that_of_mlx_lm_also_on_a_prompt_known_before(model: LocalModel) -> None:
    import mlx_lm
    from mlx_lm.sample_utils import make_logits_processors

    tokens = model.render(PROMPTS[3])
    wanted = mlx_lm.generate(
        model.model, model.tokenizer, tokens, max_tokens=40,
        logits_processors=make_logits_processors(repetition_penalty=1.5),
    )  # fmt: skip
    penalty = Sampling(max_tokens=40, repetition_penalty=1.5, stop_runaways=False)
    for _ in range(2):
        assert model.answer([PROMPTS[3]], penalty)[0].text == wanted != reference(model, PROMPTS[3], 40)


def test_a_stop_sequence_ends_the_answer_before_it_and_is_never_shown(model: LocalModel) -> None:
    whole = reference(model, PROMPTS[0], 24)
    stop = whole[10:13]
    pieces = list(model.stream(PROMPTS[0], Sampling(max_tokens=24, stop=(stop,), stop_runaways=False)))
    assert last(pieces).text == whole[: whole.index(stop)] == "".join(p.text for p in pieces)
    assert last(pieces).finish_reason == "stop"


def test_each_answer_of_a_batch_stops_at_its_own_stop(model: LocalModel) -> None:
    whole = [reference(model, c, 24) for c in PROMPTS[:4]]
    stop = whole[1][5:7]
    answers = model.answer(PROMPTS[:4], Sampling(max_tokens=24, stop=(stop,), stop_runaways=False))
    assert [a.text for a in answers] == [t.split(stop)[0] for t in whole]


def test_an_end_token_ends_the_answer(model: LocalModel) -> None:
    import mlx_lm

    text = reference(model, PROMPTS[0], 24)
    prompt = model.render(PROMPTS[0])
    steps = mlx_lm.stream_generate(model.model, model.tokenizer, prompt, max_tokens=24)
    token = [step.token for step in steps][6]
    before = model.tokenizer.eos_token_ids
    try:
        model.tokenizer.eos_token_ids = {*before, token}
        answer = model.answer([PROMPTS[0]], ROOMY)[0]
    finally:
        model.tokenizer.eos_token_ids = before
    assert answer.finish_reason == "stop"
    assert text.startswith(answer.text.rstrip("\ufffd")) and answer.answer_tokens <= 7


def test_cancel_keeps_what_was_said(model: LocalModel) -> None:
    cancel = Cancel()
    pieces = []
    for piece in model.stream(PROMPTS[0], ROOMY, cancel):
        pieces.append(piece)
        cancel.set()
    assert last(pieces).finish_reason == "cancelled"
    assert 0 < last(pieces).answer_tokens < 24
    assert reference(model, PROMPTS[0], 24).startswith(last(pieces).text.rstrip("\ufffd"))


def test_a_stream_that_is_left_alone_lets_the_next_one_in(model: LocalModel) -> None:
    left = model.stream(PROMPTS[0], ROOMY)
    next(left)
    left.close()
    assert model.answer([PROMPTS[1]], ROOMY)[0].error == ""


def test_a_time_limit_ends_the_answer(model: LocalModel) -> None:
    answers = model.answer(PROMPTS[:3], Sampling(max_tokens=2000, timeout_s=1e-9, stop_runaways=False))
    assert {a.finish_reason for a in answers} == {"timeout"}


def test_an_answer_that_goes_in_circles_is_stopped(model: LocalModel) -> None:
    """The random model falls into a loop sooner or later; unstopped it fills its whole allowance."""
    found = model.answer(PROMPTS, Sampling(max_tokens=1500))
    looped = [a for a in found if a.finish_reason == "runaway"]
    assert looped and all(a.answer_tokens < 1500 for a in looped)


def test_a_conversation_too_long_is_a_fault_of_its_own_only(model: LocalModel) -> None:
    answers = model.answer([PROMPTS[0], Conversation.of("x" * 5000), PROMPTS[1]], ROOMY)
    assert [a.finish_reason for a in answers] == ["length", "error", "length"]
    assert "reads at most 4096 tokens" in answers[1].error


def test_a_bounded_cache_forgets_but_goes_on(model: LocalModel) -> None:
    answer = model.answer([PROMPTS[6]], Sampling(max_tokens=60, max_kv_size=48, stop_runaways=False))[0]
    assert answer.answer_tokens == 60 and not answer.error


def test_the_mean_logprob_is_that_of_the_tokens_said(model: LocalModel) -> None:
    import mlx.core as mx

    answer = model.answer([PROMPTS[2]], Sampling(max_tokens=1))[0]
    logits = model.model(mx.array([model.render(PROMPTS[2])]))[0, -1]
    expected = (mx.max(logits) - mx.logsumexp(logits)).item()
    assert answer.mean_logprob == pytest.approx(expected, abs=1e-4)


def test_a_draft_model_changes_no_word() -> None:
    model, draft = tiny_model(), tiny_model(seed=1)
    plain = [model.answer([c], ROOMY)[0].text for c in PROMPTS[:4]]
    for small in (draft, tiny_model()):
        model.use_draft(small)
        assert [last(list(model.stream(c, ROOMY))).text for c in PROMPTS[:4]] == plain


def test_tool_calls_are_read_out_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is made to write a call, token by token, through the real engine."""
    model = tiny_model()
    said = 'Let me look. <tool_call>{"name": "read", "arguments": {"path": "a.txt"}}</tool_call><|im_end|>'
    _will_say(model, said, monkeypatch)
    tools = (Tool(name="read", description="Read a file"),)
    asked = Conversation((Message(role="user", content="read a.txt"),), tools)
    pieces = list(model.stream(asked, Sampling(max_tokens=200)))
    answer = last(pieces)
    assert answer.tool_calls == (ToolCall(name="read", arguments={"path": "a.txt"}, id="call_1"),)
    assert answer.finish_reason == "tool_calls"
    assert "".join(p.text for p in pieces) == "Let me look. "
    assert answer.text == "Let me look."


def test_the_same_call_over_and_over_is_a_runaway(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model()
    _will_say(model, '<tool_call>{"name": "read", "arguments": {}}</tool_call>\n' * 12, monkeypatch)
    asked = Conversation((Message(role="user", content="go"),), (Tool(name="read"),))
    answer = model.answer([asked], Sampling(max_tokens=600))[0]
    assert answer.finish_reason == "runaway" and len(answer.tool_calls) < 5


def test_what_the_tiny_folder_holds_is_the_tiny_model(tmp_path: Path, model: LocalModel) -> None:
    loaded = local.load(str(tiny_folder(tmp_path / "tiny")))
    assert loaded.answer(PROMPTS[:2], ROOMY)[1].text == model.answer(PROMPTS[:2], ROOMY)[1].text
    assert loaded.tokenizer.has_tool_calling
    assert loaded.template == model.template


def test_two_seeds_are_two_models_and_one_seed_is_one() -> None:
    texts = [tiny_model(seed).answer([PROMPTS[0]], ROOMY)[0].text for seed in (0, 0, 1)]
    assert texts[0] == texts[1] != texts[2]


def test_a_draft_with_another_vocabulary_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from . import made

    monkeypatch.setenv("ADAM_CACHE", str(tmp_path / "cache"))

    made.write(tmp_path / "a.gguf")
    model = tiny_model()
    other = local.load(str(tmp_path / "a.gguf"))
    with pytest.raises(ModelFault, match="tokenizers differ"):
        model.use_draft(other)


def _will_say(model: LocalModel, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Biases the head so that the answer is `text`, whatever the weights say."""
    import mlx.core as mx

    wanted = model.tokenizer.encode(text, add_special_tokens=False)
    kind = type(model.model)
    plain = kind.__call__
    start: list[int] = []

    def biased(self: object, tokens: mx.array, cache: list[object] | None = None) -> mx.array:
        out = plain(self, tokens, cache)
        assert cache is not None
        offset = cache[0].offset  # type: ignore[attr-defined]
        at = int(offset.max().item()) if isinstance(offset, mx.array) else int(offset)
        if tokens.shape[1] > 1:
            return out
        if not start:
            start.append(at)
        place = at - start[0]
        token = wanted[place] if place < len(wanted) else 258
        return out.at[:, -1, token].add(1000.0)

    monkeypatch.setattr(kind, "__call__", biased)
