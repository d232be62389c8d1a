"""The tracker tells what was measured, of whom, and forgets nothing of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adam.distill import harness, tracker, trackertable
from adam.distill.baseline import Metered, baseline, fingerprint
from adam.errors import BadFile, ModelFault, NoModel
from adam.records import Answer, Outcome, Pair, ToolCall
from adam.scoring.tooluse import expects
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.runs import RunStore
from adam.workspace import Workspace
from tests.distill.made import BASE, NOW, Wearing, adapter, judged, polite

CONFIG = DistillConfig()


def noted(workspace: Workspace) -> list[tracker.Row]:
    return tracker.note_adapters(workspace, CONFIG, lambda: NOW)


def outcome(wanted: str, *calls: ToolCall, answer: str = "x") -> Outcome:
    return Outcome(case_id="c", score=1.0, answer=answer, tool_calls=calls, checks=((wanted, 1.0, ""),), duration_ms=500)


CALL = ToolCall(name="search", arguments={"pattern": "a"})


# ── adapters ──────────────────────────────────────────────────────────────────────────────────────
def test_an_adapter_is_a_row_with_what_its_manifest_and_log_know(workspace: Workspace) -> None:
    made = adapter(workspace, wall_s=33.0, peak_memory_gb=1.2, valid_loss=1.0, test_loss=0.5)
    reports = [{"step": 1, "loss": 3.0}, {"step": 9, "loss": 1.5}, {"step": 1, "valid_loss": 2.0}, {"step": 9, "valid_loss": 1.0}]
    (AdapterStore(workspace).folder(made.id) / "metrics.json").write_text(json.dumps({"reports": reports}))
    (row,) = noted(workspace)
    assert (row.name, row.base, row.status, row.changed) == (made.id, BASE, "not evaluated", "the first adapter")
    assert (row.training_examples, row.training_s, row.training_gb) == (60, 33.0, 1.2)
    assert row.train_loss == (3.0, 1.5) and row.valid_loss == (2.0, 1.0)
    assert row.perplexity == pytest.approx(1.6487, abs=1e-3)  # of the held-out loss
    assert row.adapter_mb is not None and row.adapter_mb > 0


def test_what_was_not_measured_is_missing_and_never_nought(workspace: Workspace) -> None:
    adapter(workspace)
    (row,) = noted(workspace)
    figures = ("accuracy", "discrimination", "seconds_per_query", "cost_usd", "memory_gb", "perplexity", "train_loss")
    assert [getattr(row, name) for name in figures] == [None] * len(figures)
    text = trackertable.markdown([row])
    assert "| 0" not in text.replace("0.0 MB", "") and "–" in text


def test_an_adapter_that_gets_further_is_a_new_line_and_the_old_one_stays(workspace: Workspace) -> None:
    made = adapter(workspace)
    noted(workspace)
    first = workspace.tracker.read_bytes()
    assert noted(workspace) == [] and workspace.tracker.read_bytes() == first
    judged(workspace, made)
    (row,) = noted(workspace)
    assert row.status == "promotable (Δ +0.12)" and row.judged_on == "held-out"
    assert workspace.tracker.read_bytes().startswith(first)
    assert [r.status for r in tracker.history(workspace)] == ["not evaluated", "promotable (Δ +0.12)"]
    assert [r.status for r in tracker.rows(workspace)] == ["promotable (Δ +0.12)"]


def test_what_was_once_known_stays_when_the_files_are_gone(workspace: Workspace) -> None:
    made = adapter(workspace)
    size = noted(workspace)[0].adapter_mb
    (AdapterStore(workspace).folder(made.id) / "adapters.safetensors").unlink()
    (row,) = noted(workspace)
    assert "archived" in row.status and row.adapter_mb == size
    (AdapterStore(workspace).folder(made.id) / "manifest.json").unlink()
    assert noted(workspace) == [] and [r.name for r in tracker.rows(workspace)] == [made.id]


def test_a_second_comparison_is_not_mixed_with_the_first(workspace: Workspace) -> None:
    made = adapter(workspace)
    pairs = [Pair(case_id="c", base=o, distilled=o) for o in (outcome("tool: search", CALL), outcome("no_tool"))]
    judged(workspace, made, pairs=tuple(pairs), speed={"distilled_seconds": 3.0})
    (first,) = noted(workspace)
    assert (first.cases, first.discrimination, first.seconds_per_query) == (2, 1.0, 1.5)
    judged(workspace, made, pairs=tuple(pairs[1:]))
    (second,) = noted(workspace)
    assert (second.cases, second.discrimination, second.right_tool, second.seconds_per_query) == (1, None, None, None)


def test_a_row_says_in_what_it_differs_from_the_one_before(workspace: Workspace) -> None:
    adapter(workspace, settings={"lr": 0.0004, "keep_days": 90}, data_sha256="a")
    adapter(workspace, 1, settings={"lr": 0.0006, "keep_days": 10}, data_sha256="b")
    adapter(workspace, 2, settings={"lr": 0.0006, "keep_days": 10}, data_sha256="b")
    said = [row.changed for row in noted(workspace)]
    assert said == ["the first adapter", "lr 0.0004 → 0.0006, other rows", "nothing: the same settings and rows"]


def test_a_broken_line_is_named(workspace: Workspace) -> None:
    adapter(workspace)
    noted(workspace)
    with workspace.tracker.open("a") as file:
        file.write('{"v":1,"at":"2026-11-20T14:30:00Z","kind":"adapter","name":"x","accuracy":"high"}\n')
    with pytest.raises(BadFile, match=r"tracker.jsonl:2: no row"):
        tracker.rows(workspace)


# ── autonomous ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("called", "missed", "direct", "over", "looping", "said"),
    [(8, 2, 5, 0, 0, "yes"), (3, 7, 5, 0, 0, "no"), (10, 0, 1, 4, 0, "over-eager"), (8, 0, 5, 0, 2, "loops"), (0, 0, 5, 0, 0, None)],
)  # fmt: skip
def test_would_one_let_it_work_alone(called: int, missed: int, direct: int, over: int, looping: int, said: str | None) -> None:
    outcomes = (
        [outcome("tool: search", CALL)] * called + [outcome("tool: search")] * missed
        + [outcome("no_tool")] * direct + [outcome("no_tool", CALL)] * over + [outcome("tool: search", *[CALL] * 20)] * looping
    )  # fmt: skip
    found = tracker.figures(outcomes)
    assert found["autonomous"] == said
    assert (found["discrimination"] is None) == (said is None)  # with one kind of case there is nothing to tell apart


# ── the suite and its repository ──────────────────────────────────────────────────────────────────
def test_two_thirds_of_the_suite_want_a_tool() -> None:
    cases = harness.suite("tools")
    kinds = [expects(Outcome(case_id=c.case_id, score=0.0, checks=tuple((line, 0.0, "") for line in c.checks.splitlines()))) for c in cases]
    assert len(cases) >= 43 and "" not in kinds
    assert kinds.count("call") / len(cases) == pytest.approx(2 / 3, abs=0.03)
    asked = {case.prompt for case in cases}
    assert {"Find all classes that inherit from Protocol", "What is dependency injection?", "Show me examples of using Inject"} <= asked


def test_every_asked_fact_follows_from_the_asked_call() -> None:
    """It is in the result, or in a file that the result names: the repository can't drift from the questions."""
    from adam.scoring.grammar import parse_checks

    with harness.tools_in_a_sandbox(harness.repository("tools")) as call:
        for case in harness.suite("tools"):
            checks = parse_checks(case.checks)
            if checks[0].kind != "tool" or len(checks) == 1:
                continue
            text = call(_as_asked(checks[0].names[0], {w.argument: str(w.value) for w in checks[0].wanted}))
            for path in sorted({line.split(":")[0] for line in text.splitlines() if line.startswith("ferry/")}):
                text += call(ToolCall(name="read_file", arguments={"path": path.split("  ")[0]}))
            for fact in checks[1].names:
                assert any(word.casefold() in text.casefold() for word in fact.split("|")), (case.case_id, fact)


def _as_asked(name: str, wanted: dict[str, str]) -> ToolCall:
    if name == "read_file":
        root = harness.repository("tools")
        assert root is not None
        wanted["path"] = next(p.relative_to(root).as_posix() for p in sorted(root.rglob("*.*")) if wanted["path"] in p.name or p.as_posix().endswith(wanted["path"]))
    return ToolCall(name=name, arguments=dict(wanted))


def test_tools_work_in_a_copy_and_leave_no_trace() -> None:
    root = harness.repository("tools")
    assert root is not None
    before = fingerprint(harness.suite("tools"))
    with harness.tools_in_a_sandbox(root) as call:
        assert "class TicketStore(Protocol)" in call(ToolCall(name="search", arguments={"pattern": "Protocol"}))
        assert "said no" in call(ToolCall(name="write_file", arguments={"path": "README.md", "content": "x"}))
        assert "said no" in call(ToolCall(name="run_command", arguments={"command": "rm -r ."}))
    assert fingerprint(harness.suite("tools")) == before
    assert not {p.name for p in root.iterdir()} - {"README.md", "timetable.csv", "settings.toml", "ferry"}


# ── baselines ─────────────────────────────────────────────────────────────────────────────────────
def test_a_rule_of_thumb_is_measured_offline_and_twice_is_two_rows(workspace: Workspace) -> None:
    row = baseline(workspace, CONFIG, "scripted", note="first")
    baseline(workspace, CONFIG, "scripted", note="second")
    assert row.cases == len(harness.suite("tools")) and row.accuracy is not None and 0 < row.accuracy < 1
    assert row.discrimination is not None and row.memory_gb is None and row.cost_usd is None
    assert [r.changed for r in tracker.rows(workspace)] == ["first", "second"]
    runs = [run for run in RunStore(workspace).scan() if run.task == "eval"]
    assert len(runs) == 2 * len(harness.suite("tools")) and {run.route for run in runs} == {"scripted"}


def test_an_adapter_is_measured_with_the_adapter_on(workspace: Workspace) -> None:
    made = adapter(workspace, wall_s=33.0)
    call = '<tool_call>{"name": "search", "arguments": {"pattern": "Protocol"}}</tool_call>'
    model = Wearing(lambda c: "I don't know.", lambda c: "Found." if c.messages[-1].role == "tool" else call)
    bare = baseline(workspace, CONFIG, BASE, open_model=lambda name: model.scripts[False])
    worn = baseline(workspace, CONFIG, made.id, open_model=lambda name: model)
    assert (bare.autonomous, worn.autonomous) == ("no", "over-eager")
    assert bare.calls_per_query == 0 and worn.right_tool is not None and worn.right_tool > 0.4
    assert worn.training_s == 33.0 and worn.memory_gb is not None and worn.kind == "baseline"
    assert len(tracker.rows(workspace)) == 2


def test_a_model_that_answers_nothing_is_no_row(workspace: Workspace) -> None:
    def broken(name: str) -> Wearing:
        return Wearing(lambda c: 1 / 0, lambda c: "")  # type: ignore[arg-type, return-value]

    with pytest.raises(NoModel, match="answered none of 50 cases: division by zero"):
        baseline(workspace, CONFIG, "some-model", open_model=lambda name: broken(name).scripts[False])
    assert tracker.rows(workspace) == []


def test_a_changed_adapter_is_not_measured(workspace: Workspace) -> None:
    made = adapter(workspace)
    (AdapterStore(workspace).folder(made.id) / "adapters.safetensors").write_bytes(b"other")
    with pytest.raises(ModelFault, match="has changed"):
        baseline(workspace, CONFIG, made.id, open_model=polite)


def test_a_service_costs_what_it_read_and_wrote(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.chat.scripted_server import Say, ScriptedServer

    with ScriptedServer([Say("It is so.", prompt_tokens=1000, answer_tokens=100)]) as server:
        workspace.router.write_text(
            f"version: 1\nmodels:\n  big:\n    model: big-30b\n    base_url: {server.url}\n    api_key_env: ''\n"
            "    input_usd_per_million: 2.0\n    output_usd_per_million: 10.0\n"
        )
        row = baseline(workspace, CONFIG, "big")
    n = len(harness.suite("tools"))
    assert row.cost_usd == pytest.approx(n * (1000 * 2 + 100 * 10) / 1e6) and row.base == "big-30b"
    assert row.autonomous == "no" and row.model_mb is None


def test_metered_counts_every_answer() -> None:
    from adam.models.protocol import Conversation
    from adam.models.scripted import ScriptedModel

    metered = Metered(ScriptedModel(lambda c: Answer(text="x", prompt_tokens=5, answer_tokens=2)))
    metered.answer([Conversation.of("a"), Conversation.of("b")])
    assert (metered.read, metered.written, metered.name) == (10, 4, "scripted")


# ── as texts ──────────────────────────────────────────────────────────────────────────────────────
def test_the_page_marks_the_live_one_and_holds_no_foreign_markup(workspace: Workspace) -> None:
    from tests.report.test_html import Parsed

    made = adapter(workspace, settings={"lr": 1})
    noted(workspace)
    baseline(workspace, CONFIG, "scripted", note="<b>|x")
    parsed = Parsed(trackertable.html(tracker.rows(workspace), live=made.id))
    assert parsed.faults == [] and "b" not in parsed.kinds
    assert [a.get("class") for t, a in parsed.tags if t == "tr"].count("all") == 2



def test_a_plot_is_written_as_svg_and_png(workspace: Workspace, tmp_path: Path) -> None:
    baseline(workspace, CONFIG, "scripted")
    baseline(workspace, CONFIG, "scripted")
    trackertable.plot(tracker.rows(workspace), tmp_path / "t.svg")
    assert (tmp_path / "t.svg").stat().st_size > 1000 and (tmp_path / "t.png").stat().st_size > 1000
