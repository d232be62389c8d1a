"""The store beside pandas and plain csv on the same file: python benchmarks/store.py [--quick] [--json]

Prints seconds and peak memory of `adam runs ls` and `adam runs stats`, of the same questions asked with
pandas and with the csv module, of durable appends, and of the command's start. Best of three each.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PANDAS_LAST = "import pandas, sys; print(pandas.read_csv(sys.argv[1]).tail(20)[['id', 'prompt']].to_string())"
CSV_LAST = """
import csv, sys, collections
with open(sys.argv[1], newline="") as file:
    print(collections.deque(csv.DictReader(file), 20)[-1]["id"])
"""
PANDAS_STATS = """
import pandas, sys
frame = pandas.read_csv(sys.argv[1])
frame["day"] = frame["time"].str[:10]
for key in (lambda row: 0, "model", "day"):
    groups = frame.groupby(key if isinstance(key, str) else (lambda index: 0))
    print(groups.agg({"id": "count", "score": "mean", "answer_tokens": "sum", "cost_usd": "sum"}))
    print(groups["approved"].value_counts())
    print(groups[["duration_ms", "first_token_ms"]].quantile([0.5, 0.9, 0.99]))
"""
CSV_STATS = """
import csv, sys, collections
import numpy
groups = collections.defaultdict(lambda: [0, 0, 0, 0.0, 0.0, [], []])
with open(sys.argv[1], newline="") as file:
    for row in csv.DictReader(file):
        for key in ("", row["model"], row["time"][:10]):
            sums = groups[key]
            sums[0] += 1
            sums[1] += row["approved"] == "true"
            sums[2] += int(row["answer_tokens"] or 0)
            sums[3] += float(row["cost_usd"] or 0)
            sums[4] += float(row["score"] or 0)
            sums[5].append(float(row["duration_ms"] or 0))
            sums[6].append(float(row["first_token_ms"] or 0))
for key, sums in groups.items():
    print(key, sums[:5], numpy.percentile(sums[5], (50, 90, 99)), numpy.percentile(sums[6], (50, 90, 99)))
"""


@dataclass
class Row:
    what: str
    who: str
    value: float
    unit: str
    memory_mb: float | None = None
    target: str = ""


def make_table(path: Path, rows: int) -> None:
    """A table as Adam writes it, with commas, quotes, gaps and judged rows, 20 seconds apart."""
    from adam.records import Run
    from adam.store import csvfile
    from adam.store.runcells import COLUMNS, to_cells

    chance = random.Random(0)
    words = [
        "what",
        "is",
        "the",
        "best",
        "way",
        "to",
        "plan",
        "a",
        "week",
        "of",
        "work,",
        "when",
        "the",
        "garden",
        "needs",
        "water",
    ]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    lines = []
    for n in range(1000):
        run = Run(
            id="ID",
            time=start,
            prompt=" ".join(chance.choices(words, k=14)),
            answer=" ".join(chance.choices(words, k=30)) + ', "so"' * (n % 3 == 0),
            route=chance.choice(["cloud", "offline"]),
            model=chance.choice(["gpt-5-mini", "smollm2-135m"]),
            approved=chance.choice([None, None, True, False]),
            score=chance.choice([None, 0.5, 0.8, 1.0]),
            prompt_tokens=chance.randrange(400),
            answer_tokens=chance.randrange(300),
            duration_ms=chance.random() * 9000,
            first_token_ms=chance.random() * 900,
            cost_usd=chance.random() / 100,
        )
        lines.append(csvfile.row(to_cells(run, None, "sha256-0123456789abcdef")))
    old = f"1,ID,{start.isoformat()}"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(COLUMNS) + "\n")
        for n in range(rows):
            when = start + timedelta(seconds=20 * n)
            new = f"1,{when:%Y%m%d-%H%M%S}-{n % (1 << 24):06x},{when.isoformat()}"
            file.write(lines[n % 1000].replace(old, new, 1) + "\n")


def timed(command: list[str], environment: dict[str, str], times: int = 3) -> tuple[float, float]:
    """Best wall time of a process, and its peak memory in MB."""
    best, peak = float("inf"), 0.0
    for _ in range(times):
        start = time.perf_counter()
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
            _, status, use = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        best = min(best, time.perf_counter() - start)
        scale = 1 if sys.platform == "darwin" else 1024
        peak = max(peak, use.ru_maxrss * scale / 1e6)
        if process.returncode:
            raise SystemExit(f"{command} ended with {process.returncode}")
    return best, peak


def appends(count: int) -> list[Row]:
    """Durable rows a second from one process: Adam's row and its artifact, and the bare csv module."""
    import csv

    from adam.records import Message, Run
    from adam.store.runs import RunStore, new_run_id
    from adam.workspace import Workspace

    now = datetime.now(UTC)
    question = "How do I water tomatoes in a hot week without drowning them?"
    reply = (
        "Water early in the morning, slowly and at the foot of the plant, about ten litres a square metre, "
        "every second day. Mulch keeps the ground moist. If the leaves still hang in the evening, water again; "
        "if they only hang at noon, that is the heat and it passes by itself."
    )
    said = (Message(role="user", content=question), Message(role="assistant", content=reply))
    with tempfile.TemporaryDirectory(dir=ROOT / "logs") as folder:
        store = RunStore(Workspace(Path(folder)).make())
        rates = {}
        for masked in (True, False):
            store.workspace.config.write_text(f'{{"mask_secrets_in_log": {str(masked).lower()}}}')
            store = RunStore(store.workspace)
            store.append(Run(id=new_run_id(now), time=now, prompt="the scan's rules are loaded once"))
            start = time.perf_counter()
            for _ in range(count):
                run = Run(id=new_run_id(now), time=now, prompt=question, answer=reply, messages=said)
                store.append(run)
            rates[masked] = count / (time.perf_counter() - start)
        start = time.perf_counter()
        for _ in range(count):
            with open(Path(folder) / "plain.csv", "a", newline="") as file:
                csv.writer(file).writerow([now.isoformat(), said[0].content, said[1].content])
                file.flush()
                os.fsync(file.fileno())
        plain = count / (time.perf_counter() - start)
    return [
        Row("append, fsynced", "adam (row + full text, locked)", rates[False], "rows/s", target="≥ 500"),
        Row("append, fsynced", "adam, scanned for secrets too", rates[True], "rows/s"),
        Row("append, fsynced", "plain csv (row alone, no lock)", plain, "rows/s"),
    ]


def measure(quick: bool) -> list[Row]:
    """`quick`: 100,000 rows instead of a million."""
    rows = 100_000 if quick else 1_000_000
    python = sys.executable
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "logs" / "runs.csv"
        make_table(table, rows)
        environment = {**os.environ, "ADAM_HOME": folder}
        adam = [python, "-m", "adam"]
        environment["PYTHONPATH"] = str(ROOT)
        for what, who, command, target in (
            ("the last 20 of", "adam runs ls", [*adam, "runs", "ls"], "≤ 0.4 s, 100 MB"),
            ("the last 20 of", "pandas", [python, "-c", PANDAS_LAST, str(table)], ""),
            ("the last 20 of", "plain csv", [python, "-c", CSV_LAST, str(table)], ""),
            ("statistics of", "adam runs stats", [*adam, "runs", "stats", "--json"], "≤ 8 s, 600 MB"),
            ("statistics of", "pandas", [python, "-c", PANDAS_STATS, str(table)], ""),
            ("statistics of", "plain csv", [python, "-c", CSV_STATS, str(table)], ""),
        ):
            seconds, memory = timed(command, environment, 1 if "stat" in what and not quick else 2)
            found.append(Row(f"{what} {rows:,} rows", who, seconds, "s", memory, target))
        script = str(Path(python).with_name("adam"))
        for word, target in (("--version", "≤ 0.150 s"), ("--help", "≤ 0.350 s")):
            seconds, memory = timed([script, word], environment, 5)
            found.append(Row("start", f"adam {word}", seconds, "s", memory, target))
        seconds, memory = timed([python, "-c", "pass"], environment, 5)
        found.append(Row("start", "python -c pass", seconds, "s", memory))
    return found + appends(300 if quick else 3000)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="the store beside pandas and plain csv")
    parser.add_argument("--quick", action="store_true", help="100,000 rows instead of a million")
    parser.add_argument("--json", action="store_true", help="one object a row")
    given = parser.parse_args(arguments)
    previous = ""
    own: Row | None = None
    for row in measure(given.quick):
        if given.json:
            print(json.dumps(asdict(row)))
            continue
        if row.what != previous:
            print(f"\n{row.what}")
            previous, own = row.what, row
        value = f"{row.value:,.3f} {row.unit}" if row.unit == "s" else f"{row.value:,.0f} {row.unit}"
        memory = "" if row.memory_mb is None else f"{row.memory_mb:6.0f} MB"
        ratio = "" if own is row or own is None or row.what == "start" else f"{row.value / own.value:6.1f}x"
        print(f"  {row.who:<34}{value:>16}{memory:>12}{ratio:>9}  {row.target}")


if __name__ == "__main__":
    main()
