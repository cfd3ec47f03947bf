"""Section III-D: the convolutional gradient, one number for each feature map, and its ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

import numpy as np

from ..layers.base import Array
from ..network import Network, Of
from .feature_names import Feature, Layers
from .prediction import (
    check_labels,
    count_classes,
    each_class,
    in_order,
    iter_prediction_gradients,
)

Reduce = Literal["mean_of_norms", "norm_of_mean"]
Norm = Literal["frobenius", "rms", "per_layer"]


@dataclass(frozen=True)
class FeatureScores:
    """How much each feature map, or hidden unit, matters to each class, by some measure.

    Attributes:
        scores: (K, n_features); the row of a class without images is NaN.
        features: n_features pairs (layer, map), in the order of the network.
        options: what was measured, for captions.
    """

    scores: Array
    features: tuple[Feature, ...]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def known(self) -> list[int]:
        """The classes with finite scores: those that have images."""
        return np.flatnonzero(np.isfinite(self.scores).all(axis=1)).tolist()

    def ranking(self, k: int) -> list[int]:
        """Indices into `features`, strongest for class k first; ties in the network's order."""
        row = self.scores[k]
        if not np.isfinite(row).all():
            raise ValueError(f"class {k}: its scores are not finite. Likely cause: the data "
                             "have no image of it")
        return sorted(range(len(row)), key=lambda i: (-row[i], i))

    def strongest(self, k: int, n: int) -> list[Feature]:
        """The n features with the highest scores for class k, the highest first."""
        return [self.features[i] for i in self.ranking(k)[:n]]

    def weakest(self, k: int, n: int) -> list[Feature]:
        """The n features with the lowest scores for class k, the lowest first."""
        return [self.features[i] for i in self.ranking(k)[::-1][:n]]

    def ranks(self) -> Array:
        """(K, n_features) places in the ranking, 1 for the strongest; NaN for unknown classes."""
        places = np.full(self.scores.shape, np.nan)
        for k in self.known:
            places[k, self.ranking(k)] = np.arange(1, len(self.features) + 1)
        return places

    def value(self, k: int, feature: Feature) -> float:
        """The score of one feature for class k."""
        return float(self.scores[k, self.features.index(feature)])


def map_norms(net: Network, x: Array, classes: int | Array, layers: Layers = None, *,
              of: Of | None = "prob", norm: Norm = "frobenius",
              ) -> tuple[Array, tuple[Feature, ...]]:
    """The convolutional gradients of single images (Table II): (N, n_features), and the features.

    Arguments as in `prediction_gradients` and `convolutional_gradients`.
    """
    rows, labels = [], check_labels(classes, len(x))
    for _, gradients in iter_prediction_gradients(net, x, layers, of=of, classes=labels):
        rows.append(map_norms_of(gradients, norm))
    features = _features(gradients)
    return _relative(np.concatenate(rows), features, norm), features


def convolutional_gradients(
        net: Network, x: Array, t: Array, layers: Layers = None, *,
        of: Of | None = "prob", reduce: Reduce = "norm_of_mean", norm: Norm = "frobenius",
        classes: int | Array | None = None) -> FeatureScores:
    """δ_a, the norm of the gradient over each feature map, for each class (III-D, Table III).

    Args:
        x, t, layers, of, classes: as in `class_gradients`.
        reduce: "norm_of_mean" takes the norm of the class gradient (eq. 3, then III-D), where
            gradients of opposite sign cancel: the reading that fits the printed Table III better.
            "mean_of_norms" takes the norm for each image and averages over the class, as section
            V-B can be read; it is never smaller.
        norm: "frobenius"; "rms" divides it by √units, so that large maps have no advantage;
            "per_layer" divides it by its mean over the maps of the layer, so that layers do not
            compete.
    """
    if reduce not in ("mean_of_norms", "norm_of_mean"):
        raise ValueError(f"reduce={reduce!r}: expected 'mean_of_norms' or 'norm_of_mean'")
    t = check_labels(t, len(x))
    if reduce == "norm_of_mean":
        rows = {k: map_norms_of({name: mean[None] for name, mean in means.items()}, norm)[0]
                for k, means in each_class(net, x, t, layers, of=of, classes=classes)}
        trace = net.forward(x[:1])
        features = _features({name: trace[name] for name in in_order(net, layers)})
    else:
        # Average first and divide by the layer's mean after: then large gradients weigh more.
        raw: Norm = "frobenius" if norm == "per_layer" else norm
        norms, features = map_norms(net, x, t if classes is None else classes, layers, of=of,
                                    norm=raw)
        rows = {k: norms[t == k].mean(axis=0) for k in np.unique(t).tolist()}
    dtype = np.result_type(*rows.values()) if rows else net.precision(x)
    scores = np.full((count_classes(net, x, t), len(features)), np.nan, dtype)
    for k, row in rows.items():
        scores[k] = row
    return FeatureScores(_relative(scores, features, norm), features,
                         {"of": net.entry(of), "reduce": reduce, "norm": norm})


def _features(gradients: dict[str, Array]) -> tuple[Feature, ...]:
    """(layer, map) for every map of every layer."""
    return tuple((name, i) for name, array in gradients.items() for i in range(array.shape[1]))


def map_norms_of(gradients: Mapping[str, Array], norm: Norm = "frobenius") -> Array:
    """{layer: (N, C, *unit shape)} -> (N, n_features); a unit without a map gives |gradient|."""
    if norm not in ("frobenius", "rms", "per_layer"):
        raise ValueError(f"norm={norm!r}: expected 'frobenius', 'rms' or 'per_layer'")
    columns = []
    for array in gradients.values():
        n, maps, *unit_shape = array.shape
        flat = array.reshape(n, maps, prod(unit_shape))
        norms = np.sqrt(np.einsum("ncp,ncp->nc", flat, flat))
        columns.append(norms / np.sqrt(flat.shape[2]) if norm == "rms" else norms)
    return np.concatenate(columns, axis=1)


def _relative(scores: Array, features: tuple[Feature, ...], norm: Norm) -> Array:
    """With "per_layer", scores divided by the mean over their layer; else unchanged."""
    if norm != "per_layer":
        return scores
    scores = scores.copy()
    names = np.array([name for name, _ in features])
    for name in np.unique(names):
        mean = scores[:, names == name].mean(axis=1, keepdims=True)
        scores[:, names == name] /= np.where(mean > 0, mean, 1)     # a dead layer keeps its zeros
    return scores
