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
from ..network import Network


def pruned(net: Network, removed: Iterable[Feature]) -> Network:
    """A copy without these maps or hidden units. Its output is the same as with them knocked out.

    Raises:
        ValueError: no map of a layer would be left, or not the same output.
    """
    copy, gone = net.copy(), set(removed)
    lost = {(weights_before(net, layer), unit) for layer, unit in gone}
    kept, rest = [0], np.zeros((1, 1))      # units left of the last weights; what is put out by all
    for name, layer in copy.layers.items():     # ... once they are knocked out: (units, positions)
        if "W" in layer.params:
            W, b = layer.params["W"], layer.params["b"]
            filters = W if W.ndim == 4 else W.T.reshape(len(b), len(rest), -1, 1)
            if len(kept) < len(rest):
                added = np.delete(filters * rest[..., None], kept, axis=1).sum(axis=(1, 2, 3))
                if added.any() and np.any(getattr(layer, "padding", 0)):
                    raise ValueError(f"pruned: a knocked-out map is not 0 where {name!r} takes it, "
                                     "but its padding is: no bias can stand for it")
                filters, b = filters.take(kept, axis=1), b + added.astype(b.dtype)
            kept, rest = [i for i in range(len(b)) if (name, i) not in lost], np.zeros((len(b), 1))
            if not kept:
                raise ValueError(f"pruned: no map or unit of {name} is left")
            W = filters[kept] if W.ndim == 4 else filters[kept].reshape(len(kept), -1).T
            layer.params = {"W": np.ascontiguousarray(W), "b": b[kept]}
        elif len(kept) < len(rest):
            if layer.params or is_activation(layer):    # poolings and flattenings leave a constant
                size = max([rest.size, *map(len, layer.params.values())]) // len(rest)
                o = np.broadcast_to(rest, (len(rest), size)).ravel()
                rest = layer.forward(np.stack([o, o]))[0][0].reshape(len(rest), size)
            rest[[i for i in range(len(rest)) if (name, i) in gone]] = 0
            layer.params = {key: w.reshape(len(rest), -1)[kept].ravel()
                            for key, w in layer.params.items()}
    if len(kept) < len(rest):
        raise ValueError("pruned: the maps or units are the network's outputs")
    return copy


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
