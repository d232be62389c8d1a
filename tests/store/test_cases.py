from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adam.errors import BadFile
from adam.store.cases import read_sheet, write_scores
from adam.workspace import Workspace

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=80)


def test_other_column_names_are_understood(workspace: Workspace) -> None:
    workspace.sheet.write_bytes(
        "\ufeffName;Question;Expected answer;Type;Check;Weight;Set;Remark\r\n"
        'a;"what;\nnow";4;Math;contains: 4;2,5;train;x\r\nb;why;;;;;;\r\n'.encode()
    )
    sheet = read_sheet(workspace.sheet)
    assert sheet.problems == []
    first, second = sheet.cases
    assert (first.case_id, first.prompt, first.expected, first.category) == ("a", "what;\nnow", "4", "math")
    assert (first.checks, first.weight, first.split) == ("contains: 4", 2.5, "train")
    assert (second.category, second.weight, second.split) == ("general", 1.0, "test")


def test_bad_rows_are_named_and_the_rest_goes_on(workspace: Workspace) -> None:
    workspace.sheet.write_text(
        "id,prompt,weight,split,score\n1,a,heavy,later,3\n1,b,,,\n2,,1,,\n3,c,-1,,\n,d,,,\n,e,,,0.5\n"
    )
    sheet = read_sheet(workspace.sheet)
    assert [case.prompt for case in sheet.cases] == ["a", "c", "d", "e"]
    assert sheet.cases[2].case_id.startswith("case-") and sheet.cases[2].case_id != sheet.cases[3].case_id
    said = [problem.removeprefix(f"{workspace.sheet}:") for problem in sheet.problems]
    assert [text.split(":")[0] for text in said] == ["2", "2", "2", "3", "4", "5"]
    assert (
        "split 'later'" in said[0] and "weight" in said[1] and "score 3" in said[2] and "is taken" in said[3]
    )


def test_no_sheet_and_an_empty_one(workspace: Workspace) -> None:
    assert read_sheet(workspace.sheet) == ([], [])
    with pytest.raises(BadFile, match="no eval sheet"):
        write_scores(workspace.sheet, {"a": (1.0, "r")})
    workspace.sheet.write_bytes(b"")
    assert read_sheet(workspace.sheet) == ([], [])


def test_scores_are_filled_in_and_nothing_else_is_touched(workspace: Workspace) -> None:
    raw = b'id,prompt,score,mine\r\n1,"a ""q""",0.1, keep \r\n\r\nbad,"open\r\n2,b,,"x"\r\n9,b,,,run-1\r\n3,c,,y'
    workspace.sheet.write_bytes(raw)
    assert write_scores(workspace.sheet, {"1": (0.25, "run-1"), "2": (None, "run-2"), "zz": (1.0, "r")}) == 2
    assert workspace.sheet.read_bytes() == (
        b'id,prompt,score,mine,last_run\r\n1,"a ""q""",0.25, keep ,run-1\r\n\r\nbad,"open\r\n'
        b'2,b,,"x",run-2\r\n9,b,,,run-1,not understood\r\n3,c,,y,\r\n'
    )
    assert [case.case_id for case in read_sheet(workspace.sheet).cases] == ["1", "2", "3"]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=5),
    delimiter=st.sampled_from([",", ";"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    score=st.floats(0, 1),
)
def test_any_text_survives_the_scores(
    workspace: Workspace,
    rows: list[tuple[str, str, str]],
    delimiter: str,
    newline: str,
    quoting: int,
    score: float,
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=newline, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["id", "notes", "prompt", "expected"])
    for n, (notes, prompt, expected) in enumerate(rows):
        writer.writerow([n, notes, "p" + prompt, expected])
    workspace.sheet.write_bytes(buffer.getvalue().encode())
    before = read_sheet(workspace.sheet)
    assert before.problems == [] and [case.prompt for case in before.cases] == ["p" + row[1] for row in rows]
    write_scores(workspace.sheet, {"0": (score, "r;1")})
    after = read_sheet(workspace.sheet)
    assert after.problems == []
    assert after.cases[0].score == pytest.approx(score, abs=1e-4) and after.cases[0].last_run == "r;1"
    assert [case.model_copy(update={"score": None, "last_run": ""}) for case in after.cases] == before.cases
    once = workspace.sheet.read_bytes()
    write_scores(workspace.sheet, {"0": (score, "r;1")})
    assert workspace.sheet.read_bytes() == once
