"""adam distill run"""

from __future__ import annotations

from typing import Annotated

import typer

from adam.verbs import screen


def run(
    force: Annotated[bool, typer.Option("--force", help="with fewer than min_examples too")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the verdict as one JSON object")] = False,
) -> None:
    """Collect, train, evaluate, decide and, if it is proven better, promote: in one go.

    Exit code 0 when promoted, 4 when base stays.

    Example: adam distill run --yes
    """
    from adam.distill import loop
    from adam.verbs import evaluate
    from adam.verbs.train import Bar

    workspace, config = screen.workspace(), screen.settings().values
    if config.confirm and not screen.confirm(
        "This collects, trains for some minutes and may change which model answers. Go on?"
    ):
        raise typer.Exit(0)
    with Bar(False) as bar, evaluate.Counting(as_json) as counting:
        comparison = loop.run(
            workspace,
            config,
            say=lambda text: screen.talk().print(text, markup=False),
            report=bar,
            planned=bar.planned,
            done=counting,
            force=force,
        )
    if as_json:
        screen.emit(evaluate.verdict(comparison))
    else:
        evaluate.show(comparison, config.output_dir)
    raise typer.Exit(0 if comparison.decision.verdict == "promote" else 4)
