"""Right max-poolings that are written in other ways than tinycnn's."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinycnn.gradcheck.zoo.textbook import MaxPool2D

Array = np.ndarray


class PoolInLoops(MaxPool2D):
    """Every value of the window is compared with the best so far; the cache lists the winners."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        y, winners = self.blank(x), []
        for unit in np.ndindex(*y.shape):
            window, best = self.window(x, unit), (0, 0)
            for i, j in np.ndindex(*window.shape):
                if window[i, j] > window[best]:
                    best = i, j
            y[unit] = window[best]
            winners.append((unit, best))
        return y, [x.shape, winners]

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        shape, winners = cache
        dx = np.zeros(shape, dy.dtype)
        for unit, best in winners:
            self.window(dx, unit)[best] += dy[unit]
        return dx


class PoolStoredArgmax(MaxPool2D):
    """argmax over all windows at once; the cache holds the winners as flat indices of the map."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        (kh, kw), (sh, sw), width = self.size, self.stride, x.shape[3]
        windows = sliding_window_view(x, self.size, axis=(2, 3))[:, :, ::sh, ::sw]
        n, c, rows, columns = windows.shape[:4]
        i, j = np.divmod(windows.reshape(n, c, rows, columns, kh * kw).argmax(axis=-1), kw)
        flat = (sh * np.arange(rows)[:, None] + i) * width + sw * np.arange(columns) + j
        flat = flat.reshape(n, c, -1)
        y = np.take_along_axis(x.reshape(n, c, -1), flat, axis=2)
        return y.reshape(n, c, rows, columns), (flat, x.shape)

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        flat, shape = cache
        dx = np.zeros((*shape[:2], shape[2] * shape[3]), dy.dtype)
        n, c = np.indices(shape[:2])
        np.add.at(dx, (n[..., None], c[..., None], flat), dy.reshape(flat.shape))
        return dx.reshape(shape)


class PoolByMask(MaxPool2D):
    """A byte for every pixel of every window: 1 at the first that equals the maximum."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        (kh, kw), (sh, sw) = self.size, self.stride
        windows = sliding_window_view(x, self.size, axis=(2, 3))[:, :, ::sh, ::sw]
        windows = windows.reshape(*windows.shape[:4], kh * kw)
        equal = windows == windows.max(axis=-1, keepdims=True)
        first = equal & (equal.cumsum(axis=-1) == 1)
        return windows.max(axis=-1), {"won": first.astype(np.uint8), "shape": x.shape}

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx = np.zeros(cache["shape"], dy.dtype)
        for unit in np.ndindex(*dy.shape):
            self.window(dx, unit)[...] += dy[unit] * cache["won"][unit].reshape(self.size)
        return dx


class PoolBySorting(MaxPool2D):
    """A stable sort puts the largest value of a window first, and the earliest of equal values."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        y = self.blank(x)
        for unit in np.ndindex(*y.shape):
            y[unit] = np.sort(self.window(x, unit), axis=None)[-1]
        return np.asfortranarray(y), x

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx = np.zeros(cache.shape, dy.dtype)
        for unit in np.ndindex(*dy.shape):
            order = np.argsort(-self.window(cache, unit).ravel(), kind="stable")
            self.window(dx, unit)[np.unravel_index(order[0], self.size)] += dy[unit]
        return dx


MAXPOOL2D = (PoolInLoops, PoolStoredArgmax, PoolByMask, PoolBySorting)
