"""Batch normalisation (Ioffe and Szegedy, 2015), without a mode.

In training, each map is brought to mean 0 and variance 1 over the images of a batch (algorithm 1).
So the output for an image depends on the other images of its batch. To ask about one image, the
mean and the variance must be fixed: `Network.frozen` takes them from all images that it is given
(algorithm 2). Then the layer is only a factor and a bias for each map. Frameworks keep a running
average instead, and a switch between the two; both are state, and a switch can be forgotten.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .base import Array, Layer, expect_gradient, mismatch, pair


class FrozenBatchNorm(Layer):
    """y = gamma · x + beta, with a factor and a bias for each map: a BatchNorm, once it is fixed.

    Shapes: x (N, C, H, W) or (N, C) -> y of the same shape.
    Parameters: gamma (C,), at first ones, and beta (C,), at first zeros.

    Args:
        channels: C, the maps (or units) of the previous layer.
    """

    def __init__(self, channels: int) -> None:
        channels, _ = pair(channels, "channels")
        self.params = {"gamma": np.ones(channels, np.float32),
                       "beta": np.zeros(channels, np.float32)}

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> y, and x as the cache."""
        expect_channels(self, x)
        return each_map(self.params["gamma"], x) * x + each_map(self.params["beta"], x), x

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂x = gamma · ∂s/∂y."""
        expect_gradient(self, dy, cache.shape)
        return each_map(self.params["gamma"], dy) * dy

    def parameter_gradients(self, dy: Array, cache: Any) -> dict[str, Array]:
        """∂s/∂gamma = Σ x · ∂s/∂y and ∂s/∂beta = Σ ∂s/∂y, over all images and positions."""
        expect_gradient(self, dy, cache.shape)
        axes = all_but_maps(dy)
        return {"gamma": (dy * cache).sum(axes), "beta": dy.sum(axes)}

    def config(self) -> dict[str, Any]:
        """The arguments that build this layer again."""
        return {"channels": len(self.params["gamma"])}


class BatchNorm(Layer):
    """y = gamma · z + beta with z = (x - mean) / √(variance + eps): over the batch, map by map.

    Nothing is remembered, and there is no mode: `net.frozen(x)` fixes mean and variance.

    Shapes: x (N, C, H, W) or (N, C) -> y of the same shape.
    Parameters: gamma (C,), at first ones, and beta (C,), at first zeros.

    Args:
        channels: C, the maps (or units) of the previous layer.
        eps: added to the variance (the mean square, not divided by n - 1).
    """

    mixes_images = True

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        channels, _ = pair(channels, "channels")
        if not eps > 0:
            raise ValueError(f"eps={eps}: expected a small number greater than 0")
        self.eps = float(eps)
        self.params = {"gamma": np.ones(channels, np.float32),
                       "beta": np.zeros(channels, np.float32)}

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> y; z and the deviations √(variance + eps) as the cache."""
        expect_channels(self, x)
        axes = all_but_maps(x)
        if x.size <= x.shape[1]:
            raise mismatch(self, "more than one number for each map", x.shape,
                           "one image alone has no mean and variance; net.frozen(x) fixes them. "
                           "In training: a batch of one image; take another batch_size")
        z = x - x.mean(axes, keepdims=True)
        deviation = np.sqrt((z * z).mean(axes, keepdims=True) + x.dtype.type(self.eps))
        z /= deviation
        y = each_map(self.params["gamma"], x) * z + each_map(self.params["beta"], x)
        return y, (z, deviation)

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂x = (dz - mean(dz) - z · mean(z · dz)) / deviation, where dz = gamma · ∂s/∂y.

        Mean and deviation depend on every image of the batch: hence the two other terms.
        """
        z, deviation = cache
        expect_gradient(self, dy, z.shape)
        axes, dz = all_but_maps(dy), each_map(self.params["gamma"], dy) * dy
        return (dz - dz.mean(axes, keepdims=True)
                - z * (z * dz).mean(axes, keepdims=True)) / deviation

    def parameter_gradients(self, dy: Array, cache: Any) -> dict[str, Array]:
        """∂s/∂gamma = Σ z · ∂s/∂y and ∂s/∂beta = Σ ∂s/∂y, over all images and positions."""
        z, _ = cache
        expect_gradient(self, dy, z.shape)
        axes = all_but_maps(dy)
        return {"gamma": (dy * z).sum(axes), "beta": dy.sum(axes)}

    def config(self) -> dict[str, Any]:
        """The arguments that build this layer again."""
        return {"channels": len(self.params["gamma"]), "eps": self.eps}

    def frozen(self, mean: Array, variance: Array) -> FrozenBatchNorm:
        """The layer with this mean and variance (C,) for each map, whatever the batch."""
        fixed, dtype = FrozenBatchNorm(len(mean)), self.params["gamma"].dtype
        factor = self.params["gamma"] / np.sqrt(variance + self.eps)
        fixed.params = {"gamma": factor.astype(dtype),
                        "beta": (self.params["beta"] - factor * mean).astype(dtype)}
        return fixed


def all_but_maps(x: Array) -> tuple[int, ...]:
    """The axes of images and positions: all but the second."""
    return (0, *range(2, x.ndim))


def each_map(values: Array, x: Array) -> Array:
    """(C,) -> (C, 1, 1), or as many axes as the maps of x have."""
    return values.reshape(-1, *[1] * (x.ndim - 2))


def expect_channels(layer: Layer, x: Array) -> None:
    """ShapeError unless x has the channels of the layer."""
    channels = len(layer.params["gamma"])
    if x.ndim not in (2, 4) or x.shape[1] != channels:
        raise mismatch(layer, f"(N, {channels}, H, W) or (N, {channels})", x.shape,
                       "the first argument has to be the number of maps (or units) of the "
                       "previous layer")
