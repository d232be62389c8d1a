"""adam dataset … and adam scan: each step into a new folder, with a report, in any usual format."""

from __future__ import annotations

import base64
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from adam.cli import run as adam
from adam.distill import sets
from adam.store.dataset import read_examples
from adam.workspace import Workspace
from tests.distill.history import History

ADD = {
    "name": "add",
    "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
}


def talk(prompt: str, answer: str, **more: Any) -> dict[str, Any]:
    return {
        "messages": [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}],
        **more,
    }


def tool_talk(number: int, **arguments: Any) -> dict[str, Any]:
    call = {
        "id": "c",
        "type": "function",
        "function": {"name": "add", "arguments": json.dumps(arguments or {"a": number})},
    }
    return {
        "messages": [
            {"role": "user", "content": f"Add one to {number * 7919}, would you?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": str(number + 1)},
            {"role": "assistant", "content": f"That makes {number + 1}."},
        ],
        "tools": [{"type": "function", "function": ADD}],
    }


def write(path: Path, *rows: dict[str, Any] | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def output(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(capsys.readouterr().out)
    return tree


def test_stats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "set"
    write(folder / "train.jsonl", talk("one?", "uno", category="words"), tool_talk(1))
    write(folder / "test.jsonl", talk("two?", "dos", category="words"))
    assert adam(["dataset", "stats", str(folder), "--json"]) == 0
    found = output(capsys)
    assert found["all"]["examples"] == 3 and found["splits"]["train"]["tool_share"] == 0.5
    assert found["all"]["categories"] == {"words": 2, "uncategorised": 1}
    assert adam(["dataset", "stats", str(folder)]) == 0
    assert "3 examples" in capsys.readouterr().out


def test_stats_of_the_collected_set(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert adam(["dataset", "stats"]) == 3
    history = History(workspace)
    for _ in range(12):
        history.add()
    history.write()
    adam(["distill", "collect"])
    capsys.readouterr()
    assert adam(["dataset", "stats", "--json"]) == 0
    assert output(capsys)["all"]["examples"] == 12
    assert adam(["dataset", "validate"]) == 0
    assert adam(["dataset", "leaks"]) == 0


def test_validate_names_every_fault_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(
        tmp_path / "set.jsonl",
        talk("fine?", "yes"),
        "not json",
        talk("no answer?", ""),
        {"messages": [{"role": "assistant", "content": "first"}, {"role": "user", "content": "hm"}]},
        {"messages": [{"role": "wizard", "content": "?"}]},
        tool_talk(1, b="wrong"),
        {**talk("x", "y"), "id": "twice"},
        {**talk("z", "y"), "id": "twice"},
        {
            "messages": [
                {"role": "user", "content": "a"},
                {"role": "user", "content": "b"},
                {"role": "assistant", "content": "c"},
            ]
        },
    )
    assert adam(["dataset", "validate", str(path), "--json"]) == 4
    faults = {(fault["line"], fault["fault"]) for fault in output(capsys)["faults"]}
    assert {line for line, _ in faults} == {0, 2, 3, 4, 5, 6, 9}
    said = " ".join(fault for _, fault in faults)
    for words in (
        "not JSON",
        "the last answer is empty",
        "the assistant speaks first",
        "'wizard' is no role",
        "'a' is a required",
        "twice is twice",
        "two questions in a row",
    ):
        assert words in said
    assert (
        adam(["dataset", "validate", str(write(tmp_path / "good.jsonl", talk("a", "b"), tool_talk(2)))]) == 0
    )


PY2 = "```python\nprint 'old'\n```"
MATCH = "```python\nmatch x:\n    case 1:\n        y = 1\n```"
PLAIN = "```python\nprint('new')\n```"


def test_filters_chain_into_new_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(
        tmp_path / "set.jsonl",
        talk("old?", PY2),
        talk("match?", MATCH),
        talk("plain?", PLAIN),
        talk("german?", "Das ist eine ganz gewöhnliche Antwort in deutscher Sprache, mit einigen Wörtern."),
        talk("english?", "This is a quite ordinary answer in the English language, with several words."),
        talk("model?", "As an AI language model, I think so."),
        talk("open?", "```python\nx = 1"),
        talk("loop?", "again and again, " * 60),
        talk("long?", "word " * 3_000),
    )
    first, second = tmp_path / "one", tmp_path / "two"
    assert (
        adam(
            [
                "dataset",
                "filter",
                str(path),
                "--language",
                "en",
                "--min-python",
                "3",
                "--out",
                str(first),
                "--json",
            ]
        )
        == 0
    )
    report = output(capsys)
    assert [step["removed"] for step in report["steps"]] == [1, 1]
    assert report["steps"][0]["samples"][0]["reason"] == "answers in de"
    assert json.loads((first / "filter_report.json").read_text()) == report
    assert (
        adam(
            [
                "dataset",
                "filter",
                str(first),
                "--quality",
                "--max-tokens",
                "500",
                "--min-messages",
                "2",
                "--min-python",
                "3.9",
                "--out",
                str(second),
            ]
        )
        == 0
    )
    kept = {e.prompt for e in read_examples(second / "train.jsonl").examples}
    assert kept == {"plain?", "english?"}
    about = json.loads((second / "dataset.json").read_text())
    assert about["version"] == 3 and [step["did"] for step in about["steps"]] == ["filter", "filter"]
    assert (
        adam(["dataset", "filter", str(first), "--quality", "--out", str(second)]) == 2
    )  # it is there already
    assert adam(["dataset", "filter", str(first), "--out", str(tmp_path / "three")]) == 2
    assert adam(["dataset", "filter", str(first), "--min-python", "2", "--out", str(tmp_path / "three")]) == 2


def test_split_and_leaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["garden", "bicycle", "kitchen", "holiday", "insurance", "laptop", "winter", "birthday"]
    rows = [
        talk(f"Tell me of {a} and {b}, {i}", "So be it.")
        for i, (a, b) in enumerate((a, b) for a in words for b in words)
    ]
    path = write(tmp_path / "set.jsonl", *rows)
    out = tmp_path / "split"
    assert (
        adam(
            [
                "dataset",
                "split",
                str(path),
                "--holdout",
                "0.3",
                "--validation",
                "0.2",
                "--out",
                str(out),
                "--json",
            ]
        )
        == 0
    )
    report = output(capsys)
    assert report["train"] + report["valid"] + report["test"] == 64 and report["test"] > 0
    assert adam(["dataset", "leaks", str(out)]) == 0
    held = read_examples(out / "test.jsonl").examples[0]
    with open(out / "train.jsonl", "a") as file:
        file.write(json.dumps(talk(held.prompt + "!", "Planted.")) + "\n")
    capsys.readouterr()
    assert adam(["dataset", "leaks", str(out), "--json"]) == 4
    assert held.id in {leak["held_out"] for leak in output(capsys)["leaks"]}


def test_merge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = write(tmp_path / "one" / "train.jsonl", talk("a?", "1"), talk("b?", "2")).parent
    two = write(tmp_path / "two" / "test.jsonl", talk("b?", "2"), talk("c?", "3")).parent
    assert adam(["dataset", "merge", str(one), str(two), "--out", str(tmp_path / "all"), "--json"]) == 0
    report = output(capsys)
    assert (report["kept"], report["twice"]) == (3, 1)
    merged = sets.read(tmp_path / "all")
    assert {e.prompt: e.split for e in merged.examples} == {"a?": "train", "b?": "test", "c?": "test"}


@pytest.mark.parametrize("repeat", [False, True])
def test_balance(tmp_path: Path, capsys: pytest.CaptureFixture[str], repeat: bool) -> None:
    path = write(
        tmp_path / "set.jsonl",
        *(tool_talk(i) for i in range(6)),
        *(talk(f"Say {i * 31}", "Said.") for i in range(18)),
    )
    words = ["dataset", "balance", str(path), "--tools", "67", "--out", str(tmp_path / "even"), "--json"]
    assert adam([*words, "--repeat"] if repeat else words) == 0
    report = output(capsys)
    assert abs(report["share"] - 0.67) < 0.03
    assert (report["repeated"] > 0, report["dropped"] > 0) == (repeat, not repeat)
    assert len({e.id for e in sets.read(tmp_path / "even").examples}) == len(
        sets.read(tmp_path / "even").examples
    )


def test_import_every_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        tmp_path / "openai.jsonl",
        talk("a?", "1"),
        "broken",
        tool_talk(3),
        {"messages": [{"role": "user", "content": "alone"}]},
    )
    (tmp_path / "sharegpt.json").write_text(
        json.dumps([{"conversations": [{"from": "human", "value": "a?"}, {"from": "gpt", "value": "1"}]}])
    )
    (tmp_path / "alpaca.json").write_text(
        json.dumps([{"instruction": "Translate", "input": "Hund", "output": "dog"}])
    )
    (tmp_path / "plain.csv").write_text('\ufeffQuestion;Answer\n"a; really?";1\nb?;\n', encoding="utf-8")
    base = sqlite3.connect(tmp_path / "logs.db")
    base.execute(
        "create table responses (id text, conversation_id text, prompt text, system text, response text, datetime_utc text)"
    )
    base.executemany(
        "insert into responses values (?, ?, ?, ?, ?, ?)",
        [("1", "t", "a?", "Be kind.", "1", "2026-01-01"), ("2", "t", "and b?", None, "2", "2026-01-02")],
    )
    base.commit()
    base.close()
    expected = {
        "openai.jsonl": ("openai", 2, 2),
        "sharegpt.json": ("sharegpt", 1, 0),
        "alpaca.json": ("alpaca", 1, 0),
        "plain.csv": ("csv", 1, 1),
        "logs.db": ("llm", 2, 0),
    }
    for name, (kind, kept, left_out) in expected.items():
        out = tmp_path / f"from-{kind}"
        assert adam(["dataset", "import", str(tmp_path / name), "--out", str(out), "--json"]) == 0
        report = output(capsys)
        assert (report["format"], report["kept"], report["left_out"]) == (kind, kept, left_out), name
        loaded = read_examples(out / "train.jsonl")
        assert loaded.bad_lines == [] and len(loaded.examples) == kept
        assert all(e.source == f"import:{kind}" for e in loaded.examples)
    assert read_examples(tmp_path / "from-alpaca" / "train.jsonl").examples[0].prompt == "Translate\n\nHund"
    talked = read_examples(tmp_path / "from-llm" / "train.jsonl").examples[1]
    assert [m.content for m in talked.messages] == ["a?", "1", "and b?", "2"]
    assert adam(["dataset", "import", str(tmp_path / "nowhere.csv"), "--out", str(tmp_path / "x")]) == 1
    assert (
        adam(
            ["dataset", "import", str(tmp_path / "logs.db"), "--format", "wav", "--out", str(tmp_path / "x")]
        )
        == 2
    )
    (tmp_path / "odd.csv").write_text("colour,shape\nred,round\n")
    assert adam(["dataset", "import", str(tmp_path / "odd.csv"), "--out", str(tmp_path / "x")]) == 1


def test_convert_makes_a_row_of_each_answer(tmp_path: Path) -> None:
    path = write(tmp_path / "set.jsonl", talk("a?", "1"), tool_talk(4))
    assert adam(["dataset", "convert", str(path), "--out", str(tmp_path / "mlx")]) == 0
    rows = [json.loads(line) for line in (tmp_path / "mlx" / "train.jsonl").read_text().splitlines()]
    assert len(rows) == 3
    assert all(
        row["messages"][0]["role"] == "system" and row["messages"][-1]["role"] == "assistant" for row in rows
    )
    assert rows[1]["messages"][-1]["tool_calls"][0]["function"] == {"name": "add", "arguments": {"a": 4}}
    assert rows[2]["messages"][3] == {"role": "tool", "content": "5", "tool_call_id": "c", "name": ""}
    assert rows[0]["tools"][0]["function"]["name"] == "add"


# ── scan ──────────────────────────────────────────────────────────────────────────────────────────
def test_scan_says_kind_and_place_never_the_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes("all is well\r\nGrüße — my password is hunter2, ok?\r\n\xff broken\n".encode())
    assert adam(["scan", str(path), "--json"]) == 4
    said = capsys.readouterr()
    assert [json.loads(line) for line in said.out.splitlines()] == [
        {"line": 2, "kind": "password", "start": 23, "end": 30}
    ]
    assert "hunter2" not in said.out + said.err
    assert adam(["scan", str(path)]) == 4
    assert capsys.readouterr().out == "2:24-30: password\n"


def test_scan_of_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    hidden = base64.b64encode(b"my password is hunter2").decode()

    class Stdin:
        buffer = io.BytesIO(f"nothing here\n{hidden}\n".encode())

    monkeypatch.setattr("sys.stdin", Stdin())
    assert adam(["scan", "-", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["line"] == 2


def test_scan_of_what_is_harmless(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("The password must be long.\nOrder 4711 arrives on Monday.\n")
    assert adam(["scan", str(path)]) == 0
    assert adam(["scan", str(tmp_path / "nowhere")]) == 2


def test_scan_knows_the_owners_patterns_and_the_environment(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.config.write_text(json.dumps({"private": ["(?i)project heron"], "allow_private": ["email"]}))
    (workspace.root / ".env").write_text("SMTP_PASSWORD=Blaubeere7\n")
    monkeypatch.setenv("MY_SECRET_TOKEN", "tr0mbone-xyz-77")
    path = tmp_path / "notes.txt"
    path.write_text("on Project Heron\nthe blue one: Blaubeere7\nthat tr0mbone-xyz-77\njane@posteo.de\n")
    assert adam(["scan", str(path), "--json"]) == 4
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(hit["line"], hit["kind"]) for hit in found] == [
        (1, "private"),
        (2, "environment"),
        (3, "environment"),
    ]


def wrong_key(number: int) -> dict[str, Any]:
    row = tool_talk(number)
    row["messages"][1]["tool_calls"] = [{"id": "c", "tool": "add", "arguments": {"a": number}}]
    return row


def test_validate_fix_mends_in_place_and_leaves_the_other_lines_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = tool_talk(3)
    long["messages"][2]["content"] = "word " * 20_000
    path = write(tmp_path / "set.jsonl", tool_talk(1), wrong_key(2), long, "not json")
    before = path.read_bytes().splitlines()
    assert adam(["dataset", "validate", str(path)]) == 4
    said = capsys.readouterr().out
    assert "set.jsonl:2: message 2: the call's name is under the key 'tool', not 'name'" in said
    assert "set.jsonl:3: message 3: a result of 100,000 characters, more than the row allows" in said
    assert path.read_bytes().splitlines() == before
    assert adam(["dataset", "validate", str(path), "--fix", "--json"]) == 4
    found = output(capsys)
    assert [line["line"] for line in found["mended"]] == [2, 3]
    assert [line["line"] for line in found["faults"]] == [4]
    after = path.read_bytes().splitlines()
    assert (after[0], after[3]) == (before[0], before[3])
    assert b"characters left out" in after[2]


@pytest.mark.parametrize("break_it", ["key", "placeholder", "twice"])
def test_train_refuses_a_wrong_tool_row_by_line_and_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], break_it: str
) -> None:
    row, reason = tool_talk(2), "no real result"
    if break_it == "key":
        row, reason = wrong_key(2), "under the key 'tool'"
    elif break_it == "placeholder":
        row["messages"][2]["content"] = "[Tool execution completed]"
    else:
        again = [dict(m) for m in row["messages"][1:3]]
        row["messages"][3:3] = again
        reason = "twice in a row"
    path = write(tmp_path / "set" / "train.jsonl", tool_talk(1), row)
    assert adam(["distill", "train", "--data", str(path.parent), "--plan"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "train.jsonl:2" in said.replace(" ", "") or "line 2" in said
    assert reason in said
