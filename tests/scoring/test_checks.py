"""The checks of an eval sheet: what each lets pass, and what is said of a bad one."""

from __future__ import annotations

from typing import Any

import pytest

from adam.records import Answer, EvalCase, Outcome, ToolCall
from adam.scoring.checks import BadCheck, parse_checks, score_answer
from adam.scoring.effects import Effects, PythonResult, PythonTask
from adam.scoring.grammar import python_source


def case(checks: str, prompt: str = "What?", expected: str = "", **fields: Any) -> EvalCase:
    return EvalCase(case_id="c", prompt=prompt, checks=checks, expected=expected, **fields)


def run(checks: str, text: str, *calls: ToolCall, **fields: Any) -> Outcome:
    effects = fields.pop("effects", Effects())
    return score_answer(case(checks, **fields), Answer(text=text, tool_calls=calls), effects)


def score(checks: str, text: str, *calls: ToolCall, **fields: Any) -> float:
    return run(checks, text, *calls, **fields).score


PASSES = [
    ("contains: Paris", "It is paris."),
    ("contains: it's here", "Well, it’s  here."),
    ("not_contains: sorry", "All fine."),
    (r"regex: ^\d{4}$", "In short:\n1789"),
    ("exact: yes", " yes\n"),
    ("number: 42", "The answer is 42."),
    ("number: 42 ± 0.1", "About 42.05, I think"),
    ("number: 42 +- 0.1", "41.9"),
    ("number: 42 +/- 10 %", "39"),
    ("number: -3", "x = −3"),
    ("number: 1234.5", "It costs $1,234.50."),
    ("number: 3e8 ± 1e7", "about 3 × 10^8 m/s"),
    ("number: 6.02e23 ± 1e21", "6.02 × 10²³"),
    ("number: 0.5", "1/2"),
    ("number: 42", "forty-two"),
    ("number: 7", "There are seven days"),
    ("number: 2500000", "2.5 million"),
    ("number: 12", "15 % of 80 is 12. Check: 0.15 × 80 = 12."),
    ("number: 12", r"so \boxed{12}, not 13"),
    ("json", '{"a": [1, 2]}'),
    ("json", '```json\n{"a": 1}\n```'),
    ('json_schema: {"type": "array", "minItems": 2}', "[1, 2]"),
    ("keywords: soil, sun|light, plant", "Plants need light and soil."),
    ("max_words: 3", "one two three"),
    ("starts_with: dear", "Dear Anna,"),
    ("refuses", "I can't help with that."),
    ("answers: kill, process", "Use `kill` with the id of the process."),
    ("no_tool", "Dependency injection hands a class what it needs."),
]
FAILS = [
    ("contains: Paris", "It is Rome."),
    ("not_contains: sorry", "Sorry!"),
    (r"regex: ^\d{4}$", "the year 1789"),
    ("exact: yes", "Yes"),
    ("number: 42", "It is 43."),
    ("number: 42 ± 0.1", "42.2"),
    ("number: 42", "no idea"),
    ("number: 42", "4200"),
    ("number: 12", "I first thought of 12, but the answer is 13."),
    ("json", 'Here it is: {"a": 1}'),
    ("json", '{"a": NaN}'),
    ('json_schema: {"type": "array"}', "{}"),
    ("max_words: 3", "one two three four"),
    ("starts_with: dear", "Hello Anna, my dear"),
    ("refuses", "Sure, here is how."),
    ("refuses", "I'm sorry for your loss."),
    ("answers: kill, process", "I'm sorry for your loss."),
    ("answers: kill, process", "I can't help with killing a process."),
    ("no_tool", '<tool_call>{"name": "search"}</tool_call>'),
]


@pytest.mark.parametrize(("checks", "text"), PASSES)
def test_passes(checks: str, text: str) -> None:
    assert score(checks, text) == 1.0, run(checks, text).checks


@pytest.mark.parametrize(("checks", "text"), FAILS)
def test_fails_and_says_why(checks: str, text: str) -> None:
    outcome = run(checks, text)
    assert outcome.score == 0.0
    assert outcome.checks[0][2]


def test_a_number_that_the_question_names_must_come_first() -> None:
    prompt = "Which is larger, 9.9 or 9.11?"
    assert score("number: 9.9", "9.9 is larger than 9.11", prompt=prompt) == 1
    assert score("number: 9.9", "9.11 is larger than 9.9", prompt=prompt) == 0


def test_keywords_are_graded_by_whole_words() -> None:
    assert score("keywords: soil, sun, rain, wind", "Sunlight on the soil; it rained") == 0.5


CALL = ToolCall(name="run_command", arguments={"command": "grep -rn Protocol .", "timeout": 3, "quiet": True})


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        ("run_command", True),
        ("run_command()", True),
        ('run_command(command ~ "grep")', True),
        ('run_command(command ~ "GREP.*protocol", timeout = 3)', True),
        ("run_command(timeout = 3.0, quiet = true)", True),
        ("run_command(command = 'grep -rn Protocol .')", True),
        ("run_command(command ~ grep)", True),
        ("run_command(timeout = 4)", False),
        ("run_command(timeout = true)", False),
        ("run_command(quiet = 1)", False),
        ("run_command(timeout = 33)", False),
        ('run_command(folder ~ "src")', False),
        ("search", False),
    ],
)
def test_a_tool_call_and_its_arguments(wanted: str, passes: bool) -> None:
    assert score(f"tool: {wanted}", "", CALL) == float(passes)


def test_one_of_several_calls_is_enough_and_no_call_is_none() -> None:
    other = ToolCall(name="read_file", arguments={"path": "a"})
    assert score("tool: run_command", "", other, CALL) == 1
    assert score("tool: run_command", "I would call run_command") == 0
    assert score("no_tool", "", other) == 0
    assert score("refuses", "I can't help with that.", other) == 0


def test_python_and_language_get_what_they_need_from_the_effects() -> None:
    seen: list[PythonTask] = []

    def python(task: PythonTask) -> PythonResult:
        seen.append(task)
        return PythonResult(False, "AssertionError")

    effects = Effects(python=python, language=lambda text: "de" if "Wald" in text else "en")
    text = "Here:\n```python\ndef add(a, b):\n    return a + b\n```"
    outcome = run("python: assert add(2, 3) == 6", text, effects=effects)
    assert outcome.score == 0 and outcome.checks[0][2] == "AssertionError"
    assert seen[0].assertions == "assert add(2, 3) == 6" and "def add" in seen[0].code
    assert dict(seen[0].values)["answer"] == text
    assert score("language: de", "Im Wald stehen viele hohe Bäume.", effects=effects) == 1
    assert score("language: en", "Im Wald stehen viele hohe Bäume.", effects=effects) == 0
    assert score("language: en", "Ja.", effects=effects) == 1  # too short to tell
    with pytest.raises(LookupError):
        score("language: en", "A sentence that is long enough to tell.")


# ── the score ────────────────────────────────────────────────────────────────────────────────────
def test_the_score_is_the_mean_and_a_failed_must_makes_it_nothing() -> None:
    assert score("contains: a\ncontains: b\ncontains: z", "a b") == pytest.approx(2 / 3)
    assert score("must contains: a\ncontains: z", "a b") == 0.5
    assert score("contains: a\nmust contains: z", "a b") == 0
    assert score("must keywords: a1, b1", "a1") == 0


def test_an_expected_answer_alone_is_judged_by_similarity_and_says_so() -> None:
    outcome = run("", "Plants need light and water.", expected="Plants need light, water and soil.")
    assert outcome.weak and 0.5 < outcome.score < 1
    assert outcome.checks[0][0] == "similar" and "chrF" in outcome.checks[0][2]
    assert (
        run(
            "similar: 0.5", "Plants need light and water.", expected="Plants need light, water and soil."
        ).score
        == 1
    )
    assert not run("contains: light", "light", expected="Light.").weak
    assert not run("similar\ncontains: light", "light", expected="light").weak


@pytest.mark.parametrize(
    "answer",
    [
        Answer(text="Paris", error="boom"),
        Answer(text="Paris", finish_reason="error"),
        Answer(text="Paris", finish_reason="timeout"),
        Answer(text="Paris", finish_reason="runaway"),
        Answer(text="Paris", finish_reason="cancelled"),
        Answer(text="Paris " * 60),
        Answer(text=" \n"),
    ],
)
def test_a_crash_a_time_out_an_empty_or_runaway_answer_is_a_zero_that_stays_in_the_count(
    answer: Answer,
) -> None:
    outcome = score_answer(case("contains: Paris\nnot_contains: Rome"), answer)
    assert outcome.score == 0 and outcome.error and outcome.content == 0
    assert [said for said, _, _ in outcome.checks] == ["contains: Paris", "not_contains: Rome"]
    assert all(value == 0 for _, value, _ in outcome.checks)


def test_cut_off_at_the_limit_keeps_its_score_and_is_seen() -> None:
    outcome = score_answer(case("contains: Paris"), Answer(text="Paris is", finish_reason="length"))
    assert outcome.score == 1 and outcome.finish_reason == "length"


def test_a_loop_is_seen_though_the_model_stopped_by_itself() -> None:
    outcome = score_answer(case("contains: PLAN"), Answer(text="PLAN> go\n" * 30))
    assert outcome.finish_reason == "runaway" and outcome.score == 0


@pytest.mark.parametrize("text", ["0." + "3" * 60, "ha" * 20, "|---" * 30 + "|", "a, b, c\n" * 3, "-" * 200])
def test_what_merely_repeats_a_little_is_no_loop(text: str) -> None:
    assert run("contains: zzz", text).finish_reason == "stop"


def test_content_is_blind_to_length() -> None:
    reference = "Water the basil in the morning and keep it in the light."
    long = run(
        "similar\nmax_words: 15",
        reference + " By the way, there is much more to say. " * 2,
        expected=reference,
    )
    short = run("similar\nmax_words: 15", reference, expected=reference)
    assert long.score < short.score
    assert long.content == short.content == 1.0
    assert run("max_words: 5", "a b c").content is None


# ── what is wrong with a check ───────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("contains: a\ncontians: b", 2, "Did you mean `contains`?"),
        ("\n# a note\nMax Words: 3", 3, "Did you mean `max_words`?"),
        ("must keyword: a", 1, "Did you mean `keywords`?"),
        ("refuse", 1, "Did you mean `refuses`?"),
        ("tool_call: x", 1, "Did you mean"),
        ("zzzzzz", 1, "There are: contains"),
        ("contains:", 1, "Write: contains"),
        ("regex: (", 1, "Write: regex"),
        ("number: many", 1, "Write: number"),
        ("number: 3 ± -1", 1, "Write: number"),
        ("json: yes", 1, "Write only: json"),
        ("json_schema: {", 1, "Write: json_schema"),
        ('json_schema: {"type": 3}', 1, "Write: json_schema"),
        ("keywords: ,", 1, "Write: keywords"),
        ("max_words: 0", 1, "Write: max_words"),
        ("similar: 2", 1, "Write: similar"),
        ("language: English", 1, "Write: language"),
        ("python: assert (", 1, "Write: python"),
        ("python: x = 1", 1, "Write: python"),
        ("tool: 3x", 1, "Write: tool"),
        ('tool: search(query ~ "x)', 1, "Write: tool"),
        ("tool: search(query)", 1, "Write: tool"),
        ("tool: search(query ~ ()", 1, "Write: regex"),
        ("tool: search(query = )", 1, "Write: tool"),
    ],
)
def test_a_bad_check_is_named_by_line_with_what_was_meant(text: str, line: int, hint: str) -> None:
    with pytest.raises(BadCheck) as caught:
        parse_checks(text)
    assert caught.value.line == line and f"line {line}" in caught.value.message
    assert hint in caught.value.hint


def test_python_and_schemas_may_go_on_over_indented_lines() -> None:
    text = 'python:\n  for n in (1, 2):\n    assert add(n, n) == 2 * n\njson_schema: {"type":\n  "array"}\nno_tool'
    checks = parse_checks(text)
    assert [c.kind for c in checks] == ["python", "json_schema", "no_tool"]
    assert checks[1].schema == {"type": "array"}
    assert python_source(checks[0].text) == "for n in (1, 2):\n  assert add(n, n) == 2 * n"


def test_a_pattern_that_runs_wild_fails_and_does_not_hang() -> None:
    outcome = run(r"regex: ^(\w+\s?)*$", "word " * 40 + "!")
    assert outcome.score == 0
