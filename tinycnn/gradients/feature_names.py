"""The names of features, and the form of numbers, in texts for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

Feature = tuple[str, int]
Layers = Sequence[str] | None       # names of layers; None for the paper's, see `feature_layers`


def layers_of(features: Iterable[Feature]) -> list[str]:
    """The layers of a network's features in their order: ["tanh1", "tanh2", "tanh3"]."""
    return list(dict.fromkeys(layer for layer, _ in features))


def layer_and_unit(feature: Feature, layers: Sequence[str]) -> tuple[int, int]:
    """Both numbers of a feature, from 1 on as in the paper: ("tanh1", 4) is layer 1, unit 5."""
    layer, unit = feature
    return layers.index(layer) + 1, int(unit) + 1


def feature_name(feature: Feature, layers: Sequence[str]) -> str:
    """A feature's name, from 1 on as in the paper: ("tanh1", 4) is "1, 5"."""
    layer, unit = layer_and_unit(feature, layers)
    return f"{layer}, {unit}"


def gradient_text(value: float) -> str:
    """A gradient as Table III prints it, 0.25153; three digits if five decimals would lose them."""
    if np.isnan(value):
        return "–"
    return f"{value:.5f}" if value == 0 or abs(value) >= 1e-4 else f"{value:.2e}"
