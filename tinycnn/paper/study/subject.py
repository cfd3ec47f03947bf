"""What is studied: one trained network among many, and the faces that it was trained on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ...datasets import Dataset
from ...datasets.dataset import Split
from ...layers.base import Params
from ...network import Network
from ...training import error_rate, train
from ...training.replay import put
from ..networks import loss_for, network_maker
from .rows import Row, row


@dataclass(frozen=True)
class Training:
    """How every network of a study is made and trained; the paper's way is the default (IV).

    Attributes:
        net: "FILE.py:function" that makes the network, as text: worker processes read the file.
    """

    epochs: int = 250
    batch_size: int = 10
    learning_rate: float = 0.1
    net: str | None = None


@dataclass(frozen=True)
class Subject:
    """A network, its faces, and the one seed for everything random about it.

    A worker gets the parameters, not the network: it may not know the classes of its layers.

    Attributes:
        data: all faces.
        seed: of the weights, the order of the images, the split, and all random controls.
        training: how it was trained.
        params: of the network, after it was trained on the training part of `split`.
    """

    data: Dataset
    seed: int
    training: Training = Training()
    params: Params = field(default_factory=dict)

    @cached_property
    def net(self) -> Network:
        """The trained network. What it trained on gives its batch norms their mean and variance."""
        net = self.fresh()
        put(net, self.params)
        return net.frozen(self.data.images[self.split[0]])

    @property
    def split(self) -> Split:
        """The images that it was trained on, and the test images."""
        return self.data.split(seed=self.seed)

    def rng(self, purpose: int) -> np.random.Generator:
        """Random numbers for one purpose. How many it draws does not change other purposes."""
        return np.random.default_rng([self.seed, purpose])

    def fresh(self) -> Network:
        """The network as it was before it was trained."""
        return network_maker(self.training.net)(self.data.n_classes, self.seed,
                                                self.data.images.shape[1:])

    def untrained(self) -> Network:
        """The same, to be analysed and not to be trained."""
        return self.fresh().frozen(self.data.images[self.split[0]])

    def trained(self, net: Network, data: Dataset, images: np.ndarray,
                labels: np.ndarray | None = None) -> Network:
        """Train `net` in place on these images, as this subject was trained; returns it `frozen`.

        Args:
            images: (n,) indices into `data`.
            labels: (n,) what to teach; None for the true labels.
        """
        train(net, data.images[images], data.labels[images] if labels is None else labels,
              epochs=self.training.epochs, batch_size=self.training.batch_size,
              learning_rate=self.training.learning_rate, seed=self.seed, loss=loss_for(net))
        return net.frozen(data.images[images])

    def diverged(self, what: str) -> Row:
        """Says that another training had no result: what it should show is not measured."""
        return row(self.seed, "training", "diverged", 1, subject=what)


@dataclass(frozen=True)
class Part:
    """One part of the analysis of a network.

    Attributes:
        run: takes the subject and returns its numbers.
        weight: roughly its seconds, to estimate the time left.
    """

    run: Callable[[Subject], list[Row]]
    weight: float


def always_the_same(t: np.ndarray) -> float:
    """The error of a network that gives the same answer to all images: the most frequent label."""
    return 1 - float(np.bincount(t).max()) / len(t)


def idle(error: float, t: np.ndarray) -> bool:
    """Whether a network with this error on all images has not learnt; as in `Numbers.idle`."""
    return error > always_the_same(t) / 2


def train_network(data: Dataset, seed: int, training: Training) -> tuple[Params, list[Row]]:
    """Train the network of one seed, and measure its errors. All other parts use its parameters."""
    subject = Subject(data, seed, training)
    train_part, test_part = subject.split
    fresh = subject.fresh()
    net = subject.trained(fresh, data, train_part)
    rows = [row(seed, "training", "error", error_rate(net, data.images[part], data.labels[part]),
                option=name)
            for name, part in (("train", train_part), ("test", test_part),
                               ("all", np.arange(len(data))))]
    constant = always_the_same(data.labels)
    rows.append(row(seed, "training", "error", constant, option="always the same answer"))
    return fresh.params, rows
