"""Errors and a warning for arguments that the calls of a network cannot use."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING

import numpy as np

from ..layers.base import Array
from ..output.text import listing

if TYPE_CHECKING:
    from .chain import Network


def is_shape(value: object) -> bool:
    """Whether a value is a shape: a tuple or a list of whole numbers."""
    return isinstance(value, (tuple, list)) and all(
        isinstance(side, (int, np.integer)) for side in value)


def expect_layer(name: str, layer: object) -> None:
    """ValueError unless a layer is an object with `params`."""
    got = f"layer {name!r}: expected an object with params, forward and backward, got"
    if isinstance(layer, type):
        raise ValueError(f"{got} the class {layer.__name__}. Likely cause: its brackets are "
                         f"missing, {name}={layer.__name__}(...)")
    if not hasattr(layer, "params"):
        raise ValueError(f"{got} a {type(layer).__name__} without params")


def expect(call: str, what: str, value: object, kind: type) -> None:
    """TypeError unless an argument is what an earlier call of the network returned."""
    if not isinstance(value, kind):
        raise TypeError(f"{call}: expected {what}, a {kind.__name__}, got a "
                        f"{type(value).__name__}. The three calls are trace = net.forward(x), "
                        "back = net.backward(trace, seed) and "
                        "net.parameter_gradients(trace, back)")


def expect_frozen(net: Network, call: str) -> None:
    """ValueError if an image's output depends on the other images: `call` asks about one image."""
    if net.mixes_images:
        raise ValueError(f"{call}: this network has a BatchNorm, so what it says of one image "
                         "depends on the other images of the batch. net.frozen(x), with all "
                         "training images x, is the network with its mean and variance fixed")


def warn_of_raw_pixels(x: Array, given: Array) -> None:
    """A warning for grey levels from 0 to 255, which saturate every tanh.

    Args:
        x: the images as numbers; given: the same as they came, perhaps as whole numbers.
    """
    if x.ndim != 4 or x.size == 0 or not x.max() > 10 or x.min() < 0:
        return
    if 100 < x.max() <= 255:
        _warn("the images are grey levels up to 255. Networks learn from numbers of about 1; "
              "likely cause: a division by 255 is missing")
    elif given.dtype.kind == "u":
        _warn(f"the images are {given.dtype}. Networks learn from numbers of about 1; divide them "
              "by their largest number")


def warn_of_nan(net: Network, x: Array, y: Array) -> None:
    """A warning for outputs that are NaN: no label is the right one for them."""
    bad = int(np.isnan(y).any(axis=1).sum()) if y.ndim == 2 else 0
    if bad:
        where = [name for name, w in net.params.items() if not np.isfinite(w).all()]
        where += ["the images"] * (not np.isfinite(np.asarray(x, float)).all())
        _warn(f"predict: the outputs of {bad} of {len(y)} images are NaN, so their labels mean "
              "nothing. Likely cause: " + (f"NaN or infinity in {listing(where)}" if where else
                                           "numbers that are too large for this precision"))


def _warn(text: str) -> None:
    """A warning at the line of the program that uses tinycnn, so Python shows it once a line."""
    frame, level = sys._getframe(), 1
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("tinycnn."):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, stacklevel=level)
