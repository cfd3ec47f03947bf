"""A network so small that all of its numbers fit on a page: to follow with a pencil.

One 6 x 6 image, one 3 x 3 filter, tanh, 2 x 2 max-pooling, and a dense layer to 2 classes.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ..layers import Conv2D, Dense, Flatten, MaxPool2D, Softmax, Tanh
from ..layers.base import Array
from ..network import Network
from .stepper import Stepper

DECIMALS = 3
TOLERANCE = 0.005       # rounding every box to DECIMALS moves no number of a sheet by more
NOTE = ("Fill in the empty boxes: outputs from top to bottom, then gradients from bottom to top. "
        f"Round each to three decimals and go on with that; {TOLERANCE} more or less is right. "
        "o' goes into a layer, o comes out; t is the true class, 0 or 1; indices count "
        "from 0; log is the natural one.")


@dataclass(frozen=True)
class Box:
    """An array on the page.

    Attributes:
        name: what the debugger calls it.
        values: (rows, columns); NaN is an empty cell.
        given: it is printed on the exercise sheet; the others are to be filled in.
        decimals: how many decimals are printed.
    """

    name: str
    values: Array
    given: bool = False
    decimals: int = DECIMALS

    def text(self, row: int, column: int) -> str:
        """One number as it is printed, "" for an empty cell."""
        value = np.round(self.values[row, column], self.decimals) + 0.0     # no "-0.000"
        return "" if np.isnan(value) else f"{value:.{self.decimals}f}"


@dataclass(frozen=True)
class Row:
    """Boxes side by side, and the formulas that fill them."""

    formulas: tuple[str, ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Page:
    """What to do, and the rows, in the order of the forward pass."""

    note: str
    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)


def tiny_stepper(seed: int = 0, learning_rate: float = 0.1) -> Stepper:
    """A stepper on a tiny network with round numbers; another seed gives another exercise.

    All exercises are fair, and about the same amount of work.
    """
    rng = np.random.default_rng(seed)
    net = Network((1, 6, 6), conv=Conv2D(1, 1, 3), tanh=Tanh(), pool=MaxPool2D(2),
                  flatten=Flatten(), dense=Dense(4, 2), softmax=Softmax()).astype(np.float64)
    params = net.params
    while True:
        for name, largest in (("conv", 3), ("dense", 4)):
            w, b = params[f"{name}.W"], params[f"{name}.b"]
            w[...] = rng.integers(1, largest + 1, w.shape) / 5 * rng.choice([-1, 1], w.shape)
            b[...] = rng.integers(-2, 3, b.shape) / 10
        x = rng.permutation(np.repeat([0, 0.5, 1], 12)).reshape(1, 1, 6, 6)
        t = int(rng.integers(2))
        if _is_fair(net, x, t):
            return Stepper(net, x, np.array([t]), learning_rate=learning_rate)


def _is_fair(net: Network, x: Array, t: int) -> bool:
    """Whether each window of `pool` has work in it, and nothing depends on a last decimal.

    So no window has a tie, no two have the same largest unit, no tanh is saturated, and each
    largest unit has a gradient. And y_t is not small: -1/y_t would be far off once it is rounded.
    """
    trace = net.forward(x)
    windows = trace["conv"][0, 0].reshape(2, 2, 2, 2).swapaxes(1, 2).reshape(4, 4)
    first, second = np.sort(windows, axis=1)[:, :-3:-1].T
    o = np.tanh(first)
    gradients = net.params["dense.W"] @ (trace.y[0] - np.eye(2)[t]) * (1 - o ** 2)
    return bool((first - second > 0.05).all() and np.abs(windows).max() < 1.6
                and np.diff(np.sort([0, *o])).min() > 0.02 and np.abs(gradients).min() > 0.05
                and 0.45 < trace.y[0, t] < 0.75)


def page(stepper: Stepper) -> Page:
    """Every number of a forward and a backward pass."""
    stepper.jump(len(stepper))
    params, trace, gradients = stepper.net.params, stepper.trace, stepper.gradients
    unit = {name: Box(name, _matrix(o)) for name, o in trace.items()}
    gradient = {name: Box(f"dL/d{name}", _matrix(dy)) for name, dy in gradients.items()}
    weights = {name: Box(f"{name}.W, then b", _with_bias(params, name), True, 1)
               for name in ("conv", "dense")}
    slopes = {name: Box(f"dL/d{name}.W, then b", _with_bias(stepper.parameter_gradients, name))
              for name in weights}
    assert stepper.loss is not None
    return Page(NOTE, (
        Row(("∂L/∂o'[r,s] = Σ_pq ∂L/∂o[p,q] · w[r-p,s-q], where w outside its box is 0",),
            (Box("input", _matrix(trace["input"]), True, 1), gradient["input"])),
        Row(("o[p,q] = b + Σ_ij w[i,j] · o'[p+i,q+j]",
             "∂L/∂w[i,j] = Σ_pq ∂L/∂o[p,q] · o'[p+i,q+j], ∂L/∂b = Σ_pq ∂L/∂o[p,q]"),
            (weights["conv"], unit["conv"], gradient["conv"])),
        Row(("o = tanh(o'), ∂L/∂o' = ∂L/∂o · (1 - o²)",), (unit["tanh"], gradient["tanh"])),
        Row(("o = the largest of its window; it alone gets ∂L/∂o, the others 0",),
            (unit["pool"], gradient["pool"], slopes["conv"])),
        Row(("o_b = b_b + Σ_a w_ab · o'_a, the four o' of pool in reading order",
             "∂L/∂o'_a = Σ_b ∂L/∂o_b · w_ab, ∂L/∂w_ab = ∂L/∂o_b · o'_a, ∂L/∂b_b = ∂L/∂o_b"),
            (weights["dense"], unit["dense"], gradient["dense"], slopes["dense"])),
        Row(("y_k = exp(o'_k) / Σ_j exp(o'_j), L = -log y_t, ∂L/∂y_t = -1/y_t, the other 0",
             "∂L/∂o'_j = Σ_k ∂L/∂y_k · y_k (δ_jk - y_j), where δ_jk is 1 if j = k, else 0"),
            (Box("t", np.array([stepper.t], float), True, 0),
             Box("y", _matrix(trace.y)), Box("L", np.array([[stepper.loss]])),
             Box("dL/dy", _matrix(gradients["softmax"])))),
    ))


def page_text(page: Page, solved: bool) -> str:
    """The page as text, 80 columns wide; what is to be filled in is left open if not `solved`."""
    lines = textwrap.wrap(page.note, 77)
    for row in page:
        lines += ["", *(f"  {formula}" for formula in row.formulas)]
        blocks = [_block(box, solved or box.given) for box in row.boxes]
        height = max(map(len, blocks))
        padded = [[*block, *[" " * len(block[0])] * (height - len(block))] for block in blocks]
        lines += ["   ".join(parts).rstrip() for parts in zip(*padded, strict=True)]
    return "\n".join(lines)


def _block(box: Box, filled: bool) -> list[str]:
    """A box as lines of the same width: its name, and its numbers or places for them."""
    n_rows, n_columns = box.values.shape
    cells = [[box.text(i, j) for j in range(n_columns)] for i in range(n_rows)]
    if not filled:
        cells = [[cell and "_" * 6 for cell in line] for line in cells]
    width = max(len(cell) for line in cells for cell in line)
    lines = [box.name, *(" ".join(f"{cell:>{width}}" for cell in line) for line in cells)]
    return [f"{line:<{max(map(len, lines))}}" for line in lines]


def _with_bias(arrays: Mapping[str, Array], layer: str) -> Array:
    """The weights of a layer as rows and columns, and the biases in one more row."""
    weights, bias = _matrix(arrays[f"{layer}.W"]), arrays[f"{layer}.b"]
    row = np.full(weights.shape[1], np.nan)
    row[:len(bias)] = bias
    return np.vstack([weights, row])


def _matrix(array: Array) -> Array:
    """(1, 1, H, W), (1, K), (a, b) or (n,) as rows and columns."""
    return array[0, 0] if array.ndim == 4 else np.atleast_2d(array)
