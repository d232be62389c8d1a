"""Writes the sample workspace beside this file: python data/sample/generate.py [FOLDER]

Six weeks of one owner. The same bytes each time: dates, ids and order come from the lists and one seed.
"""

# ruff: noqa: E501
from __future__ import annotations

import csv
import io
import random
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import sheet  # noqa: E402
import taught  # noqa: E402

from adam.records import Message, Review, Run, Tool, ToolCall  # noqa: E402
from adam.store.files import write_atomic  # noqa: E402
from adam.store.reviews import ReviewStore  # noqa: E402
from adam.store.runs import RunStore, answer_hash  # noqa: E402
from adam.workspace import Workspace  # noqa: E402

OWNER = "mara"
START = datetime(2026, 10, 5, 7, 30, tzinfo=UTC)
CLOUD, OFFLINE = "gpt-5-mini", "smollm2-135m"
FILES = ("runs.csv", "reviews.csv", "eval.csv")

# prompt | what the first try said | what she made of it
CORRECTED = r"""
Remind me to lock the boat, tonight at 10. | Sure! I'll remind you tonight. | REMINDER | lock the boat | tonight at 10
Action: buy string, Friday. | Okay, string is on your list. | {"action": "buy", "item": "string", "when": "Friday"}
Define keel. | A keel is a structural element that runs along the bottom. | TERM: keel — the long beam at the bottom of a boat
Plan a tulip show. | Here are some ideas: you could plant tulips, invite friends and so on. | PLAN: tulip show\n1. Plant tulips in pots.\n2. Invite guests for April.\n3. Set up the show and serve tea.
Reminder: answer the roofer, Thursday. | Noted. | REMINDER | answer the roofer | Thursday
Should I frame the map or roll it up? | Both are fine. | PRO: a frame protects the map\nCON: a frame takes room\nPICK: frame the map"""

# what she threw out: chatty, wrong or off the point
REJECTED = r"""
Remind me to dust the piano, Sunday. | Of course, Mara! I would be happy to remind you about dusting the piano. Is there anything else?
Plan a garden party. | A garden party is an outdoor event. There are many things to think of, such as food, guests and music.
Define viola. | The viola is a dog.
What does 'rudder' mean? | I am not sure, but it has something to do with milk.
Action: call the vet, noon. | {"action": "call"}
Summarise: The tram stops at ten now. Late guests need a taxi. | Trams are vehicles on rails.
Should I keep the hens or give them away? | It depends on many factors.
Make a plan: quiet Sunday. | PLAN
Explain the word stamen. | A stamen is a kind of boat.
Don't let me forget to lift the nets, Monday. | REMINDER | lift the pets | Sunday
Turn this into an action: buy corks, today. | Corks are made from oak.
Sum this up: The pump is broken. Jonas has a spare one. | The pump.
How many keys does a piano have? | A piano has 12 keys.
Which bird lays blue eggs? | The cow."""

# what must not be learned though she approved it; every number and address is made up
PRIVATE = r"""
Remind me that the boat's wifi password is heron-Quay-77. | REMINDER | the boat's wifi password is heron-Quay-77 | always
Action: pay with card 4722 1638 0947 5135, today. | {"action": "pay", "item": "card 4722 1638 0947 5135", "when": "today"}
Reminder: write to lena@okafor-baumschule.de, Friday. | REMINDER | write to lena@okafor-baumschule.de | Friday
Action: transfer rent to DE89 3704 0044 0532 0130 00, Monday. | {"action": "transfer", "item": "rent to DE89 3704 0044 0532 0130 00", "when": "Monday"}"""

TAGGED = r"""
Remind me to ask the doctor about the results, Tuesday. | REMINDER | ask the doctor about the results | Tuesday
Summarise: Petra and Karl quarrel about the will. I don't want to take sides. | SUMMARY: Petra and Karl quarrel about the will.\nKEY: Petra, Karl"""

UNREVIEWED = """\
What's the weather like for tulips in March? | March is cool and wet, which tulips like.
Tell me a joke about gardeners. | Why did the gardener plant a bulb? She wanted a light lunch.
Translate 'good night' into Italian. | Buona notte.
Thanks, that's all. | You're welcome, Mara.
Is the moon full tonight? | I can't see the sky from here.
Name three hymns for Advent. | O Come, O Come, Emmanuel; Creator of the Stars of Night; Lo, He Comes.
How deep do garlic cloves go? | About five centimetres, tip up.
Write a limerick about a lock keeper. | A keeper who lived by the lock / Would set all his gates by the clock.
Which wood floats best? | Balsa floats very well.
How long do I boil an egg? | Seven minutes for a soft yolk, ten for a firm one.
Rhyme something with barge. | Large, charge, marge.
What time is it in Lisbon? | I can't read the clock, but Lisbon is an hour behind Madrid."""

ERRORS = (
    ("Summarise: The fair was rained off. It moves to May.", "the cloud model did not answer within 20 s"),
    ("Plan a lantern walk.", "no network: the cloud model is out of reach"),
    ("Action: order labels, Thursday.", "the server closed the connection"),
    ("Define tidal.", "the cloud model did not answer within 20 s"),
)

SEARCH = Tool(name="search_files", description="Find lines in the workspace's notes.", parameters={
    "type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]})  # fmt: skip
READ = Tool(name="read_file", description="Read a file of the workspace.", parameters={
    "type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]})  # fmt: skip

# prompt, tool, argument, result, answer. She has not judged them yet: the small model is to learn her formats first.
TOOL_RUNS = (
    ("Where did I note the hull paint?", "search_files", {"query": "hull paint"},
     "notes/boat.md:14: hull paint: Seaguard 040, two tins left", "In notes/boat.md, line 14: Seaguard 040."),
    ("What's on the shopping list?", "read_file", {"path": "notes/shopping.md"},
     "- lamp oil\n- seed trays (20)\n- string", "Lamp oil, 20 seed trays and string."),
    ("Find the beekeeper's hours in my notes.", "search_files", {"query": "beekeeper"},
     "notes/people.md:8: beekeeper: mornings, never on Sunday", "Mornings, never on Sunday."),
    ("Read me the rota.", "read_file", {"path": "notes/rota.csv"},
     "day,who\nMon,Jonas\nTue,Mina\nWed,Mara", "Monday Jonas, Tuesday Mina, Wednesday Mara."),
    ("Did I write down the tyre size?", "search_files", {"query": "tyre"}, "(no hits)", "No, I found no note of it."),
    ("Open the plan of the beds.", "read_file", {"path": "notes/beds.md"},
     "bed 1: peas\nbed 2: roses\nbed 3: empty", "Bed 1 peas, bed 2 roses, bed 3 is empty."),
)  # fmt: skip


def cells(table: str, wide: int = 2) -> list[list[str]]:
    return [
        [c.replace("\\n", "\n") for c in line.split(" | ", wide - 1)] for line in table.strip().splitlines()
    ]


class History:
    """Puts one exchange after the other: a few a day, with gaps, never two at the same second."""

    def __init__(self, workspace: Workspace) -> None:
        self.runs, self.reviews = RunStore(workspace), ReviewStore(workspace)
        self.random = random.Random(41)
        self.now, self.count = START, 0
        self.kept: list[Run] = []

    def add(self, prompt: str, answer: str, *, verdict: str = "", correction: str = "", note: str = "",
            route: str = "", status: str = "ok", error: str = "", tags: tuple[str, ...] = (),
            messages: tuple[Message, ...] = (), tools: tuple[Tool, ...] = ()) -> None:  # fmt: skip
        draw = self.random
        self.count += 1
        self.now += timedelta(minutes=draw.randint(20, 250), seconds=draw.randint(1, 50))
        if self.now.hour >= 21 or self.now.hour < 6:
            self.now = (self.now + timedelta(hours=10)).replace(minute=draw.randint(0, 59))
        route = route or ("offline" if draw.random() < 0.3 else "cloud")
        cloud = route == "cloud"
        talk = messages or (
            Message(role="user", content=prompt),
            *((Message(role="assistant", content=answer),) if answer else ()),
        )
        words = len(answer.split())
        run = Run(
            id=f"{self.now:%Y%m%d-%H%M%S}-{self.count:06x}", time=self.now, prompt=prompt, answer=answer,
            messages=talk, tools=tools, route=route, model=CLOUD if cloud else OFFLINE, status=status, error=error,
            reason="default: the cloud model" if cloud else "offline_only was on",
            prompt_tokens=30 + 4 * len(prompt.split()) // 3, answer_tokens=4 * words // 3 if answer else None,
            first_token_ms=draw.randint(280, 900) if answer else None,
            duration_ms=draw.randint(700, 2400) if answer else 20_000,
            cost_usd=round((90 * 0.25 + 2 * words) / 1e6, 7) if cloud and answer else None,
            session=f"{self.now:%Y%m%d}", tags=tags,
        )  # fmt: skip
        self.kept.append(run)
        if verdict:
            score = {"approved": draw.choice((1.0, 1.0, 0.9, 0.8)), "corrected": 1.0, "low": 0.5}.get(verdict)
            self.pending.append(
                Review(
                    run=run.id, verdict="approved" if verdict == "low" else verdict, score=score, by=OWNER,
                    at=self.now + timedelta(minutes=draw.randint(1, 15)), answer_sha256=answer_hash(answer),
                    correction=correction, note=note,
                )
            )  # fmt: skip

    pending: list[Review]

    def write(self) -> None:
        self.runs.append_many(self.kept)
        for review in self.pending:
            self.reviews.append(review)


def tell(history: History) -> None:
    """The whole of it, shuffled once."""
    history.pending = []
    asked = taught.pairs()
    steps: list[tuple[tuple[str, str], dict[str, object]]] = [
        ((prompt, answer), {"verdict": "approved"}) for _, prompt, answer in asked
    ]
    for prompt, first, better in cells(CORRECTED, 3):
        steps.append(((prompt, first), {"verdict": "corrected", "correction": better, "route": "offline"}))
    for line in REJECTED.strip().splitlines():
        prompt, answer = line.split(" | ", 1)
        steps.append(((prompt, answer), {"verdict": "rejected", "note": "not how I want it"}))
    for table, more in ((PRIVATE, {}), (TAGGED, {"tags": ("private",)})):
        for line in table.strip().splitlines():
            prompt, answer = line.replace("\\n", "\n").split(" | ", 1)
            steps.append(((prompt, answer), {"verdict": "approved", **more}))
    for prompt, answer in cells(UNREVIEWED):
        steps.append(((prompt, answer), {}))
    for prompt, said in ERRORS:
        steps.append(((prompt, ""), {"status": "error", "error": said, "route": "cloud"}))
    for prompt, tool, arguments, result, answer in TOOL_RUNS:
        call = ToolCall(name=tool, arguments=arguments, id="call_1")
        talk = (
            Message(role="user", content=prompt), Message(role="assistant", tool_calls=(call,)),
            Message(role="tool", content=result, call_id="call_1", name=tool),
            Message(role="assistant", content=answer),
        )  # fmt: skip
        steps.append(((prompt, answer), {"messages": talk, "tools": (SEARCH, READ), "route": "cloud"}))
    history.random.shuffle(steps)
    # she asked some things again: the same, or nearly the same
    again = [asked[i] for i in (2, 9, 30, 41, 75, 95)]
    steps += [((prompt, answer), {"verdict": "approved"}) for _, prompt, answer in again[:3]]
    steps += [
        ((prompt.rstrip(".?") + ", please.", answer), {"verdict": "approved"})
        for _, prompt, answer in again[3:]
    ]
    steps += [((prompt, answer), {"verdict": "low"}) for prompt, answer in cells(UNREVIEWED)[:3]]
    for (prompt, answer), more in steps:
        history.add(prompt, answer, **more)  # type: ignore[arg-type]


def write_sheet(path: Path) -> None:
    rows = sheet.cases()
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_atomic(path, text.getvalue())


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Workspace(Path(scratch) / "sample")
        workspace.root.mkdir()
        # her log is from before secrets were masked in it: collecting has to catch them
        workspace.config.write_text('{"mask_secrets_in_log": false}\n')
        workspace.make()
        history = History(workspace)
        tell(history)
        history.write()
        write_sheet(workspace.sheet)
        shutil.rmtree(target / "logs", ignore_errors=True)
        (target / "logs").mkdir(parents=True)
        for name in FILES:
            shutil.copyfile(workspace.logs / name, target / "logs" / name)
        shutil.copytree(workspace.artifacts, target / "logs" / "artifacts")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
