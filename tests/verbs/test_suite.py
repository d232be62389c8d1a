"""adam eval cases and score, as their owner sees them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adam import cli
from adam.workspace import Workspace

SHEET = """case_id,category,prompt,expected,checks,split
water,style,When do I water basil?,,"contains: morning
max_words: 20",
sum,reasoning,What is 6 times 7?,,number: 42,
add,code_generation,Write add.,,"python: assert add(2, 3) == 5",
alike,general,What is soil?,Soil is loose earth.,,train
"""


def adam(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = cli.run(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.fixture
def sheet(workspace: Workspace) -> Path:
    workspace.sheet.write_text(SHEET, encoding="utf-8")
    return workspace.sheet


def test_a_good_sheet_is_counted(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = adam(capsys, "eval", "cases")
    assert code == 0 and out == ""
    assert "4 cases (3 test, 1 train)" in err and "code_generation 1" in err
    code, out, _ = adam(capsys, "eval", "cases", "--json")
    assert code == 0 and json.loads(out)["faults"] == []


def test_every_fault_is_named_by_row(sheet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet.write_text(
        SHEET.replace("contains: morning", "contians: morning").replace("reasoning", "reasonning"),
        encoding="utf-8",
    )
    code, out, err = adam(capsys, "eval", "cases")
    assert code == 4
    assert "row 1 (water): check, line 1: unknown check 'contians'. Did you mean `contains`?" in out
    assert "row 2 (sum): category 'reasonning': did you mean 'reasoning'?" in out
    assert "2 faults" in err
    assert len(json.loads(adam(capsys, "eval", "cases", "--json")[1])["faults"]) == 2


def test_no_sheet_is_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = adam(capsys, "eval", "cases")
    assert code == 3 and "logs/eval.csv" in err


def test_answers_are_scored_without_a_model(
    sheet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.jsonl"
    rows = [
        {"case_id": "water", "answer": "In the morning."},
        {"id": "sum", "output": "It is 41."},
        {"case_id": "nobody", "answer": "x"},
        {"prompt": "Say hi", "checks": "contains: hi", "case_id": "own", "answer": "Hi!"},
        {"case_id": "water", "answer": "again"},
    ]
    answers.write_text("\n".join(json.dumps(row) for row in rows) + "\n{broken\n", encoding="utf-8")
    report = tmp_path / "report.html"
    code, out, err = adam(capsys, "eval", "score", "--file", str(answers), "--report", str(report))
    assert code == 0
    assert "2/3" in out and "number: 42 (says 41)" in out
    assert "answers.jsonl:3: the sheet has no case 'nobody'" in err
    assert "answers.jsonl:5: case_id 'water' has an answer already" in err
    assert "answers.jsonl:6: not JSON" in err
    assert "1 test cases of eval.csv have no answer" in err
    assert "says 41" in report.read_text(encoding="utf-8")


def test_a_table_of_answers_with_code_and_calls(
    sheet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "answers.csv"
    answers.write_text(
        "\ufeffcase_id;answer;prompt;checks;tool_calls\r\n"
        'add;"```python\ndef add(a, b): return a + b\n```";;;\r\n'
        'call;;Find it.;tool: search(query ~ x);"[{""name"": ""search"", ""arguments"": {""query"": ""x""}}]"\r\n',
        encoding="utf-8",
    )
    code, out, _ = adam(capsys, "eval", "score", "--file", str(answers), "--json")
    found = json.loads(out)
    assert code == 0
    assert [(o["case_id"], o["score"]) for o in found["outcomes"]] == [("add", 1.0), ("call", 1.0)]
    assert found["mean"] == 1.0 and found["by_category"]["code_generation"]["passed"] == 1


def test_nothing_to_score(sheet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert adam(capsys, "eval", "score", "--file", str(tmp_path / "none.csv"))[0] == 1
    empty = tmp_path / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    assert adam(capsys, "eval", "score", "--file", str(empty))[0] == 3
