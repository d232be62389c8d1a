"""Plain language: what an owner says is understood, and what merely sounds like it is left to the model."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import pytest

from adam.chat.intents import Intent, recognise
from adam.chat.phrases import examples, kit, ordinary
from adam.verbs.table import BY_NAME

DATA = Path(__file__).parents[1] / "data"
# names of the issue that are no verb of the shell: the chat answers them
CHAT_ONLY = {"model", "offline.on", "offline.off", "help"}


def test_the_agreed_sentences() -> None:
    assert recognise("Adam, collect data for distillation.").command == "distill.collect"
    assert recognise("Adam, train a distilled model.").command == "distill.train"
    assert recognise("is the new model any better?").command == "distill.eval"
    assert recognise("go back to the previous adapter").command == "distill.rollback"
    assert recognise("which model are you using?").command == "model"
    assert recognise("show me the runs that need review").command == "review"
    assert recognise("stay offline").command == "offline.on"
    rollback = recognise("roll back to 2026-11-20-2")
    assert (rollback.command, rollback.args) == ("distill.rollback", {"id": "2026-11-20-2"})
    assert recognise("please go back to the base model").args == {"id": "base"}
    assert recognise("promote 2026-11-20-2").args == {"id": "2026-11-20-2"}


@pytest.mark.parametrize(
    "text",
    [
        "how do I train for a marathon?", "explain database rollback", "", "   ", "Adam", "adam?", "hello", "thanks!", "\0\x1b[2J",
        "don't train anything", "do not promote the new adapter", "please never collect my data", "what does distill collect do?",
        "should I train now?", "Write a poem about training a distilled model.", "```\ntrain a distilled model\n```",
        "train a distilled model " * 50, "x" * 1_000_000,
    ],
)  # fmt: skip
def test_what_is_no_command(text: str) -> None:
    assert recognise(text) == Intent()


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("TRAIN A DISTILLED MODEL!!!", "distill.train"),
        ("adam pls trian a distiled modle", "distill.train"),
        (
            "could you please, when you have a moment, collect the data for distillation? thanks",
            "distill.collect",
        ),
        ("Adam, sammle bitte Daten für die Destillation", "distill.collect"),
        ("geh zurück zum vorherigen Adapter", "distill.rollback"),
        ("bleib offline", "offline.on"),
        ("you may use the cloud again", "offline.off"),
        ("ok adam, what’s the status of the distillation?", "distill.status"),
        ("list the adaptors, please", "distill.ls"),
    ],
)
def test_typos_politeness_and_languages(text: str, command: str) -> None:
    assert recognise(text).command == command


def test_every_command_of_the_rules_and_examples_is_known() -> None:
    assert set(kit().rules) == set(examples())
    assert {name for name in kit().rules if name not in BY_NAME} == CHAT_ONLY


def test_the_examples_are_taken_for_what_they_are() -> None:
    wrong = [
        (text, command)
        for command, texts in examples().items()
        for text in texts
        if recognise(text).command != command
    ]
    false = [text for text in ordinary() if recognise(text).command]
    print(
        f"\nexamples: {len(wrong)} of {sum(map(len, examples().values()))} wrong, ordinary: {len(false)} of {len(ordinary())} taken"
    )
    assert len(wrong) <= 0.06 * sum(map(len, examples().values()))
    assert len(false) <= 0.02 * len(ordinary())


@pytest.mark.parametrize(("which", "at_least"), [("", 0.97), ("_2", 0.95)])
def test_phrasings_written_apart(which: str, at_least: float) -> None:
    """The first corpora were written without sight of the rules; their misses were then looked at for words that
    were lacking. The second ones were written before that, and no rule was changed for them."""
    with open(DATA / f"intents_commands{which}.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = [recognise(row["text"]) for row in rows]
    right = sum(
        intent.command == row["command"] and intent.args == json.loads(row["args"] or "{}")
        for intent, row in zip(found, rows, strict=True)
    )
    text = (DATA / f"intents_ordinary{which}.txt").read_text("utf-8")
    ordinary = [line for line in text.splitlines() if line.strip()]
    false = sum(recognise(line).command is not None for line in ordinary)
    print(f"\ncommands{which}: {right} of {len(rows)} right ({right / len(rows):.1%})")
    print(f"ordinary{which}: {false} of {len(ordinary)} taken for commands ({false / len(ordinary):.2%})")
    assert right >= at_least * len(rows)
    assert false <= max(0.005 * len(ordinary), 1)


def test_it_takes_no_time() -> None:
    texts = [text for texts in examples().values() for text in texts][:300]
    recognise(texts[0])
    took = []
    for text in texts:
        begin = time.perf_counter()
        recognise(text)
        took.append(time.perf_counter() - begin)
    took.sort()
    print(f"\nintent: median {took[len(took) // 2] * 1e3:.2f} ms, slowest {took[-1] * 1e3:.2f} ms")
