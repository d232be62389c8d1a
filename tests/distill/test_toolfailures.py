"""The known failures of tool distillation, each by a model that has it: the metric catches it, the gate refuses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adam.distill import harness
from adam.models.protocol import Conversation
from adam.models.scripted import ScriptedModel
from adam.records import Answer, EvalCase, Outcome, Pair, Recipe, ToolCall
from adam.scoring import gate
from adam.scoring.effects import Effects
from adam.scoring.statistics import compare
from adam.scoring.tooluse import tool_use
from adam.settings import GateSettings

CASES = [
    EvalCase(case_id=f"call-{i}", prompt=f"Where is Thing{i} defined?", checks=f'tool: search(pattern ~ "Thing{i}")\nkeywords: py', group=f"c{i}")
    for i in range(8)
] + [
    EvalCase(case_id=f"words-{i}", prompt=f"What is idea number {i}?", checks="no_tool\nkeywords: idea", group=f"w{i}")
    for i in range(8)
]  # fmt: skip


def call(name: str = "search", **arguments: object) -> Answer:
    return Answer(text="", tool_calls=(ToolCall(name=name, arguments=arguments, id="1"),), finish_reason="tool_calls")


def name_of(talk: Conversation) -> str:
    asked = next(m.content for m in reversed(talk.messages) if m.role == "user")
    return next((word.strip("?") for word in asked.split() if word.startswith("Thing")), "")


def good(talk: Conversation) -> Answer:
    if talk.messages[-1].role == "tool":
        return Answer(text="It is in a.py.")
    return call(pattern=name_of(talk)) if name_of(talk) else Answer(text="An idea, that is.")


def loops(talk: Conversation) -> Answer:
    return call(pattern=name_of(talk)) if name_of(talk) else good(talk)


def over_calls(talk: Conversation) -> Answer:
    return good(talk) if name_of(talk) or talk.messages[-1].role == "tool" else call(pattern="idea")


def never_calls(talk: Conversation) -> Answer:
    return Answer(text="It is in a.py, by heart.") if name_of(talk) else good(talk)


def wrong_key(talk: Conversation) -> Answer:
    return Answer(text='<tool_call>{"tool": "search", "arguments": {}}</tool_call>') if name_of(talk) else good(talk)


def no_arguments(talk: Conversation) -> Answer:
    return call() if name_of(talk) and talk.messages[-1].role != "tool" else good(talk)


def leaks(talk: Conversation) -> Answer:
    answer = good(talk)
    return answer if answer.tool_calls else answer.model_copy(update={"text": answer.text + "<|im_end|>"})


def asked(say: Callable[[Conversation], Answer], tmp_path: Path) -> list[Outcome]:
    (tmp_path / "a.py").write_text("".join(f"class Thing{i}:\n    pass\n" for i in range(8)))
    return harness.answer_cases(ScriptedModel(say, "x"), CASES, Recipe(), Effects(), folder=tmp_path)


def verdict(base: list[Outcome], distilled: list[Outcome]) -> dict[str, bool | None]:
    pairs = [Pair(case_id=b.case_id, group=b.case_id, base=b, distilled=d) for b, d in zip(base, distilled, strict=True)]
    decision = gate.decide(pairs, compare(pairs, 0.9, 1, 0), GateSettings(), gate.Extras())
    return {rule.name: rule.passed for rule in decision.rules}


def test_a_good_one_is_seen_as_good(tmp_path: Path) -> None:
    use = tool_use(asked(good, tmp_path))
    assert (use.called, use.missed, use.direct, use.overcalled) == (8, 0, 8, 0)
    assert (use.accuracy, use.balanced, use.right_tool, use.right_call, use.argument_f1) == (1, 1, 1, 1, 1)
    assert (use.loops, use.empty_arguments, use.leaked_tokens) == (0, 0, 0)
    assert (use.turns, use.calls) == (1.5, 0.5)


@pytest.mark.parametrize(
    ("say", "figure", "value"),
    [
        (loops, "loops", 8), (over_calls, "overcalled", 8), (never_calls, "missed", 8), (wrong_key, "missed", 8),
        (wrong_key, "leaked_tokens", 8), (no_arguments, "empty_arguments", 8), (leaks, "leaked_tokens", 16),
    ],
)  # fmt: skip
def test_each_failure_has_its_figure(say: Callable[[Conversation], Answer], figure: str, value: int, tmp_path: Path) -> None:
    assert getattr(tool_use(asked(say, tmp_path)), figure) == value


@pytest.mark.parametrize(
    ("say", "rule"), [(loops, "runaway"), (over_calls, "discrimination"), (never_calls, "discrimination")]
)
def test_the_gate_refuses_what_has_become_worse(say: Callable[[Conversation], Answer], rule: str, tmp_path: Path) -> None:
    base = asked(good, tmp_path)
    assert verdict(base, base)[rule] is True
    assert verdict(base, asked(say, tmp_path))[rule] is False


def test_a_suite_says_all_of_it_in_the_terminal_and_on_the_page(tmp_path: Path) -> None:
    import io

    from rich.console import Console

    from adam.report.suite import suite_page
    from adam.report.terminal import suite_screen

    outcomes = asked(over_calls, tmp_path)
    text = io.StringIO()
    Console(file=text, width=200).print(suite_screen(outcomes))
    screen = text.getvalue()
    for words in ("call wanted: 8 called, 0 in words; words wanted: 0 in words, 8 called", "discrimination 0.50",
                  "right tool 1.00", "0 loops, 0 empty arguments, 0 leaked tokens", "turns"):  # fmt: skip
        assert words in screen
    assert "100 %, 0 %" in suite_page(outcomes, title="t")  # over-calls, under-calls
