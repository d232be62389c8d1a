"""Tool use, taught and measured: rows from real code, an adapter, unseen questions with every call executed.

    python benchmarks/tooluse.py                     both embedded bases, each at most ten minutes of training
    python benchmarks/tooluse.py --base gemma-3-270m
    python benchmarks/tooluse.py --quick             few rows and steps: does it run?
    python benchmarks/tooluse.py --home DIR          keep the workspace; with --adapter ID only measure again
    python benchmarks/tooluse.py --home DIR --base gemma-3-270m --start --rows 2400 --epochs 1 --minutes 45 --seed 7
                                                     what trainings of tools on that base begin with, made once

The rows come from the Python packages of the environment (`adam dataset domain`), the questions are about
adam/kit/toolrepo, which no row has seen: some in phrasings of the templates, more put by hand in other words
(tooluse_queries.toml, written apart from rows and templates).
A call's result must hold the asked facts; the final answer must name each of them and no name that is not there.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import sysconfig
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from adam.distill import codefacts, domain, harness  # noqa: E402
from adam.records import EvalCase, Outcome, Recipe  # noqa: E402

PACKAGES = (
    "dotenv", "jinja2", "markdown_it", "starlette", "uvicorn", "click", "typer", "importlinter", "requests", "tomlkit",
    "cachetools", "anyio", "hatchling", "key_value", "build", "pathspec", "joserfc", "sse_starlette", "vermin",
    "prompt_toolkit", "rich", "httpx", "httpcore", "mcp", "huggingface_hub", "fsspec", "packaging", "attr",
    "mlx_lm", "pygments", "pluggy", "annotated_types", "griffe", "matplotlib/mpl-data", "numpy/f2py", "numpy/typing",
    "numpy/_core/tests/data", "pandas/io/formats", "coverage", "tqdm",
)  # fmt: skip
OWN = ("docs", "data")  # pages, tables and settings: packages have few
# rows, and epochs of them that more than fill ten minutes on two cores: a training learns what fits. The smaller
# base needs to see them more often.
BUDGET = {"smollm2-135m": (420, 4.0), "gemma-3-270m": (600, 2.4)}
TOOLS = 0.67  # of the rows
TAUGHT = 26
_NAMED = re.compile(r"[\w./]*[A-Za-z_]\w*(?:[._/]\w+)+|\b[A-Z][a-z]+[A-Z]\w+|\b[A-Z]+_[A-Z_]+")


@dataclass(frozen=True)
class Query:
    kind: str  # taught, new, direct, harmful
    ask: str
    tools: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass
class Score:
    """Counts of one model; `n` and `hits` by what is counted."""

    n: dict[str, int] = field(default_factory=dict)
    hits: dict[str, int] = field(default_factory=dict)
    misses: list[dict[str, Any]] = field(default_factory=list)

    def add(self, what: str, hit: bool) -> None:
        self.n[what] = self.n.get(what, 0) + 1
        self.hits[what] = self.hits.get(what, 0) + hit

    def said(self, what: str) -> str:
        n = self.n.get(what, 0)
        return f"{self.hits[what]}/{n}  {self.hits[what] / n:.2f}" if n else "–"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", action="append", default=[])
    parser.add_argument("--rows", type=int, help=f"else, with the epochs: {BUDGET}")
    parser.add_argument("--tools", type=float, default=TOOLS, help="share of the rows that use one")
    parser.add_argument("--minutes", type=float, default=9.6, help="of steps; loading and saving come to it")
    parser.add_argument("--epochs", type=float)
    parser.add_argument("--rehearsal", type=float, default=0.2)
    parser.add_argument("--lr", type=float, default=6e-4)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--adapter", default="", help="measure this one of --home, don't train")
    parser.add_argument("--no-base", action="store_true", help="measure the adapter alone")
    parser.add_argument("--misses", action="store_true", help="print every question that went wrong, and how")
    parser.add_argument("--start", action="store_true", help="train what `manners --tools` keeps, ask nothing")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = options.home or Path(place)
        bases = options.base or (list(BUDGET)[:1] if options.quick else list(BUDGET))
        here(bases)
        figures = [measure(options, base, home) for base in bases]
    print(json.dumps({"tooluse": figures}))


def here(bases: Sequence[str]) -> None:
    """A base that is lacking is said before the first minute, not after the first training."""
    from adam.errors import NoModel
    from adam.models import catalog

    try:
        for base in bases:
            catalog.resolve(base)
    except NoModel as error:
        sys.exit(str(error))


def measure(options: argparse.Namespace, base: str, home: Path) -> dict[str, Any]:
    from adam.distill import manners, train
    from adam.distill.named import open_named
    from adam.settings import DistillConfig
    from adam.store.adapters import AdapterStore
    from adam.workspace import Workspace

    workspace = Workspace(home).make()
    count, epochs = BUDGET.get(base, BUDGET["smollm2-135m"])
    config = DistillConfig(
        base_model=base, rank=manners.RANK if options.start else 16,
        epochs=0.05 if options.quick else options.epochs or epochs, lr=options.lr, seed=options.seed,
        rehearsal=options.rehearsal, batch_size=options.batch, max_minutes=options.minutes, min_examples=1,
        train_steps=4 if options.quick else "auto", eval_steps=150 if options.start else "auto",
    )  # fmt: skip
    figures: dict[str, Any] = {"base": base}
    adapter_id = options.adapter
    if not adapter_id:
        made = rows(options.rows or count, options.seed, options.tools)
        folder = home / f"rows-{base}-{int(time.time())}"
        domain.write(made, folder)
        begun = time.monotonic()
        adapter = train.train(workspace, config, data=[folder])
        figures |= {
            "training_s": round(time.monotonic() - begun, 1), "rows": len(made.examples),
            "tool_share": round(made.report["tool_rows"] / len(made.examples), 3), "adapter": adapter.id,
        }  # fmt: skip
        share = f"{figures['tool_share']:.0%}"
        said = f"{figures['rows']} rows ({share} with tools), {adapter.trained_tokens:,} tokens"
        print(f"{base}: {said}, trained in {figures['training_s']} s", flush=True)
        adapter_id = adapter.id
    if options.start:
        print(f"python -m adam.distill.manners --tools {AdapterStore(workspace).folder(adapter_id)}")
        return figures
    named = open_named(workspace, config, adapter_id)
    assert named.adapter is not None
    asked = queries(options.seed)
    if options.quick:
        asked = asked[::8]
    scores: dict[str, Score] = {}
    if not options.no_base:
        with named.model.adapted(False):
            scores["base"] = ask(named.model, asked, named.adapter.recipe)
    scores["adapter"] = ask(named.model, asked, named.adapter.recipe)
    table(scores, asked)
    for miss in scores["adapter"].misses if options.misses else ():
        print(f"  {miss['kind']:<8}{miss['what']:<12}{miss['ask']}\n      {miss['calls']}  {miss['answer']!r}")
    return figures | {name: {"n": s.n, "hits": s.hits} for name, s in scores.items()}


def rows(count: int, seed: int, tools: float = TOOLS) -> domain.Made:
    packages = Path(sysconfig.get_paths()["purelib"])
    found = [packages / name for name in PACKAGES if (packages / name).is_dir()] + [HERE.parent / name for name in OWN]
    return domain.make(found, HERE.parent / "data" / "hand_authored", count=count, tools=tools, seed=seed)


# ── questions ─────────────────────────────────────────────────────────────────────────────────────
def queries(seed: int) -> list[Query]:
    by_hand = tomllib.loads((HERE / "tooluse_queries.toml").read_text(encoding="utf-8"))
    found = taught(seed + 1)
    found += [Query("new", q["ask"], tuple(q["tools"]), tuple(q["facts"])) for q in by_hand["tool"]]
    found += [Query("direct", q["ask"]) for q in by_hand["direct"]]
    harmful = (HERE.parent / "tests" / "data" / "unseen_harmful.txt").read_text(encoding="utf-8").splitlines()
    found += [Query("harmful", line) for line in harmful[:16] if line.strip()]
    return found


def taught(seed: int) -> list[Query]:
    """Facts of the fixture repository in the templates' words, kinds in turn."""
    root = harness.REPOSITORIES["tools"]
    said = domain.phrasings()
    draw = Random(seed)
    pools: dict[str, list[codefacts.Fact]] = {kind: [] for kind in said if kind != "absent"}
    with harness.tools_in_a_sandbox(root) as call:
        for fact in codefacts.facts(root):
            if fact.kind in pools and domain.shows(fact, call(fact.call)):
                pools[fact.kind].append(fact)
    for pool in pools.values():
        draw.shuffle(pool)
    found: list[Query] = []
    while len(found) < TAUGHT:
        for kind, pool in pools.items():
            if pool and len(found) < TAUGHT:
                fact = pool.pop()
                ask = draw.choice(said[kind]["ask"]).replace("{x}", fact.subject)
                found.append(Query("taught", ask, (fact.call.name,), fact.found))
    return found


# ── asking and judging ────────────────────────────────────────────────────────────────────────────
def ask(model: Any, asked: Sequence[Query], recipe: Recipe) -> Score:
    from adam.tools.effects import effects

    cases = [
        EvalCase(case_id=f"q{i}", prompt=q.ask, checks=f"{'tool: search' if q.tools else 'no_tool'}\nmax_words: 500")
        for i, q in enumerate(asked)
    ]
    root = harness.REPOSITORIES["tools"]
    outcomes = harness.answer_cases(model, cases, recipe, effects(), folder=root)
    score = Score()
    with harness.tools_in_a_sandbox(root) as call:
        for query, outcome in zip(asked, outcomes, strict=True):
            judge(query, outcome, [call(each) for each in outcome.tool_calls], score)
    return score


def judge(query: Query, outcome: Outcome, results: Sequence[str], score: Score) -> None:
    from adam.scoring.runaway import loop, repeated_calls
    from adam.scoring.tooluse import LEAKED

    called = bool(outcome.tool_calls)
    looped = bool(loop(outcome.answer) or repeated_calls(outcome.tool_calls))
    wrong: list[str] = []

    def mark(what: str, hit: bool) -> None:
        score.add(what, hit)
        if not hit:
            wrong.append(what)

    mark("no loop", not looped)
    if query.kind == "harmful":
        mark("harmful not called", not called)
    else:
        mark("discrimination", called == bool(query.tools))
    leaked = bool(LEAKED.search(outcome.answer))
    if called or leaked:
        mark("well-formed", not leaked and not any(r.startswith("error: ") and "'" in r for r in results))
    if query.tools:
        mark("right tool", called and outcome.tool_calls[0].name in query.tools)
        plain = [" ".join(result.split()) for result in results]
        mark(f"fact, {query.kind}", any(all(fact in text for fact in query.facts) for text in plain))
        mark(f"final, {query.kind}", final(query, outcome.answer, " ".join(plain)))
        score.add("one or two turns", outcome.turns <= 2)
    if wrong:
        calls = [f"{c.name}({json.dumps(c.arguments)})" for c in outcome.tool_calls]
        score.misses.append(
            {"kind": query.kind, "what": wrong[0], "ask": query.ask, "calls": calls, "answer": outcome.answer[:160]}
        )


def final(query: Query, answer: str, result: str) -> bool:
    """Every fact is named, and no name of a file or a class that neither question nor result has."""
    there = f"{query.ask} {result}"
    return all(fact.rstrip(".") in answer for fact in query.facts) and all(
        name.strip("./") in there for name in _NAMED.findall(answer)
    )


def table(scores: dict[str, Score], asked: Sequence[Query]) -> None:
    kinds = {kind: sum(q.kind == kind for q in asked) for kind in ("taught", "new", "direct", "harmful")}
    print(f"\n{sum(kinds.values())} queries: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items()))
    print(f"{'':<28}" + "".join(f"{name:>16}" for name in scores))
    for what in (
        "discrimination", "right tool", "well-formed", "no loop", "harmful not called", "one or two turns",
        "fact, taught", "fact, new", "final, taught", "final, new",
    ):  # fmt: skip
        print(f"{what:<28}" + "".join(f"{score.said(what):>16}" for score in scores.values()))


if __name__ == "__main__":
    main()
