"""The walk through the runs nobody judged yet: one at a time, one key each, every verdict on the disk at once."""

from __future__ import annotations

import shlex
from collections import Counter
from typing import TYPE_CHECKING, Any

from adam.errors import AdamError
from adam.records import Run
from adam.verbs import keys
from adam.verbs.hints import Hints
from adam.verbs.judging import PRIVATE, Judge
from adam.verbs.runfilter import Filter, since_when

if TYPE_CHECKING:
    from rich.console import Console

MOST = 100_000  # runs in a walk
SHOWN = 4_000  # characters of an answer
LISTED = 10  # runs shown before all of them are judged at once
HELP = """\
a  approve: it may be learned from
r  reject: it is never learned from
e  edit the answer, then approve that
s  skip: it stays unjudged
u  undo: back to the run before, its verdict taken back
t  private: never learned from, and noted as private
/  filter: words, or route:cloud model:gpt* since:7d
A, R  approve or reject all that a filter shows; asks first
q  leave (Ctrl-C, Ctrl-D); nothing is lost"""


class Walk:
    """`judged` counts what was done, for the line at the end."""

    def __init__(self, judge: Judge, chosen: Filter, console: Console) -> None:
        self.judge = judge
        self.chosen = chosen
        self.console = console
        self.hints = Hints(judge)
        self.judged: Counter[str] = Counter()
        self._drafts: dict[str, str] = {}
        self._past: list[tuple[int, str]] = []  # where we were, and what was done there
        self._find()

    def _find(self) -> None:
        """Newest first: what the owner still remembers."""
        runs = self.judge.runs.tail(MOST, where=self._waits, cells=self.chosen.cells())
        self.queue = runs[::-1]
        self.at = 0
        self._past.clear()

    def _waits(self, run: Run) -> bool:
        return self.judge.open(run) and self.chosen.where(run)

    def go(self) -> Counter[str]:
        while self.at < len(self.queue):
            run = self._full(self.queue[self.at])
            if run is None:
                self._step("skipped")
                continue
            self._show(run)
            if not self._act(run):
                break
        return self.judged

    def _full(self, run: Run) -> Run | None:
        try:
            return self.judge.runs.full(run)
        except AdamError as error:
            self.console.print(f"{error.message}; passed over", markup=False, style="yellow")
            return None

    # ── one run ───────────────────────────────────────────────────────────────────────────────────
    def _act(self, run: Run) -> bool:
        """False to leave."""
        while True:
            pressed = keys.key(self._question(), "aresut/?ARq")
            match pressed:
                case "a":
                    self.judge.approve(run)
                    return self._step("approved")
                case "r":
                    self.judge.reject(run)
                    return self._step("rejected")
                case "t":
                    self.judge.private(run)
                    return self._step(PRIVATE)
                case "e":
                    if self._edit(run):
                        return self._step("corrected")
                case "s":
                    return self._step("skipped")
                case "u":
                    if self._back():
                        return True
                case "/":
                    if self._filter():
                        return True
                case "A" | "R":
                    if self._all("approved" if pressed == "A" else "rejected"):
                        return True
                case "?":
                    self.console.print(HELP, markup=False)
                case _:
                    return False

    def _question(self) -> str:
        names = ("approve", "reject", "edit", "skip", "undo", "t private", "/ filter", "? help", "q leave")
        wide = "  ".join(name if " " in name else f"{name[0]} {name}" for name in names) + " "
        return wide if self.console.width > len(wide) + 4 else "a r e s u t / ?=help q > "

    def _show(self, run: Run) -> None:
        from rich.markup import escape
        from rich.rule import Rule

        from adam.tools.text import clean, shortened

        c = self.console
        c.print(Rule(style="dim"))
        who = run.model + (f" + {run.adapter}" if run.adapter else "")
        head = f"{self.at + 1} of {len(self.queue)} · {run.id} · {run.route or run.task}: {who}"
        c.print(f"[dim]{escape(head)}[/]" + ("" if run.status == "ok" else f" [yellow]{run.status}[/]"))
        c.print(f"[bold]{escape(shortened(clean(run.prompt), SHOWN))}[/]")
        for message in run.messages:
            for call in message.tool_calls:
                c.print(
                    f"→ {call.name} {shortened(clean(str(call.arguments)), 200)}", markup=False, style="dim"
                )
        c.print(shortened(clean(run.answer), SHOWN) or "(no answer)", markup=False)
        for hint in self.hints.of(run):
            c.print(f"! {hint}", markup=False, style="yellow")

    def _edit(self, run: Run) -> bool:
        text, kept = keys.edited(self._drafts.get(run.id, run.answer))
        if kept and text.strip():
            self.judge.correct(run, text)
            return True
        if text != run.answer:
            self._drafts[run.id] = text
            self.console.print("not approved; e brings your words back", markup=False)
        return False

    # ── the way ───────────────────────────────────────────────────────────────────────────────────
    def _step(self, word: str) -> bool:
        self.judged[word] += 1
        self._past.append((self.at, word))
        self.at += 1
        return True

    def _back(self) -> bool:
        if not self._past:
            self.console.print("this is the first one", markup=False)
            return False
        self.at, word = self._past.pop()
        self.judged[word] -= 1
        if word != "skipped":
            self.judge.undo()
        return True

    def _filter(self) -> bool:
        words = keys.line("filter: ")
        try:
            self.chosen = parsed(self.judge, words)
        except AdamError as error:
            self.console.print(f"{error.message}\n{error.hint}", markup=False, style="yellow")
            return False
        before = self.queue, self.at, list(self._past)
        self._find()
        if not self.queue:
            self.console.print("no unjudged run fits that", markup=False)
            self.queue, self.at, self._past = before
            self.chosen = parsed(self.judge, "")
            return False
        self.console.print(f"{len(self.queue)} runs" + ("" if words else ", no filter"), markup=False)
        return True

    def _all(self, word: str) -> bool:
        if self.chosen.empty:
            self.console.print("first a filter: /", markup=False)
            return False
        rest = self.queue[self.at :]
        show_list(self.console, rest)
        act = "approve" if word == "approved" else "reject"
        if keys.key(f"{act} these {len(rest)}? y/n ", "ynq") != "y":
            return False
        for run in rest:
            self.judge.approve(run) if word == "approved" else self.judge.reject(run)
            self._step(word)
        return True


def show_list(console: Any, runs: list[Run]) -> None:
    """What is about to be judged at once: the first few, and how many more."""
    from adam.store.cells import one_line

    for run in runs[:LISTED]:
        text = f"{one_line(run.prompt, 60)} → {one_line(run.answer, 60)}"
        console.print(f"  {run.id}  {text}", markup=False, no_wrap=True, overflow="ellipsis")
    if len(runs) > LISTED:
        console.print(f"  … and {len(runs) - LISTED} more", markup=False)


def parsed(judge: Judge, text: str) -> Filter:
    """`route:cloud since:7d some words`: the same filters as the flags of `adam runs ls`."""
    try:
        parts = shlex.split(text)
    except ValueError:
        parts = text.split()
    named = dict.fromkeys(("task", "route", "model", "status", "since"), "")
    rest = []
    for part in parts:
        name, colon, value = part.partition(":")
        if colon and name in named:
            named[name] = value
        else:
            rest.append(part)
    return Filter(
        judge.runs,
        judge.reviews,
        named["task"],
        named["route"],
        named["model"],
        named["status"],
        since_when(named["since"]) if named["since"] else None,
        text=" ".join(rest),
    )


def told(judged: Counter[str]) -> str:
    """8 approved, 2 rejected."""
    said = [f"{count} {word}" for word, count in judged.items() if count > 0]
    return ", ".join(said) or "nothing judged"
