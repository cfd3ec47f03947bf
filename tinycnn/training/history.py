"""What a training gives besides the network: one entry for each epoch, and the best state."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..layers.base import Params
from .replay import Moment, Replay

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LISTS = ("loss", "train_error", "test_error", "validation_error", "validation_loss", "seconds")


@dataclass
class History:
    """What `train` measured: one entry for each epoch.

    Attributes:
        loss: mean L of the epoch's images, each measured with its dropout before its own update.
            So on average it is that of the network half an epoch before.
        train_error: share of these images that were classified wrongly, measured in the same way.
            NaN if the targets are no labels; so are the errors below.
        test_error: share of wrong test images after the epoch; empty if there is no test set.
        validation_error, validation_loss: the same of the validation images, and their L.
        seconds: the time of the epoch's updates, without the tests.
        best: the parameters after the epoch with the smallest (validation error, validation loss),
            or (train error, loss) without validation images. Never chosen by the test images: if
            they chose the epoch, their error would be too small. The network itself keeps the
            parameters of the last epoch, as in the paper.
        best_epoch: the number of that epoch, counted from 1.
        epochs: how many were requested.
        stopped: "done", "interrupted" (Ctrl-C), "callback", "stop" or "patience".
        place: (epoch, batch) before which `stop` stopped it, counted from 1; else None.
        replay: the training, any batch of which can be entered again.
    """

    epochs: int
    loss: list[float] = field(default_factory=list)
    train_error: list[float] = field(default_factory=list)
    test_error: list[float] = field(default_factory=list)
    validation_error: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    best: Params = field(default_factory=dict, repr=False)
    best_epoch: int = 0
    stopped: str = "done"
    place: tuple[int, int] | None = None
    replay: Replay | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.loss)

    def rank(self, epoch: int) -> tuple[float, float]:
        """(error, loss) of an epoch; `best` is the epoch with the smallest."""
        error = (self.validation_error or self.train_error)[epoch]
        loss = (self.validation_loss or self.loss)[epoch]
        return 0.0 if math.isnan(error) else error, loss

    def plot(self) -> Figure:
        """The loss and the errors, epoch by epoch."""
        from ..figures.learning_curves import training_curve
        return training_curve(self.loss, self.train_error, self.test_error,
                              self.validation_error, self.validation_loss)

    @property
    def moment(self) -> Moment | None:
        """Where `stop` stopped it: the batch, and the parameters before its update."""
        return self.replay.at(*self.place) if self.replay and self.place else None

    def __getstate__(self) -> dict[str, Any]:
        """Without `replay`, which holds all images: so a history stays small in a file."""
        return {**vars(self), "replay": None}
