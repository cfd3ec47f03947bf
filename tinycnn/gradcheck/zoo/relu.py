"""ReLU layers with a mistake each. Right is dx = dy where x > 0, else 0."""

from __future__ import annotations

import numpy as np

from ...layers import ReLU
from .entries import bugs

Array = np.ndarray


class ReLUOverwritesInput(ReLU):
    """Negative numbers become 0 in the input array itself."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        on = x > 0
        x[x < 0] = 0
        return x.copy(), on


class ReLULeaks(ReLU):
    """A unit that is off lets a hundredth through."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        on = x > 0
        return np.where(on, x, 0.01 * x), on


class ReLUTakesSize(ReLU):
    """forward gives the size of the number: |x| for max(x, 0)."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        return np.abs(x), x > 0


class ReLUCapsAtSix(ReLU):
    """forward cuts off at 6 as well."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        return np.clip(x, 0, 6), x > 0


class ReLUPassesAtZero(ReLU):
    """The gradient passes where x is exactly 0: >= for >."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        return np.maximum(x, 0), x >= 0


class ReLURemembersMask(ReLU):
    """backward uses self.on, the mask of the latest forward pass, and not its cache."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        self.on = x > 0
        return x * self.on, self.on

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy * self.on


class ReLURectifiesGradient(ReLU):
    """The sign of dy decides what passes, not that of x."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return np.maximum(dy, 0)


class ReLUPassesEverything(ReLU):
    """backward hands dy on, also where the unit was off."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        return dy.copy()


class ReLUInvertsMask(ReLU):
    """Passes where the unit was off, and blocks where it was on."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        on = cache
        dx = dy.copy()
        dx[on] = 0
        return dx


class ReLUForgetsUpstream(ReLU):
    """backward gives its own derivative, 1 or 0."""

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        on = cache
        return on.astype(dy.dtype)


BUGS = bugs("relu", {
    ReLUOverwritesInput: "argument_overwritten", ReLULeaks: "leaky", ReLUTakesSize: "absolute",
    ReLUCapsAtSix: "clipped", ReLUPassesAtZero: "kink", ReLURemembersMask: "state_kept",
    ReLURectifiesGradient: "upstream_rectified", ReLUPassesEverything: "mask_missing",
    ReLUInvertsMask: "mask_inverted", ReLUForgetsUpstream: "upstream_forgotten"})
