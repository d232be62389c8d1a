"""What `adam dataset` does with sets: filter, merge, split, balance, convert, each into a new folder."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from adam.curate import leaks, setfilters
from adam.curate.groups import group_prompts
from adam.curate.rows import question
from adam.curate.setfilters import Sifted
from adam.curate.splits import draw
from adam.distill import datasets, sets
from adam.distill.sets import DataSet
from adam.errors import NothingToDo
from adam.records import Example
from adam.settings import DistillConfig
from adam.store.dataset import DatasetStore
from adam.store.files import write_atomic
from adam.workspace import Workspace

SAMPLES = 5  # of what was removed, for each reason
Step = tuple[str, Callable[[Sequence[Example]], Sifted]]


def load(workspace: Workspace, path: Path | None) -> DataSet:
    """The set at `path`; the workspace's own, under its ledger, where none is named."""
    if path is not None and path.resolve() != workspace.dataset.resolve():
        return sets.read(path)
    if not workspace.dataset.exists():
        raise NothingToDo("there is no data set yet", "adam distill collect makes one; or name a folder.")
    own = sets.read(workspace.dataset)
    store = DatasetStore(workspace)
    buried = store.tombstones()
    examples = [e for e in datasets.under_ledger(own.examples, store.ledger()) if e.id not in buried]
    places = {id(new): own.places[id(old)] for old, new in _pairs(own.examples, examples)}
    return DataSet("collected", 1, examples, places, own.faults)


def _pairs(old: Sequence[Example], new: Sequence[Example]) -> list[tuple[Example, Example]]:
    by_id = {e.id: e for e in old}
    return [(by_id[e.id], e) for e in new]


def stats(data: DataSet) -> dict[str, Any]:
    """Counts, messages, lengths, categories; of all, and of each split."""
    return {
        "name": data.name,
        "version": data.version,
        "bad_lines": len(data.faults),
        "all": figures(data.examples),
        "splits": {name: figures(rows) for name, rows in data.splits().items()},
    }


def figures(examples: Sequence[Example]) -> dict[str, Any]:
    n = len(examples)
    if not n:
        return {"examples": 0}
    lengths = sorted(len(setfilters.answers(e)) for e in examples)
    return {
        "examples": n,
        "messages": round(sum(len(e.messages) for e in examples) / n, 2),
        "tool_share": round(sum(map(setfilters.uses_tools, examples)) / n, 4),
        "tool_calls": sum(len(m.tool_calls) for e in examples for m in e.messages),
        "prompt_characters": round(sum(len(e.prompt) for e in examples) / n, 1),
        "answer_characters": {
            "mean": round(sum(lengths) / n, 1),
            "median": lengths[n // 2],
            "p90": lengths[int(0.9 * (n - 1))],
            "longest": lengths[-1],
        },
        "groups": len({e.group for e in examples if e.group}),
        "categories": dict(Counter(e.category or "uncategorised" for e in examples).most_common()),
        "sources": dict(Counter(e.source for e in examples).most_common()),
    }


def filter_set(data: DataSet, steps: Sequence[Step], out: Path) -> dict[str, Any]:
    """The filters one after the other into a new folder, with a report: kept, removed, samples."""
    examples: Sequence[Example] = data.examples
    report: dict[str, Any] = {
        "from": data.name,
        "version": data.version,
        "before": len(examples),
        "steps": [],
    }
    for name, step in steps:
        sifted = step(examples)
        reasons = Counter(reason for _, reason in sifted.removed)
        report["steps"].append(
            {
                "filter": name,
                "kept": len(sifted.kept),
                "removed": len(sifted.removed),
                "reasons": dict(reasons.most_common(50)),
                "samples": [_sample(e, reason) for e, reason in sifted.removed[:SAMPLES]],
            }
        )
        examples = sifted.kept
    report["kept"] = len(examples)
    report["removed"] = report["before"] - len(examples)
    history = [
        *data.steps,
        {"did": "filter", "filters": [name for name, _ in steps], "removed": report["removed"]},
    ]
    sets.write(out, examples, name=data.name, version=data.version + 1, steps=history, report=report)
    return report


def _sample(example: Example, reason: str) -> dict[str, str]:
    return {
        "id": example.id,
        "reason": reason,
        "prompt": example.prompt[:200],
        "answer": example.answer[:200],
    }


def merge(parts: Sequence[DataSet], out: Path, name: str = "") -> dict[str, Any]:
    """Several sets into one. A row that is in two of them is taken once; held-out in one is held out in all."""
    severity = {"test": 0, "valid": 1, "train": 2}
    found: dict[str, Example] = {}
    for part in parts:
        for example in part.examples:
            there = found.get(example.id)
            if there is None or severity[example.split] < severity[there.split]:
                found[example.id] = example
    examples = list(found.values())
    total = sum(len(part.examples) for part in parts)
    report = {
        "from": [part.name for part in parts],
        "before": total,
        "kept": len(examples),
        "twice": total - len(examples),
    }
    leaking = leaks.find_leaks(examples)
    report["leaks"] = len(leaking)
    steps = [{"did": "merge", **report}]
    sets.write(out, examples, name=name or "+".join(part.name for part in parts), steps=steps, report=report)
    return report


def split(data: DataSet, out: Path, holdout: float, validation: float) -> dict[str, Any]:
    """Anew into train, valid and test, whole groups of near-duplicate prompts at a time."""
    groups = group_prompts([question(e) for e in data.examples])
    examples = [
        e.model_copy(update={"group": group, "split": draw(group, holdout, validation)})
        for e, group in zip(data.examples, groups, strict=True)
    ]
    counts = Counter(e.split for e in examples)
    report = {
        "from": data.name,
        "groups": len(set(groups)),
        "train": counts["train"],
        "valid": counts["valid"],
        "test": counts["test"],
    }
    sets.write(
        out,
        examples,
        name=data.name,
        version=data.version + 1,
        steps=[*data.steps, {"did": "split", **report}],
        report=report,
    )
    return report


def balance(data: DataSet, out: Path, share: float, *, repeat: bool, seed: int) -> dict[str, Any]:
    """So that `share` of the training rows use tools; the report names what was dropped or repeated."""

    def order(example: Example) -> str:
        return hashlib.sha256(f"{seed}\0{example.id}".encode()).hexdigest()

    rows, removed, repeated = setfilters.balance(data.examples, share, repeat=repeat, order=order)
    train = [e for e in rows if e.split == "train"]
    report = {
        "from": data.name,
        "wanted": share,
        "share": round(sum(map(setfilters.uses_tools, train)) / len(train), 4) if train else None,
        "kept": len(rows) - repeated,
        "dropped": len(removed),
        "repeated": repeated,
        "samples": [_sample(e, reason) for e, reason in removed[:SAMPLES]],
    }
    steps = [*data.steps, {"did": "balance", "tools": share, "dropped": len(removed), "repeated": repeated}]
    sets.write(out, rows, name=data.name, version=data.version + 1, steps=steps, report=report)
    return report


def convert(data: DataSet, out: Path, config: DistillConfig) -> dict[str, int]:
    """mlx-lm's train/valid/test.jsonl, one row for each answer, addressed as training addresses it.

    mlx-lm learns only the last message of a row: a conversation of three answers becomes three rows.
    """
    from adam.distill.prepare import addressed
    from adam.records import Recipe

    sets.must_be_new(out)
    tools = {tool.name: tool for e in data.examples for tool in e.tools}
    recipe = Recipe(system=config.system_prompt, tools=tuple(tools[name] for name in sorted(tools)))
    counts: dict[str, int] = {}
    for name, examples in data.splits().items():
        lines = []
        for example in examples:
            whole = addressed(example, recipe)
            for place, message in enumerate(whole.messages, 1):
                if message.role == "assistant":
                    lines.append(json.dumps(sets.openai_row(whole, place), ensure_ascii=False) + "\n")
        write_atomic(out / f"{name}.jsonl", "".join(lines))
        counts[name] = len(lines)
    return counts


def find_leaks(workspace: Workspace, path: Path | None) -> tuple[list[leaks.Leak], int, int]:
    """(leaks, rows learned, rows held out) of a set, or of the collected one without its quarantined rows."""
    tests = list(datasets.sheet_test_prompts(workspace).items())
    examples = load(workspace, path).examples
    if path is None:
        ledger = DatasetStore(workspace).ledger()
        examples = [e for e in examples if not datasets.set_apart(e, ledger)]
    held = sum(e.split == "test" for e in examples)
    return leaks.find_leaks(examples, tests), len(examples) - held, held + len(tests)
