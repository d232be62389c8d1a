"""runs.csv: Adam's own, a spreadsheet's, and somebody else's."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adam.errors import BadFile, NothingToDo
from adam.records import Message, Run, Tool, ToolCall
from adam.store.runs import RunRow, RunStore, answer_hash, new_run_id
from adam.workspace import Workspace

NOW = datetime(2026, 11, 20, 14, 30, 15, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def run_of(prompt: str = "hello", answer: str = "hi", **more: object) -> Run:
    return Run(id=new_run_id(NOW), time=NOW, prompt=prompt, answer=answer, **more)  # type: ignore[arg-type]


def full_run() -> Run:
    call = ToolCall(name="read", arguments={"path": "a.txt", "n": [1, 2.5, None]}, id="c1")
    return run_of(
        "read\nit",
        'x,"y"\r\n' * 100,
        messages=(
            Message(role="user", content="read\nit"),
            Message(role="assistant", tool_calls=(call,)),
            Message(role="tool", content="\x00\x1b[31m", call_id="c1", name="read"),
        ),
        tools=(Tool(name="read"),),
        route="offline", model="smollm2-135m", adapter="2026-11-20-1", reason="promoted",
        prompt_tokens=12, answer_tokens=30, first_token_ms=12.5, duration_ms=1234.5678, cost_usd=0.0,
        tags=("kept",), score=0.75, approved=True, approved_by="me", details={"α": {"b": 1}},
    )  # fmt: skip


def test_a_run_comes_back_as_it_was(workspace: Workspace) -> None:
    store = RunStore(workspace)
    run = full_run()
    store.append(run)
    assert store.get(run.id) == run
    row = store.tail(1)[0]
    assert row.prompt == "read it" and len(row.answer) <= 120  # one short line
    assert isinstance(row, RunRow) and row.answer_sha256 == answer_hash(run.answer)
    assert (row.score, row.prompt_tokens, row.duration_ms, row.tags) == (0.75, 12, 1234.57, ("kept",))
    assert len(workspace.runs.read_text().splitlines()) == 2


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(prompt=TEXT, answer=TEXT, model=TEXT, by=TEXT)
def test_any_text_comes_back(workspace: Workspace, prompt: str, answer: str, model: str, by: str) -> None:
    workspace.config.write_text('{"mask_secrets_in_log": false}')
    store = RunStore(workspace)
    run = run_of(prompt, answer, model=model, approved_by=by, error=by)
    store.append(run)
    assert store.get(run.id).model_copy(update={"approved_by": by}) == run
    assert store.tail(1)[0].id == run.id
    assert store.problems == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5),
    delimiter=st.sampled_from([",", ";", "\t"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    order=st.permutations(["question", "output", "Extra Column", "approved_by"]),
)
def test_any_text_of_another_tool_is_read_and_added_to(
    workspace: Workspace,
    texts: list[tuple[str, str]],
    delimiter: str,
    newline: str,
    bom: bool,
    order: list[str],
) -> None:
    """Full text in cells, columns in any order and name, written by Python's own csv module."""
    texts = [(p.replace("\0", "") or "x", a.replace("\0", "")) for p, a in texts]
    if newline == "\n":  # the csv module leaves a lone CR bare when lines end in LF
        texts = [(p.replace("\r", "\n"), a.replace("\r", "\n")) for p, a in texts]
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, order, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writeheader()
    for p, a in texts:
        writer.writerow({"question": p, "output": a, "Extra Column": "e", "approved_by": "me"})
    raw = ("\ufeff" if bom else "") + buffer.getvalue()
    workspace.runs.write_bytes(raw.encode())
    store = RunStore(workspace)
    runs = list(store.scan())
    assert [(run.prompt, run.answer) for run in runs] == texts
    assert store.problems == []
    assert [run.id for run in store.tail(10)] == [run.id for run in runs]
    assert all(run.details["columns"] == {"extra_column": "e"} for run in runs)
    assert workspace.runs.read_bytes() == raw.encode()  # reading changes nothing

    added = run_of("new\n", "answer;,\t")
    store.append(added)
    again = list(store.scan())
    assert store.problems == []
    assert [(run.id, run.prompt, run.answer) for run in again[:-1]] == [
        (r.id, r.prompt, r.answer) for r in runs
    ]
    assert store.get(added.id) == added
    assert workspace.runs.with_name("runs.original.csv").exists()
    workspace.runs.with_name("runs.original.csv").unlink()


def test_the_last_of_many_are_read_from_the_end(workspace: Workspace) -> None:
    store = RunStore(workspace)
    ids = []
    for n in range(300):
        run = run_of(f"prompt {n} " + "x" * 300, model="a" if n % 3 else "b")
        ids.append(run.id)
        store.append(run)
    assert [run.id for run in store.tail(7)] == ids[-7:]
    assert [run.id for run in store.tail(1000)] == ids
    assert [run.id for run in store.tail(3, where=lambda run: run.model == "b")] == ids[::3][-3:]
    # what stands before is not looked at: a broken early row is not even noticed
    text = workspace.runs.read_text()
    workspace.runs.write_text(text.replace(ids[0], '"unclosed' + ids[0], 1))
    assert [run.id for run in store.tail(7)] == ids[-7:]
    assert store.problems == []
    assert [run.id for run in store.tail(1000)] == ids[1:]
    assert ":2: a quote is opened and never closed" in store.problems[0]


def test_since(workspace: Workspace) -> None:
    store = RunStore(workspace)
    for day in range(4):
        store.append(run_of().model_copy(update={"time": NOW + timedelta(days=day)}))
    assert len(list(store.scan(since=NOW + timedelta(days=2)))) == 2


def test_a_spreadsheet_saved_it(workspace: Workspace) -> None:
    """BOM, semicolons, CRLF, columns moved, one added, `approved` typed by hand, times reshaped."""
    store = RunStore(workspace)
    runs = [full_run(), full_run()]
    store.append_many(runs)
    rows = list(csv.reader(io.StringIO(workspace.runs.read_text())))
    order = list(reversed(range(len(rows[0]))))
    rows[0][rows[0].index("time")] = "Time"
    for row in rows[1:]:
        row[rows[0].index("approved")] = "FALSCH"
        row[rows[0].index("score")] = "0,25"
        row[rows[0].index("Time")] = "20.11.2026 14:30"
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    for n, row in enumerate(rows):
        writer.writerow([row[i] for i in order] + ["My notes" if n == 0 else "fine; really"])
    workspace.runs.write_bytes(b"\xef\xbb\xbf" + buffer.getvalue().encode())
    found = store.get(runs[1].id)
    assert store.problems == []
    assert (found.approved, found.score, found.answer) == (False, 0.25, runs[1].answer)
    third = full_run()
    store.append(third)
    assert store.get(third.id) == third
    assert workspace.runs.read_bytes().endswith(b"\r\n") and workspace.runs.read_bytes().count(b"\n") == 4


@pytest.mark.parametrize(
    ("cell", "approved"),
    [
        ("TRUE", True),
        ("x", True),
        ("ja", True),
        ("1.0", True),
        ("no", False),
        ("0", False),
        ("", None),
        ("nan", None),
    ],
)
def test_what_people_type_for_approved(workspace: Workspace, cell: str, approved: bool | None) -> None:
    workspace.runs.write_text(f"prompt,answer,approved\na,b,{cell}\n")
    assert [run.approved for run in RunStore(workspace).scan()] == [approved]


@pytest.mark.parametrize(
    ("cell", "score"),
    [("0.8", 0.8), ('"0,8"', 0.8), ("80%", 0.8), ("4/5", 0.8), ("1", 1.0), ("4", None), ("-1", None), ("NaN", None), ("inf", None), ("good", None)],
)  # fmt: skip
def test_what_people_type_for_a_score(workspace: Workspace, cell: str, score: float | None) -> None:
    workspace.runs.write_text(f"prompt,answer,rating\na,b,{cell}\n")
    store = RunStore(workspace)
    assert [run.score for run in store.scan()] == [score]
    assert bool(store.problems) == (score is None and cell != "NaN")


BAD_ROWS = {
    "a latin-1 row": (b"caf\xe9,x\n", "not UTF-8"),
    "a NUL": (b"a\0b,x\n", "NUL"),
    "too many cells": (b"a,b,c\n", "3 cells where the header has 2"),
    "an open quote": (b'"never closed,x\n', "never closed"),
    "a quote astray": (b'"a"b,x\n', "quote in the wrong place"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_named_and_the_rest_goes_on(workspace: Workspace, name: str) -> None:
    raw, said = BAD_ROWS[name]
    workspace.runs.write_bytes(b"prompt,answer\none,1\n" + raw + b'two,"2\nmore"\nthree,3\n')
    store = RunStore(workspace)
    assert [run.prompt for run in store.scan()] == ["one", "two", "three"]
    assert store.problems == [next(p for p in store.problems if said in p)]
    assert store.problems[0].startswith(f"{workspace.runs}:3: ")
    assert [run.answer for run in store.tail(2)] == ["2\nmore", "3"]


def test_a_short_row_is_read_and_said(workspace: Workspace) -> None:
    workspace.runs.write_text("prompt,answer,notes\na,b\nc,d,e\nf,g")
    store = RunStore(workspace)
    assert [(run.prompt, run.answer) for run in store.scan()] == [("a", "b"), ("c", "d")]
    assert "only 2 of 3 cells" in store.problems[0]
    assert ":4: the last line is cut off" in store.problems[1]


def test_a_cell_of_five_megabytes(workspace: Workspace) -> None:
    big = 'line, "quoted"\n' * 350_000
    quoted = big.replace('"', '""')
    workspace.runs.write_text(f'prompt,answer\na,"{quoted}"\nb,c\n')
    store = RunStore(workspace)
    assert [len(run.answer) for run in store.scan()] == [len(big), 1]
    assert [run.prompt for run in store.tail(1)] == ["b"]
    assert len(store.tail(2)[0].answer) == len(big)
    workspace.config.write_text('{"mask_secrets_in_log": false}')
    run = run_of("own", big)
    RunStore(workspace).append(run)
    assert store.get(run.id).answer == big


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("prompt,answer\na,b\n".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b"pr\xf6mpt,answer\n", "not UTF-8"),
        (b"colour,size\nred,1\n", "no column 'prompt'"),
        (b"prompt,answer\ra,b\r", "CR alone"),
        (b"v,id,prompt\n99,x,y\n", "newer Adam"),
    ],
)
def test_a_file_that_is_no_table_is_refused_and_left_alone(
    workspace: Workspace, raw: bytes, said: str
) -> None:
    workspace.runs.write_bytes(raw)
    store = RunStore(workspace)
    for act in (lambda: list(store.scan()), lambda: store.tail(3), lambda: store.append(run_of())):
        with pytest.raises(BadFile) as caught:
            act()
        assert said in caught.value.message and str(workspace.runs) in caught.value.message
        assert caught.value.hint
        assert workspace.runs.read_bytes() == raw


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_no_runs(workspace: Workspace, raw: bytes) -> None:
    workspace.runs.write_bytes(raw)
    store = RunStore(workspace)
    assert list(store.scan()) == [] and store.tail(5) == []
    with pytest.raises(NothingToDo):
        store.get("x")


def test_adam_adds_its_columns_to_a_table_without_ids_and_keeps_every_byte(workspace: Workspace) -> None:
    raw = b'Question;Antwort;answer\r\n"a\nb";1;x\r\n\r\ncaf\xe9;2;y\r\nshort\r\nlong;3;z;;more\r\nlast;4;w'
    workspace.runs.write_bytes(raw)
    store = RunStore(workspace)
    before = [(run.id, run.prompt, run.answer) for run in store.scan()]
    store.append(run_of("new", "text"))
    after = workspace.runs.read_bytes()
    lines = raw.split(b"\r\n")
    assert after.startswith(lines[0] + b";v;id;time")
    for line in lines[1:]:
        assert line in after
    assert b"\r\ncaf\xe9;2;y\r\n" in after and b"\r\nlong;3;z;;more;" in after  # not understood: kept
    assert sum("left out" in problem for problem in store.problems) == 2
    assert [(r.id, r.prompt, r.answer) for r in store.scan()][: len(before)] == before
    assert workspace.runs.with_name("runs.original.csv").read_bytes() == raw


def test_a_foreign_table_with_ids_is_followed(workspace: Workspace) -> None:
    workspace.runs.write_text("id,input,output\n1,a,b\n")
    store = RunStore(workspace)
    run = run_of("two\nlines", "c" * 500)
    store.append(run)
    assert workspace.runs.read_text().startswith("id,input,output\n1,a,b\n" + run.id)
    assert store.tail(1)[0].answer == "c" * 500  # the row has no room to note where the text lies
    assert store.get(run.id) == run
    assert store.get("1").prompt == "a"


def test_an_artifact_that_changed_is_noticed(workspace: Workspace) -> None:
    store = RunStore(workspace)
    run = full_run()
    store.append(run)
    path = store.artifact_path(run.id)
    path.write_text(path.read_text().replace("read", "lead"))
    with pytest.raises(BadFile, match="has changed since"):
        store.get(run.id)
    path.unlink()
    assert not store.has_text(store.tail(1)[0])
    with pytest.raises(BadFile, match="is gone"):
        store.get(run.id)


def test_a_torn_last_row_is_cut_before_the_next(workspace: Workspace) -> None:
    store = RunStore(workspace)
    runs = [full_run(), full_run(), full_run()]
    store.append_many(runs)
    whole = workspace.runs.read_bytes()
    for cut in (1, 5, 60, 200):
        workspace.runs.write_bytes(whole[:-cut])
        added = full_run()
        store.append(added)
        kept = 3 if cut == 1 else 2  # only the newline was missing: the row is whole
        assert [run.id for run in store.scan()] == [run.id for run in runs[:kept]] + [added.id]
        assert store.problems == []
    assert (workspace.logs / "torn" / "runs.csv").exists()


def test_the_same_id_never_comes_twice() -> None:
    assert len({new_run_id(NOW) for _ in range(5000)}) == 5000


def test_an_id_is_never_a_path(workspace: Workspace, tmp_path: Path) -> None:
    store = RunStore(workspace)
    run = run_of().model_copy(update={"id": "../../../evil"})
    store.append(run)
    assert store.get("../../../evil") == run
    assert workspace.artifacts in store.artifact_path("../../../evil").resolve().parents
