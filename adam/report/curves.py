"""The losses of a training run, as the report draws them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Curves:
    """(step, loss) points; `chosen` is the step of the checkpoint that became the adapter."""

    train: Points = ()
    valid: Points = ()
    chosen: int | None = None

    @classmethod
    def of(cls, reports: Iterable[Mapping[str, Any]], chosen: int | None = None) -> Curves:
        """From a training log's rows: `step` with `loss` or `train_loss`, and with `valid_loss`."""
        rows = list(reports)

        def points(*names: str) -> Points:
            found = [(row.get("step"), row.get(name)) for row in rows for name in names]
            return tuple(
                (float(step), float(loss)) for step, loss in found if _finite(step) and _finite(loss)
            )

        return cls(points("loss", "train_loss"), points("valid_loss"), chosen)

    @property
    def empty(self) -> bool:
        return not self.train and not self.valid

    @property
    def chosen_point(self) -> tuple[float, float] | None:
        return next((point for point in (*self.valid, *self.train) if point[0] == self.chosen), None)


def _finite(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
