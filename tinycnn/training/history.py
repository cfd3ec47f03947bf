"""What a training leaves behind besides the network: one entry an epoch, and the best state."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..layers.base import Params


@dataclass
class History:
    """What `train` saw, one entry an epoch.

    Attributes:
        loss: mean negative log-likelihood of the epoch's images, each taken before the update
            that it took part in (so it lags the network by half an epoch, and costs nothing).
        train_error: share of these images that were classified wrongly, taken likewise.
        test_error: share of wrong test images after the epoch; empty where there is no test set.
        seconds: the time that the epoch's updates took, tests not counted.
        best: the parameters after the epoch with the smallest (test error, loss), without a test
            set (train error, loss). For looking at; the paper, and `train`, keep the last ones.
        best_epoch: which one that was, counted from 1.
        epochs: how many were asked for.
        stopped: "done", "interrupted" (Ctrl-C) or "callback".
    """

    epochs: int
    loss: list[float] = field(default_factory=list)
    train_error: list[float] = field(default_factory=list)
    test_error: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    best: Params = field(default_factory=dict, repr=False)
    best_epoch: int = 0
    stopped: str = "done"

    def __len__(self) -> int:
        return len(self.loss)

    def rank(self, epoch: int) -> tuple[float, float]:
        """What `best` is the smallest of."""
        errors = self.test_error or self.train_error
        return errors[epoch], self.loss[epoch]
