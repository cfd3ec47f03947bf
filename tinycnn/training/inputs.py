"""What `train` says about its arrays and weights before the first update."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..layers import Flatten, NotFiniteError, ShapeError
from ..layers.base import Array
from ..layers.kinds import claim_of
from ..network import Network, losses
from ..network.loss import labels_within
from ..network.passes import shape_of_all
from .plan import Plan

LARGEST = 10.0      # standardised pixels seldom lie further from 0


def arrays(what: str, x: Any, t: Any) -> tuple[Array, Array]:
    """Images and as many labels as arrays; ShapeError if there are none."""
    try:
        x, t = np.asarray(x), np.asarray(t)
    except ValueError as error:
        raise ShapeError(f"{what}: expected arrays of images and labels, got lists that are none "
                         f"({error}). Likely cause: images of different sizes") from None
    if x.size == 0 or not x.shape[:1] == t.shape[:1] != ():
        raise ShapeError(f"{what}: expected images and as many labels, got arrays of shape "
                         f"{x.shape} and {t.shape}" + ". There are no images" * (x.size == 0))
    return x, t


def check_network(net: Network, plan: Plan, x: Array, t: Array) -> None:
    """Errors that would come later, and a warning of two softmaxes."""
    if plan.loss is None and net.logits_layer is None:
        known = ", ".join([f"tc.{loss.__name__}" for loss in losses.LOSSES])
        raise ValueError("train: the network does not end in a softmax, so it needs loss=: one of "
                         f"{known}, or a function (y, t) -> (L, ∂L/∂y)")
    if not plan.plain and len({*map(id, net.params.values())}) < len(net.params):
        raise ValueError("train: a layer has two names, so its parameters have two gradients; "
                         "only w - λ ∂L/∂w can use both, without update and weight_decay")
    names = [*net.layers]
    inner = names[:names.index(net.logits_layer or names[-1])]
    if not set(plan.dropout or {}) <= set(inner):
        raise ValueError(f"dropout: expected layers before the last outputs, {', '.join(inner)}; "
                         f"got {', '.join(plan.dropout or {})}")
    if plan.loss in (losses.cross_entropy, losses.binary_cross_entropy_from_logits) and (
            kind := claim_of(type(net[names[-1]])).kind) in ("softmax", "sigmoid"):
        own = "softmax" if plan.loss is losses.cross_entropy else "sigmoid"
        warnings.warn(f"the network ends in {names[-1]!r}, a {kind}, and the loss applies a {own} "
                      "to it. Likely cause: that layer is not needed with this loss", stacklevel=3)
    if plan.loss is None:
        with np.errstate(all="ignore"), shape_of_all(x[:2], x):
            logits = net.upto(names[-1], x[:2])
        labels_within(t, logits.shape[1])
    if net.mixes_images and (len(x) - 1) % plan.batch_size == 0:
        with np.errstate(all="ignore"):     # a batch of one image, which a BatchNorm may refuse
            net.forward(np.zeros((1, *x.shape[1:]), x.dtype))


def checked(what: str, net: Network, pair: Any, loss: losses.Loss | None) -> tuple[Array, Array]:
    """The arrays of `test=` or `validation=`, or the errors that they would give in training."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ValueError(f"{what}: expected (images, labels), got " + (
            f"{len(pair)} values" if isinstance(pair, (tuple, list)) else type(pair).__name__))
    x, t = arrays(what, *pair)
    if loss is None and t.ndim != 1:
        raise ShapeError(f"{what}: expected images and as many labels, got arrays of shape "
                         f"{x.shape} and {t.shape}")
    try:
        with np.errstate(all="ignore"):
            y = net.forward(np.zeros((2, *x.shape[1:]), x.dtype)).y
            if loss is None:
                labels_within(t, y.shape[1])
            else:
                losses.answer_of(loss, np.resize(y, (len(t), *y.shape[1:])), t)
    except ShapeError as error:
        raise ShapeError(f"{what}: {error}") from None
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        kind = "NaN" if np.isnan(x).any() else "infinity"
        raise NotFiniteError(f"{what}: {kind} in the images. Likely cause: the data contain it; "
                             "look at x[~np.isfinite(x)]")
    return x, t


def warn(net: Network, x: Array, others: Mapping[str, tuple[Array, Array]]) -> bool:
    """Warn, as if from the line that called `train`, of what cannot be learned; True for pixels."""
    texts = [] if _scales(net) else [text for text in (
        _of_pixels(x, "images"), *(_of_pixels(pair[0], f"{what} images")
                                   for what, pair in others.items())) if text]
    for text in [*texts[:1], *_of_zeros(net)]:
        warnings.warn(text, stacklevel=3)
    return bool(texts)


def _scales(net: Network) -> bool:
    """Whether the first layer may scale the pixels itself: it has no weights, or is one's own."""
    first = next((layer for layer in net.layers.values() if not isinstance(layer, Flatten)), None)
    return first is None or "W" not in first.params


def _of_pixels(x: Array, what: str) -> str:
    if x.dtype.kind not in "iuf" or x.size == 0:
        return ""
    low, high = float(x.min()), float(x.max())
    if not np.isfinite([low, high]).all() or max(-low, high) <= LARGEST:
        return ""
    # Standardised with a mean and deviation of each pixel, a pixel that seldom changes is far out.
    if abs(x.mean(dtype=np.float64)) < 0.1 and x.std(dtype=np.float64) < 1.1:
        return ""
    cause = "likely cause: a division by 255 is missing" if 100 < high - low <= 255 else \
        "divide them by their largest number, or standardise them"
    text = (f"the {what} run from {low:g} to {high:g}. Networks learn from numbers of about 1; "
            f"{cause}")
    if x.dtype.kind == "u":
        text += (f". They are {x.dtype}, which wraps round: 0 - 1 is {np.iinfo(x.dtype).max}, so a "
                 "subtracted mean spoils them. Convert them first: x.astype(np.float32) / 255")
    return text


def _of_zeros(net: Network) -> list[str]:
    """A warning if no unit of a layer can become different from its neighbours.

    One layer of weights alone learns from zeros; so does one after biases that differ.
    """
    layers = [layer for layer in net.layers.values() if "W" in layer.params]
    if len(layers) < 2 or any(layer.params["W"].any() for layer in layers) or any(
            np.ptp(w) > 0 for layer in layers[:-1] for w in layer.params.values() if w.size):
        return []
    return ["all weights of the network are 0. Nothing can be learned: all units of a layer get "
            "the same gradient, and stay equal. Likely cause: np.zeros where random numbers are "
            "needed"]
