"""Is it one of tinycnn's kinds, in another layout? Then its answers can be compared exactly.

Code may store the channels last, the batch last, or take one image alone; its weights may have
their axes in any order. `as_known` looks for the order in which tinycnn's own layer gives the same
y. From then on the layer is called through `Turned`, which swaps the axes on the way in and out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product
from typing import Any, NamedTuple

import numpy as np

from ...layers import Layer
from ...layers.base import Array
from ...layers.kinds import KINDS
from ..compare import is_same
from .norms import norms


class Layout(NamedTuple):
    """How code stores an array: leading axes of length 1 are dropped, then the axes are ordered."""

    dropped: int
    axes: tuple[int, ...]

    def theirs(self, ours: Array) -> Array:
        """From tinycnn's order of axes to the order of the code."""
        return ours.reshape(ours.shape[self.dropped:]).transpose(self.axes)

    def ours(self, theirs: Array) -> Array:
        """Back again. It raises a ValueError if the array has another number of axes."""
        back = theirs.transpose(np.argsort(self.axes))
        return back.reshape((1,) * self.dropped + back.shape)


IMAGES = [Layout(0, (0, 1, 2, 3)), Layout(0, (0, 2, 3, 1)), Layout(0, (2, 3, 1, 0)),
          Layout(0, (1, 2, 3, 0)), Layout(1, (0, 1, 2)), Layout(1, (1, 2, 0)), Layout(2, (0, 1))]
ROWS = [Layout(0, (0, 1)), Layout(0, (1, 0)), Layout(1, (0,))]
POOLS = ("maxpool2d", "avgpool2d")


class Turned:
    """A layer whose arrays are in another layout, as a layer with tinycnn's layout."""

    def __init__(self, layer: Any, x: Layout, y: Layout,
                 weights: dict[str, tuple[str, Layout | Vector]]) -> None:
        self.layer, self.x, self.y, self.weights = layer, x, y, weights
        self.params = {ours: layout.ours(layer.params[name]).copy()
                       for ours, (name, layout) in weights.items()}

    def forward(self, x: Array) -> tuple[Array, Any]:
        """(y, cache) of the layer, with the axes of y in tinycnn's order."""
        for ours, (name, layout) in self.weights.items():
            self.layer.params[name] = layout.theirs(self.params[ours])
        y, cache = self.layer.forward(self.x.theirs(x))
        return self.y.ours(y), cache

    def backward(self, dy: Array, cache: Any) -> Array | None:
        """The gradient of x, in tinycnn's order; as it is if it has another number of axes."""
        dx = self.layer.backward(self.y.theirs(dy), cache)
        return self.x.ours(dx) if dx is not None and dx.ndim == len(self.x.axes) else dx

    def parameter_gradients(self, dy: Array, cache: Any) -> dict[str, Array]:
        """The gradients of the weights, in tinycnn's order."""
        found = self.layer.parameter_gradients(self.y.theirs(dy), cache)
        return {ours: layout.ours(found[name]) if found[name].ndim == len(layout.axes) else
                found[name] for ours, (name, layout) in self.weights.items()}


class Match(NamedTuple):
    """The layer in tinycnn's layout, tinycnn's own layer, x for both, and whether they agree."""

    layer: Turned
    twin: Layer
    x: Array
    same: bool


def as_known(layer: Any, kind: str, x: Array, y: Array) -> Match | None:
    """The layer as one of a known kind: with the same y, or else with a y of the same shape.

    None if no order of the axes, stride and padding gives a y of this shape, or if y is that of the
    known kind with something after it, such as an activation.
    """
    fitting = None
    for match in _candidates(layer, kind, x, y):
        if match is None or match.same:
            return match
        fitting = fitting or match
    return fitting


def _candidates(layer: Any, kind: str, x: Array, y: Array) -> Iterator[Match | None]:
    layouts = IMAGES if kind in ("conv2d", *POOLS) else ROWS
    if kind == "batchnorm":
        yield from _norms(layer, x, y)
        return
    if kind in ("tanh", "sigmoid", "relu", "flatten"):
        layouts = [Layout(0, tuple(range(x.ndim)))]
    for x_layout, twin, weights in _twins(layer, kind, x, layouts):
        try:
            expected = twin.forward(x_layout.ours(x))[0]
        except (ValueError, IndexError):
            continue
        outputs = [Layout(0, tuple(range(y.ndim)))] if kind == "flatten" else layouts
        for y_layout in outputs:
            if len(y_layout.axes) != y.ndim:
                continue
            found = y_layout.ours(y)
            if found.shape == expected.shape:
                same = is_same(found, expected)
                if not same and (_something_after(found, expected) or _turned_round(
                        twin, x_layout.ours(x), found)):
                    yield None      # another layer, and no wrong one
                turned = Turned(layer, x_layout, y_layout, weights)
                yield Match(turned, twin, x_layout.ours(x), same)


def _norms(layer: Any, x: Array, y: Array) -> Iterator[Match | None]:
    """A batch norm in each layout; None if it is a usual one that tinycnn's own cannot compute."""
    if x.shape != y.shape or x.ndim > 4 or layer.unseen:
        return
    held = getattr(layer.state[0], "__dict__", {})
    idle = {"gamma", "beta"} - {*layer.params} & {
        name for name, value in held.items() if isinstance(value, np.ndarray)}
    eps = next((e for name in ("eps", "epsilon") if isinstance(
        e := held.get(name), float) and e > 0), 1e-5)
    layer.unusual = f"does not use {' and '.join(sorted(idle))}" if idle else ""
    for layout in IMAGES if x.ndim > 2 else ROWS:
        if len(layout.axes) == x.ndim:
            turned = layout.ours(x), layout.ours(y)
            for twin, found, unusual in norms(*turned, layer.params, eps):
                if unusual:
                    layer.unusual = unusual
                    yield None
                yield Match(Turned(layer, layout, layout, {
                    role: (name, Vector(layer.params[name].shape)) for role, name in found.items()
                    }), twin, turned[0], is_same(turned[1], twin.forward(turned[0])[0]))


def _something_after(y: Array, expected: Array) -> bool:
    """Whether y is the expected y with an activation after it: then it is another layer."""
    with np.errstate(all="ignore"):
        return any(is_same(y, f) for f in (
            np.maximum(expected, 0), np.tanh(expected), 1 / (1 + np.exp(-expected)),
            np.where(expected > 0, expected, 0.01 * expected)))


def _turned_round(twin: Layer, x: Array, y: Array) -> bool:
    """Whether y is the convolution of mathematics, with the kernel turned by 180 degrees."""
    W = twin.params.get("W", np.zeros(0))
    if W.ndim != 4:
        return False
    twin.params["W"] = np.flip(W, (2, 3))
    turned = twin.forward(x)[0]
    twin.params["W"] = W
    return is_same(turned, y)


def _twins(layer: Any, kind: str, x: Array, layouts: list[Layout]
           ) -> Iterator[tuple[Layout, Layer, dict[str, tuple[str, Layout | Vector]]]]:
    """(layout of x, tinycnn's own layer with these weights, where each weight is)."""
    here = [layout for layout in layouts if len(layout.axes) == x.ndim]
    sizes = KINDS[kind].sizes
    if sizes is None:
        arguments: list[dict[str, Any]] = [{}] if kind not in POOLS else [
            {"size": (h, w), "stride": s} for h, w, s in product((2, 3), (2, 3), (1, 2, 3))]
        for layout, more in product(here, arguments if not layer.params else ()):
            yield layout, KINDS[kind].layer(**more), {}
        return
    for name, array in layer.params.items():
        others = [(other, b) for other, b in layer.params.items() if other != name]
        if len(others) > 1 or array.ndim < 2:
            continue
        for layout, order in product(here, _orders(array, kind)):
            W = order.ours(array)
            bias = {"b": (others[0][0], Vector(others[0][1].shape))} if others else {}
            units = W.shape[0] if kind == "conv2d" else W.shape[1]
            if any(layer.params[other].size != units for other, _ in bias.values()):
                continue
            for more in ([{}] if kind == "dense" else [
                    {"stride": s, "padding": p} for s, p in product((1, 2, 3), (0, 1, 2))]):
                twin = KINDS[kind].layer(**sizes(*W.shape), **more)
                twin.params["W"] = W.copy()
                twin.params["b"] = np.zeros(units) if not bias else \
                    layer.params[bias["b"][0]].reshape(-1).copy()
                yield layout, twin, {"W": (name, order), **bias}


def _orders(W: Array, kind: str) -> list[Layout]:
    wanted = {"dense": 2, "conv2d": 4}.get(kind)
    return [Layout(0, axes) for axes in permutations(range(W.ndim))] if W.ndim == wanted else []


class Vector(NamedTuple):
    """The layout of a bias such as (1, F) or (F, 1, 1, 1), from a vector."""

    axes: tuple[int, ...]       # its shape

    def theirs(self, ours: Array) -> Array:
        """With the axes of length 1."""
        return ours.reshape(self.axes)

    def ours(self, theirs: Array) -> Array:
        """The vector."""
        return theirs.reshape(-1)
