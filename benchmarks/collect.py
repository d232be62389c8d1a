"""How fast collect is on a million runs, beside a plain pandas script; the secret scan; grouping.

    python benchmarks/collect.py            1,000,000 runs, 100,000 prompts (some minutes, 2 GB of disk)
    python benchmarks/collect.py --quick    50,000 runs, 10,000 prompts

One process for each measured part, so that the peak memory is its own. Prints one JSON object at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
TOPICS = [
    "rice", "beans", "corn", "soup", "bread", "cheese", "apples", "pears", "tents", "bikes", "boats", "maps", "trains",
    "planes", "gardens", "fences", "roofs",
]  # fmt: skip
WORDS = [
    "quiet", "brown", "little", "early", "green", "narrow", "simple", "plain", "modern", "hidden", "open", "broken",
    "wooden", "silver", "gentle", "rapid",
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--part", default="", help=argparse.SUPPRESS)
    parser.add_argument("--home", default="", help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        figures = PARTS[options.part](Path(options.home), options.number)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        figures["peak_mb"] = round(peak / (1024**2 if sys.platform == "darwin" else 1024))
        print(json.dumps(figures))
        return
    runs, prompts, texts = (50_000, 10_000, 1_000) if options.quick else (1_000_000, 100_000, 4_000)
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as home:
        for part, number in (
            ("history", runs), ("pandas", 0), ("first", 0), ("more", 1_000), ("second", 0),
            ("group", prompts), ("scan", texts),
        ):  # fmt: skip
            results[part] = measured(part, home, number)
            if part not in {"history", "more"}:
                print(f"{LABELS[part]:<44}{said(results[part])}", flush=True)
    ratio = results["first"]["seconds"] / results["pandas"]["seconds"]
    print(
        f"\ncollect takes {ratio:.2f} of the time of the pandas script, which keeps secrets, near-duplicates"
    )
    print("and leaks and draws no splits.")
    print(json.dumps({"runs": runs, "prompts": prompts, **results}))


LABELS = {
    "pandas": "pandas: read, approved and score, write",
    "first": "adam: first collect",
    "second": "adam: collect after 1,000 new runs",
    "group": "adam: group prompts",
    "scan": "adam: secret scan",
}


def measured(part: str, home: str, number: int) -> dict[str, float]:
    words = [sys.executable, __file__, "--part", part, "--home", home, "--number", str(number)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def said(figures: dict[str, float]) -> str:
    rest = ", ".join(
        f"{v:,} {k.replace('_', ' ')}" for k, v in figures.items() if k not in {"seconds", "peak_mb"}
    )
    return f"{figures['seconds']:>8.2f} s  {figures['peak_mb']:>6,.0f} MB  {rest}"


def make_runs(home: Path, first: int, number: int) -> dict[str, float]:
    """One in a hundred approved. Artifacts only for those, as after `adam prune`."""
    from adam.records import Run
    from adam.store.csvfile import row
    from adam.store.files import append_lines
    from adam.store.reviews import COLUMNS as REVIEW_COLUMNS
    from adam.store.runcells import COLUMNS, answer_hash, fingerprint, to_cells
    from adam.store.runs import RunStore
    from adam.workspace import Workspace

    workspace = Workspace(home).make()
    store = RunStore(workspace)
    draw = random.Random(first)
    lines, reviews = [], []
    for i in range(first, first + number):
        at = BEGINS + timedelta(seconds=20 * i)
        run = Run(id=f"{at:%Y%m%d-%H%M%S}-{i % (1 << 24):06x}", time=at, **exchange(draw, i))
        print_ = "sha256-" + "0" * 16
        if i % 100 == 0:
            raw = json.dumps({"v": 1, **run.model_dump(mode="json", exclude_defaults=True)}).encode() + b"\n"
            path = store.artifact_path(run.id)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
            print_ = fingerprint(raw)
            judged = {
                "v": "1", "run": run.id, "verdict": "approved", "score": "0.9", "by": "owner", "at": at.isoformat(),
                "answer_sha256": "sha256-" + answer_hash(run.answer),
            }  # fmt: skip
            reviews.append(row([judged.get(name, "") for name in REVIEW_COLUMNS]))
        lines.append(row(to_cells(run, None, print_)))
        if len(lines) >= 50_000:
            append_lines(workspace.runs, lines, row(COLUMNS))
            lines.clear()
    if lines:
        append_lines(workspace.runs, lines, row(COLUMNS))
    append_lines(workspace.reviews, reviews, row(REVIEW_COLUMNS))
    return {"runs": number}


def exchange(draw: random.Random, i: int) -> dict[str, str]:
    words = draw.choices(WORDS + TOPICS, k=9)
    prompt = (
        f"What should I know about {' '.join(words[:5])} before I buy number {i}, and how long does it last?"
    )
    answer = f"Three things about {words[0]} {words[5]}. " + " ".join(
        f"{k}. {draw.choice(WORDS)} {draw.choice(TOPICS)} {draw.choice(WORDS)} ones need {draw.randint(2, 99)} days."
        for k in range(1, 6)
    )
    return {
        "prompt": prompt,
        "answer": answer,
        "model": "gpt-5-mini",
        "route": "cloud",
        "category": draw.choice(TOPICS),
    }


def history(home: Path, number: int) -> dict[str, float]:
    return make_runs(home, 0, number)


def more(home: Path, number: int) -> dict[str, float]:
    return make_runs(home, 10_000_000, number)


def collect_once(home: Path, number: int) -> dict[str, float]:
    from adam.distill.collect import collect
    from adam.settings import DistillConfig
    from adam.workspace import Workspace

    began = time.perf_counter()
    result = collect(Workspace(home), DistillConfig(), environment={})
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "considered": result.considered,
        "new": result.new,
    }


def plain_pandas(home: Path, number: int) -> dict[str, float]:
    """What one would write in five minutes."""
    began = time.perf_counter()
    import pandas

    runs = pandas.read_csv(home / "logs/runs.csv", dtype=str, keep_default_na=False)
    reviews = pandas.read_csv(home / "logs/reviews.csv", dtype=str, keep_default_na=False)
    reviews = reviews.sort_values("at").drop_duplicates("run", keep="last")
    good = runs.merge(reviews, left_on="id", right_on="run", suffixes=("", "_review"))
    good = good[(good.verdict == "approved") & (good.score_review.astype(float) >= 0.7)]
    rows = []
    for run in good.id:
        text = json.loads((home / f"logs/artifacts/{run[:4]}-{run[4:6]}/{run}.json").read_text())
        rows.append({"prompt": text["prompt"], "answer": text["answer"]})
    table = pandas.DataFrame(rows).drop_duplicates()
    table.to_json(home / "pandas.jsonl", orient="records", lines=True)
    return {"seconds": round(time.perf_counter() - began, 2), "considered": len(runs), "new": len(table)}


def grouping(home: Path, number: int) -> dict[str, float]:
    from adam.curate.groups import group_prompts

    draw = random.Random(2)
    names = [
        f"{draw.choice('bdfgklmnprst')}{draw.choice('aeiou')}{draw.choice('lmnrst')}{draw.choice('aeiou')}"
        for _ in range(2_000)
    ]
    prompts = [
        f"Please write a short note about {' '.join(draw.choices(names, k=draw.randint(4, 14)))}"
        for _ in range(number * 4 // 5)
    ]
    planted = number - len(prompts)
    prompts += [f"{prompt} {draw.choice(names)}" for prompt in prompts[:planted]]
    began = time.perf_counter()
    groups = group_prompts(prompts)
    return {
        "seconds": round(time.perf_counter() - began, 2),
        "prompts": number,
        "planted_pairs_found": sum(
            a == b for a, b in zip(groups, groups[len(prompts) - planted :], strict=False)
        ),
        "planted_pairs": planted,
    }


def scanning(home: Path, number: int) -> dict[str, float]:
    from adam.curate.secrets import scan

    draw = random.Random(3)
    texts = [f"{exchange(draw, i)['prompt']}\n{exchange(draw, i)['answer']}" for i in range(number)]
    scan("the catalogue of rules is loaded once")
    began = time.perf_counter()
    hits = sum(bool(scan(text)) for text in texts)
    seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 2),
        "texts": number,
        "texts_per_second": round(number / seconds),
        "characters_each": round(sum(map(len, texts)) / number),
        "hits": hits,
    }


PARTS = {
    "history": history,
    "pandas": plain_pandas,
    "first": collect_once,
    "more": more,
    "second": collect_once,
    "group": grouping,
    "scan": scanning,
}

if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
