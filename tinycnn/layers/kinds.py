"""The table of kinds: one row for each kind of layer. What tinycnn knows about it begins here.

Other files about a kind have the kind's name: examples and known mistakes in
`gradcheck/kinds/`, bugs to find in `gradcheck/zoo/`, how a number is explained in `stepper/kinds/`,
exercises in `classroom/kinds/`. So a new kind is one row here and a file in each of these folders.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from inspect import signature
from types import ModuleType
from typing import Any, NamedTuple

from . import loops
from .avgpool2d import AvgPool2D
from .base import Array, Layer
from .batchnorm import BatchNorm, FrozenBatchNorm
from .conv2d import Conv2D
from .dense import Dense
from .flatten import Flatten
from .maxpool2d import MaxPool2D
from .relu import ReLU
from .sigmoid import Sigmoid
from .softmax import Softmax
from .tanh import Tanh


@dataclass(frozen=True)
class Kind:
    """A row of the table.

    Attributes:
        layer: tinycnn's own layer.
        loops: the same layer, written like the equations.
        names: words for this kind in a class's name, in lower case: "conv" for `MyConv2D`.
        sizes: the shape of W -> the constructor's arguments; None if there is no W.
        weights: the name of the parameter that is meant by W.
    """

    layer: type[Layer]
    loops: type[Layer]
    names: tuple[str, ...]
    sizes: Callable[..., dict[str, Any]] | None = None
    weights: str = "W"

    def twin(self, layer: Any) -> Layer | None:
        """tinycnn's own layer with the same sizes and parameters; None if there is no such layer.

        The sizes come from `weights`, and from attributes with the names of the constructor's
        arguments.
        """
        try:
            arguments = self.sizes(*layer.params[self.weights].shape) if self.sizes else {}
            arguments |= {name: value for name in signature(self.layer).parameters
                          if (value := getattr(layer, name, None)) is not None}
            twin = self.layer(**arguments)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        if set(twin.params) != set(layer.params):
            return None
        twin.params = dict(layer.params)
        return twin


KINDS: Mapping[str, Kind] = {       # in the order in which a network is built
    "conv2d": Kind(Conv2D, loops.Conv2D, ("conv", "convolution", "convolutional"),
                   lambda f, c, *kernel: {"in_channels": c, "out_channels": f,
                                          "kernel_size": kernel}),
    "batchnorm": Kind(BatchNorm, loops.BatchNorm,
                      ("batchnorm", "batchnormalization", "batchnormalisation", "bn"),
                      lambda channels: {"channels": channels}, "gamma"),
    "frozenbatchnorm": Kind(FrozenBatchNorm, loops.FrozenBatchNorm, ("frozenbatchnorm",),
                            lambda channels: {"channels": channels}, "gamma"),
    "tanh": Kind(Tanh, loops.Tanh, ("tanh",)),
    "sigmoid": Kind(Sigmoid, loops.Sigmoid, ("sigmoid", "logistic")),
    "relu": Kind(ReLU, loops.ReLU, ("relu",)),
    "avgpool2d": Kind(AvgPool2D, loops.AvgPool2D, ("avgpool", "avgpooling", "averagepool",
                                                   "averagepooling", "meanpool", "meanpooling")),
    "maxpool2d": Kind(MaxPool2D, loops.MaxPool2D, ("maxpool", "maxpooling", "pool", "pooling")),
    "flatten": Kind(Flatten, loops.Flatten, ("flatten",)),
    "dense": Kind(Dense, loops.Dense, ("dense", "linear", "fullyconnected", "affine", "fc"),
                  lambda n_in, n_out: {"n_in": n_in, "n_out": n_out}),
    "softmax": Kind(Softmax, loops.Softmax, ("softmax",)),
}

# Words in the name of a class that say nothing about what it computes.
_HARMLESS = ("my", "your", "our", "the", "students?", "own", "new", "old", "layer", "loops?",
             "naive", "slow", "fast", "simple", "plain", "basic", "vectori[sz]ed", "numpy", "np",
             "einsum", "im2col", "custom", "impl", "implementation", "module", "class", "op",
             "activation", "function", "hand", "written", "from", "scratch", "wrong", "right",
             "correct", "broken", "buggy", "bug", "fixed", "good", "bad", "nn", "cnn", "tiny",
             "mini", "toy", "test", "tested", "ref", "reference", "solution", "exercise",
             "homework", "hw", "version", "final", "v", "[12]d", "[1-5]")


class Claim(NamedTuple):
    """Which kind a class claims to be by its name; None if no known kind.

    Attributes:
        sure: the name says nothing else. `LeakyReLU` and `LogSoftmax` are not sure: they may be
            something else than a ReLU or a softmax.
    """

    kind: str | None
    sure: bool = True


def claim_of_name(name: str) -> Claim:
    """Which kind a class of this name claims to be: `MyConv2D` is a conv2d."""
    word = name.lower().replace("_", "")
    harmless = f"({'|'.join(_HARMLESS)})*"
    for kind, row in KINDS.items():
        if re.fullmatch(f"{harmless}({'|'.join(row.names)}){harmless}", word):
            return Claim(kind)
    for kind, row in KINDS.items():
        if any(name in word for name in row.names if len(name) > 2):
            return Claim(kind, sure=False)
    return Claim(None)


def claim_of(cls: type) -> Claim:
    """Which kind a class claims to be: by its name, or else by the name of a base class."""
    for base in cls.__mro__:
        for kind, row in KINDS.items():
            if base in (row.layer, row.loops):
                return Claim(kind)
        claim = claim_of_name(base.__name__)
        if claim.kind is not None:
            return claim
    return Claim(None)


def is_tinycnns(layer: Any) -> bool:
    """Whether a layer's class is tinycnn's own, not one that inherits from it."""
    return type(layer).__module__.startswith("tinycnn.layers")


def kind_of(layer: Any, x: Array) -> str | None:
    """Which kind a layer is. If its name is not clear, what it computes from x decides.

    Args:
        x: an input that the layer takes.
    """
    kind, sure = claim_of(type(layer))
    if kind is None or sure:
        return kind
    try:
        twin = KINDS[kind].twin(layer)
        same = twin is not None and _close(layer.forward(x)[0], twin.forward(x)[0])
    except Exception:       # a student's layer may raise anything: then nothing is known about it
        same = False
    return kind if same else None


def _close(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(abs(a - b).max(initial=0) <= 1e-5 * abs(b).max(initial=0))


def in_room(kind: str, room: str) -> ModuleType | None:
    """The module named like the kind in the package `room`; None if there is none."""
    name = f"{room}.{kind}"
    return import_module(name) if find_spec(name) else None
