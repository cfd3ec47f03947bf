"""Remove and retrain: were the strongest features needed, or only used?

A knockout takes a map from a network that has learnt to rely on it. If a network that is trained
again without the map becomes as good, the map was not needed (Hooker et al., 2019, ask this about
pixels).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..gradients import Feature, FeatureScores
from ..gradients.prediction import is_activation, weights_before
from ..layers import Layer
from ..layers.base import Array
from ..network import Network


def pruned(net: Network, removed: Iterable[Feature]) -> Network:
    """A copy of the network without these maps, or hidden units, and their weights. Its output is
    the same as with the maps knocked out.

    Raises:
        ValueError: a layer would have no map left, the maps are the network's outputs, or no
            weights and bias can stand for what the next layers make of a knocked-out map.
    """
    copy, gone = net.copy(), set(removed)
    lost = {(weights_before(net, layer), unit) for layer, unit in gone}
    units, kept, rest = 0, list[int](), np.zeros((0, 1))    # of the last weights; none so far
    for name, layer in copy.layers.items():
        if "W" in layer.params:
            W, b = layer.params["W"], layer.params["b"]
            rows = W.reshape(*W.shape[:2], -1) if W.ndim == 4 else W.T
            if len(kept) < units:           # inputs are map after map
                rows = rows.reshape(len(b), units, -1)
                added = np.delete(rows * rest, kept, axis=1).sum(axis=(1, 2))
                if added.any() and np.any(getattr(layer, "padding", 0)):
                    raise ValueError(f"pruned: a knocked-out map is not 0 in {name!r}, and is 0 in "
                                     "its padding: no bias can stand for it")
                rows, b = rows.take(kept, axis=1), b + added.astype(b.dtype)
            units = len(b)
            kept = [unit for unit in range(units) if (name, unit) not in lost]
            if not kept:
                raise ValueError(f"pruned: no map or unit of {name} is left")
            rows, b, rest = rows[kept], b[kept], np.zeros((units, 1))
            rows = rows.reshape(len(kept), -1, *W.shape[2:])
            layer.params = {"W": np.ascontiguousarray(rows if W.ndim == 4 else rows.T), "b": b}
        elif len(kept) < units:
            rest = _next(layer, rest)       # what becomes of a 0
            rest[[unit for unit in range(units) if (name, unit) in gone]] = 0
            layer.params = {key: w.reshape(units, -1)[kept].ravel()
                            for key, w in layer.params.items()}
    if len(kept) < units:
        raise ValueError("pruned: the maps or units are the network's outputs")
    return copy


def _next(layer: Layer, o: Array) -> Array:
    """(units, positions), maps that do not depend on the image -> what a layer makes of them.

    A layer without parameters that is no activation is a pooling or a flattening: both leave it.
    """
    if not layer.params and not is_activation(layer):
        return o
    size = max([o.size, *map(len, layer.params.values())])
    o = np.broadcast_to(o, (len(o), size // len(o)))
    both = layer.forward(np.stack([o.ravel()] * 2))[0]      # two images: a batch norm needs them
    return np.array(both[0].reshape(o.shape))


def overall_order(scores: FeatureScores) -> list[Feature]:
    """All features, the strongest over all classes first.

    All classes count equally: each class's scores are divided by the largest, since the size of
    gradients differs a hundredfold between classes for other reasons (Table III).
    """
    known = scores.scores[scores.known]
    largest = np.abs(known).max(axis=1, keepdims=True)
    mean = (known / np.where(largest > 0, largest, 1)).mean(axis=0)
    return [scores.features[i] for i in np.argsort(-mean, kind="stable")]


def first_removable(order: Sequence[Feature], n: int) -> list[Feature]:
    """The first n features of an order that can be removed, so that every layer keeps one map."""
    maps: dict[str, int] = {}
    for layer, _ in order:
        maps[layer] = maps.get(layer, 0) + 1
    gone: list[Feature] = []
    for feature in order:
        if len(gone) < n and maps[feature[0]] > 1:
            maps[feature[0]] -= 1
            gone.append(feature)
    return gone
