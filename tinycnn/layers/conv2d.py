"""Convolution: each filter slides over the image, and each place that it covers is one unit.

Cut out the C·kh·kw pixels under the window at every position and write them as a column. Then all
units of an image are one matrix product, (F, C·kh·kw) @ (C·kh·kw, positions). There is one product
for each image: it is small enough to stay in the processor's cache. One product for a whole batch
is not. `workspace` explains how the pixels are cut out. `loops.Conv2D` is the same sum, written
like the formula.
"""

from __future__ import annotations

import numpy as np

from .base import Array, Layer, Pair, Rng, expect_gradient, initial_weights, mismatch, pair
from .workspace import Workspace, workspace


class Conv2D(Layer):
    """y[n, f, p, q] = b[f] + Σ_cij W[f, c, i, j] · x[n, c, p·stride + i, q·stride + j].

    A cross-correlation, as in every framework today: the kernel is not flipped.

    Shapes: x (N, C, H, W) -> y (N, F, H', W') with H' = (H + 2·padding - kh) // stride + 1.
    Parameters: W (F, C, kh, kw), the paper's mode-4 tensor (section III-D), and b (F,).

    Args:
        in_channels: C, the maps of the previous layer (1 for a grey image).
        out_channels: F, the feature maps of this layer.
        kernel_size: (kh, kw), or one number for both.
        stride: how far the window moves, (rows, columns) or one number.
        padding: rings of zeros around the image, (rows, columns) or one number.
        rng: a Generator or a seed for the weights; the biases start at 0.
        init: how the weights are drawn: "glorot" (uniform), "he" (normal, for ReLU), or a number,
            the deviation of a normal distribution.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int | Pair, *,
                 stride: int | Pair = 1, padding: int | Pair = 0, rng: Rng = None,
                 init: str | float = "glorot") -> None:
        self.kernel_size = kh, kw = pair(kernel_size, "kernel_size")
        self.stride = pair(stride, "stride")
        self.padding = pair(padding, "padding", least=0)
        in_channels, out_channels = pair((in_channels, out_channels), "(in, out) channels")
        shape = (out_channels, in_channels, kh, kw)
        self.params = {
            "W": initial_weights(shape, in_channels * kh * kw, out_channels * kh * kw, init,
                                 rng),
            "b": np.zeros(out_channels, np.float32),
        }

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x (N, C, H, W) -> y (N, F, H', W'), and x as the cache."""
        work, shape = self._workspace(x)
        work.W[...], work.b[...] = self.params["W"], self.params["b"]
        y = np.empty(shape, work.units.dtype)
        for n in range(len(x)):
            work.image[...] = x[n]
            work.pixels[...] = work.shifts
            np.dot(work.weights, work.patches, out=work.product)
            y[n] = work.units
        return y, x

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x: each pixel sums W · ∂s/∂y over all windows that covered it."""
        x = cache
        work, shape = self._workspace(x)
        expect_gradient(self, dy, shape)
        work.back_W[...] = self.params["W"]
        dx = np.empty((len(x), *work.skewed.shape[1:]), work.skewed.dtype)
        for n in range(len(x)):
            work.corners[...] = dy[n]
            work.copies[...] = work.corner_shifts
            np.matmul(work.back_weights, work.copied, out=work.products)
            np.add.reduce(work.skewed, axis=0, out=dx[n])
        return dx.reshape(len(x), *work.padded)[work.inside]

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂W and ∂s/∂b: weights are shared, so sum over all images and positions (eq. 2)."""
        x, W = cache, self.params["W"]
        work, shape = self._workspace(x)
        expect_gradient(self, dy, shape)
        f, c, kh, kw = W.shape
        total = np.zeros((kh, c * kw + 1, f), work.lines.dtype)
        for n in range(len(x)):
            work.image[...] = x[n]
            work.lines[...] = work.line_shifts
            work.corners[...] = dy[n]
            total += np.matmul(work.shifted_lines, work.at_corners)
        return {"W": total[:, :-1].reshape(kh, c, kw, f).transpose(3, 1, 0, 2), "b": total[0, -1]}

    def config(self) -> dict[str, int | Pair]:
        """The arguments that build this layer again."""
        f, c = self.params["W"].shape[:2]
        return {"in_channels": c, "out_channels": f, "kernel_size": self.kernel_size,
                "stride": self.stride, "padding": self.padding}

    def _workspace(self, x: Array) -> tuple[Workspace, tuple[int, ...]]:
        """The memory for images like x, and (N, F, H', W'); a ShapeError if x does not fit."""
        W, (ph, pw) = self.params["W"], self.padding
        c, kh, kw = W.shape[1:]
        if x.ndim != 4:
            raise mismatch(self, "(N, C, H, W)", x.shape,
                           "the axis of images or of channels is missing; one image is x[None], "
                           "and grey images without channels are x[:, None]")
        if x.shape[1] != c:
            raise mismatch(self, f"(N, {c}, H, W)", x.shape, _other_channels(x.shape, c))
        if x.shape[2] + 2 * ph < kh or x.shape[3] + 2 * pw < kw:
            raise mismatch(self, f"images of at least {kh} x {kw} pixels", x.shape,
                           "the maps have become smaller than the kernel")
        work = workspace(x.shape[1:], W.shape, self.stride, self.padding, np.result_type(x, W))
        return work, (len(x), *work.units.shape)


def _other_channels(shape: tuple[int, ...], c: int) -> str:
    """The likely cause of an input with another number of channels than c."""
    if shape[3] == c:
        return "the channels are the last axis; x.transpose(0, 3, 1, 2) makes them the second"
    if (shape[3], c) == (3, 1):
        return ("these are colour images, channels last; x.mean(axis=3)[:, None] makes them grey "
                "with the channels second")
    if shape[3] == 4 < min(shape[1:3]) and c in (1, 3):
        return ("these are colour images with transparency, channels last; "
                "x[..., :3].transpose(0, 3, 1, 2) leaves it out and makes the channels the second")
    if (shape[1], c) == (3, 1):
        return ("these are colour images; x.mean(axis=1, keepdims=True) makes them grey, or the "
                "first argument has to be 3")
    return (f"the images, or the outputs of the previous layer, have {shape[1]} feature maps; then "
            f"the first argument has to be {shape[1]}")
