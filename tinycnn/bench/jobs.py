"""The jobs that are timed, as a user of tinycnn writes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..analysis.knockouts import knockout_experiments
from ..gradients import (
    Feature,
    FeatureScores,
    convolutional_gradients,
    feature_layers,
    iter_prediction_gradients,
    prediction_gradients,
)
from ..network import Network
from ..training import train
from .timing import Run
from .work import ImageWork, Work

STRONGEST, WEAKEST = 10, 20     # features that are removed in Fig. 2
STANDSTILL = 1e-9               # a learning rate so small that every round trains the same network


@dataclass(frozen=True)
class Task:
    """What all jobs work on.

    Attributes:
        net: the network; no job changes it.
        x: (N, 1, H, W) float32 images of all people.
        t: (N,) their labels.
        train_part: indices of the images to train on.
        n_classes: K.
    """

    net: Network
    x: np.ndarray
    t: np.ndarray
    train_part: np.ndarray
    n_classes: int

    def with_net(self, net: Network) -> Task:
        """The same images, another network."""
        return replace(self, net=net)


@dataclass(frozen=True)
class Job:
    """Something to time.

    Attributes:
        name: what the report calls it.
        run: does it once.
        work: the least that it needs.
    """

    name: str
    run: Run
    work: Work


def epoch(task: Task, batch_size: int) -> Job:
    """One epoch of training."""
    pupil, x, t = task.net.copy(), task.x[task.train_part], task.t[task.train_part]

    def run() -> None:
        train(pupil, x, t, epochs=1, batch_size=batch_size, learning_rate=STANDSTILL)
    return Job(f"epoch, batch {batch_size}", run, ImageWork(task.net).epoch(len(x), batch_size))


def training(task: Task, epochs: int, batch_size: int, learning_rate: float) -> Job:
    """A whole training, which starts from the network of the task."""
    return Job(f"{epochs} epochs, batch {batch_size}",
               partial(trained_copy, task, epochs, batch_size, learning_rate),
               ImageWork(task.net).epoch(len(task.train_part), batch_size) * epochs)


def trained_copy(task: Task, epochs: int, batch_size: int, learning_rate: float) -> Network:
    """A copy of the task's network after a training; the task does not change."""
    pupil, part = task.net.copy(), task.train_part
    train(pupil, task.x[part], task.t[part], epochs=epochs, batch_size=batch_size,
          learning_rate=learning_rate)
    return pupil


def true_class(task: Task) -> Job:
    """∂y_t/∂o at every unit for all images, kept in memory."""
    def run() -> dict[str, np.ndarray]:
        return prediction_gradients(task.net, task.x, classes=task.t)
    first = feature_layers(task.net)[0]
    return Job("gradients, true class", run, ImageWork(task.net).gradients(len(task.x), first))


def all_classes(task: Task) -> Job:
    """∂y_k/∂o for all K classes, streamed: block by block, nothing kept."""
    def run() -> None:
        for _ in iter_prediction_gradients(task.net, task.x):
            pass
    first = feature_layers(task.net)[0]
    return Job("gradients, all classes", run,
               ImageWork(task.net).gradients(len(task.x), first, task.n_classes))


def knockouts(task: Task, scores: FeatureScores) -> Job:
    """The work of Fig. 2 for all identities."""
    def run() -> list[np.ndarray]:
        return [curve.labels for curve in
                knockout_experiments(task.net, task.x, task.t, scores, range(task.n_classes),
                                     strongest=STRONGEST, weakest=WEAKEST)]
    return Job("Fig. 2, all identities", run,
               ImageWork(task.net).knockouts(len(task.x), orders(task, scores)))


def orders(task: Task, scores: FeatureScores) -> list[list[Feature]]:
    """The order in which features are removed, for each curve of Fig. 2."""
    return [order for k in range(task.n_classes)
            for order in (scores.strongest(k, STRONGEST), scores.weakest(k, WEAKEST))]


def feature_scores(task: Task) -> FeatureScores:
    """The ranking used in Fig. 2, with the defaults of `tinycnn reproduce`."""
    return convolutional_gradients(task.net, task.x, task.t)
