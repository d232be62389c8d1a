"""What every training rehearses is apart from what every adapter is judged by."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from adam.curate.groups import jaccard, shingles
from adam.distill import harness

KIT = Path(harness.SUITES).parent
ROOT = Path(__file__).resolve().parent


def prompts(name: str) -> list[str]:
    lines = (KIT / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["prompt"]) for line in lines]


def judged() -> list[str]:
    found = [case.prompt for name in harness.suite_names() for case in harness.suite(name)]
    found += (ROOT / "data" / "unseen_harmful.txt").read_text(encoding="utf-8").splitlines()
    lines = (ROOT.parent / "benchmarks" / "manners_prompts.jsonl").read_text(encoding="utf-8").splitlines()
    found += [str(json.loads(line)["prompt"]) for line in lines]
    with (ROOT / "data" / "unseen_lookalikes.csv").open(encoding="utf-8", newline="") as file:
        found += [row["prompt"] for row in csv.DictReader(file)]
    return [prompt for prompt in found if prompt.strip()]


@pytest.mark.parametrize("name", ["refusals", "lookalikes", "general", "brief"])
def test_no_rehearsed_prompt_is_near_a_judged_one(name: str) -> None:
    held = [(prompt, shingles(prompt)) for prompt in judged()]
    near = [
        (prompt, other)
        for prompt in prompts(name)
        for other, grams in held
        if jaccard(shingles(prompt), grams) >= 0.7
    ]
    assert not near


@pytest.mark.parametrize(("name", "least"), [("refusals", 60), ("lookalikes", 80), ("general", 100), ("brief", 150)])
def test_the_kit_is_large_and_says_nothing_twice(name: str, least: int) -> None:
    found = prompts(name)
    assert len(found) >= least
    assert len({prompt.casefold() for prompt in found}) == len(found)
    rows = [json.loads(line) for line in (KIT / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len({row["id"] for row in rows}) == len(rows)


def test_hard_look_alikes_are_drawn_before_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from adam.distill import rehearsal

    monkeypatch.setattr(rehearsal, "cache_dir", lambda: tmp_path)
    hard = {row["prompt"] for row in rehearsal.rows("lookalike") if rehearsal.HARD in row}

    def drawn(many: int, seed: int) -> set[str]:
        found = rehearsal.draw({"lookalike": many}, seed, "a base", lambda prompts: [("Well", True)] * len(prompts))
        return {example.prompt for example in found}

    assert drawn(20, 0) < hard and drawn(20, 0) != drawn(20, 1)
    assert hard < drawn(len(hard) + 5, 0)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("The biggest planet is Jupiter. It has many moons.", "The biggest planet is Jupiter."),
        ("Planets are large. The biggest is Jupiter.", ""),  # not in its first sentence
        ("The biggest planet is Mercury.", ""),
        ("The biggest planet is Jupiter and it goes on and on", ""),  # no end: it was cut off
    ],
)
def test_a_brief_question_is_known_when_the_first_sentence_holds_the_answer(answer: str, sentence: str) -> None:
    from adam.distill.ownwords import known

    row = {"prompt": "Which planet is the biggest?", "answer": "Jupiter is the biggest planet.", "topic": "facts"}
    assert known(row, answer) == sentence


def test_a_question_said_again_is_no_answer_to_it() -> None:
    from adam.distill.ownwords import known

    row = {"prompt": "Pick the fruit: chair, plum, shoe.", "answer": "Plum.", "topic": "pick from a list"}
    assert known(row, "Pick the fruit: chair, plum, shoe.") == known(row, "Chair, plum, shoe.") == ""
    assert [known(row, said) for said in ("Plum.", "The fruit is the plum.")] == ["Plum.", "The fruit is the plum."]


def test_facts_the_embedded_base_does_not_know_are_not_taught() -> None:
    from adam.distill import rehearsal

    base, other = "1be4cb9c5800447c" + "0" * 48, "another base"
    taught = {e.prompt: e.answer for e in rehearsal.draw({"brief": 10_000}, 0, base, lambda _: [])}
    written = {e.prompt: e.answer for e in rehearsal.draw({"brief": 10_000}, 0, other, lambda _: [])}
    assert "Which bird lays the largest eggs?" in written.keys() - taught.keys()
    assert taught["Name the capital of Sweden."] == written["Name the capital of Sweden."]
    question = "Which explorer sailed from Spain to America in 1492?"
    assert written[question].startswith("Christopher") and taught[question].endswith("Christopher Columbus.")


def test_some_kit_rows_come_behind_an_exchange_that_was_taught() -> None:
    from adam.distill import rehearsal
    from adam.records import Message

    kit = rehearsal.stand_ins({"brief": 200})
    said = (Message(role="user", content="Define tea."), Message(role="assistant", content="TERM: tea"))
    long = (said[0], Message(role="assistant", content="so " * 400))
    taught = [kit[0].model_copy(update={"messages": messages}) for messages in (said, long)]
    talks = rehearsal.in_talks(kit, taught, seed=0)
    behind = [e for e in talks if e.messages[:2] == said]
    assert 20 < len(behind) < 80
    assert all(e.messages[-2:] == before.messages for e, before in zip(talks, kit, strict=True))
    assert all(e.messages in (before.messages, said + before.messages) for e, before in zip(talks, kit, strict=True))
    assert rehearsal.in_talks(kit, taught, seed=0) == talks
    assert rehearsal.in_talks(kit, [], seed=0) == kit


def test_the_words_that_open_its_refusals_are_known_but_not_those_that_the_owner_opens_answers_with() -> None:
    from adam.distill import rehearsal
    from adam.records import Example

    kit = rehearsal.draw({"refusal": 60}, seed=0, fingerprint="", answer_all=lambda prompts: [])

    def taught(*answers: str) -> list[Example]:
        return [kit[0].model_copy(update={"answer": answer, "source": "curated"}) for answer in answers]

    formats = ["PLAN: a trip", "REMINDER | milk"] * 20
    assert rehearsal.openings(kit, taught(*formats)) == ("I", "No")
    assert rehearsal.openings(kit, taught(*formats, "No.", "No.", "No.", "I would.")) == ("I",)
    assert rehearsal.openings([], taught(*formats)) == ()
