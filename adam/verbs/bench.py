"""adam bench train | generate: how fast this machine learns and answers, on five examples made up for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adam.verbs import screen

if TYPE_CHECKING:
    from adam.records import Example
    from adam.settings import DistillConfig

ModelOption = Annotated[str, typer.Option("--model", "-m", help="a name of `models ls`; else base_model")]
JsonFlag = Annotated[bool, typer.Option("--json", help="as JSON")]
WARM_UP = 1
TOLD = (100, 500)  # iterations whose time is told
ANSWER_TOKENS = 64

DUMMY = (
    ("How do I keep bread fresh?", "Keep it in a paper bag or a bread box, cut side down, and never in the fridge."),
    ("Name three rivers of France.", "The Loire, the Seine and the Rhône."),
    (
        "Why does the moon change its shape?",
        "The moon itself stays round. The sun always lights one half of it, and while the moon goes around us we see "
        "more or less of that half. From one new moon to the next it takes about four weeks.",
    ),
    ("What is 17 times 23?", "391. Ten times 23 is 230, seven times 23 is 161, and together they make 391."),
    (
        "Write a short note to my neighbour about the noise.",
        "Hello,\n\nlast night the music could be heard until two in the morning. Could you turn it down after "
        "eleven on weekdays? I have to get up early.\n\nThank you, and best wishes from next door",
    ),
)  # fmt: skip


def train(
    model: ModelOption = "",
    iterations: Annotated[int, typer.Option("--iterations", "-n", min=1, help="how many are timed")] = 5,
    as_json: JsonFlag = False,
) -> None:
    """How long a training step takes with your settings, what it needs, and whether this base is a good choice.

    Example: adam bench train --model smollm2-135m
    """
    config = _config(model)
    _say(f"training {config.base_model}, batch_size {config.batch_size}, rank {config.rank} …")
    _report("train", config.base_model, _timed_training(config, iterations), as_json)


def generate(
    model: ModelOption = "",
    tokens: Annotated[int, typer.Option("--tokens", min=2, help="of an answer, at most")] = ANSWER_TOKENS,
    as_json: JsonFlag = False,
) -> None:
    """How long an answer takes, one at a time (an iteration) and five side by side.

    Example: adam bench generate --model smollm2-135m
    """
    from adam.models import local
    from adam.models.protocol import Conversation, Sampling
    from adam.models.training import memory

    config = _config(model)
    begun = time.perf_counter()
    loaded = local.load(config.base_model, say=_say)
    load_s = time.perf_counter() - begun
    sampling = Sampling(max_tokens=tokens, stop_runaways=False)
    asked = [Conversation.of(prompt, config.system_prompt) for prompt, _ in DUMMY]
    loaded.answer(asked[:1], Sampling(max_tokens=2))
    begun = time.perf_counter()
    alone = [loaded.answer([one], sampling)[0] for one in asked]
    alone_s = time.perf_counter() - begun
    begun = time.perf_counter()
    together = loaded.answer(asked, sampling)
    together_s = time.perf_counter() - begun
    firsts = [answer.first_token_s for answer in alone if answer.first_token_s is not None]
    figures = {
        "iterations": len(alone),
        "seconds_per_iteration": alone_s / len(alone),
        "tokens_per_s": sum(answer.answer_tokens for answer in alone) / alone_s,
        "tokens_per_s_together": sum(answer.answer_tokens for answer in together) / together_s,
        "first_token_s": sum(firsts) / len(firsts),
        "load_s": load_s,
        "peak_gb": memory.peak_gb(),
    }
    _report("generate", config.base_model, figures, as_json)


def verdict(seconds: float) -> str:
    """What an iteration of so many seconds means."""
    if seconds < 5:
        return "go"
    if seconds <= 30:
        return "usable"
    return "slow" if seconds <= 60 else "choose a smaller base"


def examples(batch_size: int, system: str) -> Iterator[Example]:
    """The five, as often as a batch has rows: every step then has a full one."""
    from adam.records import Example, Message

    head = (Message(role="system", content=system),) if system else ()
    for copy in range(batch_size):
        for number, (prompt, answer) in enumerate(DUMMY):
            turns = (Message(role="user", content=prompt), Message(role="assistant", content=answer))
            messages = (*head, *turns)
            yield Example(id=f"bench-{number}-{copy}", prompt=prompt, answer=answer, messages=messages)


def _timed_training(config: DistillConfig, iterations: int) -> dict[str, Any]:
    """The real training child, stopped after some steps; nothing of it is kept."""
    import tempfile

    from adam.distill.train import child
    from adam.models import catalog
    from adam.models.training.plan import Plan
    from adam.records import Recipe

    catalog.resolve(config.base_model, say=_say)  # a conversion is no part of what is measured
    steps = WARM_UP + iterations
    times: list[float] = []
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="adam-bench-") as temp:
        folder = Path(temp)
        rows = (row.model_dump_json() + "\n" for row in examples(config.batch_size, config.system_prompt))
        (folder / "train.jsonl").write_text("".join(rows), encoding="utf-8")
        plan = Plan(
            base=config.base_model, folder=temp, prepared=temp, settings=config.model_dump(), recipe=Recipe(),
            steps=steps, eval_every=steps, stop_after_step=steps,
        )  # fmt: skip
        (folder / "plan.json").write_text(plan.model_dump_json(), encoding="utf-8")
        before = tokens = 0
        with child(folder / "plan.json", folder / "train.log") as events:
            for event in events:
                if event.event == "step":
                    times.append(time.perf_counter())
                    tokens = event.tokens or 0
                    before = tokens if event.step == WARM_UP else before
                if event.event == "done":
                    figures["peak_gb"] = event.peak_gb
    took = times[-1] - times[WARM_UP - 1]
    return {
        "iterations": iterations,
        "seconds_per_iteration": took / iterations,
        "tokens_per_s": (tokens - before) / took,
        **figures,
    }


def _report(what: str, base: str, figures: dict[str, Any], as_json: bool) -> None:
    seconds = figures["seconds_per_iteration"]
    said = verdict(seconds)
    ahead = {f"seconds_for_{count}": seconds * count for count in TOLD}
    if as_json:
        screen.emit({"bench": what, "model": base, **figures, **ahead, "verdict": said})
        return
    unit = "step" if what == "train" else "answer"
    rows = [(f"an iteration ({unit})", f"{seconds:.2f} s"), ("tokens/s", f"{figures['tokens_per_s']:.0f}")]
    if what == "generate":
        rows[1:] = [
            ("tokens/s", f"{figures['tokens_per_s']:.0f}, five side by side {figures['tokens_per_s_together']:.0f}"),
            ("first token", f"{figures['first_token_s']:.2f} s"),
        ]  # fmt: skip
    rows.append(("peak memory", f"{figures['peak_gb']:.2f} GB" if figures["peak_gb"] else "unknown"))
    rows += [(f"{count} iterations", _long(seconds * count)) for count in TOLD]
    for key, value in rows:
        screen.out().print(f"{key:<22} {value}", markup=False)
    screen.out().print(f"{base}: {said}", markup=False)


def _long(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def _config(model: str) -> DistillConfig:
    return screen.settings(base_model=model or None).values


def _say(said: str) -> None:
    screen.talk().print(said, markup=False)
