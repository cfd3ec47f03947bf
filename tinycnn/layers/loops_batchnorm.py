"""Batch normalisation, written like the equations; part of `loops`."""

from __future__ import annotations

from math import sqrt

import numpy as np

from .base import Array, Layer


class FrozenBatchNorm(Layer):
    """y = gamma[c] · x + beta[c], with a factor and a bias for each map c."""

    def __init__(self, channels: int) -> None:
        self.params = {"gamma": np.ones(channels, np.float32),
                       "beta": np.zeros(channels, np.float32)}

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, C, H, W) or (N, C) -> y of the same shape, and x as the cache."""
        gamma, beta = self.params["gamma"], self.params["beta"]
        y = np.zeros(x.shape, np.result_type(x, gamma))
        for unit in np.ndindex(*x.shape):
            y[unit] = gamma[unit[1]] * x[unit] + beta[unit[1]]
        return y, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x: times the factor of the map."""
        dx = np.zeros_like(dy)
        for unit in np.ndindex(*dy.shape):
            dx[unit] = self.params["gamma"][unit[1]] * dy[unit]
        return dx

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {"gamma": ∂s/∂gamma (C,), "beta": ∂s/∂beta (C,)}: a map shares both."""
        dgamma = np.zeros(dy.shape[1], np.result_type(dy, cache))
        dbeta = np.zeros(dy.shape[1], dy.dtype)
        for unit in np.ndindex(*dy.shape):
            dgamma[unit[1]] += dy[unit] * cache[unit]
            dbeta[unit[1]] += dy[unit]
        return {"gamma": dgamma, "beta": dbeta}

    def config(self) -> dict[str, int]:
        """The arguments that build this layer again."""
        return {"channels": len(self.params["gamma"])}


class BatchNorm(Layer):
    """y = gamma[c] · z + beta[c] with z = (x - mean) / √(variance + eps), over the batch."""

    mixes_images = True

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        self.eps = eps
        self.params = {"gamma": np.ones(channels, np.float32),
                       "beta": np.zeros(channels, np.float32)}

    def forward(self, x: Array) -> tuple[Array, tuple[Array, Array]]:
        """x (N, C, H, W) or (N, C) -> y of the same shape, and (z, deviation (C,)) as the cache.

        Mean and variance of a map are over all its units in all images of the batch; the variance
        is the mean of the squares of x - mean.
        """
        gamma, beta = self.params["gamma"], self.params["beta"]
        y = np.zeros(x.shape, np.result_type(x, gamma))
        z, deviation = np.zeros_like(y), np.zeros(x.shape[1], y.dtype)
        for c in range(x.shape[1]):
            units = [(n, c, *at) for n, *at in np.ndindex(len(x), *x.shape[2:])]
            mean = sum(x[unit] for unit in units) / len(units)
            variance = sum((x[unit] - mean) ** 2 for unit in units) / len(units)
            deviation[c] = sqrt(variance + self.eps)
            for unit in units:
                z[unit] = (x[unit] - mean) / deviation[c]
                y[unit] = gamma[c] * z[unit] + beta[c]
        return y, (z, deviation)

    def backward(self, dy: Array, cache: tuple[Array, Array]) -> Array:
        """∂s/∂y -> ∂s/∂x, like x. With dz = gamma · ∂s/∂y:

        ∂s/∂x = (dz - mean(dz) - z · mean(z · dz)) / deviation, with the means over a map's units in
        all images: each of them moves the mean and the deviation.
        """
        (z, deviation), gamma = cache, self.params["gamma"]
        dx = np.zeros_like(dy)
        for c in range(dy.shape[1]):
            units = [(n, c, *at) for n, *at in np.ndindex(len(dy), *dy.shape[2:])]
            mean = sum(gamma[c] * dy[unit] for unit in units) / len(units)
            along = sum(z[unit] * gamma[c] * dy[unit] for unit in units) / len(units)
            for unit in units:
                dx[unit] = (gamma[c] * dy[unit] - mean - z[unit] * along) / deviation[c]
        return dx

    def parameter_gradients(self, dy: Array, cache: tuple[Array, Array]) -> dict[str, Array]:
        """∂s/∂y -> {"gamma": ∂s/∂gamma (C,), "beta": ∂s/∂beta (C,)}: a map shares both."""
        z, _ = cache
        dgamma, dbeta = np.zeros(dy.shape[1], dy.dtype), np.zeros(dy.shape[1], dy.dtype)
        for unit in np.ndindex(*dy.shape):
            dgamma[unit[1]] += dy[unit] * z[unit]
            dbeta[unit[1]] += dy[unit]
        return {"gamma": dgamma, "beta": dbeta}

    def config(self) -> dict[str, float]:
        """The arguments that build this layer again."""
        return {"channels": len(self.params["gamma"]), "eps": self.eps}
