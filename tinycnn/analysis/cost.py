"""Section III-B: are prediction gradients "no slower than one epoch of training"?

The three jobs take turns, and each ratio compares times of the same round: if the machine is busy
for a moment, both are slower.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..gradients import iter_prediction_gradients, prediction_gradients
from ..network import Network, Of
from ..network.losses import Loss
from ..training import train


@dataclass(frozen=True)
class GradientCost:
    """Medians over the rounds of a measurement.

    Attributes:
        epoch: seconds for one epoch of training.
        true_class: seconds for ∂y_t/∂o at every unit for all images, kept in memory.
        all_classes: seconds for ∂y_k/∂o for all K classes, block by block.
        true_class_epochs, all_classes_epochs: the same in epochs of the same round.
    """

    epoch: float
    true_class: float
    all_classes: float
    true_class_epochs: float
    all_classes_epochs: float


def gradient_cost(net: Network, x: np.ndarray, t: np.ndarray, train_part: np.ndarray, *,
                  batch_size: int = 10, of: Of | None = "prob", rounds: int = 7,
                  loss: Loss | None = None) -> GradientCost:
    """Compare the time of the gradients of all images x with that of an epoch on x[train_part].

    The network stays as it is; a copy of it is trained.
    """
    pupil, x_train, t_train = net.copy(), x[train_part], t[train_part]

    def epoch() -> None:
        train(pupil, x_train, t_train, epochs=1, batch_size=batch_size, learning_rate=1e-9,
              loss=loss)

    def true_class() -> None:
        prediction_gradients(net, x, of=of, classes=t)

    def all_classes() -> None:
        for _ in iter_prediction_gradients(net, x, of=of):
            pass

    times = np.array([[_seconds(job) for job in (epoch, true_class, all_classes)]
                      for _ in range(rounds)])
    ratios = times[:, 1:] / times[:, :1]
    return GradientCost(*np.median(times, axis=0).tolist(), *np.median(ratios, axis=0).tolist())


def _seconds(job: Callable[[], None]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start
