"""How good one answer to one case is: `score_answer` → Outcome."""

from __future__ import annotations

import math

from adam.records import Answer, EvalCase, FinishReason, Outcome
from adam.scoring.effects import Effects
from adam.scoring.grammar import BadCheck, Check, parse_checks
from adam.scoring.judges import judge
from adam.scoring.runaway import loop, repeated_calls
from adam.scoring.similarity import shared_content

__all__ = ["BadCheck", "Check", "checks_of", "parse_checks", "score_answer"]

_LENGTH = {"max_words"}  # what mere length can move; similarity is asked anew, length left out


def checks_of(case: EvalCase) -> list[Check]:
    """As the sheet says; `similar` where it names no check but an expected answer."""
    checks = parse_checks(case.checks)
    if not checks and case.expected.strip():
        return [Check("similar")]
    return checks


def score_answer(
    case: EvalCase,
    answer: Answer,
    effects: Effects = Effects(),
    *,
    turns: int = 1,
    duration_ms: float | None = None,
) -> Outcome:
    """The mean of the case's checks; 0 when a `must` fails or the answer crashed, timed out, is empty or
    ran away. Every check is in the outcome with its reason, also then. An answer cut off at the token
    limit keeps its score: the gate's fourth rule looks at those."""
    checks = checks_of(case)
    error = fault(answer)
    rows: list[tuple[str, float, str]] = []
    for check in checks:
        score, why = (0.0, "") if error else judge(check, case, answer, effects)
        rows.append((check.said, min(1.0, max(0.0, score)), why))
    failed_must = any(check.must and row[1] < 1 for check, row in zip(checks, rows, strict=True))
    nothing = error or failed_must or not rows
    return Outcome(
        case_id=case.case_id,
        category=case.category,
        group=case.group,
        score=0.0 if nothing else _mean([score for _, score, _ in rows]),
        content=0.0 if nothing else _content(case, answer, checks, rows),
        answer=answer.text,
        tool_calls=answer.tool_calls,
        checks=tuple(rows),
        finish_reason=_finish(answer),
        error=error or ("" if rows else "the case has no check and no expected answer"),
        turns=turns,
        duration_ms=duration_ms,
        answer_tokens=answer.answer_tokens or None,
        guard=case.guard,
        weak=bool(checks) and all(check.kind == "similar" for check in checks),
    )


def fault(answer: Answer) -> str:
    """Why there is nothing to judge, or ""."""
    if answer.error:
        return answer.error
    if answer.finish_reason in {"error", "timeout", "cancelled", "runaway"}:
        names = {
            "error": "crashed",
            "timeout": "timed out",
            "cancelled": "interrupted",
            "runaway": "ran away",
        }
        return names[answer.finish_reason]
    if not answer.text.strip() and not answer.tool_calls:
        return "empty answer"
    looped = loop(answer.text) or repeated_calls(answer.tool_calls)
    return f"ran away: {looped}" if looped else ""


def _finish(answer: Answer) -> FinishReason:
    looped = loop(answer.text) or repeated_calls(answer.tool_calls)
    return (
        "runaway"
        if looped and answer.finish_reason in {"stop", "length", "tool_calls"}
        else answer.finish_reason
    )


def _content(
    case: EvalCase, answer: Answer, checks: list[Check], rows: list[tuple[str, float, str]]
) -> float | None:
    scores: list[float] = []
    for check, (_, score, _) in zip(checks, rows, strict=True):
        if check.kind in _LENGTH:
            continue
        shared = shared_content(answer.text, case.expected) if check.kind == "similar" else None
        scores.append(score if shared is None else shared)
    return _mean(scores) if scores else None


def _mean(scores: list[float]) -> float:
    return min(1.0, math.fsum(scores) / len(scores))
