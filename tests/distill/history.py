"""A scripted history of 500 runs in which every rule of collect is hit, with what each run should come to."""

from __future__ import annotations

import atexit
import itertools
import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from adam.records import Message, Review, Run, Tool, ToolCall
from adam.store.reviews import ReviewStore
from adam.store.runs import RunStore, answer_hash
from adam.workspace import Workspace

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
CANARY = "xK9!canary-Tr0mbone"
TOPICS = [f"{a} {b}" for a, b in itertools.product(
    ["Portuguese", "medieval", "coastal", "modern", "Alpine", "forgotten", "musical", "northern", "electric", "edible", "wooden",
     "haunted", "tiny", "famous", "desert", "royal", "underwater", "Roman", "silent", "purple", "wild", "ancient", "rural", "secret"],
    ["bridges", "gardens", "railways", "festivals", "lighthouses", "mushrooms", "insurance", "kitchens", "libraries", "comets",
     "bicycles", "dialects", "glaciers", "orchestras", "harbours", "beetles", "markets", "castles", "vineyards", "islands",
     "tunnels", "quilts", "windmills", "postcards", "violins", "puddings", "sundials", "meadows", "foxes", "ferries"],
)]  # fmt: skip
ASKS = [
    "What should I know about {}?",
    "Explain {} to a child.",
    "Why do people love {}?",
    "List three facts on {}.",
    "Compare {} with cheese.",
]
SEARCH = Tool(
    name="search", parameters={"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}
)


class History:
    """Writes runs and reviews, and keeps count of what collect should say."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.runs, self.reviews = RunStore(workspace), ReviewStore(workspace)
        self.expected: Counter[str] = Counter()
        self.kept: list[str] = []
        self.made: dict[str, Run] = {}
        self._topics = iter(TOPICS)
        self._waiting: list[Run] = []
        self._verdicts: list[tuple[str, str, float | None, str, str, str]] = []

    def topic(self) -> str:
        return next(self._topics)

    def add(
        self,
        expected: str = "",
        *,
        verdict: str = "approved",
        score: float | None = 0.9,
        by: str = "owner",
        **facts: object,
    ) -> Run:
        number = len(self.made)
        at = START + timedelta(minutes=number)
        topic = self.topic()
        values: dict[str, object] = {
            "id": f"{at:%Y%m%d-%H%M%S}-{number:06x}",
            "time": at,
            "prompt": ASKS[number % len(ASKS)].format(topic),
            "answer": f"{topic.capitalize()} number {number}: first look, then {number * 37} more words. Enjoy them all.",
            "category": ["facts", "style", "reasoning"][number % 3],
            **facts,
        }
        correction = str(values.pop("correction", ""))
        if not verdict and "approved" in facts and expected != "no_score":
            values["score"] = score
        run = Run(**values)  # type: ignore[arg-type]
        self.made[run.id] = run
        self._waiting.append(run)
        if verdict:
            self.judge(run, verdict, score, by, correction)
        if expected:
            self.expected[expected] += 1
        else:
            self.kept.append(run.id)
        return run

    def judge(
        self,
        run: Run,
        verdict: str,
        score: float | None = 0.9,
        by: str = "owner",
        correction: str = "",
        answer: str = "",
    ) -> None:
        """Written with the run: a review binds to the answer as it lies in the log, secrets masked."""
        self._verdicts.append((run.id, verdict, score, by, correction, answer))

    def write(self) -> None:
        for run in self.runs.append_many(self._waiting):
            self.made[run.id] = run
        self._waiting.clear()
        for name, verdict, score, by, correction, answer in self._verdicts:
            run = self.made[name]
            self.reviews.append(
                Review(
                    run=name, verdict=verdict, score=score, by=by, at=run.time + timedelta(days=30), correction=correction,  # type: ignore[arg-type]
                    answer_sha256=answer_hash(answer or run.answer),
                )
            )  # fmt: skip
        self._verdicts.clear()

    def artifact(self, run: Run) -> Path:
        return self.runs.artifact_path(run.id)


def tool_run(
    history: History, result: str = "3 hits", arguments: dict[str, object] | None = None
) -> dict[str, object]:
    topic = history.topic()
    call = ToolCall(name="search", arguments={"q": topic} if arguments is None else arguments, id="c1")
    return {
        "prompt": f"Search for {topic}",
        "answer": f"I found {topic}.",
        "tools": (SEARCH,),
        "messages": (
            Message(role="system", content="You are Adam."),
            Message(role="user", content=f"Search for {topic}"),
            Message(role="assistant", tool_calls=(call,)),
            Message(role="tool", content=result, call_id="c1", name="search"),
            Message(role="assistant", content=f"I found {topic}."),
        ),
    }


@lru_cache(maxsize=2)
def _built(config: str) -> tuple[Path, History]:
    """Written once a process: 500 artifacts, each synced to disk, take their time."""
    folder = Path(tempfile.mkdtemp(prefix="adam-history-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    workspace = Workspace(folder).make()
    workspace.config.write_text(config)
    return folder, _scripted(workspace)


def scripted(workspace: Workspace) -> History:
    """500 runs; `approved_by` must be set to owner, `max_per_group` to 3, `max_seq_length` to 400."""
    folder, built = _built(workspace.config.read_text())
    shutil.copytree(folder, workspace.root, dirs_exist_ok=True)
    history = History(workspace)
    history.made, history.kept, history.expected = dict(built.made), list(built.kept), Counter(built.expected)
    return history


def _scripted(workspace: Workspace) -> History:
    history = History(workspace)
    add = history.add
    for _ in range(3):
        add("test_case", case_id="case-1")
        add("test_case", task="eval")
        add("rejected", verdict="rejected")
        add("other_reviewer", by="somebody else")
        add("no_score", verdict="", approved=True, approved_by="owner")
        add("low_score", score=0.5)
        add("error", status="error", error="timeout")
        add("cut_off", status="cut_off")
        add("cut_off", status="interrupted")
        add("runaway", status="runaway")
        add("runaway", answer="Here it comes. " + "PLAN it again, then " * 40)
        add("empty", answer="   ")
        add("too_short", answer="…")
        add("too_long", answer="very " * 2_000)
        add("private", tags=("private",))
        add("secret", answer=f"Your password is {CANARY}, as you said.")
        add("secret", prompt=f"Mail jane.doe{len(history.made)}@posteo.de about {history.topic()}")
        add("placeholder", **tool_run(history, "[search results here]"))
        add("broken_call", **tool_run(history, arguments={"wrong": 1}))
        add(**tool_run(history))
        add(verdict="corrected", correction="That is it: " + history.topic())
        add(verdict="corrected", score=None, status="cut_off", correction="And so: " + history.topic())
        add(
            verdict="",
            approved=True,
            score=0.8,
            approved_by="owner",
            **{"answer": "Typed by hand: " + history.topic()},
        )
    history.write()
    stale = add("stale_review", verdict="")
    history.judge(stale, "approved", answer="another answer than it has")
    undone = add("not_reviewed")
    history.judge(undone, "undone")
    gone = add("no_text")
    damaged = add("no_text")
    test = "What did the harbour master of Lisbon say about the fog?"
    (workspace.sheet).write_text(
        "case_id,prompt,expected,split,score,approved\n"
        f"case-1,{test},nothing,test,,\n"
        "learn-1,Write a haiku about moss.,Moss on the old stone,train,,\n"
        "learn-2,Write a haiku about rust.,Rust on the old gate,train,0.2,\n"
        "learn-3,Write a haiku about dust.,,train,,\n"
    )
    add("test_prompt", prompt=test.replace("the fog", "that fog"))
    history.kept.append("eval:learn-1")
    history.expected["low_score"] += 1
    history.expected["empty"] += 1
    first = add()
    add("duplicate", prompt=first.prompt.lower(), answer=first.answer.upper())
    near = add(
        prompt="Tell me in two sentences why the moon looks larger when it stands near the horizon at night",
        answer="It is an old illusion: near the horizon there are trees and houses to compare the moon with, so it seems larger.",
    )
    add(prompt=near.prompt + "?!", answer="A trick of the eye.", score=0.95)
    history.kept.remove(near.id)  # the same prompt, and the later answer scored higher
    history.expected["other_answer"] += 1
    ask = " ".join(f"({i}) Say why {history.topic()} matter." for i in range(9))
    told = " ".join(f"({i}) They matter for {history.topic()}." for i in range(9))
    add(prompt=ask, answer=told)
    add("near_duplicate", prompt=ask.replace("(8)", "(9)"), answer=told.replace("(8)", "(9)"), score=0.8)
    for number in range(5):
        add(
            *(["group_cap"] if number >= 3 else []),
            prompt=f"Give me a short bedtime story about the brave little hedgehog number {number}",
            answer=f"Once upon a time, hedgehog {number * 91} met {history.topic()} and slept.",
        )
    while len(history.made) < 500:
        if len(history.made) % 3 == 0:
            add("not_reviewed", verdict="")
        else:
            add()
    history.write()
    history.artifact(gone).unlink()
    history.artifact(damaged).write_text("{}")
    return history
