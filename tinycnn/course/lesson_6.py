"""Lesson 6, the paper's experiments: what is right, and what usually goes wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from ..analysis.knockouts import KnockoutCurve, knockout
from ..analysis.sanity import spearman
from ..gradients import FeatureScores
from ..network import Network
from .exercise import Exercise, Written
from .lesson_5 import small_net

Array = np.ndarray
Cases = list[tuple[Any, ...]]


def _profiles(rng: np.random.Generator) -> Cases:
    return [(rng.gamma(1, size=n), rng.gamma(1, size=n)) for n in (8, 23, 12)]


def _ranks(row: Array) -> Array:
    return row.argsort().argsort()


def _correlation(a: Array, b: Array) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def _strongest(scores: Array, n: int) -> Array:
    features = tuple(("map", i) for i in range(len(scores)))
    return np.array([i for _, i in FeatureScores(scores[None], features).strongest(0, n)])


def _tied_scores(rng: np.random.Generator) -> Cases:
    """Few different numbers, so that some are equal."""
    return [(rng.integers(5, size=size) / 8, n) for size, n in ((9, 6), (12, 12), (23, 10))]


def _net_cases(rng: np.random.Generator) -> Cases:
    """Random networks with biases that are not 0, images, and one of the network's maps."""
    cases = []
    for n, maps, k, layer, number in ((3, 4, 3, "tanh", 2), (5, 3, 4, "tanh", 1),
                                      (4, 5, 2, "conv", 3)):
        net = small_net(maps, k, rng)
        net["conv"].params["b"][:] = rng.normal(size=maps)
        cases.append((net, rng.normal(size=(n, 1, 5, 6)), layer, number))
    return cases


def _probabilities_without(net: Network, x: Array, layer: str, number: int) -> Array:
    return net.forward(x, gates=knockout([(layer, number)])).y


def _without_filter(net: Network, x: Array, layer: str, number: int) -> Array:
    """The weights of the map's filter are 0, but its bias is not."""
    other = net.copy()
    other["conv"].params["W"][number] = 0
    return other.forward(x).y


def _layer_by_layer(change: Callable[[Array, int], None],
                    ) -> Callable[[Network, Array, str, int], Array]:
    """A forward pass in which `change` does something to the outputs of the layer."""
    def forward(net: Network, x: Array, layer: str, number: int) -> Array:
        o = x
        for name in net.layers:
            o, _ = net[name].forward(o)
            if name == layer:
                o = o.copy()
                change(o, number)
        return o
    return forward


def _label_cases(rng: np.random.Generator) -> Cases:
    """Predictions of a network that gets worse from step to step."""
    cases = []
    for steps, n, classes, k in ((4, 24, 3, 1), (6, 40, 4, 0), (11, 60, 5, 3)):
        t = np.append(np.arange(classes), rng.integers(classes, size=n - classes))
        wrong = rng.random((steps, n)) < np.linspace(0.1, 0.9, steps)[:, None]
        cases.append((np.where(wrong, rng.integers(classes, size=(steps, n)), t), t, k))
    return cases


def _errors(labels: Array, t: Array, k: int) -> Array:
    curve = KnockoutCurve(k, "strongest", (), labels, t)
    return np.array([curve.class_error, curve.overall_error])


def _of_those_called_k(labels: Array, t: Array, k: int) -> Array:
    return np.array([[np.mean(t[row == k] != k) for row in labels], _errors(labels, t, k)[1]])


def _unequal_classes(rng: np.random.Generator) -> Cases:
    return [(rng.permutation(np.repeat(np.arange(len(sizes)), sizes)),)
            for sizes in ((3, 5, 2), (7, 1, 4, 6), (2, 2, 9, 3, 5))]


def _modes(labels: Array, t: Array, K: int) -> Array:
    return KnockoutCurve(0, "strongest", (), labels[None], t).modes(K)[0]


def _mode_cases(rng: np.random.Generator) -> Cases:
    """Each class has so few images that there are ties."""
    return [(rng.integers(k, size=n * k), rng.permutation(np.repeat(np.arange(k), n)), k)
            for n, k in ((4, 3), (6, 5), (5, 15))]


def _of_each(choose: Callable[[Array], float]) -> Callable[[Array, Array, int], Array]:
    """For each class, one label out of those that its images get."""
    return lambda labels, t, K: np.array([choose(labels[t == k]) for k in range(K)])


EXERCISES: dict[str, Exercise] = {
    "6.1": Written(
        spearman, _profiles,
        {"that is the correlation of the numbers, not of their places": _correlation,
         "argsort says which map is at each place: use it twice for the place of each map":
             lambda a, b: _correlation(a.argsort(), b.argsort()),
         "the mean is not subtracted from the places":
             lambda a, b: float((_ranks(a) + 1) @ (_ranks(b) + 1)
                                / ((_ranks(a) + 1) @ (_ranks(a) + 1)))}),
    "6.2": Written(
        _strongest, _tied_scores,
        {"those are the weakest": lambda scores, n: np.argsort(scores, kind="stable")[:n],
         "among equal scores the last comes first, but the first should":
             lambda scores, n: np.argsort(scores, kind="stable")[::-1][:n],
         "those are the scores, not the maps": lambda scores, n: np.sort(scores)[::-1][:n],
         "those are the places of the first maps, not the maps in the first places":
             lambda scores, n: np.argsort(np.argsort(-scores, kind="stable"))[:n]}),
    "6.3": Written(
        _probabilities_without, _net_cases,
        {"the bias is kept: the output of the map is a constant, not 0": _without_filter,
         "the whole layer is removed, not one map": _layer_by_layer(lambda o, number: o.fill(0)),
         "that removes a row of each map: the maps are axis 1":
             _layer_by_layer(lambda o, number: o[:, :, number].fill(0)),
         "the map is removed in the first image only":
             _layer_by_layer(lambda o, number: o[0, number].fill(0)),
         "that removes an image: the first axis counts images":
             _layer_by_layer(lambda o, number: o[number % len(o)].fill(0)),
         "maps are counted from 0 here":
             lambda net, x, layer, number: _probabilities_without(net, x, layer, number - 1)}),
    "6.4": Written(
        _errors, _label_cases,
        {"the class error is a share of all images, but should be of the person's images":
            lambda labels, t, k: _errors(labels, t, k) * [[(t == k).mean()], [1]],
         "the class error is for the images called k, but should be for the images of k":
             _of_those_called_k,
         "those are the shares of right answers": lambda labels, t, k: 1 - _errors(labels, t, k),
         "the two errors are exchanged": lambda *case: _errors(*case)[::-1],
         "the mean should run over the images, axis 1": lambda labels, t, k:
             ((labels[:, t == k] != k).mean(axis=0), (labels != t).mean(axis=0)),
         "the overall error leaves out the person's own images, but should be for all":
             lambda labels, t, k: np.array([_errors(labels, t, k)[0],
                                            (labels != t)[:, t != k].mean(axis=1)])}),
    "6.5": Written(
        lambda t: min((t != k).mean() for k in np.unique(t)), _unequal_classes,
        {"(K - 1)/K is right only if all people have equally many images, but here they do not":
            lambda t: t.max() / (t.max() + 1),
         "that is the share of right answers": lambda t: np.bincount(t).max() / len(t),
         "that is a number of images, not a share": lambda t: len(t) - np.bincount(t).max(),
         "that is the worst constant answer, but the best is asked for":
             lambda t: 1 - np.bincount(t).min() / len(t)}),
    "6.6": Written(
        _modes, _mode_cases,
        {"in a tie the highest label is taken, but the lowest should be":
            _of_each(lambda own: max(own.tolist(), key=lambda k: ((own == k).sum(), k))),
         "in a tie the label that occurs first is taken, but the lowest should be":
             _of_each(lambda own: Counter(own.tolist()).most_common(1)[0][0]),
         "that is how often it occurs": _of_each(lambda own: np.bincount(own).max()),
         "labels are names: they have no mean or median":
             _of_each(lambda own: round(np.median(own))),
         "true and predicted labels are exchanged": lambda labels, t, K: _modes(t, labels, K)}),
}
