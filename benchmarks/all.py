"""Every benchmark, one after the other: python -m benchmarks.all [--quick] [--write]

Each is a command of its own and runs alone, so that none disturbs another. `--write` puts what each printed into the
README, between its figure marks, with the machine named; with names given the others' figures stay.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
ORDER = ("store", "models", "chat", "collect", "train", "evaluate", "manners", "tooluse")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a short form of each")
    parser.add_argument("--write", action="store_true", help="rewrite the figures in the README")
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(ORDER)}")
    options = parser.parse_args()
    failed: list[str] = []
    for name in options.names or [name for name in ORDER if (HERE / f"{name}.py").is_file()]:
        begun = time.monotonic()
        print(f"== {name}", flush=True)
        line = [sys.executable, str(HERE / f"{name}.py"), *(["--quick"] if options.quick else [])]
        done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=HERE.parent)
        print(done.stdout, end="")
        if done.returncode:
            failed.append(name)
            print(done.stderr[-2000:], file=sys.stderr)
        print(f"   {time.monotonic() - begun:.0f} s", flush=True)
        if options.write:
            write(name, figures(done.stdout), quick=options.quick)
    if failed:
        sys.exit(f"missed a figure or failed: {', '.join(failed)}")


def figures(text: str) -> str:
    """What a person reads: all but the JSON object at the end."""
    return "\n".join(f"  {line}" for line in text.splitlines() if line.strip() and not is_json(line))


def is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [
            line.split(":", 1)[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        cpu = names[0] if names else cpu
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores of {cpu}, Python {platform.python_version()}"


def write(name: str, text: str, *, quick: bool) -> None:
    """That benchmark's part of the README's figures; the others stay as they are."""
    page = README.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN, 1)
    block, tail = rest.split(END, 1)
    parts = {part.split(None, 1)[0]: part for part in parts_of(block)}
    parts[name] = f"{name}\n{text}"
    form = "the quick form (`make bench`)" if quick else "`make bench-full`"
    every = "\n\n".join(parts[each] for each in ORDER if each in parts)
    README.write_text(
        f"{head}{BEGIN}\nMeasured by {form} on {machine()}.\n\n```text\n{every}\n```\n{END}{tail}", encoding="utf-8"
    )


def parts_of(block: str) -> list[str]:
    found = block.split("```text\n", 1)
    return found[1].split("\n```", 1)[0].split("\n\n") if len(found) == 2 else []


if __name__ == "__main__":
    main()
