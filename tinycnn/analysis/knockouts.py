"""Section V-C: remove feature maps one by one, and see what the network still knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..gradients import Feature, FeatureScores
from ..layers import ShapeError
from ..layers.base import Array
from ..network import BLOCK, Gates, Network
from ..network.arguments import expect_frozen
from .without import labels_without, maps_of

End = Literal["strongest", "weakest"]


def knockout(features: Iterable[Feature], factor: float = 0.0) -> dict[str, Array]:
    """Gates that remove these feature maps: `net.forward(x, gates=knockout([("tanh1", 4)]))`.

    Args:
        features: pairs (layer, map), counted from 0.
        factor: what the map's outputs are multiplied by; 0 removes it, with its bias.

    Returns:
        {layer: factors of its maps}, up to the last map named; `forward` leaves the others alone.
    """
    pairs = list(features)
    if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs):
        raise ValueError("knockout: expected a list of pairs (layer, map), such as "
                         f"[('tanh1', 4)], got {features!r}. Likely cause: one pair also needs a "
                         "list around it")
    gates = {}
    for layer, numbers in maps_of(pairs).items():
        gates[layer] = np.ones(max(numbers) + 1)
        gates[layer][numbers] = factor
    return gates


def knockout_curve(net: Network, x: Array, t: Array, order: Sequence[Feature], *,
                   factor: float = 0.0, fill: Gates | None = None) -> Array:
    """What the network predicts as the features in `order` are removed, one more at each step.

    Args:
        x: (N, C, H, W) images.
        t: (N,) their labels; the predictions do not depend on them.
        order: features, the first to go first.
        factor: what a removed map's outputs are multiplied by, as in `knockout`.
        fill: {layer: (C,) or (N, C, ...)}, what replaces the removed outputs, such as `map_means`.

    Returns:
        (len(order) + 1, N) predicted labels; row 0 is the intact network.
    """
    if len(x) != len(t):
        raise ShapeError(f"knockout_curve: expected as many labels as images, got {len(t)} and "
                         f"{len(x)}")
    steps = knockout_sets(order)
    labels = labels_without(net, x, steps, factor, fill)
    return np.array([labels[removed] for removed in steps])


def map_means(net: Network, x: Array, layers: Iterable[str]) -> dict[str, Array]:
    """{layer: (C,)}: each map's mean output over the images x, to knock it out to that mean."""
    expect_frozen(net, "map means")
    sums: dict[str, Array] = {name: np.zeros(()) for name in layers}
    for start in range(0, len(x), BLOCK):
        trace = net.forward(x[start:start + BLOCK])
        for name in sums:
            o = trace[name]
            sums[name] = sums[name] + o.reshape(*o.shape[:2], -1).mean(axis=2).sum(axis=0)
    return {name: total / len(x) for name, total in sums.items()}


def knockout_sets(order: Sequence[Feature]) -> list[frozenset[Feature]]:
    """What is removed at each step of a curve, from nothing to all of `order`."""
    return [frozenset(order[:step]) for step in range(len(order) + 1)]


@dataclass(frozen=True)
class KnockoutCurve:
    """One knockout experiment: a line in each of two panels of Fig. 2, and the data of Fig. 3.

    Attributes:
        identity: k, whose features are removed.
        end: "strongest" or "weakest" first.
        order: the features removed, in order.
        labels: (len(order) + 1, N) predictions, as from `knockout_curve`.
        t: (N,) true labels.
    """

    identity: int
    end: End
    order: tuple[Feature, ...]
    labels: Array
    t: Array

    @property
    def class_error(self) -> Array:
        """The share of the identity's own images that are wrong at each step."""
        return (self.labels[:, self.t == self.identity] != self.identity).mean(axis=1)

    @property
    def overall_error(self) -> Array:
        """The share of all images that are wrong at each step."""
        return (self.labels != self.t).mean(axis=1)

    def modes(self, n_classes: int) -> Array:
        """(steps, K): for each true identity the one predicted most often, the lowest among equals.

        -1 for identities without images.
        """
        result = np.full((len(self.labels), n_classes), -1)
        for k in np.unique(self.t):
            for step, labels in enumerate(self.labels[:, self.t == k]):
                result[step, k] = np.bincount(labels).argmax()
        return result

    def lost_at(self, n_classes: int) -> Array:
        """Fig. 3: for each identity the step at which its most frequent prediction becomes wrong.

        (K,); as many as there are steps, if it never does or there are no images.
        """
        modes = self.modes(n_classes)
        lost = (modes != np.arange(n_classes)) & (modes >= 0)
        return np.where(lost.any(axis=0), lost.argmax(axis=0), len(modes))

    def another_is_lost_first(self, n_classes: int) -> bool:
        """Fig. 3: whether another identity is lost before the one whose features are removed."""
        steps = self.lost_at(n_classes)
        return bool(np.delete(steps, self.identity).min() < steps[self.identity])

    def rows(self, images: Array | None = None
             ) -> Iterator[tuple[int, str, int, str, int, int, int, int]]:
        """identity, end, step, layer and map removed in it, image, true and predicted label.

        All counted from 0; step 0 removes nothing, so its layer is "" and its map -1. `images` are
        the indices of those wanted, None for all.
        """
        wanted = np.arange(len(self.t)) if images is None else images
        for step, found in enumerate(self.labels):
            layer, number = self.order[step - 1] if step else ("", -1)
            for image, true, predicted in zip(wanted.tolist(), self.t[wanted].tolist(),
                                              found[wanted].tolist(), strict=True):
                yield self.identity, self.end, step, layer, number, image, true, predicted


def knockout_experiments(net: Network, x: Array, t: Array, scores: FeatureScores,
                         identities: Sequence[int], *, strongest: int = 10,
                         weakest: int = 20) -> list[KnockoutCurve]:
    """Fig. 2: for each identity an experiment on the strongest features and one on the weakest."""
    orders: list[tuple[int, End, list[Feature]]] = []
    for k in identities:
        orders += [(k, "strongest", scores.strongest(k, strongest)),
                   (k, "weakest", scores.weakest(k, weakest))]
    labels = labels_without(net, x, (s for _, _, order in orders for s in knockout_sets(order)))
    return [KnockoutCurve(k, end, tuple(order),
                          np.array([labels[removed] for removed in knockout_sets(order)]), t)
            for k, end, order in orders]
