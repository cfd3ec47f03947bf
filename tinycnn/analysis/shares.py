"""What each map contributes to y_t, so that all maps together contribute the whole of it.

Knocking out one map says what y_t loses if only this map goes. Two maps that do the same work then
both look useless, and all these losses do not add up to anything. Both measures here share out
y_t(intact) - y_t(without any map) exactly, as two theories of fair shares have it.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..gradients import FeatureScores, Layers, check_labels, count_classes
from ..gradients.prediction import BLOCK, in_order
from ..layers.base import Array
from ..network import Network
from ..network.loss import one_hot
from .activity import by_class, features_of, map_sums, rng_of
from .without import Features, outputs_without


def gate_integrated_gradient(net: Network, x: Array, t: Array, layers: Layers = None, *,
                             steps: int = 16) -> FeatureScores:
    """The mean of `gate_shares` over the images of each class."""
    return by_class(net, x, t, gate_shares(net, x, t, layers, steps=steps), layers)


def gate_shares(net: Network, x: Array, t: Array, layers: Layers = None, *, steps: int = 16,
                ) -> Array:
    """(N, n_features): φ = ∫ Σ o · ∂y_t/∂o da, while the gates of all maps go from a = 0 to 1.

    Each map gets what y_t gains along its own gate: the shares of Aumann and Shapley (1974), an
    integrated gradient (Sundararajan et al., 2017) of the gates instead of the pixels. A network's
    only map gets what its knockout costs. One backward pass for each step, at the step's middle.

    The shares of an image add up to y_t(intact) - y_t(all maps out), but for the finite steps. With
    16 of them, in networks of the drawn faces, the sum is wrong by 0.0001 as a rule, by 0.002 at
    most.

    Args:
        x, t, layers: as in `convolutional_gradients`.
        steps: one or more.
    """
    names, t = in_order(net, layers), check_labels(t, len(x))
    rows = []
    for start in range(0, len(x), BLOCK):
        trace = net.forward(x[start:start + BLOCK])
        seed = one_hot(t[start:start + BLOCK], trace.y.shape[1], trace.y.dtype)
        total = np.zeros((len(seed), sum(trace[name].shape[1] for name in names)))
        for a in (np.arange(steps) + 0.5) / steps:
            trace = net.regate(trace, {name: np.full(trace[name].shape[1], a) for name in names})
            back = net.backward(trace, seed, down_to=names[0])
            total += map_sums(trace.ungated[name] * back[name] for name in names)
        rows.append(total / steps)
    return np.concatenate(rows)


def shapley_value(net: Network, x: Array, t: Array, layers: Layers = None, *,
                  permutations: int = 128, rng: np.random.Generator | None = None) -> FeatureScores:
    """What the class's mean y_t loses when a map goes, averaged over random orders of removal.

    The Shapley value of each map (Ghorbani and Zou, 2020, "Neuron Shapley"). In every order the
    losses add up to y_t(intact) - y_t(all maps out), and so do the values.

    Args:
        permutations: how many orders, one or more; every second one is the one before it,
            backwards. So a map that goes early in one goes late in the next, and the mean varies
            less.
        rng: for the orders; None for one that is seeded by the weights.
    """
    features, rng = features_of(net, layers), rng or rng_of(net)
    orders: list[list[int]] = []
    for _ in range((permutations + 1) // 2):
        drawn = rng.permutation(len(features)).tolist()
        orders += [drawn, drawn[::-1]]
    orders = orders[:permutations]
    removed = [[frozenset(features[i] for i in order[:n]) for n in range(len(order) + 1)]
               for order in orders]
    value = class_outputs(net, x, t, {gone for steps in removed for gone in steps})
    total = np.zeros((count_classes(net, x, t), len(features)))
    for order, steps in zip(orders, removed, strict=True):
        left = np.array([value[gone] for gone in steps])
        total[:, order] += (left[:-1] - left[1:]).T
    return FeatureScores(total / len(orders), features, {"permutations": len(orders)})


def class_outputs(net: Network, x: Array, t: Array, sets: Iterable[Features],
                  ) -> dict[Features, Array]:
    """{set: (K,)}: each class's mean y_t without these maps; NaN for a class without images."""
    n_classes, t = count_classes(net, x, t), check_labels(t, len(x))
    own = one_hot(t, n_classes, np.float64)
    totals: dict[Features, Array] = dict.fromkeys(sets, np.zeros(n_classes))
    for images, some, y in outputs_without(net, x, totals):
        sums = np.einsum("snk,nk->sk", y, own[images])
        for gone, found in zip(some, sums, strict=True):
            totals[gone] = totals[gone] + found
    with np.errstate(invalid="ignore"):
        return {gone: total / own.sum(axis=0) for gone, total in totals.items()}
