"""One case of the contract suite: the arguments of a layer, its input, and the right answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..layers import Layer
from ..layers.base import Array
from ..layers.kinds import KINDS
from .numeric import upstream


@dataclass
class Case:
    """One construction of a layer with one input.

    Attributes:
        kind: "conv2d" and so on; "" for an unknown layer.
        arguments: what the layer is built with.
        x, dy: input and upstream gradient; params: the weights, {} if none. All float64.
        group: which check it belongs to: "gradient", "ties", "extreme" or "memory";
            "given" if the caller chose the layer and x.
        features: what is special about it, in words.
        layout: how x and dy are stored: "C", "F" (columns first) or "strided" (with gaps).
        optional: a class may refuse the arguments (strides that are pairs) with a TypeError.
        right: {"y", "dx", "dW", "db"}: the answers of tinycnn's own layer; {} if there is none.
        outputs: which of these are not gradients, so that they are not measured.
        where: what a report calls the case; "" for the layer with its arguments, and x.
        layer: the layer itself, if it is given and not built from the arguments.
        like: whether the right answers are those of a layer that the caller gave.
        jacobian: {"dx", "dW", ...}: ∂y/∂x and so on, if they were measured.
        without: {"W", ...}: dx if these params were all 1, if it was measured.
        constants: {"eps": 1e-8}: what the class under test has chosen itself, if not as tinycnn.
    """

    kind: str
    arguments: dict[str, Any]
    x: Array
    group: str = "gradient"
    features: tuple[str, ...] = ()
    layout: str = "C"
    optional: bool = False
    params: dict[str, Array] = field(default_factory=dict)
    dy: Array = field(default_factory=lambda: np.zeros(0))
    right: dict[str, Array] = field(default_factory=dict)
    outputs: tuple[str, ...] = ("y",)
    where: str = ""
    layer: Any = None
    like: bool = False
    jacobian: dict[str, Array] = field(default_factory=dict)
    without: dict[str, Array] = field(default_factory=dict)
    constants: dict[str, float] = field(default_factory=dict)

    @property
    def numeric(self) -> bool:
        """Whether central differences can be used at x: no kink, and no extreme numbers."""
        return self.group in ("gradient", "memory", "given")

    @property
    def given(self) -> bool:
        """Whether the caller chose x, so that it may be at a kink."""
        return self.group == "given"

    @property
    def weights(self) -> str:
        """What the layer's weights are called in params: W, or the gamma of a batch norm."""
        return KINDS[self.kind].weights if self.kind else "W"

    @property
    def positional(self) -> tuple[Any, ...]:
        """The arguments that are passed by position: channels and sizes."""
        return tuple(v for name, v in self.arguments.items() if name not in ("stride", "padding"))

    @property
    def keywords(self) -> dict[str, Any]:
        """The arguments that are passed by name."""
        return {name: v for name, v in self.arguments.items() if name in ("stride", "padding")}

    def reference(self) -> Layer:
        """tinycnn's own layer, with the arguments and weights of this case."""
        layer = KINDS[self.kind].layer(**self.arguments, **self.constants)
        layer.params = {name: np.array(self.params.get(name, w), np.float64)
                        for name, w in layer.params.items()}
        return layer

    def fresh(self, array: Array) -> Array:
        """A copy of x or dy, in the memory layout of this case."""
        if self.layout == "F":
            return np.asfortranarray(array).copy(order="F")
        if self.layout == "strided":
            return np.repeat(array, 2, axis=-1)[..., ::2]
        return array.copy()

    def describe(self, name: str) -> str:
        """`Conv2D(2, 3, (2, 3), stride=2), x (2, 2, 4, 5)`."""
        if self.where:
            return self.where
        arguments = [*map(str, self.positional), *(f"{k}={v}" for k, v in self.keywords.items())]
        return f"{name}({', '.join(arguments)}), x {self.x.shape}" + (
            f", {self.features[-1]}" if self.group in ("ties", "extreme", "memory") else "")


def answers(layer: Layer, x: Array, dy: Array) -> dict[str, Array]:
    """y, dx and the parameters' gradients of one of tinycnn's own layers."""
    y, cache = layer.forward(x)
    return {"y": y, "dx": layer.backward(dy, cache)} | {
        f"d{name}": grad for name, grad in layer.parameter_gradients(dy, cache).items()}


def uneven(dy: Array) -> Array:
    """Every third entry is made smaller, by up to 10 000 times: code may treat such as 0."""
    dy = dy.copy()
    dy.flat[::3] = dy.flat[::3] * np.resize([0.1, 1e-4, 0.01, 1e-3], dy.flat[::3].size)
    return dy


def complete(case: Case, rng: np.random.Generator, *, even: bool = True) -> None:
    """Draw the weights and the upstream gradient of a case, and compute its right answers."""
    layer = KINDS[case.kind].layer(**case.arguments)
    case.params = {name: rng.normal(size=w.shape) for name, w in layer.params.items()}
    reference = case.reference()
    case.dy = upstream(rng, reference.forward(case.x)[0].shape)
    if not even:
        case.dy = uneven(case.dy)
        case.features = (*case.features, "some entries of dy are small")
    case.right = answers(reference, case.x, case.dy)


def in_memory(case: Case) -> Iterator[Case]:
    """The case again, with its arrays stored in other ways."""
    for layout, feature in (("F", "x and dy are stored column by column (order='F')"),
                            ("strided", "x and dy are views with gaps between their numbers")):
        yield Case(case.kind, case.arguments, case.x, "memory", (feature,), layout)
