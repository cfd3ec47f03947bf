"""Errors and a warning for arguments that the calls of a network cannot use."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from ..layers.base import Array

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


def warn_of_raw_pixels(x: Array) -> None:
    """A warning for images with grey levels from 0 to 255, which saturate every tanh."""
    if x.ndim == 4 and x.size and 100 < x.max() <= 255 and x.min() >= 0:
        warnings.warn(f"the images run from {x.min():g} to {x.max():g}. Networks learn from "
                      "numbers of about 1; likely cause: a division by 255 is missing",
                      stacklevel=3)
