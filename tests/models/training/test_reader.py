"""The rows come from a process beside the weights; what is wrong there is said as if it were here."""

from __future__ import annotations

from pathlib import Path

import pytest

from adam.errors import AdamError
from adam.models import blas
from adam.models.training.plan import Event, Plan
from adam.models.training.reader import Reader
from adam.records import BEGUN, Example, Message, Recipe
from adam.store.dataset import example_id


def example(prompt: str, answer: str, source: str = "run") -> Example:
    messages = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
    return Example(
        id=example_id(messages, ()), prompt=prompt, answer=answer, messages=messages, source=source,
        category="style", group=prompt, split="train",
    )  # fmt: skip


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    blas.ensure()
    from adam.models.tiny import tiny_folder

    (tmp_path / "prepared").mkdir()
    return Plan(
        base=str(tiny_folder(tmp_path / "tiny")), folder=str(tmp_path), prepared=str(tmp_path / "prepared"),
        settings={"max_seq_length": 120}, recipe=Recipe(), steps=1, eval_every=1,
    )  # fmt: skip


def written(plan: Plan, *examples: Example) -> None:
    lines = "".join(e.model_dump_json() + "\n" for e in examples)
    (Path(plan.prepared) / "train.jsonl").write_text(lines, encoding="utf-8")


def test_rows_and_notes_come_over(plan: Plan) -> None:
    written(plan, example("hi", "ho"), example("and", "then", BEGUN), example("long", "x" * 200))
    notes: list[Event] = []
    sets = Reader(plan).rows(notes.append)
    assert [row.kit for row in sets.train] == [False, True]
    assert not sets.valid and not sets.test
    assert len(notes) == 1 and "more than max_seq_length 120" in notes[0].said


def test_an_error_there_is_an_error_here(plan: Plan) -> None:
    written(plan, example("long", "x" * 200))
    with pytest.raises(AdamError, match="no training rows are left") as caught:
        Reader(plan).rows(lambda event: None)
    assert "adam dataset validate" in caught.value.hint


def test_a_reader_that_dies_is_said_and_one_that_is_not_wanted_ends(plan: Plan) -> None:
    written(plan, example("hi", "ho"))
    reader = Reader(plan)
    reader._process.kill()
    with pytest.raises(AdamError, match="ended with -9"):
        reader.rows(lambda event: None)
    unwanted = Reader(plan)
    unwanted.stop()
    assert unwanted._process.returncode is not None
