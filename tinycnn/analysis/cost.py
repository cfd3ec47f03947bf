"""Section III-B: are prediction gradients "no slower than one epoch of training"?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..gradients import iter_prediction_gradients, prediction_gradients
from ..network import Network
from ..trace import Of


@dataclass(frozen=True)
class GradientCost:
    """Times in seconds.

    Attributes:
        true_class: ∂y_t/∂o at every unit for all images, kept in memory.
        all_classes: ∂y_k/∂o for all K classes, block by block.
        epoch: one epoch of training, the median over the training.
    """

    true_class: float
    all_classes: float
    epoch: float

    @property
    def true_class_epochs(self) -> float:
        """The cost of the true label's gradients, in epochs of training."""
        return self.true_class / self.epoch

    @property
    def all_classes_epochs(self) -> float:
        """The cost of all K entries of the prediction gradient, in epochs of training."""
        return self.all_classes / self.epoch


def gradient_cost(net: Network, x: np.ndarray, t: np.ndarray, epoch_seconds: list[float], *,
                  of: Of = "prob", repeats: int = 5) -> GradientCost:
    """Measure the gradients of all images in x against the epochs that a training took.

    Each job is the median of `repeats` runs (three for all classes), as the epochs' time is.
    """
    def all_classes() -> None:
        for _ in iter_prediction_gradients(net, x, of=of):
            pass

    return GradientCost(
        true_class=_median_time(lambda: prediction_gradients(net, x, of=of, classes=t), repeats),
        all_classes=_median_time(all_classes, min(3, repeats)),
        epoch=float(np.median(epoch_seconds)))


def _median_time(job: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return float(np.median(times))
