"""The sample is what its generator writes, holds what it promises, and the demo tells the truth of a run."""

from __future__ import annotations

import filecmp
import importlib.util
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from adam.distill import demo
from adam.distill.collect import collect
from adam.errors import BadUsage
from adam.records import Answer, Comparison, EvalCase
from adam.scoring.checks import score_answer
from adam.scoring.validate import validate_sheet
from adam.settings import DistillConfig
from adam.store.cases import read_sheet
from adam.store.dataset import DatasetStore
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore
from adam.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "data" / "sample"
SECOND = ROOT / "tests" / "data" / "second_owner"
HIDDEN = ("heron-Quay-77", "4722 1638 0947 5135", "okafor", "DE89", "the will", "ask the doctor")


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"sample_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def sample(tmp_path: Path) -> Workspace:
    return demo.prepare(tmp_path / "sample", {})


def words(text: str) -> int:
    return len(text)


@pytest.mark.parametrize(
    ("generator", "folder"), [(SAMPLE / "generate.py", SAMPLE), (SECOND / "make.py", SECOND)]
)
def test_the_committed_files_are_what_the_generator_writes(
    generator: Path, folder: Path, tmp_path: Path
) -> None:
    subprocess.run([sys.executable, generator, tmp_path], check=True)
    committed = sorted(p.relative_to(folder) for p in (folder / "logs").rglob("*") if p.is_file())
    written = sorted(p.relative_to(tmp_path) for p in (tmp_path / "logs").rglob("*") if p.is_file())
    assert committed == written
    _, different, faulty = filecmp.cmpfiles(folder, tmp_path, [str(p) for p in committed], shallow=False)
    assert not different
    assert not faulty


def test_the_history_is_a_believable_one(sample: Workspace) -> None:
    store = RunStore(sample)
    runs = list(store.scan())
    reviews = ReviewStore(sample)
    verdicts = Counter(r.verdict for r in reviews.latest().values())
    assert not store.problems
    assert len(runs) >= 190
    assert verdicts["approved"] + verdicts["corrected"] >= 130
    assert verdicts["rejected"] >= 10
    assert {run.route for run in runs} == {"cloud", "offline"}
    assert sum(run.status == "error" for run in runs) >= 3
    assert (runs[-1].time - runs[0].time).days >= 28
    tools = [run for run in map(store.full, runs) if run.tools]
    assert len(tools) >= 5
    assert all(any(m.role == "tool" and m.content for m in run.messages) for run in tools)


@pytest.mark.parametrize(("folder", "least"), [(SAMPLE, 130), (SECOND, 100)])
def test_collecting_keeps_the_good_and_catches_the_rest(folder: Path, least: int, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(folder / "logs", tmp_path / "logs")
    workspace = Workspace(tmp_path).make()
    summary = collect(workspace, DistillConfig(), count_tokens=words, environment={})
    assert not summary.problems
    assert summary.included >= least
    assert summary.groups >= 90
    assert summary.excluded["secret"] >= 1
    assert summary.excluded["rejected"] >= 4
    assert "test_prompt" not in summary.excluded  # the sheet's topics are in no run
    examples = DatasetStore(workspace).load().examples
    told = " ".join(m.content for e in examples for m in e.messages)
    assert not [text for text in (*HIDDEN, "Gr0ve") if text in told]
    if folder == SAMPLE:
        assert {"private", "duplicate", "near_duplicate", "low_score"} <= set(summary.excluded)
        assert Counter(e.split for e in examples)["test"] >= 15


@pytest.mark.parametrize(("folder", "least"), [(SAMPLE, 70), (SECOND, 50)])
def test_the_sheet_can_judge(folder: Path, least: int) -> None:
    sheet = read_sheet(folder / "logs" / "eval.csv")
    assert not sheet.problems
    assert not validate_sheet(sheet.cases)
    assert len(sheet.cases) >= least
    kinds = {
        "style",
        "format",
        "reasoning",
        "tool_calling",
        "code_generation",
        "general",
        "safety",
        "over_refusal",
    }
    assert kinds <= {case.category for case in sheet.cases}


def taught_answer(taught: ModuleType, case: EvalCase) -> str:
    """What Mara would like to read for a case of one of her formats."""
    kind = case.case_id.partition("-")[0]
    asked = re.compile(
        "|".join(f"(?:{re.escape(way.partition('{')[0])})" for way in taught.ASKED[kind] if way[0] != "{")
    )
    rest = asked.sub("", case.prompt, count=1).rstrip(".?'").strip("'").removesuffix("' mean")
    if kind == "reminder":
        return str(taught.reminder(*rest.rsplit(", ", 1)))
    if kind == "action":
        what, when = rest.rsplit(", ", 1)
        return str(taught.action(*what.split(" ", 1), when))
    if kind == "plan":
        return str(taught.plan(rest, "Begin.", "Go on.", "End."))
    if kind == "summary":
        first = rest.split(". ")[0] + "."
        return str(taught.summary(first, "one, two"))
    if kind == "choice":
        return str(taught.choice(rest.split(" or ")[0], "it is good", "it is dear"))
    known = {"glacier": "a field of ice", "receipt": "a paper that shows what was paid", "soprano": "a high voice",
             "anchor": "a weight that holds a boat", "orchard": "a garden of fruit trees",
             "ladder": "two rails with rungs to climb"}  # fmt: skip
    return str(taught.term(rest, known[rest]))


def test_her_formats_pass_the_sheet_and_chat_does_not() -> None:
    taught = module(SAMPLE / "taught.py")
    cases = [c for c in read_sheet(SAMPLE / "logs" / "eval.csv").cases if c.category in {"style", "format"}]
    assert len(cases) >= 40
    for case in cases:
        good = taught_answer(taught, case)
        assert score_answer(case, Answer(text=good)).score == 1.0, (case.prompt, good)
        chatty = f"Sure! I would be happy to help you with this: {case.prompt} Let me know if you need more."
        assert score_answer(case, Answer(text=chatty)).score == 0.0, case.prompt


def test_what_the_demo_asks_is_unseen(sample: Workspace) -> None:
    cases = read_sheet(sample.sheet).cases
    told = " ".join(run.prompt for run in RunStore(sample).scan())
    told += " ".join(case.prompt for case in cases)
    assert "skis" in demo.ASKED
    assert not re.search(r"\bskis\b", told)
    assert {case.case_id for case in cases if case.split == "test"} >= set(demo.SHOWN)


def test_a_folder_with_something_in_it_is_not_taken(tmp_path: Path) -> None:
    target = tmp_path / "full"
    target.mkdir()
    (target / "mine.txt").write_text("mine")
    with pytest.raises(BadUsage, match="not an empty folder"):
        demo.prepare(target, {})
    assert [p.name for p in target.iterdir()] == ["mine.txt"]


def test_settings_of_the_demo_reach_the_workspace(tmp_path: Path) -> None:
    workspace = demo.prepare(tmp_path / "new", {"base_model": "gemma-3-270m", "seed": 3, "epochs": None})
    assert workspace.config.read_text() == '{\n "base_model": "gemma-3-270m",\n "seed": 3\n}\n'


@pytest.mark.embedded
@pytest.mark.slow
@pytest.mark.alone
def test_the_demo_teaches_for_real_and_tells_the_verdict(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    line = [sys.executable, "-m", "adam", "demo", "--keep", str(home)]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=2400)
    assert done.returncode in (0, 4), done.stdout[-3000:] + done.stderr[-3000:]
    for said in ("adam distill collect", "before, score", "after, score", "report: ", "Chat there: ", "tasks nobody taught"):
        assert said in done.stdout
    assert "tasks nobody taught: base" in done.stdout
    (found,) = (home / "distill_out").glob("*/eval/comparison.json")
    decision = Comparison.model_validate_json(found.read_bytes()).decision
    assert decision.delta is not None
    assert decision.lower is not None
    assert decision.delta >= 0.15
    assert decision.lower > 0.05
    router = (home / "router.yaml").read_text(encoding="utf-8")
    if decision.verdict == "promote":
        assert done.returncode == 0
        assert "adam distill rollback" in done.stdout
        assert re.search(r"REMINDER \| (to )?wax the skis", done.stdout)
        assert found.parent.parent.name in router
    else:  # which rule spoke against it is said, and the base stays
        assert done.returncode == 4
        assert "The gate says no" in done.stdout
        assert found.parent.parent.name not in router
