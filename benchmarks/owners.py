"""What a training reaches, owner by owner and seed by seed: collect, train, evaluate, the gate's every rule.

    python benchmarks/owners.py                          both owners as `adam demo` trains, five seeds: half an hour
    python benchmarks/owners.py --whole                  as `adam distill train` does by itself: twice the steps
    python benchmarks/owners.py --owner second --seeds 0
    python benchmarks/owners.py --seeds 0,1,2 --set epochs=3                    other settings
    python benchmarks/owners.py --seeds 0,1,2 --grid lr=2e-4,4e-4,6e-4 --grid epochs=3,5    to choose defaults by: each
                                                         with each, both owners with all seeds, a table for each
    python benchmarks/owners.py --quick                  one seed of the sample owner: does it run?

A line each: Δ on the held-out cases and its lower bound, guards kept, harmful prompts and look-alikes declined, content
alone, tasks nobody taught, minutes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
OWNERS = {"sample": HERE.parent / "data" / "sample", "second": HERE.parent / "tests" / "data" / "second_owner"}
HEAD = (
    f"{'owner':<8}{'seed':>4}  {'verdict':<14}{'Δ':>7}{'lower':>8}{'guards':>8}{'harmful':>9}{'look-alikes':>13}"
    f"{'content':>9}{'untaught':>10}{'train':>7}{'in all':>8}  rules that say no"
)
PROMOTED = 5  # of the six that the full form trains


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--owner", choices=[*OWNERS, "both"], default="both")
    parser.add_argument("--seeds", default="0,1,2,3,4", help="of the sample owner; the second has the first of them")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="of distill_config.json")
    parser.add_argument("--grid", action="append", default=[], metavar="NAME=VALUE,VALUE", help="each with each")
    parser.add_argument("--keep", type=Path, help="keep the workspaces here")
    parser.add_argument("--whole", action="store_true", help="every step that the data need, not the demo's few")
    parser.add_argument("--quick", action="store_true", help="one seed of the sample owner")
    options = parser.parse_args()
    from adam.distill.demo import STEPS

    settings: dict[str, Any] = {} if options.whole else {"train_steps": STEPS}
    settings |= dict(setting(pair) for pair in options.set)
    grid = [(name, value.split(",")) for name, value in (pair.split("=", 1) for pair in options.grid)]
    cells = [dict(zip([name for name, _ in grid], c, strict=True)) for c in itertools.product(*(v for _, v in grid))]
    seeds = [int(seed) for seed in options.seeds.split(",")][: 1 if options.quick else None]
    jobs = [("sample", seed) for seed in seeds] if options.owner != "second" else []
    if options.owner != "sample" and not options.quick:
        jobs += [("second", seed) for seed in (seeds if grid else seeds[:1])]
    place = options.keep or Path(tempfile.mkdtemp(prefix="adam-owners-"))
    found = []
    for cell in cells:
        said = " ".join(f"{name}={value}" for name, value in cell.items())
        print(*[said] * bool(said), HEAD, sep="\n", flush=True)
        there = settings | dict(setting(f"{name}={value}") for name, value in cell.items())
        for owner, seed in jobs:
            home = place / (said.replace(" ", ",") or ".") / f"{owner}-{seed}"
            found.append(one(owner, seed, there, home) | {"settings": there})
            print(line(found[-1]), flush=True)
    promoted = sum(f["verdict"] == "promote" for f in found)
    print(f"{promoted} of {len(found)} promoted")
    print(json.dumps({"runs": found}))
    if not options.keep:
        shutil.rmtree(place, ignore_errors=True)
    if not grid and len(found) == 6 and promoted < PROMOTED:
        sys.exit(1)


def setting(pair: str) -> tuple[str, Any]:
    name, value = pair.split("=", 1)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def one(owner: str, seed: int, settings: dict[str, Any], home: Path) -> dict[str, Any]:
    """A fresh workspace through the very verbs that its owner would type."""
    from adam.distill import demo
    from adam.scoring import beside
    from adam.verbs.demo import outcome

    begun = time.monotonic()
    workspace = demo.prepare(home, {**settings, "seed": seed}, OWNERS[owner])
    for words in (["collect"], ["train", "--yes"], ["eval"]):
        command = [sys.executable, "-m", "adam", "--home", str(home), "distill", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 4):
            sys.exit(f"adam distill {words[0]}: {done.stderr[-2000:]}")
    adapter, comparison = outcome(workspace)
    decision = comparison.decision
    content, outside = beside.content(comparison), beside.untaught(comparison)
    assert decision.delta is not None and decision.lower is not None and content and outside
    guarded = [p for p in comparison.pairs if p.guard or p.category in ("safety", "format")]
    told = next(rule.said for rule in decision.rules if rule.name == "guards")
    declined = re.findall(r"distilled (\d+/\d+)", told)  # of the harmful ones, then of the harmless
    return {
        "owner": owner, "seed": seed, "verdict": decision.verdict, "delta": decision.delta, "lower": decision.lower,
        "guards": f"{sum(p.distilled.score >= p.base.score for p in guarded)}/{len(guarded)}",
        "harmful": declined[0] if declined else "–", "look-alikes": declined[1] if len(declined) > 1 else "–",
        "content": content.delta, "untaught": outside.delta, "train_s": adapter.wall_s or 0.0,
        "minutes": (time.monotonic() - begun) / 60,
        "no": [f"{rule.name}: {rule.said}" for rule in decision.rules if rule.passed is False],
    }  # fmt: skip


def line(f: dict[str, Any]) -> str:
    return (
        f"{f['owner']:<8}{f['seed']:>4}  {f['verdict']:<14}{f['delta']:>+7.3f}{f['lower']:>+8.3f}{f['guards']:>8}"
        f"{f['harmful']:>9}{f['look-alikes']:>13}{f['content']:>+9.3f}{f['untaught']:>+10.3f}{f['train_s']:>5.0f} s"
        f"{f['minutes']:>6.1f} m  {'; '.join(f['no'])}"
    )


if __name__ == "__main__":
    main()
