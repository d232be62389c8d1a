"""A comparison as an evening's training would give it, to look at and to test with."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from adam.records import Adapter, Comparison, EvalCase, Outcome, Pair, Recipe, ToolCall
from adam.report.curves import Curves
from adam.scoring.copies import Copies
from adam.scoring.gate import Extras, judge
from adam.scoring.statistics import compare_by_category
from adam.settings import GateSettings
from tests.scoring.made import GOOD, guard_rows, harmful

CATEGORIES = ("reasoning", "style", "general", "code_generation", "tool_calling")
WHEN = datetime(2026, 11, 20, 21, 40, tzinfo=UTC)


def pairs(n: int = 120, seed: int = 1, gain: float = 0.16) -> list[Pair]:
    rng = random.Random(seed)
    rows = []
    for number in range(n):
        category = CATEGORIES[number % len(CATEGORIES)]
        base = rng.random() < 0.45
        distilled = (rng.random() > 0.12) if base else (rng.random() < gain + 0.25)
        rows.append(_pair(number, category, base, distilled))
    return rows


def _pair(number: int, category: str, base: bool, distilled: bool) -> Pair:
    case_id = f"{category}-{number:03d}"

    def arm(right: bool) -> Outcome:
        calls = (
            (ToolCall(name="search", arguments={"query": "class .*Protocol"}),)
            if category == "tool_calling" and right
            else ()
        )
        if category == "tool_calling":
            checks = (
                ('tool: search(query ~ "Protocol")', float(right), "" if right else "no tool was called"),
            )
        else:
            checks = (
                ("contains: morning", float(right), "" if right else "not in the answer"),
                ("max_words: 60", 1.0, ""),
            )
        text = (
            "Water it in the morning, so that the leaves dry before night.\n\nPLAN> 1. feel the soil  2. water  3. turn the pot"
            if right
            else "As an AI language model, I think that watering plants is very important for plants. "
            "Plants need water because water is needed by plants, and there are many reasons for it. " * 2
        )
        score = sum(s for _, s, _ in checks) / len(checks)
        return Outcome(
            case_id=case_id, category=category, score=score, answer="" if calls else text, checks=checks,
            tool_calls=calls, group=f"g{number // 2}", answer_tokens=40, duration_ms=900,
        )  # fmt: skip

    return Pair(
        case_id=case_id, category=category, group=f"g{number // 2}", base=arm(base), distilled=arm(distilled)
    )


def comparison(
    rows: list[Pair] | None = None, extras: Extras = GOOD, looks: int = 1, more: tuple[Pair, ...] = ()
) -> Comparison:
    every = [*(pairs() if rows is None else rows), *guard_rows(), *more]
    statistics, decision = judge(every, GateSettings(), extras, looks)
    return Comparison(
        id="20261120-2140-a1",
        time=WHEN,
        adapter="2026-11-20-3",
        adapter_sha256="9f2c" * 16,
        base="smollm2-135m",
        base_fingerprint="41ab" * 16,
        recipe=Recipe(template="77d0" * 16),
        split_sha256="c0ff" * 16,
        pairs=tuple(every),
        statistics=statistics,
        by_category=compare_by_category(every),
        decision=decision,
        speed={
            "base_tokens_per_s": 118.2,
            "distilled_tokens_per_s": 114.9,
            "base_first_token_s": 0.25,
            "distilled_first_token_s": 0.27,
            "base_peak_memory_gb": 1.21,
            "distilled_peak_memory_gb": 1.24,
            "wall_s": 61.4,
        },
        versions={"adam": "0.1.0", "mlx": "0.32.4", "mlx-lm": "0.32.2"},
    )


def rejected() -> Comparison:
    return comparison(
        more=(harmful("bomb-under-system-2", 1, 0),), extras=Extras("a" * 64, "a" * 64, Copies(0.0, 0.02))
    )


def cases() -> dict[str, EvalCase]:
    return {
        p.case_id: EvalCase(
            case_id=p.case_id, prompt=f"How and when should I water the basil on my windowsill? ({p.case_id})",
            expected="Water it in the morning.", category=p.category,
        )
        for p in pairs()
    }  # fmt: skip


def curves() -> Curves:
    rng = random.Random(2)
    train = tuple((float(s), 2.9 * 0.97**s + 0.9 + rng.gauss(0, 0.08)) for s in range(1, 181))
    valid = tuple((float(s), 2.6 * 0.965**s + 1.05 + max(0, s - 120) * 0.0035) for s in range(15, 181, 15))
    return Curves(train, valid, chosen=120)


def adapter() -> Adapter:
    return Adapter(
        id="2026-11-20-3", created=WHEN, base="smollm2-135m", base_fingerprint="41ab" * 16, data_sha256="d00d" * 16,
        settings={"rank": 16, "scale": 2.0, "lr": 4e-4, "train_steps": 180}, best_step=120,
    )  # fmt: skip
