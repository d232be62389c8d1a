"""What a training will see: the data set's rows by split, addressed by one recipe, the last checks made."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adam.curate import leaks, validation
from adam.curate.rows import Rules, secret_places
from adam.distill import datasets, sets
from adam.errors import BadFile, CheckSaysNo, NothingToDo
from adam.records import Example, Message, Recipe, Tool
from adam.settings import DistillConfig
from adam.store.cases import read_sheet
from adam.store.dataset import DatasetStore
from adam.store.files import write_atomic
from adam.workspace import Workspace


@dataclass(frozen=True)
class Material:
    train: tuple[Example, ...]
    valid: tuple[Example, ...]
    test: tuple[Example, ...]
    recipe: Recipe
    origin: dict[str, str]  # folder or file → sha256

    @property
    def counts(self) -> dict[str, int]:
        found = Counter({"train": len(self.train), "valid": len(self.valid), "test": len(self.test)})
        for example in self.train:
            found[f"source:{example.source}"] += 1
            found[f"category:{example.category or 'none'}"] += 1
        return dict(found)


def gather(
    workspace: Workspace,
    config: DistillConfig,
    data: Sequence[Path] = (),
    *,
    shares: Sequence[float] = (),
    force: bool = False,
) -> Material:
    """The collected data set, or the prepared folders named; refused when too small, leaky or not clean."""
    if data:
        examples, origin = _folders(data, shares, force, config.seed)
    else:
        examples = datasets.ready(workspace, config).examples
        origin = {workspace.dataset.name: DatasetStore(workspace).sha256()}
    if not examples:
        raise NothingToDo("there is no data set yet", "adam distill collect makes one from approved runs.")
    if len(examples) < config.min_examples and not force:
        raise NothingToDo(
            f"{len(examples)} examples, and {config.min_examples} are asked for (min_examples)",
            "Approve more answers (adam review) and collect again, or train anyway: --force",
        )
    _no_leaks(workspace, examples)
    _no_secrets(workspace, config, examples)
    train = [e for e in examples if e.split == "train"]
    if not train:
        raise NothingToDo("no row is in the training split", "adam dataset stats shows the splits.")
    tools = _tools(examples)
    recipe = Recipe(system=config.system_prompt, tools=tools, max_tokens=longest_answer(examples))
    parts = {
        name: tuple(addressed(e, recipe) for e in examples if e.split == name) for name in ("valid", "test")
    }
    return Material(tuple(addressed(e, recipe) for e in train), parts["valid"], parts["test"], recipe, origin)


def longest_answer(examples: Sequence[Example]) -> int:
    """Tokens an answer may have: twice the longest taught one (three characters a token), from 96 to 1024.

    What was taught ends well before; a base that rambles on need not be waited for.
    """
    most = max((len(m.content) for e in examples for m in e.messages if m.role == "assistant"), default=0)
    return min(1024, max(96, -(-2 * most // 3 // 32) * 32))


def addressed(example: Example, recipe: Recipe) -> Example:
    """The example as the recipe puts it: its own system prompt and tools give way."""
    talk = tuple(m for m in example.messages if m.role != "system")
    head = (Message(role="system", content=recipe.system),) if recipe.system else ()
    return example.model_copy(update={"messages": head + talk, "tools": recipe.tools})


def write(material: Material, folder: Path) -> str:
    """train.jsonl, valid.jsonl and test.jsonl; the hash of all three."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    for name in ("train", "valid", "test"):
        text = "".join(e.model_dump_json(exclude_defaults=True) + "\n" for e in getattr(material, name))
        write_atomic(folder / f"{name}.jsonl", text)
        digest.update(text.encode())
    return digest.hexdigest()


def _folders(
    data: Sequence[Path], shares: Sequence[float], force: bool, seed: int
) -> tuple[list[Example], dict[str, str]]:
    """Every row of them; refused by line and reason where one can't be read or its tool calls are wrong."""
    found: list[dict[str, Example]] = []
    origin: dict[str, str] = {}
    for folder in data:
        there = sets.read(folder)
        said = list(there.faults)
        if not force:
            said += [
                (*there.places[id(e)], fault) for e in there.examples for fault in validation.tool_faults(e)
            ]
        if said:
            file, line, reason = said[0]
            more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
            raise BadFile(Path(file), reason + more, f"adam dataset validate {folder}", line)
        found.append({e.id: e for e in there.examples})
        for path in sorted({Path(file) for file, _ in there.places.values()}):
            name = f"{folder.name}/{path.name}" if folder.is_dir() else path.name
            origin[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    if shares:
        found = _by_shares(found, shares, seed)
        origin |= {f"share of {folder.name}": f"{share:g}" for folder, share in zip(data, shares, strict=True)}
    return list({name: e for rows in found for name, e in rows.items()}.values()), origin


def _by_shares(
    folders: Sequence[dict[str, Example]], shares: Sequence[float], seed: int
) -> list[dict[str, Example]]:
    """As many training rows of each as the shares allow, drawn by the seed; none is repeated, held-out ones stay."""
    training = [[name for name, e in rows.items() if e.split == "train"] for rows in folders]
    whole = min(len(names) / share for names, share in zip(training, shares, strict=True))
    kept: list[dict[str, Example]] = []
    for at, (rows, names, share) in enumerate(zip(folders, training, shares, strict=True)):
        drawn = set(random.Random(f"{seed} {at}").sample(names, round(whole * share)))
        kept.append({name: e for name, e in rows.items() if e.split != "train" or name in drawn})
    return kept


def _tools(examples: Sequence[Example]) -> tuple[Tool, ...]:
    found: dict[str, Tool] = {}
    for example in examples:
        for tool in example.tools:
            found.setdefault(tool.name, tool)
    return tuple(found[name] for name in sorted(found))


def _no_leaks(workspace: Workspace, examples: Sequence[Example]) -> None:
    cases = read_sheet(workspace.sheet).cases if workspace.sheet.exists() else []
    found = leaks.find_leaks(examples, [(c.case_id, c.prompt) for c in cases if c.split == "test"])
    if found:
        first = found[0]
        raise CheckSaysNo(
            f"{len(found)} leaks between training and held-out rows; the first: {first.learned} ~ {first.held_out}",
            "adam dataset leaks lists them; adam distill collect puts them right.",
        )


def _no_secrets(workspace: Workspace, config: DistillConfig, examples: Sequence[Example]) -> None:
    """The same scan as at collecting, of every place of a row: what was said, calls, results, tools."""
    rules = Rules(secrets=datasets.secret_context(workspace, config))
    for example in examples:
        for place in secret_places(example, rules):
            raise CheckSaysNo(
                f"example {example.id} holds what looks like a secret ({place}): nothing was trained",
                f"Remove it: adam distill forget {example.run or example.id}; "
                f"or allow_private: {place.split(' in ')[0]}",
            )
