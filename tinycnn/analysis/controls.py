"""What the paper's knockouts lack: random orders, and random orders through the same layers.

A ranking that takes the maps of layer 1 first breaks the network fast, whichever they are. The
control for that takes as many maps of each layer at each step, but random ones. What a measure
does beyond it is *map-specific*: it knows maps, not only layers.

What a layer-matched order has removed at a step is the first few maps of a random permutation of
layer 1, of layer 2, and so on; how many of each is all that the measure has a say in. So one table
with an entry for each such count serves all measures and identities at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..gradients import Feature
from ..network import Gates, Network
from .knockouts import knockout_sets, labels_without

Array = np.ndarray
Counts = tuple[int, ...]        # how many maps of each layer are gone


def class_errors(labels: Array, t: Array, k: int) -> Array:
    """Predictions (..., N) -> the share of wrong ones among the images of class k."""
    return (labels[..., t == k] != k).mean(axis=-1)


def overall_errors(labels: Array, t: Array) -> Array:
    """Predictions (..., N) -> the share of wrong ones."""
    return (labels != t).mean(axis=-1)


def random_orders(features: Sequence[Feature], draws: int, rng: np.random.Generator,
                  ) -> list[list[Feature]]:
    """`draws` random orders of all features."""
    return [[features[i] for i in rng.permutation(len(features))] for _ in range(draws)]


class LayerMatched:
    """Random maps of the same layers in the same order, `draws` times.

    Args:
        features: all features of the network.
        draws: how many random choices; each is one permutation of the maps of every layer, the
            same for all orders that are asked about, so that they are compared on equal terms.
    """

    def __init__(self, features: Sequence[Feature], draws: int, rng: np.random.Generator) -> None:
        maps: dict[str, list[Feature]] = {}
        for feature in features:
            maps.setdefault(feature[0], []).append(feature)
        self.layers = list(maps)
        self.draws = [[[own[i] for i in rng.permutation(len(own))] for own in maps.values()]
                      for _ in range(draws)]
        self._labels: dict[Counts, Array] = {}

    def counts(self, order: Sequence[Feature]) -> list[Counts]:
        """How many maps of each layer are gone after 0, 1, ... steps of an order."""
        gone = [self.layers.index(layer) for layer, _ in order]
        return [tuple(gone[:step].count(i) for i in range(len(self.layers)))
                for step in range(len(order) + 1)]

    def removed(self, draw: int, counts: Counts) -> frozenset[Feature]:
        """What one random choice takes away of each layer."""
        return frozenset(feature for maps, n in zip(self.draws[draw], counts, strict=True)
                         for feature in maps[:n])

    def measure(self, net: Network, x: Array, orders: Iterable[Sequence[Feature]], *,
                factor: float = 0.0, fill: Gates | None = None) -> None:
        """Knock out what these orders ask for, all random choices of it, and keep the answers."""
        wanted = {counts for order in orders for counts in self.counts(order)}
        sets = {counts: [self.removed(draw, counts) for draw in range(len(self.draws))]
                for counts in wanted}
        labels = labels_without(net, x, (s for found in sets.values() for s in found), factor, fill)
        self._labels = {counts: np.array([labels[s] for s in found], np.int16)
                        for counts, found in sets.items()}

    def labels(self, order: Sequence[Feature]) -> Array:
        """(steps, draws, N) predictions along an order that `measure` was told of."""
        return np.array([self._labels[counts] for counts in self.counts(order)])


def area(error: Array) -> Any:
    """The mean error over the steps k = 1, ..., K; step 0, the intact network, does not count."""
    return error[1:].mean(axis=0)


def half_step(error: Array) -> Any:
    """(steps, ...) -> the first step at which the error passes one half; one past the end if
    none."""
    passed = error > 0.5
    return np.where(passed.any(axis=0), passed.argmax(axis=0), len(error))


def map_specific_share(measure: float, layer_matched: float, random: float) -> float:
    """(A_measure - A_layer-matched) / (A_measure - A_random): how much of what a measure gains on
    random orders it owes to the maps themselves and not to the layers they lie in.

    1 if the layers explain nothing, 0 if they explain all, below 0 if random maps of the same
    layers do more damage. NaN where the measure gains less than 0.05 on random orders: a share of
    nothing.
    """
    gain = measure - random
    return (measure - layer_matched) / gain if abs(gain) > 0.05 else float("nan")


def percentile(value: float, control: Array) -> float:
    """The share of a control's draws that lie below the value, ties counted half."""
    control = np.asarray(control)
    return float((control < value).mean() + (control == value).mean() / 2)


def precision(labels: Array, t: Array, k: int) -> Array:
    """(steps, N) predictions -> of the images called k, the share that is k; NaN where none is."""
    called = labels == k
    right = (called & (t == k)).sum(axis=1)
    n = called.sum(axis=1)
    return np.where(n > 0, right / np.maximum(n, 1), np.nan)


def attractor(labels: Array) -> tuple[Array, Array]:
    """(steps, N) predictions -> the label given most often at each step, and its share.

    A broken network often gives one answer to all; the identity that it names then has no class
    error, and no precision.
    """
    modes = np.array([np.bincount(row).argmax() for row in labels])
    return modes, (labels == modes[:, None]).mean(axis=1)


def order_sets(orders: Iterable[Sequence[Feature]]) -> set[frozenset[Feature]]:
    """Everything that is removed at some step of some order."""
    return {removed for order in orders for removed in knockout_sets(order)}
