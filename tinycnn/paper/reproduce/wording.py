"""The report's words for features and options."""

from __future__ import annotations

from ...gradients import Feature, layer_and_unit, layers_of
from .experiment import Results


def layers_in(r: Results) -> list[str]:
    """The layers of the features, in the order of the network."""
    return layers_of(r.scores.features)


def numbers_of(r: Results, feature: Feature) -> tuple[int, int]:
    """Layer and unit, counted from 1 as in the paper."""
    return layer_and_unit(feature, layers_in(r))


def options_text(r: Results, *, images: bool = True) -> str:
    """The options of a convolutional gradient, in words, for captions."""
    s = r.settings
    entry = {"prob": "the true class's probability", "logit": "the true class's logit"}[r.of]
    norm = {"frobenius": "Frobenius norm", "rms": "root mean square over the map",
            "per_layer": "Frobenius norm relative to the layer's mean"}[s.norm]
    how = {"mean_of_norms": "averaged over the images of the class",
           "norm_of_mean": "of the class gradient (eq. 3)"}[s.reduce]
    if not r.net.ends_in_softmax:
        entry = "the true class's output"
    text = f"gradient of {entry} with respect to {r.words.outputs}, {norm}"
    return f"{text}, {how} ({s.images} images)" if images else text
