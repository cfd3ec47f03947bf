"""What the contract suite tries on a layer: arguments, inputs, and the right answers.

The shapes are awkward on purpose: more than one image, C != F, H != W, kernels that are not square.
Each case differs from the plain one in few things, its `features`, so that a layer that fails in
some cases and not in others shows what it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..layers import Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU, Softmax, Tanh
from ..layers.base import Pair, pair
from .numeric import spread_out, upstream

Array = np.ndarray

REFERENCES: dict[str, type[Layer]] = {
    "conv2d": Conv2D, "maxpool2d": MaxPool2D, "tanh": Tanh, "relu": ReLU, "dense": Dense,
    "softmax": Softmax, "flatten": Flatten}


@dataclass
class Case:
    """One construction of a layer with one input.

    Attributes:
        kind: "conv2d" and so on; "" for a layer of which nothing is known.
        arguments: what the layer is built with.
        x, dy: input and upstream gradient; params: the weights, {} if none. All float64.
        group: which check it belongs to: "gradient", "ties", "extreme" or "memory";
            "given" if somebody else chose the layer and x.
        features: what is special about it, in words.
        layout: how x and dy lie in memory: "C", "F" (columns first) or "strided" (with gaps).
        optional: a class may refuse the arguments with a TypeError: strides that are pairs.
        right: {"y", "dx", "dW", "db"}: what tinycnn's own layer answers; {} if there is none.
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

    @property
    def numeric(self) -> bool:
        """Whether the layer has a derivative at x, with numbers that central differences bear."""
        return self.group in ("gradient", "memory", "given")

    @property
    def given(self) -> bool:
        """Whether x came from outside, so that it may lie at a kink."""
        return self.group == "given"

    @property
    def positional(self) -> tuple[Any, ...]:
        """The arguments that are given by position: channels, sizes. The rest has names."""
        return tuple(v for name, v in self.arguments.items() if name not in ("stride", "padding"))

    @property
    def keywords(self) -> dict[str, Any]:
        """The arguments that are given by name."""
        return {name: v for name, v in self.arguments.items() if name in ("stride", "padding")}

    @property
    def window(self) -> tuple[Pair, Pair, Pair]:
        """Size, stride and padding of a convolution's or a pool's window."""
        size = pair(self.arguments.get("size") or self.arguments["kernel_size"], "size")
        stride = self.arguments.get("stride", size if self.kind == "maxpool2d" else 1)
        return size, pair(stride, "stride"), pair(self.arguments.get("padding", 0), "padding",
                                                  least=0)

    def reference(self) -> Layer:
        """tinycnn's own layer, built and weighted as this case wants it."""
        layer = REFERENCES[self.kind](**self.arguments)
        layer.params = {name: w.copy() for name, w in self.params.items()}
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
        arguments = [*map(str, self.positional), *(f"{k}={v}" for k, v in self.keywords.items())]
        return f"{name}({', '.join(arguments)}), x {self.x.shape}" + (
            f", {self.features[-1]}" if self.group in ("ties", "extreme", "memory") else "")


def answers(layer: Layer, x: Array, dy: Array) -> dict[str, Array]:
    """y, dx and the parameters' gradients of one of tinycnn's own layers."""
    y, cache = layer.forward(x)
    return {"y": y, "dx": layer.backward(dy, cache)} | {
        f"d{name}": grad for name, grad in layer.parameter_gradients(dy, cache).items()}


def cases(kind: str, seed: int = 0) -> list[Case]:
    """The grid of a kind: the same seed gives the same numbers.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in REFERENCES:
        raise ValueError(f"kind: expected one of {', '.join(REFERENCES)}, loss, update; "
                         f"got {kind!r}")
    rng = np.random.default_rng(seed)
    grid = list(_GRIDS[kind](rng))
    for case in grid:
        complete(case, rng)
        case.features = (*_features(case), *case.features)
    return grid


def complete(case: Case, rng: np.random.Generator) -> None:
    """Draw the weights and the upstream gradient of a case, and work out its right answers."""
    layer = REFERENCES[case.kind](**case.arguments)
    case.params = {name: rng.normal(size=w.shape) for name, w in layer.params.items()}
    reference = case.reference()
    case.dy = upstream(rng, reference.forward(case.x)[0].shape)
    case.right = answers(reference, case.x, case.dy)


def _in_memory(case: Case) -> Iterator[Case]:
    """The case once more, with its arrays laid out in other ways."""
    for layout, feature in (("F", "x and dy lie in memory column by column (order='F')"),
                            ("strided", "x and dy are views with gaps between their numbers")):
        yield Case(case.kind, case.arguments, case.x, "memory", (feature,), layout)


def _conv2d(rng: np.random.Generator) -> Iterator[Case]:
    grid: list[tuple[int, int, int, Pair, Any, dict[str, Any]]] = [
            (2, 2, 3, (4, 4), 2, {}),
            (3, 3, 2, (3, 5), 2, {}),
            (2, 2, 3, (4, 5), (2, 3), {}),
            (2, 3, 2, (4, 4), 2, {"stride": 2}),
            (3, 2, 4, (6, 5), (3, 2), {"stride": 2}),
            (2, 2, 3, (3, 3), 2, {"padding": 1}),
            (2, 3, 2, (4, 3), (2, 3), {"padding": 1}),
            (2, 2, 3, (4, 5), (3, 2), {"stride": 2, "padding": 1}),
            (1, 2, 3, (3, 4), 2, {}),
            (2, 1, 1, (3, 4), 1, {})]
    for n, c, f, image, kernel, more in grid:
        yield Case("conv2d", {"in_channels": c, "out_channels": f, "kernel_size": kernel, **more},
                   rng.normal(size=(n, c, *image)))
    for stride, padding in (((2, 1), (0, 1)), ((1, 3), (1, 0))):
        yield Case("conv2d", {"in_channels": 2, "out_channels": 3, "kernel_size": (2, 3),
                              "stride": stride, "padding": padding},
                   rng.normal(size=(2, 2, 4, 6)), optional=True,
                   features=("rows and columns have different strides or padding",))
    yield from _in_memory(Case("conv2d", {"in_channels": 2, "out_channels": 3, "kernel_size": 2},
                               rng.normal(size=(2, 2, 4, 3))))


def _maxpool2d(rng: np.random.Generator) -> Iterator[Case]:
    grid: list[tuple[int, int, tuple[int, int], Any, Any]] = [
        (2, 2, (4, 4), 2, None), (3, 2, (4, 6), 2, None), (2, 3, (4, 6), (2, 3), None),
        (2, 2, (5, 7), 2, None), (2, 3, (5, 7), 3, 2), (2, 3, (4, 5), 2, 1),
        (3, 2, (4, 4), (3, 2), 1), (2, 2, (5, 8), 2, 3), (1, 3, (4, 5), (2, 1), None)]
    for n, c, image, size, stride in grid:
        yield Case("maxpool2d", _pool(size, stride), spread_out(rng, (n, c, *image)))
    for size, stride in ((2, (1, 2)), ((2, 3), (2, 1))):
        yield Case("maxpool2d", _pool(size, stride), spread_out(rng, (2, 2, 4, 6)), optional=True,
                   features=("rows and columns have different strides",))
    negative = spread_out(rng, (2, 3, 4, 6))
    yield Case("maxpool2d", _pool(2, None), negative - negative.max() - 1,
               features=("all values are negative",))
    for size, stride in ((2, None), (3, 2), ((2, 3), None), (2, 1)):
        x = rng.integers(-1, 2, size=(2, 3, 5, 7)).astype(float)
        x[0, 0] = 0
        yield Case("maxpool2d", _pool(size, stride), x, "ties", ("values tie",))
    yield Case("maxpool2d", _pool(2, None), -1e30 * (1 + spread_out(rng, (2, 2, 4, 6)) % 1),
               "extreme", ("all values are far below 0",))
    yield from _in_memory(Case("maxpool2d", _pool(2, None), spread_out(rng, (2, 3, 4, 6))))


def _pool(size: Any, stride: Any) -> dict[str, Any]:
    return {"size": size} | ({} if stride is None else {"stride": stride})


def _dense(rng: np.random.Generator) -> Iterator[Case]:
    for n, n_in, n_out in ((2, 3, 4), (3, 4, 2), (4, 3, 3), (3, 3, 3), (1, 3, 2), (2, 4, 1)):
        yield Case("dense", {"n_in": n_in, "n_out": n_out}, rng.normal(size=(n, n_in)))
    yield from _in_memory(Case("dense", {"n_in": 4, "n_out": 3}, rng.normal(size=(3, 4))))


def _softmax(rng: np.random.Generator) -> Iterator[Case]:
    for shape in ((2, 3), (3, 5), (4, 4), (5, 2), (1, 4)):
        yield Case("softmax", {}, 1.5 * rng.normal(size=shape))
    rows = np.array([[1e4, 0, -1e4, 5], [-1e4, -1e4, -1e4, -1e4 - 2], [1e4, 1e4 - 1, 1e4, 3]])
    yield Case("softmax", {}, rows, "extreme", ("logits up to ±10000",))
    yield Case("softmax", {}, np.array([[800., 0, 0], [0, -800, 0]]), "extreme",
               ("logits up to ±800",))
    yield from _in_memory(Case("softmax", {}, rng.normal(size=(3, 4))))


def _tanh(rng: np.random.Generator) -> Iterator[Case]:
    for shape in ((2, 3), (3, 4), (2, 3, 4, 5), (1, 5), (3, 3)):
        yield Case("tanh", {}, rng.normal(size=shape))
    x = rng.choice([-1.0, 1.0], (3, 4)) * np.geomspace(15, 1e4, 12).reshape(3, 4)
    yield Case("tanh", {}, x, "extreme", ("inputs up to ±10000, units saturated",))
    yield from _in_memory(Case("tanh", {}, rng.normal(size=(2, 3, 4, 5))))


def _relu(rng: np.random.Generator) -> Iterator[Case]:
    for shape in ((2, 3), (3, 4), (2, 3, 4, 5), (1, 5), (3, 3)):
        yield Case("relu", {}, 30 * spread_out(rng, shape))
    x = rng.normal(size=(3, 4))
    x[:, 1] = 0
    yield Case("relu", {}, x, "ties", ("inputs that are exactly 0",))
    yield Case("relu", {}, 1e30 * rng.normal(size=(3, 4)), "extreme", ("inputs up to ±1e30",))
    yield from _in_memory(Case("relu", {}, spread_out(rng, (2, 3, 4, 5))))


def _flatten(rng: np.random.Generator) -> Iterator[Case]:
    for shape in ((2, 3, 4, 5), (3, 2, 2, 3), (4, 3, 3, 3), (2, 5), (1, 2, 3, 4), (3, 2, 4)):
        yield Case("flatten", {}, rng.normal(size=shape))
    yield from _in_memory(Case("flatten", {}, rng.normal(size=(2, 3, 4, 5))))


_GRIDS = {"conv2d": _conv2d, "maxpool2d": _maxpool2d, "dense": _dense, "softmax": _softmax,
          "tanh": _tanh, "relu": _relu, "flatten": _flatten}


def _features(case: Case) -> tuple[str, ...]:
    """What is special about a case, in words that complete "it goes wrong exactly where ..."."""
    shape = case.x.shape
    words = ["there is more than one image" if shape[0] > 1 else "there is one image only"]
    if len(shape) == 4 and shape[2] != shape[3]:
        words.append("H and W differ")
    if case.kind not in ("conv2d", "maxpool2d"):
        return tuple(words)
    size, stride, padding = case.window
    padded = [shape[2] + 2 * padding[0], shape[3] + 2 * padding[1]]
    left_over = [(p - k) % s for p, k, s in zip(padded, size, stride, strict=True)]
    return (*words, *(word for word, here in {
        "the window is not square": size[0] != size[1],
        "the stride is larger than 1": case.kind == "conv2d" and max(stride) > 1,
        "the stride is not the size of the window": case.kind == "maxpool2d" and stride != size,
        "there is padding": max(padding) > 0,
        "there is no padding": case.kind == "conv2d" and min(padding) == 0,
        "windows overlap": stride[0] < size[0] or stride[1] < size[1],
        "rows or columns are left over": max(left_over) > 0,
        "there are gaps between windows": stride[0] > size[0] or stride[1] > size[1],
    }.items() if here))
