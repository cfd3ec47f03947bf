"""Where a training stops before its end: at a batch, or where a condition on L is true."""

from __future__ import annotations

import math
import operator

from .condition import Condition


class Stopped(Exception):
    """Raised just before the update of a batch at which `train` was told to stop."""

    def __init__(self, epoch: int, batch: int) -> None:
        super().__init__(f"stopped before epoch {epoch}, batch {batch}")
        self.place = epoch, batch


class Stop:
    """The argument `stop` of `train`: None, (epoch, batch), or a condition as a text.

    Raises:
        ValueError: it is none of these.
    """

    def __init__(self, where: tuple[int, int] | str | None) -> None:
        self.place: tuple[int, int] | None = None
        self.condition = None
        self.last = self.loss = math.nan      # L of the batch before, and of this one
        if isinstance(where, str):
            self.condition = Condition(where, ["L", "last", "epoch", "batch"])
        elif where is not None:
            try:
                epoch, batch = map(operator.index, where)
            except (TypeError, ValueError):
                epoch = batch = 0
            if epoch < 1 or batch < 1:
                raise ValueError(f"stop: expected (epoch, batch), both counted from 1, or a "
                                 f"condition such as 'L > 1.5 * last', got {where!r}")
            self.place = epoch, batch

    def here(self, epoch: int, batch: int, loss: float) -> bool:
        """Whether to stop before the update of this batch; `loss` is its L."""
        self.last, self.loss = self.loss, loss
        if self.condition is None:
            return self.place == (epoch, batch)
        return bool(self.condition.value({"L": loss, "last": self.last, "epoch": epoch,
                                          "batch": batch}))
