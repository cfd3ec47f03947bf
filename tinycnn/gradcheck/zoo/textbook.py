"""tinycnn's convolution and pooling with the few words in which the zoo's exercises are written.

Everything here is right; an exercise overrides a method or two in the way of a textbook.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ...layers import Conv2D, MaxPool2D
from ...layers.base import expect_gradient

Array = np.ndarray
Unit = tuple[int, ...]


class WindowedConv2D(Conv2D):
    """A convolution that can pad, crop, and cut out its windows."""

    def pad(self, x: Array) -> Array:
        """x with zeros around it."""
        ph, pw = self.padding
        return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))

    def crop(self, padded: Array) -> Array:
        """The image without its padding."""
        (ph, pw), (height, width) = self.padding, padded.shape[2:]
        return padded[:, :, ph:height - ph, pw:width - pw]

    def windows(self, padded: Array) -> Array:
        """What lies under every window: (N, C, H', W', kh, kw)."""
        sh, sw = self.stride
        return sliding_window_view(padded, self.kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]

    def window(self, padded: Array, p: int, q: int) -> Array:
        """The part under the window of place (p, q), (N, C, kh, kw): a view to write to."""
        (kh, kw), (sh, sw) = self.kernel_size, self.stride
        return padded[:, :, p * sh:p * sh + kh, q * sw:q * sw + kw]


class WindowedMaxPool2D(MaxPool2D):
    """A max-pooling that can cut out its windows, and keeps x and y."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> y, and both as the cache."""
        y, _ = super().forward(x)
        return y, (x, y)

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, y = cache
        expect_gradient(self, dy, y.shape)
        dx = np.zeros_like(x)
        for unit in np.ndindex(*dy.shape):
            window = self.window(x, unit)
            winner = np.unravel_index(window.argmax(), window.shape)
            self.window(dx, unit)[winner] += dy[unit]
        return dx

    def blank(self, x: Array) -> Array:
        """Zeros of the output's shape, (N, C, H', W')."""
        (kh, kw), (sh, sw), (n, c, height, width) = self.size, self.stride, x.shape
        return np.zeros((n, c, (height - kh) // sh + 1, (width - kw) // sw + 1), x.dtype)

    def window(self, x: Array, unit: Unit) -> Array:
        """The part of x under the window of unit (n, c, p, q), (kh, kw): a view to write to."""
        (kh, kw), (sh, sw), (n, c, p, q) = self.size, self.stride, unit
        return x[n, c, p * sh:p * sh + kh, q * sw:q * sw + kw]
