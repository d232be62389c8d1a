"""Training beside mlx_lm.lora and PyTorch + PEFT: the same base, rows, batch and rank, in one go.

    python benchmarks/train.py              both embedded bases, 200 rows of 20 to 400 tokens, tables by length
    python benchmarks/train.py --quick      SmolLM2, 24 rows, no PEFT unless its environment is there already
    python benchmarks/train.py --base gemma-3-270m

Data-set tokens (padding not counted) a second over one whole epoch, and the memory of all processes (PSS) at its
peak. mlx_lm.lora as installed is measured on twelve batches at the quantiles of length. PEFT gets an environment
of its own in the cache. The validation loss is one ruler's for Adam and mlx_lm (peers/ruler.py: each reports its own
otherwise, mlx_lm of one step before the last and with a token behind the end), and PEFT measures the same tokens.
Prints a line a figure and one JSON object at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

BATCH, RANK, LR, SEED = 4, 16, 2e-4, 0
THINGS = [
    "tea", "bread", "a garden", "an old clock", "the harbour", "a bicycle", "wool", "the moon", "a library", "salt",
    "a map", "rain", "a violin", "stairs", "an orchard", "glass", "a ferry", "honey", "a kite", "chess",
]  # fmt: skip
SAYS = [
    "{} is older than most people think.", "People keep {} close when the days get short.",
    "Nobody agrees on who made {} first.",
    "With some patience {} can be learned in a week.", "A good word for {} is quiet.",
    "In spring {} looks different.",
    "Many songs speak of {}.", "Ask a neighbour about {} and you will hear a story.",
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--base", action="append", default=[])
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--no-peft", action="store_true")
    parser.add_argument(
        "--no-plain", action="store_true", help="without mlx_lm.lora as installed (it takes long)"
    )
    parser.add_argument("--few", action="store_true", help="twelve batches at the quantiles of length, for all sides")
    parser.add_argument("--no-tables", action="store_true", help="without the tables by length and number of rows")
    parser.add_argument("--seed", type=int, default=SEED, help="of the adapters' beginnings and the order of rows")
    options = parser.parse_args()
    os.environ["BENCH_SEED"] = str(options.seed)
    bases = options.base or (["smollm2-135m"] if options.quick else ["smollm2-135m", "gemma-3-270m"])
    from benchmarks.tooluse import here

    here(bases)
    count = options.rows or (24 if options.quick else 200)
    peft = None if options.no_peft else environment(make=not options.quick)
    tables = not (options.quick or options.no_tables)
    figures: dict[str, Any] = {}
    for base in bases:
        figures[base] = side_by_side(
            base, count, peft, plain=not (options.quick or options.no_plain), small=options.few
        )
        if tables:
            figures[base]["by_length"] = by_length(base, peft)
    if tables:
        figures["rows"] = growth(bases[0])
    print(json.dumps(figures))


def side_by_side(base: str, count: int, peft: str | None, *, plain: bool, small: bool = False) -> dict[str, Any]:
    said = f"{12 * BATCH} of {count}" if small else str(count)
    print(f"{base}: {said} rows, batch {BATCH}, rank {RANK}, all layers", flush=True)
    found: dict[str, Any] = {}

    def measured(name: str, figure: dict[str, Any]) -> None:
        found[name] = figure
        speed, memory = (found["adam"][what] / figure[what] for what in ("tokens_s", "peak_gb"))
        beside = "" if name == "adam" else f"  Adam × {speed:6.2f} speed, × {memory:4.2f} memory"
        print(f"  {name:<24}{figure['tokens_s']:8.1f} tokens/s {figure['peak_gb']:6.2f} GB  "
              f"validation {figure['valid_loss']:.3f}{beside}", flush=True)  # fmt: skip

    with tempfile.TemporaryDirectory() as place:
        folder, few = Path(place) / "all", Path(place) / "few"
        write(base, folder, lengths(count))
        write(base, few, quantiles(lengths(count), 12 * BATCH))
        folder = few if small else folder
        measured("adam", adam(base, folder))
        ours = found["adam"]
        found["arithmetic_ratio"] = ours["seconds"] / arithmetic_s(base, ours["tokens"], ours["learned"])
        print(f"  {'':<24}first step begins after {ours['begins_s']:.1f} s, ends after "
              f"{ours['first_step_s']:.1f} s, a validation of {ours['first_validation_s']:.1f} s aside; "
              f"{found['arithmetic_ratio']:.2f} × the products alone at the measured rate", flush=True)  # fmt: skip
        measured("mlx_lm, same BLAS", run("mlx_lm", base, folder, {}))
        if peft:
            measured("PEFT", run("peft", base, folder, {}, python=peft))
            measured("PEFT, length groups", run("peft", base, folder, {"BENCH_GROUPED": "1"}, python=peft))
        if plain:  # twelve batches at the quantiles of length
            measured("mlx_lm as installed", run("mlx_lm", base, few, {"ADAM_BLAS": "off"}))
    return found


def adam(base: str, folder: Path) -> dict[str, Any]:
    """A whole training through the very child that `adam distill train` starts."""
    from adam.distill.train import child
    from adam.models import catalog
    from adam.models.training.plan import Plan
    from adam.records import Recipe
    from adam.settings import DistillConfig

    rows = len((folder / "train.jsonl").read_text().splitlines())
    config = DistillConfig(
        base_model=base, lr=LR, rank=RANK, batch_size=BATCH, seed=int(os.environ["BENCH_SEED"]), max_seq_length=1024,
        optimizer="adam", schedule="constant", warmup=0.0, clip=0.0,  # as mlx_lm.lora has them
    )  # fmt: skip
    steps = -(-rows // BATCH)
    out = folder / "adapter"
    (out / "prepared").mkdir(parents=True, exist_ok=True)
    prepared(folder, out / "prepared")
    plan = Plan(
        base=str(catalog.resolve(base).path), folder=str(out), prepared=str(out / "prepared"),
        settings=config.model_dump(), recipe=Recipe(), steps=steps, eval_every=steps,
    )  # fmt: skip
    (out / "plan.json").write_text(plan.model_dump_json())
    marks: dict[str, float] = {}
    begun = time.monotonic()
    with Watch() as watch, child(out / "plan.json", out / "log") as events:
        for event in events:
            if event.event == "valid":
                marks.setdefault("validated", time.monotonic())
            if event.event == "step":
                marks.setdefault("first", time.monotonic())
                marks["last"] = time.monotonic()
            marks.setdefault(event.event, time.monotonic())
    measured = [json.loads(line) for line in (folder / "lengths.jsonl").read_text().splitlines()]
    tokens, learned = (float(sum(row[what] for row in measured)) for what in ("tokens", "learned"))
    seconds = marks["last"] - marks["validated"]  # the steps alone, as the peers count
    validation = marks["validated"] - marks["begin"]
    return {
        "tokens_s": tokens / seconds, "seconds": seconds, "tokens": tokens, "learned": learned,
        "peak_gb": watch.peak_gb, "valid_loss": ruler(base, folder, out),
        "first_step_s": marks["first"] - begun - validation,
        "begins_s": marks["begin"] - begun, "first_validation_s": validation,
    }  # fmt: skip


def run(
    peer: str, base: str, folder: Path, environ: dict[str, str], python: str = sys.executable
) -> dict[str, Any]:
    """A peer in a process of its own; it prints one JSON object last."""
    from adam.models import blas, catalog

    place = str(catalog.resolve(base).path)
    command = [python, str(HERE / "peers" / f"{peer}.py"), place, str(folder), str(folder / peer)]
    fast = {} if environ.get("ADAM_BLAS") == "off" or peer == "peft" else blas.child_environment()
    environment_of = {
        **os.environ,
        **fast,
        **environ,
        "BENCH_BATCH": str(BATCH),
        "BENCH_RANK": str(RANK),
        "BENCH_LR": str(LR),
    }
    with Watch() as watch:
        done = subprocess.run(command, capture_output=True, text=True, env=environment_of, check=False)
    if done.returncode:
        raise SystemExit(f"{peer}: {done.stderr[-2000:]}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if peer == "mlx_lm":
        figures["valid_loss"] = ruler(base, folder, folder / peer)
    return {**figures, "tokens_s": figures["tokens"] / figures["seconds"], "peak_gb": watch.peak_gb}


def ruler(base: str, folder: Path, adapter: Path) -> float:
    from adam.models import blas, catalog

    script, place = HERE / "peers" / "ruler.py", catalog.resolve(base).path
    command = [sys.executable, *map(str, (script, place, folder, adapter))]
    environ = {**os.environ, **blas.child_environment()}
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    if done.returncode:
        raise SystemExit(f"the ruler: {done.stderr[-2000:]}")
    return float(done.stdout.splitlines()[-1])


class Watch:
    """The largest PSS of this process's children, all summed, once a second."""

    def __enter__(self) -> Watch:
        self.peak_gb, self._on = 0.0, True
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._on = False
        self._thread.join()

    def _look(self) -> None:
        while self._on:
            self.peak_gb = max(self.peak_gb, sum(map(_pss, _below(os.getpid()))) / 1e9)
            time.sleep(1.0)  # ten times a second the reading alone took a quarter of a core


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            direct = [int(word) for word in task.read_text().split()]
        except OSError:
            continue
        for child in direct:
            found += [child, *_below(child)]
    return found


def _pss(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # it has just ended
    return 0


def lengths(count: int) -> list[int]:
    """As real ones vary: many short, few long, 20 to 400 tokens."""
    rng = np.random.default_rng(SEED)
    return [int(n) for n in np.clip(np.exp(rng.normal(np.log(90), 0.75, count)), 20, 400)]


def quantiles(of: list[int], count: int) -> list[int]:
    return [int(n) for n in np.quantile(of, (np.arange(count) + 0.5) / count)]


def write(base: str, folder: Path, wanted: list[int]) -> None:
    """train.jsonl and valid.jsonl as mlx_lm and PEFT read them (rows cut to whole sentences), and their lengths."""
    from adam.models import catalog
    from adam.models.folder import tokenizer as tokenizer_of

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tokenizer_of(catalog.resolve(base).path)
    rng = np.random.default_rng(SEED + 1)
    for name, sizes in (("train", wanted), ("valid", quantiles(wanted, 20))):
        rows, measured = [], []
        for size in sizes:
            row, learned, whole = _row(tokenizer, rng, size)
            rows.append(row)
            measured.append({"tokens": whole, "learned": learned})
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        target = folder / ("lengths.jsonl" if name == "train" else "lengths-valid.jsonl")
        target.write_text("".join(json.dumps(row) + "\n" for row in measured))


def _row(tokenizer: Any, rng: np.random.Generator, size: int) -> tuple[dict[str, Any], int, int]:
    thing = THINGS[rng.integers(len(THINGS))]
    messages = [{"role": "user", "content": f"Tell me about {thing}."}, {"role": "assistant", "content": ""}]
    head = len(tokenizer.apply_chat_template(messages[:1], add_generation_prompt=True, return_dict=False))
    said = ""
    while True:
        longer = f"{said} {SAYS[rng.integers(len(SAYS))].format(thing)}".strip()
        messages[1]["content"] = longer
        whole = len(tokenizer.apply_chat_template(messages, return_dict=False))
        if whole > size and said:
            break
        said = longer
        if whole >= size:
            break
    messages[1]["content"] = said
    whole = len(tokenizer.apply_chat_template(messages, return_dict=False))
    return {"messages": messages}, whole - head, whole


def prepared(folder: Path, to: Path) -> None:
    from adam.records import Example, Message
    from adam.store.dataset import example_id

    for name in ("train", "valid"):
        lines = []
        for at, line in enumerate((folder / f"{name}.jsonl").read_text().splitlines()):
            messages = tuple(Message.model_validate(m) for m in json.loads(line)["messages"])
            example = Example(
                id=f"{at}-{example_id(messages, ())}",
                prompt=messages[0].content,
                answer=messages[1].content,
                messages=messages,
            )
            lines.append(example.model_dump_json() + "\n")
        (to / f"{name}.jsonl").write_text("".join(lines))


def arithmetic_s(base: str, tokens: float, learned: float) -> float:
    """Seconds for the multiplications alone: forward and backward through frozen weights, adapters beside."""
    from adam.distill import preflight
    from adam.models import blas

    shape = preflight._base(base)
    assert shape is not None
    flops = 4 * shape.layer_parameters * tokens + 4 * shape.head_parameters * learned
    blas.ensure()
    return float(flops / (blas.measure(1536) * 1e9))


def by_length(base: str, peft: str | None) -> dict[str, Any]:
    print(f"{base}: tokens/s by row length", flush=True)
    table: dict[str, Any] = {}
    for size in (100, 200, 400, 800):
        with tempfile.TemporaryDirectory() as place:
            write(base, Path(place), [size] * max(12, 4800 // size))
            row = {"adam": adam(base, Path(place))["tokens_s"]}
            if peft:
                row["PEFT"] = run("peft", base, Path(place), {"BENCH_GROUPED": "1"}, python=peft)["tokens_s"]
        table[str(size)] = row
        print(f"  {size:>4}  " + "   ".join(f"{name} {speed:6.1f}" for name, speed in row.items()), flush=True)
    return table


def growth(base: str) -> dict[str, float]:
    print(f"{base}: seconds for 1,000 tokens of a data set of so many rows (flat: the cost is linear)", flush=True)
    found = {}
    for count in (50, 200, 800):
        with tempfile.TemporaryDirectory() as place:
            write(base, Path(place), lengths(count))
            figure = adam(base, Path(place))
        found[str(count)] = 1000 / figure["tokens_s"]
        print(f"  {count:>4}  {found[str(count)]:.2f}", flush=True)
    return found


def environment(*, make: bool) -> str | None:
    """The Python of PEFT's environment, made when it is not there and may be."""
    from adam.workspace import cache_dir

    folder = cache_dir() / "bench" / "peft"
    python = folder / "bin" / "python"
    ready = (
        python.exists()
        and not subprocess.run(
            [str(python), "-c", "import peft, torch"], capture_output=True, check=False
        ).returncode
    )
    if not ready and make:
        print("making an environment with torch 2.13.0 and peft ...")
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [
                str(python),
                "-m",
                "pip",
                "install",
                "-q",
                "torch==2.13.0",
                "peft",
                "transformers",
                "accelerate",
            ],
            check=True,
        )
        ready = True
    return str(python) if ready else None


if __name__ == "__main__":
    main()
