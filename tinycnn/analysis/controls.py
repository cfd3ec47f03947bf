"""What the paper's knockouts lack: random orders, and random orders through the same layers.

A ranking that removes the maps of layer 1 first breaks the network fast, no matter which maps come
first. The control removes as many maps of each layer at each step, but random ones. What a measure
does better than this control is *map-specific*: it knows maps, not only layers.

A layer-matched order removes the first few maps of a random permutation of layer 1, of layer 2, and
so on. The measure decides only how many maps of each layer are removed, not which. So one table
with an entry for each such count serves all measures and identities at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..gradients import Feature
from ..layers.base import Array
from ..network import Gates, Network
from .knockouts import knockout_sets, labels_without

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
        draws: the number of random choices. Each is one permutation of the maps of every layer,
            the same for all orders, so that the comparison of orders is fair.
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
        """The maps that one random choice removes."""
        return frozenset(feature for maps, n in zip(self.draws[draw], counts, strict=True)
                         for feature in maps[:n])

    def measure(self, net: Network, x: Array, orders: Iterable[Sequence[Feature]], *,
                factor: float = 0.0, fill: Gates | None = None) -> None:
        """Knock out all random choices for these orders, and keep the predictions."""
        wanted = {counts for order in orders for counts in self.counts(order)}
        sets = {counts: [self.removed(draw, counts) for draw in range(len(self.draws))]
                for counts in wanted}
        labels = labels_without(net, x, (s for found in sets.values() for s in found), factor, fill)
        self._labels = {counts: np.array([labels[s] for s in found], np.int16)
                        for counts, found in sets.items()}

    def labels(self, order: Sequence[Feature]) -> Array:
        """(steps, draws, N) predictions along an order that was given to `measure`."""
        return np.array([self._labels[counts] for counts in self.counts(order)])


def area(error: Array) -> Any:
    """The mean error over the steps k = 1, ..., K; step 0, the intact network, does not count."""
    return error[1:].mean(axis=0)


def half_step(error: Array) -> Any:
    """(steps, ...) -> the first step with an error above one half; len(error) if there is none."""
    passed = error > 0.5
    return np.where(passed.any(axis=0), passed.argmax(axis=0), len(error))


def map_specific_share(measure: float, layer_matched: float, random: float) -> float:
    """(A_measure - A_layer-matched) / (A_measure - A_random): the share of a measure's gain over
    random orders that comes from the maps themselves, not from their layers.

    1 if the layers explain nothing, 0 if they explain all, below 0 if random maps of the same
    layers do more damage. NaN if the gain is less than 0.05: too little to share.
    """
    gain = measure - random
    return (measure - layer_matched) / gain if abs(gain) > 0.05 else float("nan")


def swapped_errors(labels: Mapping[int, Array], t: Array) -> Array:
    """The errors of each identity as the strongest maps of each identity go, one by one.

    Args:
        labels: {identity: (steps, N) predictions as its maps are removed}, such as
            {k: tc.knockout_curve(net, x, t, scores.strongest(k, 10)) for k in range(15)}.
        t: (N,) true labels.

    Returns:
        (steps, K, K) class errors, for the K identities in the order of `labels`: row k is whose
        maps go, column j whose error it is. The column of an identity without images is NaN.
    """
    answers = np.array(list(labels.values()))
    errors = np.full((answers.shape[1], len(labels), len(labels)), np.nan)
    for column, j in enumerate(labels):
        if (t == j).any():
            errors[:, :, column] = class_errors(answers, t, j).T
    return errors


def swap_matrix(labels: Mapping[int, Array], t: Array) -> Array:
    """The swap control: does an identity need its *own* strongest maps, or anybody's?

    The paper's V-C removes the maps of identity k and looks at the errors of k. The control looks
    at the errors of j too. If all identities share one order of maps, each row is the same.

    Returns:
        (K, K) the areas of `swapped_errors`, from the same arguments: row k is whose maps go,
        column j whose class error it is.
    """
    return np.asarray(area(swapped_errors(labels, t)))


def own_minus_others(areas: Array) -> float:
    """mean_k [A_kk - mean_(j != k) A_jk]: an identity's error under its own order, minus its error
    under the orders of the others.

    0 if the order is not specific to identities; at most 1. What the images of an identity lose
    under any order is in both terms.

    Args:
        areas: (K, K) from `swap_matrix`; NaN columns are left out. NaN if there is nothing left,
            or only one identity.
    """
    found = [areas[k, k] - _others(areas, k).mean() for k in _swapped(areas)]
    return float(np.mean(found)) if found else float("nan")


def own_percentile(areas: Array) -> float:
    """The share of the others' orders that do less damage to an identity than its own, averaged
    over identities; ties count half. One half if orders are not specific to identities.

    Args:
        areas: as for `own_minus_others`.
    """
    found = [percentile(areas[k, k], _others(areas, k)) for k in _swapped(areas)]
    return float(np.mean(found)) if found else float("nan")


def _swapped(areas: Array) -> list[int]:
    """The columns of identities that have images and others to be compared with."""
    known = np.flatnonzero(np.isfinite(areas).all(axis=0)).tolist()
    return known if len(areas) > 1 else []


def _others(areas: Array, k: int) -> Array:
    """Identity k's error areas under the orders of all others."""
    return np.delete(areas[:, k], k)


def percentile(value: float, control: Array) -> float:
    """The share of a control's draws that are below the value; ties count half.

    Areas are means of shares, so equal ones may differ in their last digit.
    """
    difference = np.round(np.asarray(control) - value, 9)
    return float((difference < 0).mean() + (difference == 0).mean() / 2)


def precision(labels: Array, t: Array, k: int) -> Array:
    """(steps, N) predictions -> the share of k among the images predicted as k; NaN if none."""
    called = labels == k
    right = (called & (t == k)).sum(axis=1)
    n = called.sum(axis=1)
    return np.where(n > 0, right / np.maximum(n, 1), np.nan)


def attractor(labels: Array) -> tuple[Array, Array]:
    """(steps, N) predictions -> the label given most often at each step, and its share.

    A broken network often gives the same answer for all images. The identity in this answer then
    has no class error, but a precision that is worth nothing.
    """
    modes = np.array([np.bincount(row).argmax() for row in labels])
    return modes, (labels == modes[:, None]).mean(axis=1)


def order_sets(orders: Iterable[Sequence[Feature]]) -> set[frozenset[Feature]]:
    """Everything that is removed at some step of some order."""
    return {removed for order in orders for removed in knockout_sets(order)}
