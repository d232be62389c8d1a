"""/good /bad /fix /undo /private: what the owner thinks of the last answer, on the disk before the prompt is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adam.errors import BadUsage, NothingToDo

if TYPE_CHECKING:
    from adam.chat.talk import Talk


def good(talk: Talk, argument: str) -> None:
    from adam.store.cells import BadCell, score

    try:
        value = score(argument) if argument else 1.0
    except BadCell as error:
        raise BadUsage(str(error), "/good, /good 0.8, /good 4/5") from None
    run = talk.last_run()
    talk.judge.approve(run, 1.0 if value is None else value)
    talk.say(f"✓ approved, score {1.0 if value is None else value:g}. /undo takes it back.", "green")


def bad(talk: Talk, argument: str) -> None:
    talk.judge.reject(talk.last_run(), argument)
    talk.say("✗ rejected: it is never learned from. /fix puts the right answer there.", "red")
    _watch(talk)


def fix(talk: Talk, argument: str) -> None:
    from adam.verbs import keys

    run = talk.last_run()
    before = talk.judge.reviews.verdict(run).correction or run.answer
    text, kept = (argument, True) if argument else keys.edited(before)
    if not kept:
        talk.say("left as it was", "dim")
        return
    talk.judge.correct(run, text)
    talk.session.correct(run.id, text)
    if talk.answerer.log:
        talk.answerer.sessions.save(talk.session)
    talk.say("✓ corrected and approved: the talk goes on from your words", "green")
    _watch(talk)


def _watch(talk: Talk) -> None:
    """Bad marks on a new adapter: said, and by setting acted upon, at once."""
    from adam.distill import probation

    probation.act(talk.answerer.workspace, talk.answerer.config, talk.say)


def undo(talk: Talk, argument: str) -> None:
    run = talk.judge.undo()
    verdict = talk.judge.reviews.verdict(run).approved
    said = {True: "approved as before", False: "rejected as before", None: "not judged"}[verdict]
    talk.say(f"taken back: {run.id} is {said}", "dim")


def private(talk: Talk, argument: str) -> None:
    """Marked where it counts: collect leaves it out, and it goes to no cloud model with the rest of the talk."""
    if not talk.session.exchanges:
        raise NothingToDo("nothing was said yet", "Ask something first.")
    last = talk.session.exchanges[-1]
    talk.session.exchanges[-1] = last.model_copy(update={"private": True})
    if last.run:
        talk.judge.private(talk.judge.runs.get(last.run))
    if talk.answerer.log:
        talk.answerer.sessions.save(talk.session)
    talk.say("private: never learned from, and no part of what a cloud model is told", "green")
