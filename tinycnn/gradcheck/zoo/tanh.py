"""Tanh layers with a mistake each. Right is dx = dy (1 - y²)."""

from __future__ import annotations

import numpy as np

from ...layers import Tanh
from .entries import bugs

Array = np.ndarray


class TanhOverflows(Tanh):
    """The quotient of exponentials, which is infinity by infinity for large inputs."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        y = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
        return y, y


class TanhScaled(Tanh):
    """LeCun's 1.7159 tanh(2x / 3), which is another function than the one asked for."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        y = np.tanh(x)
        return 1.7159 * np.tanh(2 * x / 3), y


class TanhReadsMemoryOrder(Tanh):
    """The numbers are taken as they lie in memory, and laid out again row by row."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        y = np.tanh(x.ravel(order="K")).reshape(x.shape)
        return y, y


class TanhRemembersOutput(Tanh):
    """backward uses self.y, the output of the latest forward pass, and not its cache."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        self.y = np.tanh(x)
        return self.y, self.y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy * (1 - self.y ** 2)


class TanhDerivativeOfInput(Tanh):
    """1 - x² for 1 - y²: the cache holds the input."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        return np.tanh(x), x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy * (1 - cache ** 2)


class TanhActivatesTwice(Tanh):
    """1 - tanh(y)²: backward applies tanh to what is the output already."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        y = np.tanh(x)
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy * (1 - np.tanh(cache) ** 2)


class TanhSigmoidDerivative(Tanh):
    """y (1 - y), the derivative of a sigmoid."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        return dy * y * (1 - y)


class TanhForgetsSquare(Tanh):
    """1 - y for 1 - y²."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        return dy * (1 - y)


class TanhForgetsUpstream(Tanh):
    """backward gives its own derivative alone."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        return 1 - y ** 2


class TanhWrongSign(Tanh):
    """y² - 1 for 1 - y²."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        return dy * (y ** 2 - 1)


class TanhOverwritesUpstream(Tanh):
    """The gradient that was passed in is multiplied in place."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        dy *= 1 - y ** 2
        return dy


BUGS = bugs("tanh", {
    TanhOverflows: "overflow", TanhScaled: "other_function", TanhReadsMemoryOrder: "memory_order",
    TanhRemembersOutput: "state_kept", TanhDerivativeOfInput: "derivative_of_input",
    TanhActivatesTwice: "activation_twice", TanhSigmoidDerivative: "derivative_formula",
    TanhForgetsSquare: "derivative_formula", TanhForgetsUpstream: "upstream_forgotten",
    TanhWrongSign: "sign", TanhOverwritesUpstream: "argument_overwritten"})
