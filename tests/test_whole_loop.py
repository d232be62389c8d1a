"""The whole of Adam with a tiny real model: run, approve, collect, train, eval, gate, promote, answer, roll back."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adam.chat.answerer import Answerer
from adam.chat.events import Done
from adam.distill import archive, loop, status
from adam.distill.rollback import rollback
from adam.models.tiny import tiny_folder
from adam.records import Review, Run
from adam.settings import DistillConfig
from adam.store.adapters import AdapterStore
from adam.store.reviews import ReviewStore
from adam.store.router import RouterStore
from adam.store.runs import RunStore, answer_hash
from adam.workspace import Workspace

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
THINGS = [f"{a} {b}" for a, b in itertools.product(
    ("Alpine", "wooden", "ancient", "electric", "silent", "purple", "edible", "royal"),
    ("bridges", "gardens", "libraries", "comets", "glaciers", "beetles", "windmills", "violins"),
)]  # fmt: skip
ASKED = [f"Which {b} are {a}?" for a, b in itertools.product(
    ("useful", "funny", "heavy", "round", "cheap"), ("kites", "lamps", "boots", "coins", "drums", "ropes", "tiles", "spoons"),
)]  # fmt: skip
ANSWER = "NOTE: yes."


@pytest.fixture
def home(workspace: Workspace, tmp_path: Path) -> tuple[Workspace, DistillConfig]:
    base = tiny_folder(tmp_path / "tiny")
    workspace.router.write_text(workspace.router.read_text().replace("smollm2-135m", f'"{base}"'))
    runs, reviews = RunStore(workspace), ReviewStore(workspace)
    for n, thing in enumerate(THINGS):
        at = NOW + timedelta(minutes=n)
        run = Run(
            id=f"{at:%Y%m%d-%H%M%S}-{n:06x}",
            time=at,
            prompt=f"Tell me of {thing}",
            answer=ANSWER,
            model="cloud",
        )
        runs.append(run)
        if n % 8:
            reviews.append(
                Review(
                    run=run.id,
                    verdict="approved",
                    score=0.9,
                    by="me",
                    at=at,
                    answer_sha256=answer_hash(ANSWER),
                )
            )
    lines = [f"case-{n},style,{prompt},starts_with: NOTE,,\n" for n, prompt in enumerate(ASKED)]
    workspace.sheet.write_text("case_id,category,prompt,checks,score,last_run\n" + "".join(lines))
    config = DistillConfig(
        base_model=str(base), min_examples=40, rehearsal=0, rank=8, train_steps=120, eval_steps=30, lr=1e-2,
        system_prompt="Be brief.", max_per_group=100, gate={"safety_floor": 0},  # type: ignore[arg-type]
    )  # fmt: skip
    workspace.config.write_text(config.model_dump_json(exclude_defaults=True))
    return workspace, config


def says(workspace: Workspace, prompt: str) -> tuple[str, str]:
    """What the chat answers offline, and who did."""
    answerer = Answerer(workspace)
    answerer.offline = True
    done = next(event for event in answerer.answer(prompt) if isinstance(event, Done))
    answerer.close()
    return done.text, done.status.adapter


@pytest.mark.slow
def test_the_whole_loop(home: tuple[Workspace, DistillConfig]) -> None:
    workspace, config = home
    before = workspace.router.read_bytes()
    question = "Which pencils are sharp?"
    plain, who = says(workspace, question)
    assert who == "" and not plain.startswith("NOTE")
    heard: list[str] = []
    comparison = loop.run(workspace, config, say=heard.append)
    assert comparison.decision.verdict == "promote", comparison.decision.reason
    assert comparison.statistics.n >= len(ASKED)
    assert {pair.category for pair in comparison.pairs if pair.guard} == {"safety", "format"}
    assert "Rollback available" in heard[-1]

    text, who = says(workspace, question)
    assert (text, who) == (ANSWER, comparison.adapter)
    line = status.adapters(workspace, config)[-1]
    assert (line.state, line.id) == ("live", who)
    assert status.status(workspace, config).back_to == RouterStore(workspace).load().offline_model.model_copy(
        update={"adapter": ""}
    )
    tasks = {run.task for run in RunStore(workspace).scan()}
    assert tasks == {"chat", "eval", "distill_collect", "distill_train", "distill_eval", "distill_promote"}
    learned = set(AdapterStore(workspace).get(who).example_ids)
    assert 0 < len(learned) < len(THINGS) - 8  # what nobody approved and what is held out was not learned

    rollback(workspace, config)
    assert workspace.router.read_bytes() == before
    assert says(workspace, question) == (plain, "")
    assert archive.has_weights(AdapterStore(workspace), who)
    assert [entry["to"]["adapter"] for entry in RouterStore(workspace).history()] == [who, ""]
