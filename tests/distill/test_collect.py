"""collect: every run accounted for, nothing twice, nothing secret, nothing that the evaluation asks; it grows."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adam.curate.filters import REASONS
from adam.curate.leaks import find_leaks
from adam.distill import collect as collecting
from adam.distill import memory
from adam.distill.collect import collect, why
from adam.distill.datasets import ready
from adam.distill.settools import find_leaks as leaks_of
from adam.errors import Locked
from adam.records import Message, Review
from adam.settings import DistillConfig
from adam.store.dataset import DatasetStore, example_id
from adam.store.files import lock
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore, answer_hash
from adam.workspace import Workspace
from tests.distill.history import CANARY, History, scripted

CONFIG = DistillConfig(approved_by="owner", max_per_group=3, max_seq_length=400)
PLAIN = DistillConfig()
NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def gather(workspace: Workspace, config: DistillConfig = PLAIN, **more: Any) -> Any:
    return collect(
        workspace, config, environment={}, now=NOW, count_tokens=lambda text: len(text.split()), **more
    )


def lines(workspace: Workspace) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in workspace.dataset.read_text().splitlines()]
        if workspace.dataset.exists()
        else []
    )


# ── a scripted history ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("masked", [True, False])
def test_five_hundred_runs_every_rule_and_the_counts_add_up(workspace: Workspace, masked: bool) -> None:
    workspace.config.write_text(json.dumps({"mask_secrets_in_log": masked}))
    history = scripted(workspace)
    assert len(history.made) == 500
    summary = gather(workspace, CONFIG)
    assert summary.excluded == {
        reason: history.expected[reason] for reason in REASONS if history.expected[reason]
    }
    never = {"before_since", "forgotten"}  # by command, and tested with them
    assert set(summary.excluded) == set(REASONS) - never
    assert (
        summary.included + sum(summary.excluded.values()) == summary.considered == 500 + 3
    )  # and the sheet's
    assert {row["run"] for row in lines(workspace)} == set(history.kept)
    assert summary.new == summary.total == summary.included == len(history.kept)
    assert sum(summary.by_split.values()) == summary.total
    assert sum(summary.by_category.values()) == summary.total

    before = workspace.dataset.read_bytes(), workspace.ledger.read_bytes()
    again = gather(workspace, CONFIG)
    assert (again.new, again.withdrawn, again.total) == (0, {}, summary.total)
    assert (again.considered, again.excluded) == (summary.considered, summary.excluded)
    assert (workspace.dataset.read_bytes(), workspace.ledger.read_bytes()) == before
    workspace.collected.unlink()
    full = gather(workspace, CONFIG)
    assert (full.new, full.withdrawn, full.excluded) == (0, {}, summary.excluded)
    assert (workspace.dataset.read_bytes(), workspace.ledger.read_bytes()) == before


def test_no_canary_in_anything_that_collect_writes(workspace: Workspace) -> None:
    workspace.config.write_text(json.dumps({"mask_secrets_in_log": False}))
    scripted(workspace)
    before = {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}
    summary = gather(workspace, CONFIG)
    written = [p for p in workspace.root.rglob("*") if p.is_file() and p.read_bytes() != before.get(p)]
    assert written
    for path in written:
        fresh = path.read_bytes().removeprefix(before.get(path, b""))
        assert CANARY.encode() not in fresh and b"posteo" not in fresh, path
    assert CANARY not in summary.model_dump_json()
    secret = [d for d in summary.details if d.reason == "secret"]
    assert {d.detail.split(" in ")[0] for d in secret} == {"password", "email"}


def test_a_dry_run_says_the_same_and_writes_nothing(workspace: Workspace) -> None:
    scripted(workspace)
    before = {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}
    said = gather(workspace, CONFIG, dry_run=True)
    assert {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()} == before
    done = gather(workspace, CONFIG)
    skip = {"dry_run", "wall_s"}
    assert said.model_dump(exclude=skip) == done.model_dump(exclude=skip)


def test_a_row_of_the_data_set_says_where_it_is_from(workspace: Workspace) -> None:
    history = History(workspace)
    run = history.add(verdict="corrected", correction="Better so.", category="style")
    history.write()
    gather(workspace)
    (row,) = lines(workspace)
    assert row["run"] == run.id and row["source"] == "correction" and row["category"] == "style"
    assert row["answer"] == "Better so." and row["prompt"] == run.prompt
    assert [m["role"] for m in row["messages"]] == ["user", "assistant"]
    assert row["score"] == 0.9 and row["approved_by"] == "owner" and row["approved_at"]
    assert row["split"] in {"train", "valid", "test"} and row["group"]
    assert row["id"] == example_id([Message.model_validate(m) for m in row["messages"]], [])


def test_the_collect_is_a_run_with_its_figures(workspace: Workspace) -> None:
    history = History(workspace)
    history.add()
    history.write()
    summary = gather(workspace)
    run = RunStore(workspace).full(RunStore(workspace).tail(1)[0])
    assert run.task == "distill_collect" and run.answer == summary.said
    assert run.details["total"] == 1 and run.details["lengths"]["answer_words"] > 3
    assert gather(workspace).considered == 1  # its own runs are no candidates


def test_why(workspace: Workspace) -> None:
    history = scripted(workspace)
    gather(workspace, CONFIG)
    runs = {d.run: d.reason for d in gather(workspace, CONFIG, dry_run=True, explain=history.kept[0]).details}
    for run, reason in list(runs.items())[::20]:
        assert why(workspace, CONFIG, run)[0] == reason
    assert why(workspace, CONFIG, history.kept[0]) == ("", "")
    unseen = next(r for r in history.made if r not in runs and r not in history.kept)
    assert why(workspace, CONFIG, unseen)[0] in {"not_reviewed", "test_case"}


# ── growing ───────────────────────────────────────────────────────────────────────────────────────
def test_the_second_collect_reads_only_what_is_new(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(workspace)
    for _ in range(30):
        history.add()
    history.write()
    gather(workspace)
    read: list[str] = []
    original = RunStore.full
    monkeypatch.setattr(RunStore, "full", lambda self, run: (read.append(run.id), original(self, run))[1])
    fresh = history.add()
    history.add("low_score", score=0.1)
    history.write()
    summary = gather(workspace)
    assert read == [fresh.id]
    assert (summary.new, summary.total, summary.considered) == (1, 31, 32)
    assert summary.excluded == {"low_score": 1}


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_in_steps_or_at_once_it_is_the_same_set(workspace: Workspace, tmp_path: Path, steps: int) -> None:
    """The incremental way and the full one agree on what is in and on every count."""
    history = History(workspace)
    draw = random.Random(steps)
    for step in range(steps):
        for _ in range(40 // steps):
            kind = draw.choice(["", "", "", "not_reviewed", "low_score", "rejected"])
            facts: dict[str, Any] = {
                "not_reviewed": {"verdict": ""},
                "low_score": {"score": 0.1},
                "rejected": {"verdict": "rejected"},
            }.get(kind, {})
            history.add(kind, **facts)
        history.write()
        summary = gather(workspace)
        assert summary.considered == 40 // steps * (step + 1)
    assert {row["run"] for row in lines(workspace)} == set(history.kept)
    assert summary.excluded == {r: history.expected[r] for r in REASONS if history.expected[r]}


def test_a_verdict_taken_back_takes_the_row_back(workspace: Workspace) -> None:
    history = History(workspace)
    kept, dropped, mended = history.add(), history.add(), history.add()
    history.write()
    gather(workspace)
    later = timedelta(days=60)
    reviews = ReviewStore(workspace)
    reviews.append(
        Review(
            run=dropped.id,
            verdict="rejected",
            at=dropped.time + later,
            answer_sha256=answer_hash(dropped.answer),
        )
    )
    reviews.append(
        Review(
            run=mended.id,
            verdict="corrected",
            at=mended.time + later,
            answer_sha256=answer_hash(mended.answer),
            correction="Mended.",
        )
    )
    summary = gather(workspace)
    assert summary.withdrawn == {"rejected": 1, "other_answer": 1}
    assert summary.new == 1
    assert {row["run"]: row["answer"] for row in lines(workspace)} == {
        kept.id: kept.answer,
        mended.id: "Mended.",
    }
    reviews.append(
        Review(
            run=dropped.id,
            verdict="approved",
            at=dropped.time + 2 * later,
            answer_sha256=answer_hash(dropped.answer),
        )
    )
    assert gather(workspace).total == 3


def test_a_better_answer_to_the_same_prompt_takes_its_place(workspace: Workspace) -> None:
    history = History(workspace)
    first = history.add(prompt="What is a fox?", answer="An animal.")
    history.write()
    gather(workspace)
    second = history.add(prompt="What is a fox?", answer="A clever red animal.", score=1.0)
    history.write()
    summary = gather(workspace)
    assert summary.withdrawn == {"other_answer": 1} and summary.excluded == {"other_answer": 1}
    assert [row["run"] for row in lines(workspace)] == [second.id]
    assert first.id not in {row["run"] for row in lines(workspace)}


def test_rows_that_were_split_once_stay_split(workspace: Workspace) -> None:
    history = History(workspace)
    for _ in range(60):
        history.add()
    history.write()
    gather(workspace)
    before = {row["id"]: row["split"] for row in lines(workspace)}
    assert {"train", "test"} <= set(before.values())
    for _ in range(60):
        history.add()
    history.write()
    gather(workspace, DistillConfig(holdout=0.6, validation=0.5))
    after = {row["id"]: row["split"] for row in lines(workspace)}
    assert {i: after[i] for i in before} == before
    assert set(after.values()) == {"train", "valid", "test"}


WORDS = [
    "garden",
    "bread",
    "train",
    "holiday",
    "laptop",
    "river",
    "music",
    "winter",
    "doctor",
    "school",
    "market",
    "tax",
    "forest",
]


@given(st.integers(0, 10_000))
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_growing_by_five_hundred_in_any_order_moves_no_held_out_row(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    workspace = Workspace(tmp_path_factory.mktemp("grow")).make()
    draw = random.Random(seed)

    def prompt() -> str:
        return "Tell me about the " + " ".join(draw.choices(WORDS, k=draw.randint(3, 7)))

    def add(number: int, offset: int) -> None:
        """As a table from elsewhere: five hundred artifacts, each synced to disk, take their time."""
        rows = [
            [
                f"r{i}",
                (NOW + timedelta(seconds=i)).isoformat(),
                prompt(),
                f"Here is answer {i} of many.",
                "yes",
                "0.9",
            ]
            for i in range(offset, offset + number)
        ]
        draw.shuffle(rows)
        is_new = not workspace.runs.exists()
        with open(workspace.runs, "a", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([["id", "time", "prompt", "answer", "approved", "score"]] * is_new + rows)

    add(60, 0)
    config = DistillConfig(max_per_group=1000)
    gather(workspace, config)
    held = {e.id for e in ready(workspace, config, {}).of("test")}
    for round_ in range(1, 3):
        add(250, 1000 * round_)
        gather(workspace, config)
        now = ready(workspace, config, {})
        learned = [*now.of("train"), *now.of("valid")]
        assert not held & {e.id for e in learned}
        there = {
            e.id for e in DatasetStore(workspace).load().examples
        }  # a better answer may take a row's place
        assert held & there <= {e.id for e in now.of("test")}
        assert find_leaks([*learned, *now.of("test")]) == []
        held = {e.id for e in now.of("test")}


def test_groups_that_meet_across_the_border_are_quarantined(workspace: Workspace) -> None:
    a, b = "the quick brown fox jumps over it", "brown fox jumps over it and sleeps"
    config = DistillConfig(max_per_group=99)
    history = History(workspace)
    one, two = history.add(prompt=a), history.add(prompt=b)
    history.write()
    gather(workspace, config)
    groups = {row["run"]: row["group"] for row in lines(workspace)}
    ledger = {groups[one.id]: "test", groups[two.id]: "train"}
    workspace.ledger.write_text(
        "".join(json.dumps({"v": 1, "group": g, "split": s}) + "\n" for g, s in ledger.items())
    )
    bridge = history.add(prompt="the quick brown fox jumps over it and sleeps")
    history.write()
    summary = gather(workspace, config)
    assert summary.by_split == {"test": 2, "quarantined": 1}
    now = ready(workspace, config, {})
    assert {e.run for e in now.of("test")} == {one.id, bridge.id}
    assert [e.run for e in DatasetStore(workspace).load().examples if e.id in now.left_out] == [two.id]
    assert leaks_of(workspace, None)[0] == []


def test_a_leak_planted_by_hand_is_found(workspace: Workspace) -> None:
    history = History(workspace)
    for _ in range(40):
        history.add()
    history.write()
    gather(workspace)
    assert leaks_of(workspace, None)[0] == []
    held = next(row for row in lines(workspace) if row["split"] == "test")
    twin = {
        **held,
        "id": "planted",
        "prompt": held["prompt"] + "!!",
        "split": "train",
        "group": "planted",
        "run": "",
    }
    twin["messages"] = [
        {"role": "user", "content": held["prompt"] + "!!"},
        {"role": "assistant", "content": "yes"},
    ]
    with open(workspace.dataset, "a") as file:
        file.write(json.dumps(twin) + "\n")
    found, _, _ = leaks_of(workspace, None)
    assert ("planted", held["id"]) in [(leak.learned, leak.held_out) for leak in found]
    assert {leak.learned for leak in found} == {"planted"}
    assert "planted" in ready(workspace, PLAIN, {}).left_out


def test_answers_in_four_fixed_formats_are_all_kept(workspace: Workspace) -> None:
    """120 approved rows over forty topics keep at least 100 rows in at least 60 groups."""
    history = History(workspace)
    formats = [
        ("Remind me about {}", "REMINDER\nwhat: {}\nwhen: tomorrow 9:00\nhow: phone"),
        ("Plan {} for next month", "PLAN\n1. look at {}\n2. ask two people\n3. decide\nEND"),
        ("Sum up {}", "SUMMARY\n- {} in one line\n- what matters\n- what to do next"),
        ("As JSON: {}", '{{"action": "note", "topic": "{}", "priority": 2, "tags": ["a", "b"]}}'),
    ]
    for number in range(40):
        topic = history.topic()
        for ask, answer in [formats[(number + k) % 4] for k in range(3)]:
            history.add(prompt=ask.format(topic), answer=answer.format(topic))
    history.write()
    summary = gather(workspace)
    assert summary.considered == 120
    assert summary.total >= 100
    assert summary.groups >= 60


# ── commands and settings ─────────────────────────────────────────────────────────────────────────
def test_since(workspace: Workspace) -> None:
    history = History(workspace)
    runs = [history.add() for _ in range(10)]
    history.write()
    summary = gather(workspace, since=runs[7].time)
    assert (summary.new, summary.excluded) == (3, {"before_since": 7})
    assert gather(workspace).total == 10  # and without it nothing is forgotten, nor believed to be read


def test_too_few(workspace: Workspace) -> None:
    history = History(workspace)
    for _ in range(3):
        history.add()
    history.write()
    summary = gather(workspace, DistillConfig(min_examples=5))
    assert summary.missing == 2 and "2 more are needed" in summary.said
    assert len(lines(workspace)) == 3


def test_the_share_of_tools_is_watched(workspace: Workspace) -> None:
    from tests.distill.history import tool_run

    history = History(workspace)
    for _ in range(11):
        history.add(**tool_run(history))
    history.write()
    summary = gather(workspace)
    assert summary.tool_share == 1.0
    assert any("add direct answers" in note for note in summary.notes)
    roles = [m["role"] for m in lines(workspace)[0]["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant"]


def test_a_new_private_pattern_takes_out_what_was_in(workspace: Workspace) -> None:
    history = History(workspace)
    heron = history.add(answer="Project Heron goes on, of course it does.")
    history.add()
    history.write()
    assert gather(workspace).total == 2
    careful = DistillConfig(private=["(?i)project heron"])
    assert [e.run for e in ready(workspace, careful, {}).examples] != [heron.id]
    assert len(ready(workspace, careful, {}).examples) == 1  # at once, before any collect
    summary = gather(workspace, careful)
    assert summary.withdrawn == {"secret": 1} and summary.total == 1
    assert (
        gather(workspace, DistillConfig(private=["(?i)project heron"], allow_private=["private"])).total == 2
    )


# ── bad input ─────────────────────────────────────────────────────────────────────────────────────
def test_a_review_of_a_run_that_is_gone(workspace: Workspace) -> None:
    history = History(workspace)
    history.add()
    history.write()
    ReviewStore(workspace).append(
        Review(run="nowhere", verdict="approved", score=1, at=NOW, answer_sha256="")
    )
    assert gather(workspace).total == 1
    assert gather(workspace).considered == 1


def test_a_run_that_was_pruned_stays_learned(workspace: Workspace) -> None:
    history = History(workspace)
    first, _ = history.add(), history.add()
    history.write()
    gather(workspace)
    history.artifact(first).unlink()
    workspace.collected.unlink()
    summary = gather(workspace)
    assert summary.excluded == {"no_text": 1} and summary.total == 2 and summary.withdrawn == {}
    rows = workspace.runs.read_text().splitlines(keepends=True)
    workspace.runs.write_text("".join(row for row in rows if first.id not in row))
    assert gather(workspace).total == 2


def test_a_hand_edited_data_set_keeps_its_bad_line(workspace: Workspace) -> None:
    history = History(workspace)
    history.add()
    dropped = history.add()
    history.write()
    gather(workspace)
    text = workspace.dataset.read_text().splitlines(keepends=True)
    workspace.dataset.write_text(text[0] + '{"id": "mine", "prompt": 7}\nnot json at all\n' + text[1])
    history.add()
    history.write()
    summary = gather(workspace)
    assert summary.total == 3 and len(summary.bad_lines) == 2
    assert f"{workspace.dataset}:2: " in summary.bad_lines[0] and ":3: not JSON" in summary.bad_lines[1]
    ReviewStore(workspace).append(
        Review(run=dropped.id, verdict="rejected", at=NOW + timedelta(days=99), answer_sha256="")
    )
    assert gather(workspace).total == 2
    kept = workspace.dataset.read_text().splitlines(keepends=True)
    assert kept[:3] == [text[0], '{"id": "mine", "prompt": 7}\n', "not json at all\n"]


def test_a_data_set_in_use_by_another_adam(workspace: Workspace) -> None:
    history = History(workspace)
    history.add()
    history.write()
    with lock(workspace, "collect"), pytest.raises(Locked):
        gather(workspace)
    assert not workspace.dataset.exists()
    assert gather(workspace).total == 1


def test_stopped_half_way_the_next_one_goes_on(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(workspace)
    for _ in range(10):
        history.add()
    history.write()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for owner, place in ((DatasetStore, "append"), (memory, "save")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, place, stop)
            with pytest.raises(KeyboardInterrupt):
                gather(workspace)
    ledger = workspace.ledger.read_text()
    summary = gather(workspace)
    assert summary.total == 10 and workspace.ledger.read_text() == ledger
    assert {row["run"] for row in lines(workspace)} == set(history.kept)


@pytest.mark.parametrize(
    "odd",
    [
        "🦊\u200d\u2028\u2029\x85\x7f",
        "e\u0301\u202etxet\u202c",
        "\ufeff\ufffd\U0010ffff",
        "a\x00b",
        "𝓯𝓪𝓷𝓬𝔂 ﷽",
    ],
)
def test_every_kind_of_unicode(workspace: Workspace, odd: str) -> None:
    history = History(workspace)
    history.add(prompt=f"What does {odd} mean?", answer=f"It is {odd}, of course.")
    history.write()
    assert gather(workspace).total == 1
    assert odd in lines(workspace)[0]["answer"]
    assert gather(workspace).new == 0


def test_an_answer_of_ten_megabytes(workspace: Workspace) -> None:
    workspace.config.write_text(json.dumps({"mask_secrets_in_log": False}))
    history = History(workspace)
    history.add("too_long", answer="word and word " * 750_000)
    history.add()
    history.write()
    assert gather(workspace).excluded == {"too_long": 1}


def test_a_table_from_elsewhere(workspace: Workspace) -> None:
    workspace.runs.write_text(
        "question;response;approved;rating;approved_by\n"
        "What is a fox?;A clever red animal.;yes;0.9;me\n"
        "What is a hen?;A bird that lays eggs.;yes;;me\n"
        "What is a cow?;Moo.;no;0.9;me\n"
        "What is a pig?;It grunts.;;;\n"
    )
    summary = gather(workspace)
    assert summary.excluded == {"not_reviewed": 1, "rejected": 1, "no_score": 1}
    assert [row["answer"] for row in lines(workspace)] == ["A clever red animal."]
    assert gather(workspace).new == 0


def test_a_cell_edited_by_hand_is_seen(workspace: Workspace) -> None:
    """The part that was read is compared byte by byte, not only appended to."""
    history = History(workspace)
    run = history.add("not_reviewed", verdict="")
    history.add()
    history.write()
    assert gather(workspace).total == 1
    with open(workspace.runs, newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["id"] == run.id
    rows[0] |= {"approved": "true", "score": "0.9"}
    with open(workspace.runs, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert gather(workspace).total == 2


def test_nothing_there(workspace: Workspace) -> None:
    summary = gather(workspace)
    assert (summary.considered, summary.total, summary.missing) == (0, 0, 50)
    assert Counter(summary.by_split) == Counter()
    assert collecting.collect(workspace, PLAIN, dry_run=True, environment={}).total == 0
