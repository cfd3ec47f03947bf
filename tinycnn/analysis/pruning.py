"""Remove and retrain: were the strongest features needed, or only used?

A knockout takes a map from a network that has learnt to rely on it. If a network that is trained
again without the map becomes as good, the map was not needed (Hooker et al., 2019, ask this about
pixels).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..gradients import Feature, FeatureScores, feature_layers
from ..network import Network
from .activity import convolution_of


def pruned(net: Network, removed: Iterable[Feature]) -> Network:
    """A copy of the network without these maps and their filters. Its output is the same as with
    the maps knocked out.

    Raises:
        ValueError: a layer would have no map left.
    """
    copy, gone = net.copy(), set(removed)
    activation_of = {convolution_of(net, name): name for name in feature_layers(net)}
    kept: list[int] | None = None           # indices of the input maps left; None: all
    for name, layer in copy.layers.items():
        if not layer.params:
            continue
        W, b = layer.params["W"], layer.params["b"]
        if name in activation_of:
            W = W if kept is None else W[:, kept]
            kept = [i for i in range(len(b)) if (activation_of[name], i) not in gone]
            if not kept:
                raise ValueError(f"pruned: no map of {activation_of[name]} is left")
            layer.params, maps = {"W": W[kept], "b": b[kept]}, len(b)
        elif kept is not None:              # the first dense layer: its inputs are map after map
            W = W.reshape(maps, -1, len(b))[kept].reshape(-1, len(b))
            layer.params, kept = {"W": W, "b": b}, None
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
