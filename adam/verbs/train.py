"""`adam distill train`: the plan, the bar, the result."""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adam.errors import BadUsage
from adam.verbs import screen

if TYPE_CHECKING:
    from adam.distill.preflight import Forecast
    from adam.models.training.plan import Event
    from adam.records import Adapter


def train(
    plan: Annotated[bool, typer.Option("--plan", help="Only say what it would take.")] = False,
    resume: Annotated[str, typer.Option("--resume", help="Go on with this training after a kill.")] = "",
    data: Annotated[
        list[str] | None,
        typer.Option("--data", help="Prepared folders instead of the collected set; DIR=0.3 for shares."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Train on fewer than min_examples.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for another training instead of refusing.")
    ] = False,
    ranks: Annotated[int, typer.Option("--ranks", help="Processes on this machine, through mlx.launch.")] = 1,
    hosts: Annotated[
        Path | None, typer.Option("--hosts", help="More machines: mlx.launch's host file, a rank each.")
    ] = None,
    backend: Annotated[str, typer.Option("--backend", help="ring, mpi, nccl or jaccl.")] = "ring",
    config: Annotated[Path | None, typer.Option("--config", help="Another distill_config.json.")] = None,
    output: Annotated[
        str | None, typer.Option("--output", help="Folder of the adapters (output_dir).")
    ] = None,
    base_model: Annotated[str | None, typer.Option("--base-model")] = None,
    adapter_type: Annotated[str | None, typer.Option("--adapter-type", help="lora, qlora or dora.")] = None,
    train_steps: Annotated[str | None, typer.Option("--train-steps", help="A number, or auto.")] = None,
    epochs: Annotated[float | None, typer.Option("--epochs")] = None,
    max_minutes: Annotated[float | None, typer.Option("--max-minutes")] = None,
    batch_size: Annotated[int | None, typer.Option("--batch-size")] = None,
    accumulate: Annotated[int | None, typer.Option("--accumulate")] = None,
    lr: Annotated[float | None, typer.Option("--lr")] = None,
    schedule: Annotated[str | None, typer.Option("--schedule", help="cosine, linear or constant.")] = None,
    optimizer: Annotated[
        str | None, typer.Option("--optimizer", help="adamw, adam, muon, sgd or adafactor.")
    ] = None,
    rank: Annotated[int | None, typer.Option("--rank")] = None,
    scale: Annotated[float | None, typer.Option("--scale")] = None,
    dropout: Annotated[float | None, typer.Option("--dropout")] = None,
    layers: Annotated[int | None, typer.Option("--layers", help="Of the top; -1 is all.")] = None,
    target_modules: Annotated[
        list[str] | None, typer.Option("--target-modules", help="Linear modules that learn; may be repeated.")
    ] = None,
    warmup: Annotated[float | None, typer.Option("--warmup", help="Share of the steps.")] = None,
    weight_decay: Annotated[float | None, typer.Option("--weight-decay")] = None,
    clip: Annotated[float | None, typer.Option("--clip", help="The gradient's norm; 0 is off.")] = None,
    patience: Annotated[
        int | None, typer.Option("--patience", help="Validations without a better one; 0 is off.")
    ] = None,
    mask_prompt: Annotated[bool | None, typer.Option("--mask-prompt/--no-mask-prompt")] = None,
    system_prompt: Annotated[str | None, typer.Option("--system-prompt")] = None,
    eval_steps: Annotated[str | None, typer.Option("--eval-steps", help="A number, or auto.")] = None,
    max_seq_length: Annotated[int | None, typer.Option("--max-seq-length")] = None,
    checkpointing: Annotated[bool | None, typer.Option("--checkpointing/--no-checkpointing")] = None,
    rehearsal: Annotated[
        float | None, typer.Option("--rehearsal", help="Share of kit rows; 0 is off.")
    ] = None,
    strength: Annotated[
        float | None, typer.Option("--strength", help="Of what is learned over the kit's manners; 1 is all.")
    ] = None,
    memory_gb: Annotated[str | None, typer.Option("--memory-gb", help="A number, or auto.")] = None,
    seed: Annotated[int | None, typer.Option("--seed")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Events, one JSON object a line.")] = False,
) -> None:
    """Fit an adapter on the collected examples; the best checkpoint is the adapter.

    Example: adam distill train --plan, then adam distill train
    """
    from adam.distill import train as training
    from adam.models.training.plan import Machines
    from adam.settings import load

    place = screen.workspace()
    flags: dict[str, Any] = {
        "output_dir": output, "base_model": base_model, "adapter_type": adapter_type, "epochs": epochs,
        "max_minutes": max_minutes, "batch_size": batch_size, "accumulate": accumulate, "lr": lr, "schedule": schedule,
        "optimizer": optimizer, "rank": rank, "scale": scale, "dropout": dropout, "layers": layers,
        "max_seq_length": max_seq_length, "checkpointing": checkpointing, "rehearsal": rehearsal, "seed": seed,
        "strength": strength,
        "target_modules": target_modules or None, "warmup": warmup, "weight_decay": weight_decay, "clip": clip,
        "patience": patience, "mask_prompt": mask_prompt, "system_prompt": system_prompt,
        "train_steps": _number(train_steps), "eval_steps": _number(eval_steps), "memory_gb": _number(memory_gb),
    }  # fmt: skip
    settings = load(config or place.config, flags).values
    machines = Machines(ranks=ranks, hosts=str(hosts.absolute()) if hosts else "", backend=backend)
    folders, shares = _shares(data or [])
    if plan:
        forecast = training.plan(place, settings, data=folders, shares=shares, force=force, machines=machines)
        if as_json:
            screen.emit(forecast.as_json())
        else:
            show_forecast(forecast)
        forecast.refuse_what_cannot_fit()
        return
    wait_s = 24 * 3600.0 if wait else 0.0
    with Bar(as_json) as bar:
        if resume:
            adapter = training.resume(
                place, settings, resume, report=bar, wait_s=wait_s, machines=machines if machines.several else None
            )
        else:
            adapter = training.train(
                place, settings, data=folders, shares=shares, report=bar, force=force, wait_s=wait_s,
                planned=bar.planned, machines=machines,
            )  # fmt: skip
    if as_json:
        screen.emit({"event": "adapter", "id": adapter.id})
    else:
        show_adapter(adapter)


def _shares(data: list[str]) -> tuple[list[Path], list[float]]:
    """`notes=0.7 tools=0.3`: folders and their shares of the training rows; no shares where none is named."""
    hint = "--data notes=0.7 --data tools=0.3"
    pairs = []
    for text in data:
        folder, sign, share = text.rpartition("=")
        pairs.append((folder, share) if sign and not Path(text).exists() else (text, ""))
    named = [share for _, share in pairs if share]
    if named and len(named) < len(data):
        raise BadUsage("--data with a share for some folders and none for others", hint)
    try:
        shares = [float(share) for share in named]
    except ValueError:
        shares = [0.0]
    if any(not 0 < share < math.inf for share in shares):
        raise BadUsage(f"--data {' '.join(data)}: a share is a number above 0", hint)
    return [Path(folder) for folder, _ in pairs], shares


def show_forecast(forecast: Forecast) -> None:
    for line in forecast.lines():
        screen.out().print(line, markup=False)


def show_adapter(adapter: Adapter) -> None:
    valid = (
        ""
        if adapter.valid_loss is None
        else f", validation loss {adapter.valid_loss:.3f} at step {adapter.best_step}"
    )
    out = screen.out()
    out.print(f"Adapter {adapter.id}{valid}, {adapter.wall_s or 0:.0f} s.", markup=False)
    for note in adapter.notes[1:]:
        out.print(f"  {note}", markup=False)
    out.print(f"Next: adam distill eval {adapter.id}", markup=False)


class Bar:
    """Events as a live bar on a terminal, as plain lines elsewhere, as JSON when asked."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.live: Any = None
        self.task: Any = None
        self._valid = ""
        self._said = 0.0

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.live is not None:
            self.live.stop()

    def planned(self, forecast: Forecast) -> None:
        if self.as_json:
            screen.emit({"event": "plan", **forecast.as_json()})
        else:
            for line in forecast.lines():
                screen.talk().print(line, markup=False)

    def __call__(self, event: Event) -> None:
        if self.as_json:
            screen.emit(
                event.model_dump(exclude_none=True, exclude_defaults=True, mode="json")
                | {"event": event.event}
            )
        elif sys.stderr.isatty():
            self._draw(event)
        else:
            self._line(event)

    def _draw(self, event: Event) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        if event.event == "begin":
            self.live = Progress(
                TextColumn("training"), BarColumn(bar_width=24), MofNCompleteColumn(),
                TextColumn("{task.fields[said]}"), console=screen.talk(),
            )  # fmt: skip
            self.task = self.live.add_task("", total=event.steps, completed=event.step, said="")
            self.live.start()
        elif event.event in {"note", "probe"} and event.said:
            (self.live.console if self.live else screen.talk()).print(f"  {event.said}", markup=False)
        elif event.event == "valid":
            self._valid = f" valid {event.valid_loss:.3f}"
        elif event.event == "step" and self.live is not None:
            self.live.update(self.task, completed=event.step, said=_figures(event, self._valid))

    def _line(self, event: Event) -> None:
        talk = screen.talk()
        if event.event == "begin":
            facts = event.facts
            talk.print(
                f"training: {facts['rows']['train']} rows, {event.steps} steps, {facts['workers']} workers"
            )
        elif event.event in {"note", "probe"}:
            talk.print(event.said, markup=False)
        elif event.event == "valid":
            talk.print(
                f"step {event.step}/{event.steps}  validation loss {event.valid_loss:.3f}", markup=False
            )
        elif event.event == "step" and time.monotonic() - self._said > 10:
            self._said = time.monotonic()
            talk.print(f"step {event.step}/{event.steps}  {_figures(event, '')}", markup=False)


def _figures(event: Event, valid: str) -> str:
    left = event.left_s or 0
    minutes = f"{left / 60:.0f} min" if left >= 90 else f"{left:.0f} s"
    return f"loss {event.loss:.3f}{valid}  {event.tokens_per_s:.0f} tok/s  {event.peak_gb:.1f} GB  {minutes} left"


def _number(text: str | None) -> Any:
    if text is None or text == "auto":
        return text
    try:
        return int(text)
    except ValueError:
        return float(text) if text.replace(".", "", 1).isdigit() else text
