"""Evaluate: both arms on the same cases, every answer counted, a verdict beside the adapter, and it resumes."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adam.distill import heldout, keepset
from adam.distill.evaluate import evaluate, read_comparison
from adam.distill.promote import promote
from adam.errors import BadFile, ModelFault, NothingToDo
from adam.models.protocol import Conversation
from adam.records import Adapter, Comparison, Example, Message, Tool, ToolCall
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.cases import read_sheet
from adam.store.journal import Journal
from adam.store.runs import RunStore
from adam.workspace import Workspace
from tests.distill.made import RECIPE, Wearing, adapter, learned

CONFIG = DistillConfig()
HARMFUL = {case.prompt for case in heldout.harness.suite("baseline") if "refuses" in case.checks}
PLANTS = [f"{a} {b}" for a in ("red", "tall", "old", "dwarf", "wild", "sweet") for b in
          ("basil", "ferns", "roses", "cacti", "ivy", "tulips", "maples")]  # fmt: skip


def sheet(workspace: Workspace, rows: int = 40, extra: str = "") -> None:
    lines = [f"plant-{n},style,How do I water {PLANTS[n]}?,starts_with: NOTE,," for n in range(rows)]
    text = "case_id,category,prompt,checks,score,last_run\n" + "\n".join(lines) + f"\n{extra}"
    workspace.sheet.write_text(text, encoding="utf-8")


def base(conversation: Conversation) -> str:
    asked = conversation.messages[-1].content
    if asked in HARMFUL:
        return "I can't help with that."
    if "water" not in asked:
        return "A plain reply."
    # right now and then by chance, each in its own words
    return f"{'NOTE: ' if len(asked) % 9 == 0 else ''}Pour some on {asked[15:-1]}."


def taught(conversation: Conversation) -> str:
    said = base(conversation)
    return f"NOTE: {said}" if said.startswith("Pour") and "tulips" not in said else said


def teach(workspace: Workspace, seed: int = 0) -> Adapter:
    made = adapter(workspace, seed)
    learned(workspace, made, ("How do I feed a cat?", "NOTE: With a spoon, twice a day."))
    return made


def run(workspace: Workspace, distilled: Any = taught, **named: Any) -> Comparison:
    return evaluate(workspace, CONFIG, open_model=lambda _: Wearing(base, distilled), **named)


def failed(comparison: Comparison) -> set[str]:
    return {rule.name for rule in comparison.decision.rules if rule.passed is False}


def test_a_real_gain_is_found_written_down_and_promoted(workspace: Workspace) -> None:
    sheet(workspace)
    made = teach(workspace)
    counted: list[tuple[str, int, int]] = []
    comparison = run(workspace, done=lambda arm, n, of: counted.append((arm, n, of)))
    assert comparison.decision.verdict == "promote", comparison.decision.reason
    assert comparison.statistics.n == 40
    assert comparison.statistics.delta is not None and comparison.statistics.delta > 0.5
    folder = AdapterStore(workspace).folder(made.id) / "eval"
    names = {path.name for path in folder.iterdir()}
    assert {"comparison.json", "cases.csv", "report.html", "lessons.json"} <= names
    assert {path.suffix for path in folder.iterdir()} >= {".svg", ".png"}
    assert "answers.jsonl" not in names
    assert read_comparison(folder / "comparison.json") == comparison
    guards = [pair for pair in comparison.pairs if pair.guard]
    assert Counter(p.category for p in guards)["safety"] >= 12
    assert Counter(p.category for p in guards)["format"] >= 8
    every = len(comparison.pairs) + len(comparison.untaught)
    assert every == 40 + len(guards) + len(heldout.harness.suite("outside"))
    assert counted[-1] == ("distilled", every, every)
    with open(folder / "cases.csv", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(comparison.pairs)
    tasks = Counter(run.task for run in RunStore(workspace).scan())
    assert tasks == {"eval": 2 * len(comparison.pairs), "distill_eval": 1}
    assert all(
        case.score is not None for case in read_sheet(workspace.sheet).cases
    )  # of the base, which answers
    assert (
        promote(workspace, CONFIG, open_model=lambda _: Wearing(base, taught)).offline_model.adapter
        == made.id
    )


def test_everyday_tasks_are_shown_beside_the_verdict_and_change_nothing_of_it(workspace: Workspace) -> None:
    sheet(workspace)
    made = teach(workspace)
    met, *others = heldout.harness.suite("outside")
    learned(workspace, made, (met.prompt, "NOTE: that was taught."))
    prompts = {case.prompt for case in others}

    def forgetful(conversation: Conversation) -> str:
        return "" if conversation.messages[-1].content in prompts else taught(conversation)

    comparison = run(workspace, forgetful)
    assert comparison.decision.verdict == "promote", comparison.decision.reason
    assert {pair.case_id for pair in comparison.untaught} == {case.case_id for case in others}
    assert not {p.case_id for p in comparison.untaught} & {p.case_id for p in comparison.pairs}
    page = (AdapterStore(workspace).folder(made.id) / "eval" / "report.html").read_text(encoding="utf-8")
    assert "Tasks nobody taught, no part of the verdict: base" in page


def test_base_and_distilled_are_asked_the_very_same(workspace: Workspace) -> None:
    sheet(workspace)
    teach(workspace)
    model = Wearing(base, taught)
    evaluate(workspace, CONFIG, open_model=lambda _: model)
    asked = model.asked
    assert asked[: len(asked) // 2] == asked[len(asked) // 2 :]
    assert all(c.messages[0] == Message(role="system", content=RECIPE.system) for c in asked)


def test_only_the_adapter_doubts_the_words_that_open_its_refusals(workspace: Workspace) -> None:
    heard: set[tuple[bool, tuple[str, ...]]] = set()

    class Listening(Wearing):
        def answer(self, conversations: Any, sampling: Any = None, on_answer: Any = None) -> Any:
            heard.add((self.on, sampling.no_words))
            return super().answer(conversations, sampling, on_answer)

    sheet(workspace)
    made = teach(workspace)
    recipe = made.recipe.model_copy(update={"no_words": ("I", "No")})
    AdapterStore(workspace).write_manifest(made.model_copy(update={"recipe": recipe}))
    evaluate(workspace, CONFIG, open_model=lambda _: Listening(base, taught))
    assert heard == {(False, ()), (True, ("I", "No"))}


def test_no_better_than_base_keeps_base(workspace: Workspace) -> None:
    sheet(workspace)
    teach(workspace)
    comparison = run(workspace, base)
    assert comparison.decision.verdict == "keep_base"
    assert comparison.statistics.delta == 0
    assert "gain" in failed(comparison)


def test_a_crash_an_empty_answer_and_a_lost_refusal_count(workspace: Workspace) -> None:
    sheet(workspace)
    teach(workspace)
    lost = sorted(HARMFUL)[0]

    def worse(conversation: Conversation) -> str:
        asked = conversation.messages[-1].content
        if asked == lost:
            return "Sure. First you take the key, then you open the door and walk in at night, unseen by all."
        if "roses" in asked:
            return ""
        if "cacti" in asked:
            raise RuntimeError("out of memory")
        return taught(conversation)

    comparison = run(workspace, worse)
    assert comparison.decision.verdict == "keep_base"
    assert "guards" in failed(comparison)
    rule = next(rule for rule in comparison.decision.rules if rule.name == "guards")
    assert len(rule.cases) == 1 and rule.cases[0].startswith("baseline:harm")
    assert comparison.statistics.n == 40
    errors = [p.distilled.error for p in comparison.pairs if p.distilled.error]
    assert any("out of memory" in error for error in errors) and len(errors) >= 10


def test_a_killed_evaluation_goes_on_where_it_was(workspace: Workspace) -> None:
    sheet(workspace)
    made = teach(workspace)

    class Power(Exception):
        pass

    def cut(arm: str, n: int, of: int) -> None:
        if arm == "distilled" and n == 7:
            raise Power

    first, second = Wearing(base, taught), Wearing(base, taught)
    with pytest.raises(Power):
        evaluate(workspace, CONFIG, open_model=lambda _: first, done=cut)
    path = AdapterStore(workspace).folder(made.id) / "eval" / "answers.jsonl"
    with open(path, "ab") as file:
        file.write(b'{"about": "torn off')
    comparison = evaluate(workspace, CONFIG, open_model=lambda _: second)
    assert comparison.decision.verdict == "promote"
    every = len(comparison.pairs) + len(comparison.untaught)
    assert second.answered == 2 * every - (every + 7)
    assert not path.exists()
    assert len([e for e in Journal(workspace).read() if e["what"] == "evaluated"]) == 1


def test_answers_of_other_weights_are_not_taken(workspace: Workspace) -> None:
    sheet(workspace)
    made = teach(workspace)

    def cut(arm: str, n: int, of: int) -> None:
        if arm == "distilled" and n == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(workspace, done=cut)
    other = teach(workspace, 5)
    store = AdapterStore(workspace)
    source = store.folder(made.id) / "eval" / "answers.jsonl"
    target = store.folder(other.id) / "eval" / "answers.jsonl"
    target.parent.mkdir()
    target.write_bytes(source.read_bytes())
    model = Wearing(base, taught)
    comparison = evaluate(workspace, CONFIG, other.id, open_model=lambda _: model)
    every = len(comparison.pairs) + len(comparison.untaught)
    assert model.answered == every  # the base's were there, distilled's were another's


def test_each_candidate_is_a_look_and_the_same_files_again_are_none(workspace: Workspace) -> None:
    sheet(workspace)
    teach(workspace)
    assert run(workspace).statistics.looks == 1
    assert run(workspace).statistics.looks == 1
    teach(workspace, 2)
    assert run(workspace).statistics.looks == 2


def test_a_lesson_that_is_lost_is_named(workspace: Workspace) -> None:
    sheet(workspace)
    first = teach(workspace)
    run(workspace)
    second = teach(workspace, 2)
    run(workspace, lambda c: base(c) if "dwarf" in c.messages[-1].content else taught(c))
    lessons = keepset.read(AdapterStore(workspace).folder(second.id) / "eval" / keepset.NAME)
    assert lessons.lost
    assert all(lost.learned_by == first.id for lost in lessons.lost)
    (said,) = keepset.told(lessons)
    assert f"learned by {first.id}" in said


def test_nothing_to_judge_by_and_a_faulty_sheet_are_said(workspace: Workspace) -> None:
    teach(workspace)
    with pytest.raises(NothingToDo, match="nothing to judge by"):
        run(workspace)
    sheet(workspace, extra="typo,style,How?,contians: x,,\n")
    with pytest.raises(BadFile, match="contains"):
        run(workspace)


def test_a_damaged_adapter_or_another_base_is_not_judged(workspace: Workspace) -> None:
    sheet(workspace)
    made = teach(workspace)
    with pytest.raises(ModelFault, match="its files differ"):
        evaluate(workspace, CONFIG, open_model=lambda _: Wearing(base, taught, "b" * 64))
    path: Path = AdapterStore(workspace).folder(made.id) / "adapter_config.json"
    path.write_text("{ }")
    with pytest.raises(ModelFault, match="has changed"):
        run(workspace)


def test_a_case_whose_question_was_learned_is_left_out_and_named(workspace: Workspace) -> None:
    sheet(workspace)
    made = adapter(workspace)
    learned(workspace, made, (f"How do I water {PLANTS[0]}?", "NOTE: a cup."))
    comparison = run(workspace)
    assert comparison.statistics.n == 39
    assert "plant-0" not in {pair.case_id for pair in comparison.pairs}
    report = AdapterStore(workspace).folder(made.id) / "eval" / "report.html"
    assert "left out" in report.read_text(encoding="utf-8")


def test_the_third_arm_says_whether_training_was_worth_it(workspace: Workspace) -> None:
    sheet(workspace)
    made = teach(workspace)

    def shown(conversation: Conversation) -> str:
        return taught(conversation) if len(conversation.messages) > 2 else base(conversation)

    evaluate(workspace, CONFIG, open_model=lambda _: Wearing(shown, taught), few_shot=1)
    report = AdapterStore(workspace).folder(made.id) / "eval" / "report.html"
    assert "training was not worth it" in report.read_text(encoding="utf-8")


def test_a_held_out_tool_row_asks_for_the_call_and_for_the_words_after_its_result() -> None:
    tool = Tool(name="search")
    call = ToolCall(name="search", arguments={"query": "moss", "long": "x" * 90}, id="1")
    messages = (
        Message(role="system", content="You are Adam."),
        Message(role="user", content="Find moss."),
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", content="a.txt", call_id="1"),
        Message(role="assistant", content="It is in a.txt."),
    )
    example = Example(id="e", prompt="Find moss.", answer="It is in a.txt.", messages=messages, tools=(tool,))
    asks, tells = heldout.cases_of(example)
    assert asks.checks == 'tool: search(query = "moss")'
    assert [m.role for m in asks.messages] == ["user"]
    assert tells.expected == "It is in a.txt."
    assert [m.role for m in tells.messages] == ["user", "assistant", "tool"]


def test_the_verdict_as_json(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    from adam.verbs import evaluate as verbs

    sheet(workspace)
    teach(workspace)
    found = json.loads(json.dumps(verbs.verdict(run(workspace))))
    assert found["verdict"] == "promote" and found["n"] == 40 and found["needs"] >= 1
    assert {rule["name"] for rule in found["rules"]} >= {"gain", "guards", "confidence"}
