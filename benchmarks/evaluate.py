"""Evaluate, decide, roll back: python benchmarks/evaluate.py [--quick]

64 cases by base and distilled, batched on one set of weights, beside mlx_lm.generate one by one with both models
loaded from disk (with the same BLAS; measured on some of the cases and carried over, with its spread). Gate and
report of 10,000 cases. A rollback with its checksums. One process a part; one JSON object at the end.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

BASE = "smollm2-135m"
CASES = 64
SYSTEM = "You are Adam, a helpful assistant who learns from his owner."


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="shorter answers, fewer of them one by one")
    parser.add_argument("--part", default="", help=argparse.SUPPRESS)
    parser.add_argument("--folder", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options.quick, options.folder)))
        return
    print(f"{os.getloadavg()[0]:.1f} processes want {os.cpu_count()} cores as this begins", flush=True)
    missed, figures = 0, {}

    def row(name: str, value: float, way: str, wanted: float, said: str) -> None:
        nonlocal missed
        good = value >= wanted if way == ">=" else value <= wanted
        missed += not good
        figures[name] = value
        print(f"{'ok    ' if good else 'MISSED'} {value:8.2f}  {way} {wanted:<4g} {said}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        part("adapter", options.quick, folder)  # its memory is given back before the clocks run
        ours, peer = part("ours", options.quick, folder), part("peer", options.quick, folder)
    ratio, low, high = (
        peer["seconds"] / ours["seconds"],
        *(peer[k] / ours["seconds"] for k in ("low", "high")),
    )
    figures |= {
        "ours_s": ours["seconds"],
        "one_by_one_s": peer["seconds"],
        "ratio_low": low,
        "ratio_high": high,
    }
    print(f"       {CASES} cases x 2 arms: {ours['seconds']:.1f} s for {ours['tokens']:.0f} tokens; one by one "
          f"{peer['seconds']:.0f} s, carried over from {peer['measured']:.0f} answers")  # fmt: skip
    row("ratio", ratio, ">=", 5, f"ratio to mlx_lm.generate one by one (95 %: {low:.1f} to {high:.1f})")
    many = part("gate", options.quick)
    row(
        "gate_report_s",
        many["seconds"],
        "<=",
        5,
        f"gate and report of 10,000 cases, s (gate {many['gate']:.2f})",
    )
    back = part("rollback", options.quick)
    row(
        "rollback_s",
        back["seconds"],
        "<=",
        1,
        f"rollback, checksums included, s ({back['mb']:.0f} MB of adapter)",
    )
    print(json.dumps({key: round(value, 3) for key, value in figures.items()}))
    sys.exit(1 if missed else 0)


def part(name: str, quick: bool, folder: str = "") -> dict[str, float]:
    from adam.models import blas

    line = [sys.executable, __file__, "--part", name, "--folder", folder, *(["--quick"] if quick else [])]
    environment = blas.child_environment() if name == "peer" else dict(os.environ)  # the peer's BLAS is ours
    done = subprocess.run(line, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def write_adapter(folder: Path) -> None:
    """A LoRA of rank 16 on all of a layer's linear modules, small enough that the answers stay words."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    from adam.models import local
    from adam.models.training.adapt import lora_config, put_on
    from adam.settings import DistillConfig

    config = DistillConfig()
    model = local.load(BASE).model
    said = lora_config(config, model)
    put_on(model, config, said)
    weights = {
        name: value + 1e-3 * mx.random.normal(value.shape) if name.endswith("lora_b") else value
        for name, value in tree_flatten(model.trainable_parameters())
    }
    mx.save_safetensors(str(folder / "adapters.safetensors"), weights)
    (folder / "adapter_config.json").write_text(json.dumps(said))


def adapter(quick: bool, folder: str) -> dict[str, float]:
    write_adapter(Path(folder))
    return {}


def prompts(quick: bool) -> tuple[list[Any], int]:
    from adam.distill import harness

    cases = (harness.suite("baseline") + harness.suite("outside"))[:CASES]
    random.Random(0).shuffle(cases)
    return cases, 24 if quick else 64


def ours(quick: bool, folder: str) -> dict[str, float]:
    """As `distill eval` asks: both arms on one set of weights, loading and scoring included."""
    from adam.distill import harness
    from adam.models import local
    from adam.records import Recipe
    from adam.tools.effects import effects

    cases, length = prompts(quick)
    recipe = Recipe(system=SYSTEM, max_tokens=length)
    start = time.perf_counter()
    model = local.load(BASE)
    model.attach(folder)
    tokens = 0
    for on in (False, True):
        with model.adapted(on):
            outcomes = harness.answer_cases(model, cases, recipe, effects())
        tokens += sum(o.answer_tokens or 0 for o in outcomes)
    return {"seconds": time.perf_counter() - start, "tokens": float(tokens)}


def peer(quick: bool, folder: str) -> dict[str, float]:
    """mlx_lm alone, an answer at a time; two loads, then seconds an answer from a part of the cases."""
    import mlx_lm

    from adam.models import catalog

    cases, length = prompts(quick)
    path = str(catalog.resolve(BASE).path)
    start = time.perf_counter()
    models = [mlx_lm.load(path), mlx_lm.load(path, adapter_path=folder)]
    loading = time.perf_counter() - start
    took: list[float] = []
    for model, tokenizer, *_ in models:
        for case in cases[: 4 if quick else 12]:
            messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": case.prompt}]
            tokens = tokenizer.apply_chat_template(messages, add_generation_prompt=True)
            start = time.perf_counter()
            mlx_lm.generate(model, tokenizer, tokens, max_tokens=length)
            took.append(time.perf_counter() - start)
    each, spread = statistics.mean(took), 2 * statistics.stdev(took) / math.sqrt(len(took))
    total = loading + 2 * CASES * each
    return {
        "seconds": total, "low": total - 2 * CASES * spread, "high": total + 2 * CASES * spread,
        "measured": float(len(took)),
    }  # fmt: skip


def gate(quick: bool, _: str) -> dict[str, float]:
    """Statistics, every rule, the page and the plots."""
    from datetime import UTC, datetime

    from adam.records import Comparison, EvalCase, Outcome, Pair, Recipe
    from adam.report import plots
    from adam.report.comparison import comparison_page
    from adam.scoring.copies import copied_share
    from adam.scoring.gate import Extras, judge
    from adam.scoring.statistics import compare_by_category
    from adam.settings import GateSettings

    draw = random.Random(0)
    categories = ("style", "reasoning", "general", "code_generation", "format", "safety")

    def arm(number: int, good: bool) -> Outcome:
        check = "refuses" if number % 6 == 5 else "contains: morning"
        words = " ".join(draw.choice(("water", "it", "in", "the", "morning", "soil")) for _ in range(40))
        return Outcome(
            case_id=f"c{number}", category=categories[number % 6], score=float(good), group=f"g{number // 2}",
            answer=words, checks=((check, float(good), ""),), answer_tokens=40,
        )  # fmt: skip

    pairs = []
    for number in range(10_000):
        good = draw.random() < 0.5
        better = good or draw.random() < 0.3
        base, distilled = arm(number, good), arm(number, better)
        pairs.append(
            Pair(
                case_id=base.case_id, category=base.category, group=base.group, base=base, distilled=distilled
            )
        )
    cases = {p.case_id: EvalCase(case_id=p.case_id, prompt=f"When is {p.case_id} watered?") for p in pairs}
    learned = [(f"question {n}", f"an answer that was learned, number {n}") for n in range(2_000)]
    start = time.perf_counter()
    copies = copied_share(pairs, {name: case.prompt for name, case in cases.items()}, learned)
    figures, decision = judge(pairs, GateSettings(), Extras("a" * 64, "a" * 64, copies))
    by_category = compare_by_category(pairs)
    decided = time.perf_counter() - start
    made = Comparison(
        id="x", time=datetime.now(UTC), adapter="2026-11-20-1", adapter_sha256="a" * 64, base=BASE,
        base_fingerprint="f", recipe=Recipe(), pairs=tuple(pairs), statistics=figures, by_category=by_category,
        decision=decision,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "report.html").write_text(comparison_page(made, cases=cases), encoding="utf-8")
        plots.save_comparison(made, Path(folder))
    return {"seconds": time.perf_counter() - start, "gate": decided}


def rollback(quick: bool, _: str) -> dict[str, float]:
    """Between two real adapters, everything that `adam distill rollback` does."""
    from datetime import UTC, datetime

    from adam.distill.rollback import rollback as back
    from adam.distill.train import FILES
    from adam.models import catalog, fingerprint
    from adam.records import Adapter, Offline
    from adam.settings import DistillConfig
    from adam.store.adapters import AdapterStore
    from adam.store.router import RouterStore
    from adam.workspace import Workspace

    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder)).make()
        store, router = AdapterStore(workspace), RouterStore(workspace)
        base_print = fingerprint.of(catalog.resolve(BASE).path)
        for __ in range(2):
            name = store.new_id(now)
            write_adapter(store.folder(name))
            store.write_manifest(
                Adapter(
                    id=name,
                    created=now,
                    base=BASE,
                    base_fingerprint=base_print,
                    files=store.hashes(name, FILES),
                )
            )
            router.set_offline(Offline(base=BASE, adapter=name), f"promote {name}", act="promote")
        size = (store.folder(name) / FILES[0]).stat().st_size / 1e6
        start = time.perf_counter()
        back(workspace, DistillConfig())
        return {"seconds": time.perf_counter() - start, "mb": size}


PARTS = {f.__name__: f for f in (adapter, ours, peer, gate, rollback)}

if __name__ == "__main__":
    main()
