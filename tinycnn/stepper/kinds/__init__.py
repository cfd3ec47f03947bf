"""Which kind a layer is of."""

from __future__ import annotations

from typing import Any

from .base import Kind
from .linear import Convolution, Dense, Flatten
from .nonlinear import MaxPool, Relu, Softmax, Tanh

# By the name of the class: the kind, and what a layer of it must have.
KNOWN: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "conv2d": (Convolution(), ("stride", "padding")), "dense": (Dense(), ()),
    "flatten": (Flatten(), ()), "tanh": (Tanh(), ()), "relu": (Relu(), ()),
    "maxpool2d": (MaxPool(), ("size", "stride")), "softmax": (Softmax(), ()),
}


def kind_of(layer: Any) -> Kind:
    """How this layer makes its numbers.

    Ours and those of `tinycnn.loops` are known by name, and so is a student's MyConv2D; if it
    computes something else than the formula, its sums do not add up and the explanation says so.
    """
    for cls in type(layer).__mro__:
        name = cls.__name__.lower().replace("_", "").removeprefix("my")
        if name in KNOWN and all(hasattr(layer, needed) for needed in KNOWN[name][1]):
            return KNOWN[name][0]
    return Kind()
