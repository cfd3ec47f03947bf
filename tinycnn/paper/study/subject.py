"""What is studied: one trained network among many, and the faces that it was trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...datasets import Dataset
from ...datasets.dataset import Split
from ...network import Network
from ...network.paper_net import face_net
from ...training import error_rate, train
from .rows import Row, row


@dataclass(frozen=True)
class Training:
    """How every network of a study is trained; the paper's numbers are the defaults (IV)."""

    epochs: int = 250
    batch_size: int = 10
    learning_rate: float = 0.1


@dataclass(frozen=True)
class Subject:
    """A network, its faces, and the one seed for everything random about it.

    Attributes:
        data: all faces.
        net: the network, trained on the training part of `split`.
        seed: of the weights, the order of the images, the split, and all random controls.
        training: how it was trained.
    """

    data: Dataset
    net: Network
    seed: int
    training: Training = Training()

    @property
    def split(self) -> Split:
        """The images that it was trained on, and the test images."""
        return self.data.split("random", seed=self.seed)

    def rng(self, purpose: int) -> np.random.Generator:
        """Random numbers for one purpose. How many it draws does not change other purposes."""
        return np.random.default_rng([self.seed, purpose])

    def fresh(self) -> Network:
        """The network as it was before it was trained."""
        return _untrained(self.data, self.seed)

    def trained(self, net: Network, data: Dataset, images: np.ndarray,
                labels: np.ndarray | None = None) -> Network:
        """Train `net` in place on these images, as this subject was trained, and return it.

        Args:
            images: (n,) indices into `data`.
            labels: (n,) what to teach; None for the true labels.
        """
        train(net, data.images[images], data.labels[images] if labels is None else labels,
              epochs=self.training.epochs, batch_size=self.training.batch_size,
              learning_rate=self.training.learning_rate, seed=self.seed)
        return net


@dataclass(frozen=True)
class Part:
    """One part of the analysis of a network.

    Attributes:
        run: takes the subject and returns its numbers.
        weight: roughly its seconds, to estimate the time left.
    """

    run: Callable[[Subject], list[Row]]
    weight: float


def train_network(data: Dataset, seed: int, training: Training) -> tuple[Network, list[Row]]:
    """Train the network of one seed, and measure its errors. All other parts use this network."""
    subject = Subject(data, _untrained(data, seed), seed, training)
    train_part, test_part = subject.split
    net = subject.trained(subject.net, data, train_part)
    rows = [row(seed, "training", "error", error_rate(net, data.images[part], data.labels[part]),
                option=name)
            for name, part in (("train", train_part), ("test", test_part),
                               ("all", np.arange(len(data))))]
    constant = 1 - np.bincount(data.labels).max() / len(data)
    rows.append(row(seed, "training", "error", constant, option="always the same answer"))
    return net, rows


def _untrained(data: Dataset, seed: int) -> Network:
    rows, columns = data.images.shape[2:]
    return face_net(data.n_classes, seed, (rows, columns))
