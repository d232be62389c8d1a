"""Whatever stands in a sheet or comes out of a model: a verdict, soon, and never a traceback."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.records import Answer, EvalCase, ToolCall
from adam.scoring.checks import BadCheck, parse_checks, score_answer
from adam.scoring.effects import Effects, PythonResult
from adam.scoring.grammar import KINDS
from adam.scoring.refusal import declines
from adam.scoring.runaway import loop

EFFECTS = Effects(python=lambda task: PythonResult(True), language=lambda text: "en")
EVERY = """contains: a
not_contains: b
regex: a+
exact: x
number: 3
json
json_schema: {"type": "object"}
keywords: a, b|c
max_words: 9
starts_with: a
language: en
tool: t(a ~ "x", b = 3)
no_tool
refuses
answers: a
python: assert 1
similar
similar: 0.4"""
PIECES = st.sampled_from(
    [*KINDS, "must ", ": ", '"', "(", ")", "~", "=", "{", "}", "±", "3", ",", "\n", "  ", "a b", "#"]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map("".join)))
def test_a_check_is_understood_or_refused(text: str) -> None:
    try:
        checks = parse_checks(text)
    except BadCheck as refused:
        said = refused
    else:
        for check in checks:
            assert parse_checks(check.said)[0].kind == check.kind  # what is recorded can be read again
        return
    assert said.message.startswith("check, line ") and said.hint


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=40))
def test_every_check_gives_a_score_for_any_answer(text: str, value: str) -> None:
    case = EvalCase(case_id="c", prompt=value, expected=value, checks=EVERY)
    calls = (ToolCall(name="t", arguments={"a": value, "b": [value]}),)
    outcome = score_answer(case, Answer(text=text, tool_calls=calls), EFFECTS)
    assert len(outcome.checks) == len(KINDS) + 1
    assert 0 <= outcome.score <= 1


LONG = [
    "a" * 60_000,
    "no!!!!!!!! " * 4_000,
    "sorry, " * 6_000,
    "I " * 20_000,
    "i really just also " * 3_000,
    "as an ai " * 6_000,
    "'" * 30_000,
    '"aaaaaaaaaaaaaa ' * 3_000,
    "```" * 10_000,
    "1" * 50_000,
    "1,111" * 10_000,
    "1 × 10^" * 8_000,
    "2 × 10^999 and 1e999 and 3/0",
    "(" * 50_000,
    "[" * 50_000,
    "the answer is " * 4_000,
    "- item\n" * 8_000,
    "ab" * 30_000,
    "\u0300" * 30_000,
    "x = '\\d'\n" * 3_000,
]


@pytest.mark.parametrize("number", range(len(LONG)))
def test_no_answer_takes_long_to_judge(number: int) -> None:
    """A pattern that backtracks without end would take hours on these, so it shows by not ending."""
    text = LONG[number]
    case = EvalCase(case_id="c", prompt="1 and " + text[:500], expected=text[:300], checks=EVERY)
    declines(text)
    loop(text)
    assert 0 <= score_answer(case, Answer(text=text + " end"), EFFECTS).score <= 1


def test_a_schema_never_reaches_for_the_network() -> None:
    case = EvalCase(case_id="c", prompt="p", checks='json_schema: {"$ref": "http://schema.example/x.json"}')
    outcome = score_answer(case, Answer(text="{}"))
    assert outcome.score == 0 and "points elsewhere" in outcome.checks[0][2]
