"""Max-poolings with a mistake each. Right is what `loops.MaxPool2D` does."""

from __future__ import annotations

from typing import Any

import numpy as np

from .entries import bugs
from .textbook import WindowedMaxPool2D

Array = np.ndarray


class PoolAverages(WindowedMaxPool2D):
    """forward takes the mean of the window, not its maximum."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        y = self.blank(x)
        for unit in np.ndindex(*y.shape):
            y[unit] = self.window(x, unit).mean()
        return y, (x, super().forward(x)[0])


class PoolTakesMinimum(WindowedMaxPool2D):
    """forward takes the smallest value of the window."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        y = self.blank(x)
        for unit in np.ndindex(*y.shape):
            y[unit] = self.window(x, unit).min()
        return y, (x, super().forward(x)[0])


class PoolTakesLargestSize(WindowedMaxPool2D):
    """forward takes the value that is largest in size, be it negative."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        y = self.blank(x)
        for unit in np.ndindex(*y.shape):
            window = self.window(x, unit).ravel()
            y[unit] = window[np.abs(window).argmax()]
        return y, (x, super().forward(x)[0])


class PoolStartsAtZero(WindowedMaxPool2D):
    """The maximum is sought from 0 upwards, so a window of negative values gives 0."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        y = self.blank(x)
        for unit in np.ndindex(*y.shape):
            for value in self.window(x, unit).ravel():
                if value > y[unit]:
                    y[unit] = value
        return y, (x, super().forward(x)[0])


class PoolCutsToIntegers(WindowedMaxPool2D):
    """The output is an array of integers, which cuts off the digits behind the point."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        y = self.blank(x).astype(int)
        for unit in np.ndindex(*y.shape):
            y[unit] = self.window(x, unit).max()
        return y, (x, super().forward(x)[0])


class PoolRemembersWinners(WindowedMaxPool2D):
    """backward asks self.winners, which every forward pass overwrites, and not its cache."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        y, _ = super().forward(x)
        self.winners = {unit: self.window(x, unit).argmax() for unit in np.ndindex(*y.shape)}
        return y, x.shape

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx = np.zeros(cache, dy.dtype)
        for unit in np.ndindex(*dy.shape):
            winner = np.unravel_index(self.winners[unit], self.size)
            self.window(dx, unit)[winner] += dy[unit]
        return dx


class PoolPaysAllTies(WindowedMaxPool2D):
    """Every pixel that equals the maximum gets the whole gradient."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, y = cache
        dx = np.zeros_like(x)
        for unit in np.ndindex(*dy.shape):
            self.window(dx, unit)[self.window(x, unit) == y[unit]] += dy[unit]
        return dx


class PoolSharesTies(WindowedMaxPool2D):
    """Pixels that equal the maximum share the gradient."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, y = cache
        dx = np.zeros_like(x)
        for unit in np.ndindex(*dy.shape):
            winners = self.window(x, unit) == y[unit]
            self.window(dx, unit)[winners] += dy[unit] / winners.sum()
        return dx


class PoolLastTieWins(WindowedMaxPool2D):
    """Among equal values the last one wins: >= for >."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, _ = cache
        dx = np.zeros_like(x)
        for unit in np.ndindex(*dy.shape):
            window, best = self.window(x, unit), (0, 0)
            for i, j in np.ndindex(*self.size):
                if window[i, j] >= window[best]:
                    best = (i, j)
            self.window(dx, unit)[best] += dy[unit]
        return dx


class PoolAssignsOverlap(WindowedMaxPool2D):
    """A pixel that won several windows gets the gradient of the last alone: = for +=."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, _ = cache
        dx = np.zeros_like(x)
        for unit in np.ndindex(*dy.shape):
            window = self.window(x, unit)
            winner = np.unravel_index(window.argmax(), window.shape)
            self.window(dx, unit)[winner] = dy[unit]
        return dx


class PoolPaysWholeWindow(WindowedMaxPool2D):
    """The gradient goes to every pixel of the window, not to the winner alone."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, _ = cache
        dx = np.zeros_like(x)
        for unit in np.ndindex(*dy.shape):
            self.window(dx, unit)[...] += dy[unit]
        return dx


class PoolReadsIndexByColumns(WindowedMaxPool2D):
    """The winner's number within the window is read down the columns; argmax counts along rows."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, _ = cache
        dx = np.zeros_like(x)
        for unit in np.ndindex(*dy.shape):
            j, i = divmod(int(self.window(x, unit).argmax()), self.size[0])
            self.window(dx, unit)[i, j] += dy[unit]
        return dx


class PoolPaysValue(WindowedMaxPool2D):
    """The winner gets the gradient times its value."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, y = cache
        dx = np.zeros_like(x)
        for unit in np.ndindex(*dy.shape):
            window = self.window(x, unit)
            winner = np.unravel_index(window.argmax(), window.shape)
            self.window(dx, unit)[winner] += dy[unit] * y[unit]
        return dx


class PoolOneWinnerPerMap(WindowedMaxPool2D):
    """The winner is sought in the whole map, not in the window."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, _ = cache
        dx = np.zeros_like(x)
        for n, c, p, q in np.ndindex(*dy.shape):
            winner = np.unravel_index(x[n, c].argmax(), x[n, c].shape)
            dx[n, c][winner] += dy[n, c, p, q]
        return dx


class PoolForgetsUpstream(WindowedMaxPool2D):
    """The winner gets 1, not ∂s/∂y."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, _ = cache
        dx = np.zeros_like(x)
        for unit in np.ndindex(*dy.shape):
            window = self.window(x, unit)
            winner = np.unravel_index(window.argmax(), window.shape)
            self.window(dx, unit)[winner] += 1
        return dx


class PoolLosesLeftOver(WindowedMaxPool2D):
    """The gradient is as large as the windows reach; rows and columns left over are missing."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, (kh, kw), (sh, sw) = cache[0], self.size, self.stride
        n, c, rows, columns = dy.shape
        dx = np.zeros((n, c, (rows - 1) * sh + kh, (columns - 1) * sw + kw), dy.dtype)
        for unit in np.ndindex(*dy.shape):
            window = self.window(x, unit)
            winner = np.unravel_index(window.argmax(), window.shape)
            self.window(dx, unit)[winner] += dy[unit]
        return dx


class PoolLeavesGarbage(WindowedMaxPool2D):
    """dx is made by np.empty: where nothing is written it holds what was in memory before."""

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        x, _ = cache
        dx = np.empty_like(x)
        for unit in np.ndindex(*dy.shape):
            window = self.window(x, unit)
            winner = np.unravel_index(window.argmax(), window.shape)
            self.window(dx, unit)[winner] = dy[unit]
        return dx


BUGS = bugs("maxpool2d", {
    PoolAverages: "average_pooled", PoolTakesMinimum: "minimum_pooled",
    PoolTakesLargestSize: "absolute_pooled", PoolStartsAtZero: "starts_at_zero",
    PoolCutsToIntegers: "integer", PoolRemembersWinners: "state_kept",
    PoolPaysAllTies: "ties_all_paid", PoolSharesTies: "ties_shared",
    PoolLastTieWins: "ties_last_wins", PoolAssignsOverlap: "overlap_assigned",
    PoolPaysWholeWindow: "all_positions_paid", PoolReadsIndexByColumns: "winner_misplaced",
    PoolPaysValue: "winner_times_value", PoolOneWinnerPerMap: "winner_over_map",
    PoolForgetsUpstream: "upstream_forgotten", PoolLosesLeftOver: "window_left_over",
    PoolLeavesGarbage: "random"})
