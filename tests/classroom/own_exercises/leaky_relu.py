"""A leaky ReLU on a base class."""
from typing import Any

import numpy as np

Array = np.ndarray


class Activation:
    """What all activations have in common: no weights."""

    def __init__(self) -> None:
        self.params: dict[str, Array] = {}


class LeakyReLU(Activation):
    """y = x where x > 0, else slope · x."""

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, x)."""
        # where x is positive it passes
        return np.where(x > 0, x, self.slope * x), x

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x; at 0 the slope is that of the left side."""
        factor = np.where(cache > 0, dy.dtype.type(1), dy.dtype.type(self.slope))
        return dy * factor


EXAMPLES = {"LeakyReLU": [((), (3, 4)), ((0.2,), (2, 3, 4, 4)), ((), {"slope": 0.5}, (5,))]}
