"""Convolution: each filter slides over the image, and each place that it covers is one unit.

Cut out the C·kh·kw pixels under the window at every position and write them as a column: then
all units of an image are one matrix product, (F, C·kh·kw) @ (C·kh·kw, positions). This is known
as im2col. `loops.Conv2D` is the same sum, written as the formula is.
"""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, Pair, Rng, expect_gradient, glorot_uniform, mismatch, pair
from .scratch import Scratch, scratch


class Conv2D(Layer):
    """y[n, f, p, q] = b[f] + Σ_cij W[f, c, i, j] · x[n, c, p·stride + i, q·stride + j].

    A cross-correlation: the kernel is not flipped, as in every framework of today.

    Shapes: x (N, C, H, W) -> y (N, F, H', W') with H' = (H + 2·padding - kh) // stride + 1.
    Parameters: W (F, C, kh, kw), the paper's mode-4 tensor (section III-D), and b (F,).

    Args:
        in_channels: C, the maps of the layer before (1 for a grey image).
        out_channels: F, the feature maps of this layer.
        kernel_size: (kh, kw), or one number for both.
        stride: how far the window moves, (rows, columns) or one number.
        padding: rings of zeros around the image, (rows, columns) or one number.
        rng: a Generator or a seed for the weights (Glorot uniform); the biases start at 0.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair, *,
                 stride: int | Pair = 1, padding: int | Pair = 0, rng: Rng = None) -> None:
        self.kernel_size = kh, kw = pair(kernel_size, "kernel_size")
        self.stride = pair(stride, "stride")
        self.padding = pair(padding, "padding", least=0)
        in_channels, out_channels = pair((in_channels, out_channels), "(in, out) channels")
        shape = (out_channels, in_channels, kh, kw)
        self.params = {
            "W": glorot_uniform(shape, in_channels * kh * kw, out_channels * kh * kw, rng),
            "b": np.zeros(out_channels, np.float32),
        }

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, C, H, W) -> y (N, F, H', W'), and x as the cache."""
        W, b = self.params["W"], self.params["b"]
        s, shape = self._scratch(x)
        s.W[...], s.b[...] = W, b
        y = np.empty(shape, s.units.dtype)
        for k in range(len(x)):
            s.image[...] = x[k]
            s.pixels[...] = s.shifts
            np.dot(s.weights, s.patches, out=s.product)
            y[k] = s.units
        return y, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x: each pixel gathers, from every window that it lay under, W · ∂s/∂y."""
        x, W = cache, self.params["W"]
        s, shape = self._scratch(x)
        expect_gradient(self, dy, shape)
        s.back_W[...] = W
        dx = np.empty((len(x), *s.skewed.shape[1:]), s.skewed.dtype)
        for k in range(len(x)):
            s.corners[...] = dy[k]
            s.copies[...] = s.corner_shifts
            np.matmul(s.back_weights, s.copied, out=s.products)
            np.add.reduce(s.skewed, axis=0, out=dx[k])
        return dx.reshape(-1, *s.padded.shape)[s.inside]

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂W and ∂s/∂b: shared weights, so sums over all images and positions (eq. 2)."""
        x, W = cache, self.params["W"]
        s, shape = self._scratch(x)
        expect_gradient(self, dy, shape)
        total = np.zeros((len(s.patches), len(W)), s.patches.dtype)
        for k in range(len(x)):
            s.image[...] = x[k]
            s.pixels[...] = s.shifts
            s.dy_units[...] = dy[k]
            total += np.dot(s.patches, s.dy.T)
        return {"W": total[:-1].T.reshape(W.shape), "b": total[-1]}

    def config(self) -> dict[str, int | Pair]:
        """The arguments that build this layer anew."""
        f, c = self.params["W"].shape[:2]
        return {"in_channels": c, "out_channels": f, "kernel_size": self.kernel_size,
                "stride": self.stride, "padding": self.padding}

    def _scratch(self, x: Array) -> tuple[Scratch, tuple[int, ...]]:
        """The memory to work in and (N, F, H', W'), or a ShapeError that says why x does not fit."""
        W, (ph, pw) = self.params["W"], self.padding
        c, kh, kw = W.shape[1:]
        if x.ndim != 4:
            raise mismatch(self, "(N, C, H, W)", x.shape,
                           "the axis of images or of channels is missing; one image is x[None]")
        if x.shape[1] != c:
            raise mismatch(self, f"(N, {c}, H, W)", x.shape,
                           "the layer before has another number of feature maps")
        if x.shape[2] + 2 * ph < kh or x.shape[3] + 2 * pw < kw:
            raise mismatch(self, f"images of at least {kh} x {kw} pixels", x.shape,
                           "the maps have become smaller than the kernel")
        s = scratch(x.shape[1:], W.shape, self.stride, self.padding, np.result_type(x, W))
        return s, (len(x), *s.units.shape)
