"""A collect that goes on where the last one stopped says and writes what a full one says and writes."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.distill import memory
from adam.distill.collect import collect
from adam.records import Review, Run
from adam.settings import DistillConfig
from adam.store.dataset import DatasetStore
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore, answer_hash
from adam.workspace import Workspace
from tests.distill.history import START, History

CONFIG = DistillConfig(max_per_group=2)
NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
SENTENCE = "an old sailor from the north keeps seven tall green lanterns behind his crooked wooden door near harbour"
WORDS = SENTENCE.split()
KINDS = ["", "", "", "", "not_reviewed", "rejected", "low", "secret", "private", "corrected", "eval"]
ANSWERS = ["They shine at night, all of them, and the boats come in.", "Nobody knows, and nobody has asked him so far."]


def gather(workspace: Workspace, config: DistillConfig = CONFIG, **more: Any) -> Any:
    return collect(
        workspace, config, now=NOW, count_tokens=lambda text: len(text.split()), **{"environment": {}, **more}
    )


class Owner:
    """Talks, judges, edits: prompts are stretches of one sentence, so that they tie each other's groups together."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.config = workspace, CONFIG
        self.runs: list[Run] = []

    def talk(self, start: int, length: int, kind: str, answer: int) -> None:
        number = len(self.runs)
        at = START + timedelta(minutes=number)
        said = "my password is hunter2, " if kind == "secret" else ""
        run = Run(
            id=f"{at:%Y%m%d-%H%M%S}-{number:06x}",
            time=at,
            task="eval" if kind == "eval" else "chat",
            prompt=said + " ".join(WORDS[start : start + length]),
            answer=ANSWERS[answer % 2] + " " + "And so on." * (answer // 2),
            tags=("private",) if kind == "private" else (),
        )
        self.runs.append(run)
        RunStore(self.workspace).append(run)
        if kind not in {"not_reviewed", "eval"}:
            self.judge(number, kind if kind in {"rejected", "corrected"} else "approved", 0.1 if kind == "low" else 0.9)

    def judge(self, number: int, verdict: str, score: float) -> None:
        if not self.runs:
            return
        run = RunStore(self.workspace).get(self.runs[number % len(self.runs)].id)
        reviews = ReviewStore(self.workspace)
        review = Review(
            run=run.id,
            verdict=verdict,  # type: ignore[arg-type]
            score=score,
            by="owner",
            at=NOW + timedelta(minutes=len(reviews.read())),
            answer_sha256=answer_hash(run.answer),
            correction=f"Better: {score}, and with much more to say." if verdict == "corrected" else "",
        )
        reviews.append(review)

    def forget(self, number: int) -> None:
        examples = DatasetStore(self.workspace).load().examples
        if examples:
            DatasetStore(self.workspace).bury([examples[number % len(examples)].id], "forgotten")

    def edit(self, number: int) -> None:
        """A line of the data set goes, by hand."""
        if self.workspace.dataset.exists():
            lines = self.workspace.dataset.read_bytes().splitlines(keepends=True)
            gone = number % max(1, len(lines))
            self.workspace.dataset.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))

    def keep_private(self, number: int) -> None:
        self.config = self.config.model_copy(update={"private": [WORDS[number % len(WORDS)]]})

    def test(self, number: int) -> None:
        asked = " ".join(WORDS[number % 9 : number % 9 + 7])
        self.workspace.sheet.write_text(f"case_id,prompt,expected,split\ncase-1,{asked},They do.,test\n")

    def cell(self, number: int) -> None:
        """A cell of an old run, typed over in a spreadsheet."""
        path = self.workspace.runs
        if path.exists():
            lines = path.read_text().splitlines(keepends=True)
            place = 1 + number % (len(lines) - 1)
            lines[place] = lines[place].replace(",chat,", ",eval,")
            path.write_text("".join(lines))


_TALK = st.tuples(
    st.just("talk"), st.integers(0, 9), st.integers(4, 8), st.sampled_from(KINDS), st.integers(0, 3)
)
_LATER = st.tuples(st.just("judge"), st.integers(0, 30), st.sampled_from(["approved", "rejected", "corrected", "undone"]), st.sampled_from([0.2, 0.8, 1.0]))  # fmt: skip
_OTHER = st.tuples(st.sampled_from(["forget", "edit", "keep_private", "test", "cell"]), st.integers(0, 30))
_ROUND = st.lists(st.one_of(_TALK, _TALK, _TALK, _TALK, _LATER, _OTHER), max_size=6)


@given(st.lists(_ROUND, min_size=2, max_size=5))
@settings(max_examples=40, deadline=None)
def test_whatever_has_happened_since(rounds: list[list[tuple[Any, ...]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        owner = Owner(Workspace(Path(folder) / "home").make())
        for done in rounds:
            for what, *how in done:
                getattr(owner, what)(*how)
            _same_as_full(owner.workspace, owner.config, Path(folder) / "full")


def _same_as_full(workspace: Workspace, config: DistillConfig, beside: Path) -> Any:
    shutil.copytree(workspace.root, beside)
    full = Workspace(beside)
    full.collected.unlink(missing_ok=True)
    said, wanted = gather(workspace, config), gather(full, config)
    apart = {"wall_s", "details", "dataset", "bad_lines", "problems"}
    assert said.model_dump(exclude=apart) == wanted.model_dump(exclude=apart)
    assert _written(workspace) == _written(full)
    shutil.rmtree(beside)
    return said


def _written(workspace: Workspace) -> tuple[list[str], dict[str, str], dict[str, str]]:
    store = DatasetStore(workspace)
    rows = workspace.dataset.read_text().splitlines() if workspace.dataset.exists() else []
    return rows, dict(store.ledger()), store.tombstones()


# ── the file that remembers ───────────────────────────────────────────────────────────────────────
def _remembered(workspace: Workspace) -> History:
    history = History(workspace)
    for _ in range(12):
        history.add()
    history.add("rejected", verdict="rejected")
    history.write()
    gather(workspace)
    return history


def _damaged() -> dict[str, Callable[[bytes], bytes]]:
    def with_(**facts: Any) -> Callable[[bytes], bytes]:
        return lambda raw: json.dumps({**json.loads(raw), **facts}).encode()

    return {
        "empty": lambda raw: b"",
        "cut off": lambda raw: raw[: len(raw) // 2],
        "noise": lambda raw: b"\xff\x00" + raw,
        "another kind": lambda raw: b"[1, 2]",
        "nested": lambda raw: b"[" * 100_000,
        "a count changed": lambda raw: raw.replace(b'"rejected": 1', b'"rejected": 7'),
        "nothing included": with_(included=0),
        "no counts": with_(counts=None),
        "sizes of another type": with_(runs=["a", 3]),
    }


@pytest.mark.parametrize("damage", sorted(_damaged()))
def test_a_damaged_memory_is_never_believed(workspace: Workspace, tmp_path: Path, damage: str) -> None:
    history = _remembered(workspace)
    raw = workspace.collected.read_bytes()
    spoilt = _damaged()[damage](raw)
    assert spoilt != raw
    workspace.collected.write_bytes(spoilt)
    history.add()
    history.write()
    said = _same_as_full(workspace, CONFIG, tmp_path / "full")
    assert said.excluded == {"rejected": 1} and said.total == 13
    assert memory.load(workspace) is not None


def test_a_bad_row_is_named_by_its_line_wherever_the_reading_began(workspace: Workspace) -> None:
    history = _remembered(workspace)
    for _ in range(2):  # once going on, once more after an edit of what was read before
        history.add()
        history.write()
        with open(workspace.runs, "a") as file:
            file.write('1,"torn open\n')
        lines = workspace.runs.read_text().splitlines()
        bad = [f"{workspace.runs}:{n}:" for n, line in enumerate(lines, 1) if "torn open" in line]
        said = gather(workspace).problems
        assert [p.split(" ")[0] for p in said] == bad[-len(said) :] and said
        workspace.runs.write_text(workspace.runs.read_text().replace("look", "glance", 1))
        full = gather(workspace).problems
        assert [p.split(" ")[0] for p in full] == bad


def _believed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, **how: Any) -> bool:
    read: list[str] = []
    original = RunStore.full
    with monkeypatch.context() as patch:
        patch.setattr(RunStore, "full", lambda self, run: (read.append(run.id), original(self, run))[1])
        gather(workspace, **{"config": CONFIG, **how})
    return not read


def test_another_rule_value_or_setting_makes_it_read_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    _remembered(workspace)
    assert _believed(workspace, monkeypatch)
    assert not _believed(workspace, monkeypatch, environment={"SMTP_PASSWORD": "Blaubeere7"})
    assert _believed(workspace, monkeypatch, environment={"SMTP_PASSWORD": "Blaubeere7"})
    assert not _believed(workspace, monkeypatch, environment={"SMTP_PASSWORD": "Himbeere8"})
    (workspace.root / ".env").write_text("API_TOKEN=tr0mbone-x\n")
    assert not _believed(workspace, monkeypatch, environment={"SMTP_PASSWORD": "Himbeere8"})
    own = CONFIG.model_copy(update={"private": ["heron"]})
    assert not _believed(workspace, monkeypatch, config=own)
    monkeypatch.setattr(memory, "code", lambda: "other rules")
    assert not _believed(workspace, monkeypatch, config=own)
    kept = workspace.collected.read_text()
    assert not [word for word in ("Blaubeere7", "Himbeere8", "tr0mbone", "heron") if word in kept]
