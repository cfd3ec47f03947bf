"""Measures that test the network itself: remove a map, and see how y_t changes.

Every other measure tries to predict the effect of knocking out one map. The greedy order goes
further: each step removes the map that hurts most, given all earlier removals. It costs hundreds
of forward passes for each class; a gradient costs one backward pass.
"""

from __future__ import annotations

import numpy as np

from ..gradients import Feature, FeatureScores, Layers, count_classes, layers_of, map_norms_of
from ..layers.base import Array
from ..network import BLOCK, Network
from ..network.loss import one_hot
from .activity import by_class, features_of
from .knockouts import knockout


def gate_effects(net: Network, x: Array, t: Array, factor: float = 0.0,
                 layers: Layers = None) -> Array:
    """(N, n_features): how y_t changes if only one map is multiplied by `factor`."""
    features = features_of(net, layers)
    count_classes(net, x, t)        # an error for labels without an output
    changes = np.empty((len(x), len(features)))
    for start in range(0, len(x), BLOCK):
        block = slice(start, start + BLOCK)
        rows = np.arange(len(t[block]))
        intact = trace = net.forward(x[block])
        for i, feature in enumerate(features):
            trace = net.regate(trace, knockout([feature], factor))
            changes[block, i] = trace.y[rows, t[block]] - intact.y[rows, t[block]]
    return changes


def knockout_alone(net: Network, x: Array, t: Array, layers: Layers = None) -> FeatureScores:
    """How much y_t falls if only this map is knocked out, averaged over the images of a class."""
    return by_class(net, x, t, -gate_effects(net, x, t, layers=layers), layers)


def greedy_knockout(net: Network, x: Array, t: Array, layers: Layers = None) -> FeatureScores:
    """The order of removal in which each next map lowers the class's mean y_t most.

    Scores go from n_features for the map removed first down to 1 for the last.
    """
    features = features_of(net, layers)
    scores = np.full((count_classes(net, x, t), len(features)), np.nan)
    for k in np.unique(t):
        for place, feature in enumerate(_greedy_order(net, x[t == k], int(k), features)):
            scores[k, features.index(feature)] = len(features) - place
    return FeatureScores(scores, features)


def _greedy_order(net: Network, x: Array, k: int, features: tuple[Feature, ...]) -> list[Feature]:
    """All features; the next is always the one whose removal makes the images' mean y_k lowest."""
    trace, left = net.forward(x), list(features)
    gone: list[Feature] = []
    while left:
        means = []
        for feature in left:        # in the network's order, so that regate can reuse most
            trace = net.regate(trace, knockout([*gone, feature]))
            means.append(trace.y[:, k].mean())
        gone.append(left.pop(int(np.argmin(means))))
    return gone


def reranked_order(net: Network, x: Array, k: int, n: int, layers: Layers = None
                   ) -> list[Feature]:
    """The n strongest features of class k; after each removal, the convolutional gradient (the
    norm of the class gradient) ranks the remaining features again.

    Args:
        x: images of the class.
    """
    features = features_of(net, layers)
    gone: list[Feature] = []
    trace = net.forward(x)
    seed = one_hot(np.full(len(x), k), trace.y.shape[1], trace.y.dtype)
    names = layers_of(features)
    while len(gone) < n:
        back = net.backward(trace, seed, down_to=names[0])
        norms = map_norms_of({name: back[name].mean(axis=0)[None] for name in names})[0]
        norms[[features.index(feature) for feature in gone]] = -1
        gone.append(features[int(norms.argmax())])
        trace = net.regate(trace, knockout(gone))
    return gone
