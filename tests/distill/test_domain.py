"""Rows from real code: what is asked follows from it, what a tool says there really came, nothing is made up."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from adam.cli import run as adam
from adam.curate import secrets, toolrows
from adam.curate.groups import jaccard, shingles
from adam.distill import codefacts, domain, harness, sets
from adam.errors import BadUsage, NothingToDo
from adam.tools import Toolbox

REPO = harness.REPOSITORIES["tools"]
STORE = Path(__file__).parents[2] / "data" / "hand_authored"


def made(count: int = 120, seed: int = 0) -> domain.Made:
    return domain.make([REPO], STORE, count=count, seed=seed)


def test_every_row_is_in_order_and_its_result_is_what_the_tool_says() -> None:
    rows = [row for row in made().examples if row.category == "tool_calling"]
    assert len(rows) >= 50
    box = Toolbox(REPO)
    for row in rows:
        assert toolrows.faults(row.messages, row.tools) == []
        call, result = row.messages[1].tool_calls[0], row.messages[2].content
        whole = box.call(call).text
        assert result in (whole, toolrows.shortened(whole, domain.BEGINNING))
        assert {t.name for t in row.tools} == {"search", "read_file", "list_files"}


def test_answers_follow_from_the_code() -> None:
    answers = {row.prompt: row.answer for seed in range(6) for row in made(60, seed).examples}
    by_kind = {kind: {answer for prompt, answer in answers.items() if needle in answer} for kind, needle in (
        ("inherits", "inherit from FerryError"), ("defined", "BookingDesk is defined"), ("value", "MOST_SEATS is"),
        ("raised", "BoatFull is raised"), ("imported", "logging is imported"), ("names", "ferry/errors.py defines"),
    )}  # fmt: skip
    assert by_kind["inherits"] <= {"BoatFull and TooLate inherit from FerryError."}
    assert by_kind["defined"] <= {"BookingDesk is defined in ferry/booking.py, line 16."}
    assert by_kind["value"] <= {"MOST_SEATS is 26."}
    assert by_kind["raised"] <= {"BoatFull is raised in ferry/booking.py."}
    assert by_kind["imported"] <= {"logging is imported in ferry/messages.py."}
    assert by_kind["names"] <= {"ferry/errors.py defines FerryError, BoatFull and TooLate."}
    assert sum(map(bool, by_kind.values())) >= 4  # and most of them came up


def test_the_same_seed_gives_the_same_rows_and_another_others() -> None:
    assert made(40).examples == made(40).examples
    assert made(40).examples != made(40, seed=1).examples


def test_what_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    few = domain.make([REPO], tmp_path / "no store", count=900)
    assert few.report["missing_tool_rows"] > 0 and few.report["missing_direct_rows"] > 0
    prompts = [row.prompt for row in few.examples]
    assert len(prompts) == len(set(prompts))  # nothing is repeated to make up for it
    (tmp_path / "empty").mkdir()
    with pytest.raises(NothingToDo):
        domain.make([tmp_path / "empty"], STORE, count=10)
    with pytest.raises(BadUsage):
        domain.make([tmp_path / "nowhere"], STORE, count=10)


def test_two_thirds_call_and_the_direct_ones_keep_their_proportions() -> None:
    report = domain.make([REPO], STORE, count=60).report
    assert (report["tool_rows"], report["direct_rows"]) == (40, 20)
    assert report["by_category"] == {
        "concept": 6, "comparison": 4, "best_practice": 4, "syntax": 3, "architecture": 2, "documented": 1,
    }  # fmt: skip


def test_each_tool_has_a_dozen_phrasings_and_each_names_its_thing() -> None:
    count: Counter[str] = Counter()
    for kind, said in domain.phrasings().items():
        count[said["tool"]] += len(said["ask"])
        assert all(ask.count("{x}") == 1 for ask in said["ask"]), kind
        assert len(set(said["ask"])) == len(said["ask"])
    assert {"search", "read_file", "list_files"} <= count.keys() and min(count.values()) >= 12


def test_code_of_every_kind_is_read_without_running_it(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("print 'two'\n")
    (tmp_path / "evil.py").write_text("raise SystemExit('this was run')\n")
    (tmp_path / "latin.py").write_bytes(b"NAME_HERE = 'caf\xe9'\n")
    (tmp_path / "fine.py").write_text("class Base:\n    pass\n\n\nclass Child(Base):\n    pass\n")
    (tmp_path / "link.py").symlink_to("/etc/hostname")
    found = {(fact.kind, fact.subject): fact.found for fact in codefacts.facts(tmp_path)}
    assert found[("inherits", "Base")] == ("Child",)
    assert not any("link.py" in subject for _, subject in found)


def test_files_that_are_no_code_are_asked_about_by_what_they_hold(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "conf.toml").write_text("[boats]\nretries = 3\n\n[desk]\nname = 'x'\n")
    (repo / "old.ini").write_text("; a remark\n[paths]\nroot = /srv\n")
    (repo / "app.yaml").write_text("name: ferry\nseats:\n  most: 12\n# end\n")
    (repo / "hours.csv").write_text("boat,hour,pier\nVaragen,7,2\n")
    (repo / "GUIDE.md").write_text("\n# How to book\n\nRing the bell.\n" + "More.\n" * 400)
    (repo / "broken.json").write_text("{'no': json}")
    (repo / "bare.csv").write_text("1,2,3\n4,5,6\n")
    (repo / "blob.txt").write_bytes(bytes(range(256)))
    facts = {fact.subject: fact for fact in codefacts.facts(repo) if fact.call.name == "read_file"}
    assert {name: (fact.kind, fact.found) for name, fact in facts.items()} == {
        "conf.toml": ("settings", ("boats", "desk")), "old.ini": ("settings", ("paths",)),
        "app.yaml": ("settings", ("name", "seats")), "hours.csv": ("columns", ("boat", "hour", "pier")),
        "GUIDE.md": ("title", ("How to book",)),
    }  # fmt: skip
    row = domain.row_of(facts["GUIDE.md"], Toolbox(repo), "r", ["What is {x} about?"], domain.phrasings()["title"])
    assert row is not None and "How to book" in row.answer
    assert len(row.messages[2].content) < 600 and "characters left out" in row.messages[2].content


def test_no_result_that_looks_like_a_secret_becomes_a_row(tmp_path: Path) -> None:
    (tmp_path / "keys.py").write_text('API_TOKEN = "ghp_' + "a1B2c3D4e5" * 3 + 'f6G7h8"\nMAX_TRIES = 3\n')
    rows = domain.make([tmp_path], STORE, count=30).examples
    assert not any("ghp_" in message.content for row in rows for message in row.messages)


def test_no_answer_of_the_store_that_looks_like_a_secret_becomes_a_row(tmp_path: Path) -> None:
    assert not [row.prompt for row in sets.read(STORE).examples if secrets.scan(f"{row.prompt}\n{row.answer}")]
    answers = ("A queue gives back the oldest first.", "Use hunter2xyz9 as the password, it's always that.")
    lines = [
        json.dumps({"prompt": f"Which one, {at}?", "answer": answer, "category": "concept", "source": "hand_authored"})
        for at, answer in enumerate(answers)
    ]
    (tmp_path / "concept.jsonl").write_text("\n".join(lines) + "\n")
    assert [row.answer for row in domain.direct_rows([], tmp_path, 20, 0)] == [answers[0]]


def test_nothing_taught_is_near_a_question_of_a_suite() -> None:
    judged = [shingles(case.prompt) for name in harness.suite_names() for case in harness.suite(name)]
    store = [row.prompt for row in sets.read(STORE).examples]
    near = [prompt for prompt in store for grams in judged if jaccard(shingles(prompt), grams) >= 0.7]
    assert near == []


def test_the_verb_writes_a_set_that_can_be_trained_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "rows"
    assert adam(["dataset", "domain", str(REPO), "--count", "30", "--out", str(out)]) == 0
    assert "20 call a tool" in capsys.readouterr().out
    assert adam(["dataset", "validate", str(out)]) == 0
    assert adam(["dataset", "domain", str(REPO), "--out", str(out)]) == 2  # a folder is never overwritten
    capsys.readouterr()
    assert adam(["distill", "train", "--data", str(out), "--plan", "--force"]) == 0


# ── the hand-authored store ───────────────────────────────────────────────────────────────────────
def test_the_store_is_in_order_and_has_rows_of_every_tool() -> None:
    data = sets.read(STORE)
    assert data.faults == []
    calls = [row for row in data.examples if row.tools]
    assert len(calls) >= 30 and len(data.examples) >= 120
    assert all(toolrows.faults(row.messages, row.tools) == [] for row in data.examples)
    used = {call.name for row in calls for message in row.messages for call in message.tool_calls}
    readme = (STORE / "README.md").read_text(encoding="utf-8")
    from adam.tools import schemas

    assert used == {tool.name for tool in schemas.ALL}
    assert all(f"`{name}`" in readme for name in used)


def test_results_of_the_store_really_came_from_its_project() -> None:
    box = Toolbox(STORE / "tool_calling" / "kiosk")
    reading = {"read_file", "list_files", "search"}
    checked = 0
    for row in sets.read(STORE).examples:
        for asked, told in zip(row.messages, row.messages[1:], strict=False):
            if asked.tool_calls and asked.tool_calls[0].name in reading:
                assert box.call(asked.tool_calls[0]).text == told.content
                checked += 1
    assert checked >= 11


def test_every_named_file_of_an_answer_is_in_its_result() -> None:
    for row in made(90).examples:
        if row.category == "tool_calling":
            seen = f"{row.messages[0].content} {row.messages[1].tool_calls} {row.messages[2].content}"
            assert all(name in seen for name in re.findall(r"[\w/]+\.(?:py|csv|md|toml)", row.answer)), row.answer
