"""Measures that use outputs or weights, together with gradients or instead of them.

All have the form of `convolutional_gradients`: a number for each class and feature map, larger for
maps that matter more. None is in the paper. Each is what its authors, or common practice, would use
instead of the prediction gradient. A hidden dense unit is a map of one unit.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from math import prod

import numpy as np

from ..gradients import Feature, FeatureScores, Layers, check_labels, count_classes
from ..gradients.prediction import BLOCK, in_order, weights_before
from ..layers.base import Array
from ..network import Backward, Network, Of, Trace
from ..network.loss import one_hot


def gradient_times_activation(net: Network, x: Array, t: Array, layers: Layers = None, *,
                              of: Of | None = None) -> FeatureScores:
    """|Σ o · ∂y_t/∂o| over a map's units, averaged over the images of a class.

    To first order this is how much y_t changes if the map is knocked out: the criterion by which
    Molchanov et al. (2017) prune networks. A gradient only says what a small change of the output
    does. But if the output is near 0, knocking it out changes little.
    """
    return by_class(net, x, t, np.abs(gate_slopes(net, x, t, layers, of=of)), layers)


def gate_slopes(net: Network, x: Array, t: Array, layers: Layers = None, *,
                of: Of | None = None) -> Array:
    """(N, n_features): Σ o · ∂y_t/∂o over each map's units, the slope of y_t along its gate."""
    names = in_order(net, layers)
    return np.concatenate([map_sums(trace[name] * back[name] for name in names)
                           for trace, back in _passes(net, x, t, names[0], of)])


def activation_norm(net: Network, x: Array, t: Array, layers: Layers = None) -> FeatureScores:
    """The Frobenius norm of a map's outputs, averaged over the images of a class."""
    return by_class(net, x, t, activation_norms(net, x, layers), layers)


def activation_norms(net: Network, x: Array, layers: Layers = None) -> Array:
    """(N, n_features): the Frobenius norm of each map's outputs, image by image."""
    return np.sqrt(_each_map(net, x, layers, np.square))


def filter_norm(net: Network, x: Array, t: Array, layers: Layers = None) -> FeatureScores:
    """The Frobenius norm of the filter that makes a map: the same for all classes and images."""
    norms = [np.linalg.norm(w) for name in in_order(net, layers) for w in filters(net, name)]
    return by_class(net, x, t, np.tile(norms, (len(x), 1)), layers)


def class_selectivity(net: Network, x: Array, t: Array, layers: Layers = None) -> FeatureScores:
    """(μ_k - μ_rest) / (μ_k + μ_rest): a map's mean |o| over images of class k, and of all others.

    1 for a map that is active only for class k, -1 for one that is active only for the others
    (Morcos et al., 2018, use it for the class with the largest mean).
    """
    activity = _each_map(net, x, layers, np.abs)
    scores = by_class(net, x, t, activity, layers)
    total, images = activity.sum(axis=0), np.bincount(t, minlength=len(scores.scores))[:, None]
    own = scores.scores
    rest = (total - own * images) / np.maximum(len(x) - images, 1)
    return FeatureScores((own - rest) / np.maximum(own + rest, 1e-30), scores.features)


def conductance(net: Network, x: Array, t: Array, layers: Layers = None, *,
                steps: int = 32) -> FeatureScores:
    """|conductance| of each map, averaged over the images of a class; see `conductances`."""
    return by_class(net, x, t, np.abs(conductances(net, x, t, layers, steps=steps)), layers)


def conductances(net: Network, x: Array, t: Array, layers: Layers = None, *,
                 steps: int = 32) -> Array:
    """(N, n_features): the part of y_t(image) - y_t(black) that flows through each map.

    On the way from a black image to x, ∂y_t/∂o · do is added up over the map's units (Dhamdhere et
    al., 2018). The maps of one layer add up to the whole difference, except for the error of the
    finite steps. Each step uses the gradient in its middle.
    """
    rows, names = [], in_order(net, layers)
    for start in range(0, len(x), BLOCK):
        images, labels = x[start:start + BLOCK], t[start:start + BLOCK]
        before = net.forward(np.zeros_like(images))
        total = np.zeros((len(images), len(features_of(net, layers))))
        for step in range(steps):
            [(_, back)] = _passes(net, images * ((step + 0.5) / steps), labels, names[0])
            after = net.forward(images * ((step + 1) / steps))
            total += map_sums(back[name] * (after[name] - before[name]) for name in names)
            before = after
        rows.append(total)
    return np.concatenate(rows)


def features_of(net: Network, layers: Layers = None) -> tuple[Feature, ...]:
    """(layer, map) for every map of these layers, as in `convolutional_gradients`."""
    return tuple((name, i) for name in in_order(net, layers)
                 for i in range(len(filters(net, name))))


def filters(net: Network, name: str) -> Array:
    """The weights of each map of layer `name`: (F, C, kh, kw) of a convolution, (F, C) of units."""
    W = net[weights_before(net, name)].params["W"]
    return W if W.ndim == 4 else W.T


def rng_of(net: Network) -> np.random.Generator:
    """A generator that is seeded by the weights: a measure has no seed as an argument, and should
    give the same answer twice."""
    return np.random.default_rng(zlib.crc32(next(iter(net.params.values())).tobytes()))


def by_class(net: Network, x: Array, t: Array, per_image: Array,
             layers: Layers = None) -> FeatureScores:
    """(N, n_features) -> the mean over the images of each class, NaN for a class without images."""
    t = check_labels(t, len(x))
    scores = np.full((count_classes(net, x, t), per_image.shape[1]), np.nan)
    for k in np.unique(t):
        scores[k] = per_image[t == k].mean(axis=0)
    return FeatureScores(scores, features_of(net, layers))


def _passes(net: Network, x: Array, t: Array, first: str,
            of: Of | None = None) -> Iterator[tuple[Trace, Backward]]:
    """Forward and backward down to layer `first`, seeded at the true label, block by block."""
    t = check_labels(t, len(x))
    for start in range(0, len(x), BLOCK):
        trace = net.forward(x[start:start + BLOCK])
        seed = one_hot(t[start:start + BLOCK], trace.y.shape[1], trace.y.dtype)
        yield trace, net.backward(trace, seed, of, down_to=first)


def _each_map(net: Network, x: Array, layers: Layers, function: Callable[[Array], Array]) -> Array:
    """(N, n_features): Σ function(o) over each map's units."""
    names = in_order(net, layers)
    traces = (net.forward(x[start:start + BLOCK]) for start in range(0, len(x), BLOCK))
    return np.concatenate([map_sums(function(trace[name]) for name in names) for trace in traces])


def map_sums(layers: Iterable[Array]) -> Array:
    """An array (N, C, *unit shape) for each layer -> (N, n_features), summed over each map."""
    return np.concatenate([o.reshape(*o.shape[:2], prod(o.shape[2:])).sum(axis=2) for o in layers],
                          axis=1)
