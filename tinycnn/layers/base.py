"""What a layer is: three methods and a dictionary of parameters."""

from __future__ import annotations

from inspect import Parameter, signature
from typing import Any

import numpy as np

from .errors import ShapeError

Array = np.ndarray
Params = dict[str, Array]      # {"W": array, "b": array}, or {"conv1.W": array, ...} of a network
Pair = tuple[int, int]
Rng = np.random.Generator | int | None


class Layer:
    """A function y = f(x; params) and its two derivatives, from the upstream gradient ∂s/∂y.

    Here s is the scalar that a backward pass starts from: a loss L, or one output y_k.
    A layer holds no state but `params`. `forward` returns as `cache` what the other two need.
    They may be called any number of times: the answer is always the same, and nothing changes.

    A student's layer need not inherit from this class: the three methods and `params` suffice.
    """

    params: dict[str, Array]
    mixes_images = False    # whether an image's output depends on the other images of its batch

    def __init__(self) -> None:
        self.params = {}

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        raise NotImplementedError(f"{type(self).__name__}.forward")

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x: the shapes of y and of x."""
        raise NotImplementedError(f"{type(self).__name__}.backward")

    def parameter_gradients(self, dy: Array, cache: Any) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}, one entry of the parameter's shape for each of `params`."""
        return {}

    def config(self) -> dict[str, Any]:
        """The arguments that build this layer again, without its parameters."""
        return {}

    def __repr__(self) -> str:
        """The layer as one would write it, without defaults: `Conv2D(1, 5, 5, stride=2)`."""
        arguments, takes = [], signature(type(self)).parameters
        for name, value in self.config().items():
            if name not in takes:       # a class of one's own may have another constructor
                continue
            if isinstance(value, tuple) and value[0] == value[1]:
                value = value[0]
            default = takes[name].default
            if default is Parameter.empty:
                arguments.append(f"{value}")
            elif value != default:
                arguments.append(f"{name}={value}")
        return f"{type(self).__name__}({', '.join(arguments)})"


def pair(value: int | Pair, name: str, *, least: int = 1) -> Pair:
    """`value` as (rows, columns); one number means both."""
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    # A list: students have this function too, and NumPy's `any` calls every generator true.
    if len(both) != 2 or any([not isinstance(v, (int, np.integer)) or v < least for v in both]):
        raise ValueError(f"{name}: expected a whole number >= {least} or a pair of them "
                         f"(rows, columns), got {value!r}")
    return int(both[0]), int(both[1])


def windows(size: int, window: int, stride: int) -> int:
    """How many windows fit into `size` places; one that does not fit entirely is dropped."""
    return (size - window) // stride + 1


def strided(array: Array, shape: tuple[int, ...], steps: tuple[int, ...], start: int = 0) -> Array:
    """A view of `array`: its element (a, b, ...) is number start + a·steps[0] + b·steps[1] + ...

    Like NumPy's `as_strided`, but steps are counted in elements, and the view cannot leave `array`,
    which must be contiguous. It is some microseconds faster: that counts for arrays this small.
    """
    size = array.itemsize
    return np.ndarray(shape, array.dtype, array, start * size, tuple([size * s for s in steps]))


def glorot_uniform(shape: tuple[int, ...], fan_in: int, fan_out: int, rng: Rng) -> Array:
    """Weights between ±√(6 / (fan_in + fan_out)): tanh units start neither dead nor saturated.

    Drawn in float64 and rounded, so that the same seed gives the same network in any precision.
    """
    limit = np.sqrt(6 / (fan_in + fan_out))
    return np.random.default_rng(rng).uniform(-limit, limit, shape).astype(np.float32)


def initial_weights(shape: tuple[int, ...], fan_in: int, fan_out: int, init: str | float,
                    rng: Rng) -> Array:
    """Random weights, drawn in float64 and rounded, as in `glorot_uniform`.

    Args:
        fan_in, fan_out: how many units a unit of the layer sums over, and how many use it.
        init: "glorot"; "he" for normal with deviation √(2 / fan_in), which keeps the size of ReLU
            units from layer to layer (He et al., 2015); or a number, the deviation itself.
    """
    if init == "glorot":
        return glorot_uniform(shape, fan_in, fan_out, rng)
    if not (init == "he" or (isinstance(init, (int, float, np.number)) and 0 <= init < np.inf)):
        raise ValueError(f"init={init!r}: expected 'glorot', 'he', or a number, the standard "
                         "deviation of the weights")
    deviation = np.sqrt(2 / fan_in) if isinstance(init, str) else init
    return (deviation * np.random.default_rng(rng).normal(size=shape)).astype(np.float32)


def mismatch(layer: Layer, expected: str, got: tuple[int, ...], cause: str) -> ShapeError:
    """The error of a wrong shape: the layer, what it expected, the shape it got, the cause."""
    return ShapeError(f"{layer!r} expected {expected}, got {got}. Likely cause: {cause}")


def expect_gradient(layer: Layer, dy: Array, shape: tuple[int, ...]) -> None:
    """ShapeError unless dy has the shape of the layer's output."""
    if dy.shape != shape:
        raise mismatch(layer, f"a gradient of its output's shape {shape}", dy.shape,
                       "the gradient belongs to another layer or another batch")
