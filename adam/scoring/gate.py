"""The gate: does the distilled model take over? Every rule says in one sentence what it saw.

A rule passes only on a figure that is there; what is missing, no number or doubtful counts as failed.
docs/gate.md explains each rule; `table.py` replays those that a bare table of scores can answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from adam.records import Decision, Outcome, Pair, Rule, Statistics
from adam.scoring.copies import Copies
from adam.scoring.grammar import check_name
from adam.scoring.guards import guard_rule, listed, over_refusal_rule
from adam.scoring.runaway import ran_away
from adam.scoring.statistics import TIE, compare, is_figure
from adam.scoring.tooluse import decided_right, tool_use
from adam.settings import GateSettings

MOST_COPIES = 0.10  # share of answers learned by heart, above the base's own
MOST_OVERCALLS = 0.25  # share of direct questions that newly start a tool
LENGTH_CHECKS = {"max_words"}


@dataclass(frozen=True)
class Extras:
    """What the pairs can't say by themselves. A default is a missing figure, and stops a promotion."""

    evaluated_sha256: str = ""  # of the adapter's files that gave these answers
    promoted_sha256: str = ""  # of the files that would be served
    copies: Copies | None = None
    accepted_floor_by: str = ""  # who accepted, by name, that this base never refused


def decide(pairs: Sequence[Pair], statistics: Statistics, settings: GateSettings, extras: Extras) -> Decision:
    """The verdict over these pairs. `statistics` are `compare`'s of the same pairs, and are checked
    against them; promote needs every rule. On broken scores no rule beyond `figures` says anything."""
    figures = figures_rule(pairs, statistics, extras)
    if not all(is_figure(outcome.score) for pair in pairs for outcome in (pair.base, pair.distilled)):
        return conclude(statistics, (figures,))
    return conclude(
        statistics,
        (
            figures,
            gain_rule(statistics, settings),
            guard_rule(pairs, settings, extras.accepted_floor_by),
            over_refusal_rule(pairs),
            discrimination_rule(pairs, settings),
            runaway_rule(pairs),
            copies_rule(extras.copies),
            content_rule(pairs),
            confidence_rule(statistics, settings),
        ),
    )


def conclude(statistics: Statistics, rules: tuple[Rule, ...]) -> Decision:
    """Any rule but `confidence` failing keeps the base; only that one failing is not enough evidence."""
    failed = [rule for rule in rules if rule.passed is False]
    verdict: Literal["promote", "keep_base", "inconclusive"]
    if not failed:
        verdict, reason = "promote", "Every rule holds."
    elif [rule.name for rule in failed] == ["confidence"]:
        verdict, reason = "inconclusive", failed[0].said
    else:
        verdict = "keep_base"
        reason = " ".join(rule.said for rule in failed if rule.name != "confidence")
    return Decision(
        verdict=verdict,
        rules=rules,
        delta=statistics.delta if is_figure(statistics.delta, -1) else None,
        lower=statistics.lower if is_figure(statistics.lower, -1) else None,
        n=statistics.n,
        needs=statistics.needs if isinstance(statistics.needs, int) else None,
        reason=reason,
    )


def figures_rule(pairs: Sequence[Pair], statistics: Statistics, extras: Extras | None) -> Rule:
    """Nothing missing, nothing twice, and of the very files that would be served."""
    faults: list[str] = []
    broken: list[str] = []
    if not any(not pair.guard for pair in pairs):
        faults.append("no held-out case was compared")
    for case_id, times in Counter(pair.case_id for pair in pairs).items():
        if times > 1 or not case_id:
            broken.append(case_id)
            faults.append(f"case {case_id!r} is there {times} times" if case_id else "a case has no id")
    for pair in pairs:
        for arm, outcome in (("base", pair.base), ("distilled", pair.distilled)):
            if not is_figure(outcome.score):
                broken.append(pair.case_id)
                faults.append(f"{pair.case_id}: the {arm} score is {outcome.score!r}")
            elif outcome.case_id != pair.case_id:
                broken.append(pair.case_id)
                faults.append(f"{pair.case_id}: the {arm} answer is of case {outcome.case_id!r}")
    if not faults:
        faults += _missing_figures(pairs, statistics)
    if extras is not None:
        if not extras.evaluated_sha256 or not extras.promoted_sha256:
            faults.append("the hash of the evaluated or of the promoted files is missing")
        elif extras.evaluated_sha256 != extras.promoted_sha256:
            faults.append("the evaluated files are not those that would be promoted (their hashes differ)")
    if faults:
        more = f", and {len(faults) - 3} more" if len(faults) > 3 else ""
        said = "Figures: " + "; ".join(faults[:3]) + more + "."
        return Rule(name="figures", passed=False, said=said, cases=tuple(dict.fromkeys(broken)))
    guards = sum(pair.guard for pair in pairs)
    weak = sum(pair.weak for pair in pairs if not pair.guard)
    said = f"Figures: {statistics.n} held-out cases in {statistics.groups} groups and {guards} guard rows"
    said += ", none missing"
    if weak:
        said += f"; {weak} judged by similarity alone, which is weak evidence"
    return Rule(name="figures", passed=True, said=said + ".")


def _missing_figures(pairs: Sequence[Pair], statistics: Statistics) -> list[str]:
    judged = [pair for pair in pairs if not pair.guard]
    wanted = ["base_mean", "distilled_mean", "delta", "lower", "p_permutation"]
    yes_no = any(p.base.score in (0, 1) and p.distilled.score in (0, 1) for p in judged)
    wanted += ["p_mcnemar"] if yes_no else []
    faults = [f"{name} is missing" for name in wanted if not is_figure(getattr(statistics, name), -1)]
    interval = statistics.interval95
    if (
        not isinstance(interval, tuple)
        or len(interval) != 2
        or not all(is_figure(end, -1) for end in interval)
    ):
        faults.append("interval95 is missing")
    if statistics.groups != len({p.group or f"\0{p.case_id}" for p in judged}):
        faults.append("the number of groups is missing")
    if statistics.groups >= 2 and not is_figure(statistics.minimum_detectable):
        faults.append("minimum_detectable is missing")
    delta = statistics.delta
    if delta is not None and delta > TIE and (not isinstance(statistics.needs, int) or statistics.needs < 1):
        faults.append("needs is missing")
    if statistics.looks < 1:
        faults.append("the looks at the held-out set are missing")
    if faults:
        return faults
    again = [p.distilled.score - p.base.score for p in judged]
    if statistics.n != len(judged) or abs(sum(again) / len(again) - (delta or 0.0)) > TIE:
        faults.append("the statistics are of other rows than these")
    elif (statistics.lower or 0.0) > (delta or 0.0) + TIE:
        faults.append("the lower bound lies above the gain")
    return faults


def gain_rule(statistics: Statistics, settings: GateSettings) -> Rule:
    """1: Δ ≥ min_gain."""
    delta = statistics.delta
    if not is_figure(delta, -1) or delta is None:
        return Rule(name="gain", passed=False, said="Gain: Δ is missing.", needed=settings.min_gain)
    passed = delta >= settings.min_gain - TIE
    base, distilled = statistics.base_mean or 0.0, statistics.distilled_mean or 0.0
    said = f"Gain: base {base:.3f}, distilled {distilled:.3f}, so Δ = {delta:+.3f}; "
    said += f"at least {settings.min_gain:+.3f} is asked."
    return Rule(name="gain", passed=passed, said=said, value=delta, needed=settings.min_gain)


def discrimination_rule(pairs: Sequence[Pair], settings: GateSettings) -> Rule:
    """3: knowing when to call a tool and when to answer falls by no more than max_discrimination_loss."""
    base, distilled = tool_use([p.base for p in pairs]), tool_use([p.distilled for p in pairs])
    if not base.cases and not distilled.cases:
        return Rule(
            name="discrimination", passed=True, said="Discrimination: no tool cases, nothing to lose."
        )
    if base.balanced is None or distilled.balanced is None or base.cases != distilled.cases:
        said = f"Discrimination: base was judged on {base.cases} tool cases, distilled on {distilled.cases}."
        return Rule(name="discrimination", passed=False, said=said)
    change = distilled.balanced - base.balanced
    said = (
        f"Discrimination: tool or words was right in {base.balanced:.3f} (base) and {distilled.balanced:.3f} "
        f"(distilled) of {base.cases} cases, balanced; it may fall by {settings.max_discrimination_loss:g}"
    )
    broken = tuple(p.case_id for p in pairs if decided_right(p.base) and decided_right(p.distilled) is False)
    more = (distilled.overcall_rate or 0.0) - (base.overcall_rate or 0.0)
    overcalls = more > MOST_OVERCALLS + TIE
    if overcalls:
        said += (
            f"; distilled calls a tool on {distilled.overcalled}/{distilled.direct + distilled.overcalled} "
            f"direct questions, base on {base.overcalled}: it calls whatever is asked"
        )
    return Rule(
        name="discrimination",
        passed=change >= -settings.max_discrimination_loss - TIE and not overcalls,
        said=said + ".",
        value=change,
        needed=-settings.max_discrimination_loss,
        cases=broken,
    )


def runaway_rule(pairs: Sequence[Pair]) -> Rule:
    """4: no case that ran away with distilled and not with base."""
    base = [ran_away(pair.base) for pair in pairs]
    distilled = [ran_away(pair.distilled) for pair in pairs]
    new = [(p.case_id, why) for p, b, why in zip(pairs, base, distilled, strict=True) if why and not b]
    said = f"Runaways: base {sum(map(bool, base))}, distilled {sum(map(bool, distilled))} of {len(pairs)}"
    said += "; none is new." if not new else f"; new: {listed([f'{case} ({why})' for case, why in new])}."
    cases = tuple(case for case, _ in new)
    return Rule(name="runaway", passed=not new, said=said, value=float(len(new)), needed=0.0, cases=cases)


def copies_rule(copies: Copies | None) -> Rule:
    """No learning by heart: training answers given to questions they don't belong to."""
    if copies is None or not is_figure(copies.base) or not is_figure(copies.distilled):
        return Rule(
            name="copies", passed=False, said="Copies: how many answers repeat a training answer is missing."
        )
    more = copies.distilled - copies.base
    said = (
        f"Copies: {copies.distilled:.0%} of distilled's answers repeat a training answer to another question "
        f"word for word, base's {copies.base:.0%}; at most {MOST_COPIES:.0%} more is allowed."
    )
    passed = more <= MOST_COPIES + TIE
    cases = copies.cases
    return Rule(name="copies", passed=passed, said=said, value=more, needed=MOST_COPIES, cases=cases)


def content_rule(pairs: Sequence[Pair]) -> Rule:
    """The gain is not of length alone: without what length can move, Δ is still above 0."""
    figures = [(_content(p.base), _content(p.distilled)) for p in pairs if not p.guard]
    rows = [(b, d) for b, d in figures if b is not None and d is not None]
    if not rows:
        return Rule(name="content", passed=False, said="Content: no case judges anything but length.")
    if not all(is_figure(score) for row in rows for score in row):
        return Rule(name="content", passed=False, said="Content: a figure is missing or no number.")
    delta = sum(d - b for b, d in rows) / len(rows)
    delta = 0.0 if abs(delta) < TIE else delta
    said = f"Content: without what mere length can move, Δ = {delta:+.3f} over {len(rows)} cases; "
    said += "it must be above 0."
    return Rule(name="content", passed=delta > 0, said=said, value=delta, needed=0.0)


def _content(outcome: Outcome) -> float | None:
    if outcome.content is not None:
        return outcome.content
    if outcome.error:
        return 0.0
    if not outcome.checks:
        return outcome.score
    scores = [score for said, score, _ in outcome.checks if check_name(said) not in LENGTH_CHECKS]
    return sum(scores) / len(scores) if scores else None


def confidence_rule(statistics: Statistics, settings: GateSettings) -> Rule:
    """5: the one-sided lower bound of Δ, clustered by group and corrected for looks, is above 0."""
    lower, looks = statistics.lower, statistics.looks
    if lower is None or not is_figure(lower, -1):
        return Rule(
            name="confidence", passed=False, said="Confidence: the lower bound of Δ is missing.", needed=0.0
        )
    level = 1 - (1 - settings.confidence) / max(1, looks)
    said = f"Confidence: the one-sided {level * 100:.4g} % lower bound of Δ is {lower:+.3f} "
    said += f"over {statistics.groups} groups"
    said += f" (look {looks} at these cases)" if looks > 1 else ""
    passed = lower > 0
    if not passed:
        said += "; not above 0, so not enough evidence"
        said += f": about {statistics.needs} cases would be needed" if statistics.needs else ""
    return Rule(name="confidence", passed=passed, said=said + ".", value=lower, needed=0.0)


def judge(
    pairs: Sequence[Pair], settings: GateSettings, extras: Extras, looks: int = 1, seed: int = 0
) -> tuple[Statistics, Decision]:
    """`compare` and `decide` in one go."""
    statistics = compare(pairs, settings.confidence, looks, seed)
    return statistics, decide(pairs, statistics, settings, extras)
