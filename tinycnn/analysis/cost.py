"""Section III-B: are prediction gradients "no slower than one epoch of training"?

The three jobs take turns, and each ratio compares times of the same round: if the machine is busy
for a moment, both are slower. All grow in proportion to the images, and the last one with the
classes: of many, a sample is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..gradients import prediction_gradients
from ..gradients.prediction import iter_entries
from ..network import Network, Of
from ..network.losses import Loss
from ..training import train
from .choice import spread

IMAGES, CLASSES = 200, 20       # of more, so many are measured: half a second


@dataclass(frozen=True)
class GradientCost:
    """Medians over the rounds of a measurement.

    Attributes:
        epoch: seconds for one epoch of training.
        true_class: seconds for ∂y_t/∂o at every unit for all images, kept in memory.
        all_classes: seconds for ∂y_k/∂o for all K classes, block by block.
        true_class_epochs, all_classes_epochs: the same in epochs of the same round.
        images, classes: on how many it was measured. If that is not all, the seconds are scaled to
            all.
    """

    epoch: float
    true_class: float
    all_classes: float
    true_class_epochs: float
    all_classes_epochs: float
    images: int
    classes: int


def gradient_cost(net: Network, x: np.ndarray, t: np.ndarray, train_part: np.ndarray, *,
                  batch_size: int = 10, of: Of | None = "prob", rounds: int = 7,
                  loss: Loss | None = None) -> GradientCost:
    """Compare the time of the gradients of all images x with that of an epoch on x[train_part].

    Of more than `IMAGES` images, or `CLASSES` classes, so many are measured, spread evenly. The
    network stays as it is; a copy of it is trained.
    """
    pupil, n_classes = net.copy(), net.forward(x[:1]).y.shape[1]
    images, trained = spread(len(x), IMAGES), train_part[spread(len(train_part), IMAGES)]
    entries = spread(n_classes, CLASSES).tolist()
    x_train, t_train, x_some, t_some = x[trained], t[trained], x[images], t[images]

    def epoch() -> None:
        train(pupil, x_train, t_train, epochs=1, batch_size=batch_size, learning_rate=1e-9,
              loss=loss)

    def true_class() -> None:
        prediction_gradients(net, x_some, of=of, classes=t_some)

    def all_classes() -> None:
        for _ in iter_entries(net, x_some, entries, of=of):
            pass

    times = np.array([[_seconds(job) for job in (epoch, true_class, all_classes)]
                      for _ in range(rounds)])
    if len(entries) < n_classes:    # each class more costs one backward pass more
        one_more = np.maximum(times[:, 2] - times[:, 1], 0) / (len(entries) - 1)
        times[:, 2] += (n_classes - len(entries)) * one_more
    times *= [len(train_part) / len(trained), *[len(x) / len(images)] * 2]
    medians = np.median(np.hstack([times, times[:, 1:] / times[:, :1]]), axis=0).tolist()
    return GradientCost(*(*medians, len(images), len(entries)))


def _seconds(job: Callable[[], None]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start
