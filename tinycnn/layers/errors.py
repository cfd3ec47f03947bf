"""The errors that tinycnn raises on purpose: what was expected, what came, the likely cause."""

from __future__ import annotations

from typing import Any


class ShapeError(ValueError):
    """An array's shape (or the range of labels) does not fit the layer or function."""


class DataError(ValueError):
    """A data set cannot be read as it is; the message names the file and what was expected."""


class ModelFileError(ValueError):
    """A file is not a network that `Network.save` wrote, or it is damaged."""


class NotFiniteError(ArithmeticError):
    """Training met a NaN or an infinity; the message says where, and the likely cause.

    Attributes:
        epoch, batch: where, counted from 1; 0 if it was not in a batch of `train`.
        replay: the training, a `tinycnn.training.Replay`; None likewise.
    """

    epoch = batch = 0
    replay: Any = None

    @property
    def moment(self) -> Any:
        """The batch that failed: its images x, labels t, and the params before its update.

        It is computed again from the beginning of its epoch. None if there is no such batch.
        """
        return self.replay.at(self.epoch, self.batch) if self.replay and self.epoch else None

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        """Only the message goes to another process: a training may be large."""
        return type(self), self.args
