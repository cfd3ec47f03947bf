"""Right convolutions that are written in other ways than tinycnn's."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import signal

from tinycnn.gradcheck.zoo.textbook import Conv2D

Array = np.ndarray


class WindowedConv2D(Conv2D):
    """A convolution with the windows of an image cut out."""

    def windows(self, padded: Array) -> Array:
        """What is under every window: (N, C, H', W', kh, kw)."""
        sh, sw = self.stride
        return sliding_window_view(padded, self.kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]


class ConvByPositions(WindowedConv2D):
    """One loop over the places of the window, as in a textbook."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b, padded = self.params["W"], self.params["b"], self.pad(x)
        y = np.zeros((len(x), len(W), *self.windows(padded).shape[2:4]), x.dtype)
        for p, q in np.ndindex(*y.shape[2:]):
            y[:, :, p, q] = np.einsum("ncij,fcij->nf", self.window(padded, p, q), W) + b
        return y, padded

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx = np.zeros_like(cache)
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] += np.einsum("nf,fcij->ncij", dy[:, :, p, q],
                                                    self.params["W"])
        return self.crop(dx)

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        dW = np.zeros_like(self.params["W"])
        for p, q in np.ndindex(*dy.shape[2:]):
            dW += np.einsum("nf,ncij->fcij", dy[:, :, p, q], self.window(cache, p, q))
        return {"W": dW, "b": dy.sum(axis=(0, 2, 3))}


class ConvByShiftedImages(WindowedConv2D):
    """A loop over the weights: each one multiplies a shifted copy of the image."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        W, padded = self.params["W"], self.pad(x)
        y = np.zeros((len(x), len(W), *self.windows(padded).shape[2:4]), x.dtype)
        y += self.params["b"][:, None, None]
        for f, c, i, j in np.ndindex(*W.shape):
            y[:, f] += W[f, c, i, j] * self.shifted(padded, i, j, y.shape)[:, c]
        return y, [padded]

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        W, dx = self.params["W"], np.zeros_like(cache[0])
        for f, c, i, j in np.ndindex(*W.shape):
            self.shifted(dx, i, j, dy.shape)[:, c] += W[f, c, i, j] * dy[:, f]
        return self.crop(dx)

    def parameter_gradients(self, dy: Array, cache: Any) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        dW = np.zeros_like(self.params["W"])
        for f, c, i, j in np.ndindex(*dW.shape):
            dW[f, c, i, j] = (self.shifted(cache[0], i, j, dy.shape)[:, c] * dy[:, f]).sum()
        return {"W": dW, "b": dy.sum(axis=3).sum(axis=2).sum(axis=0)}

    def shifted(self, padded: Array, i: int, j: int, shape: tuple[int, ...]) -> Array:
        """Pixel (i, j) of every window: a view."""
        (sh, sw), (rows, columns) = self.stride, shape[2:]
        return padded[:, :, i:i + sh * rows:sh, j:j + sw * columns:sw]


class ConvByTensordot(WindowedConv2D):
    """tensordot over a view of all windows; the cache is a tuple with that view in it."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        padded = self.pad(x)
        windows = self.windows(padded)
        y = np.tensordot(windows, self.params["W"], axes=([1, 4, 5], [1, 2, 3]))
        return np.moveaxis(y + self.params["b"], -1, 1), (windows, padded.shape)

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx = np.zeros(cache[1], dy.dtype)
        sent = np.tensordot(dy, self.params["W"], axes=(1, 0))      # (N, H', W', C, kh, kw)
        for p, q in np.ndindex(*dy.shape[2:]):
            self.window(dx, p, q)[...] += sent[:, p, q]
        return self.crop(dx)

    def parameter_gradients(self, dy: Array, cache: Any) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        dW = np.tensordot(dy, cache[0], axes=([0, 2, 3], [0, 2, 3]))
        return {"W": dW, "b": np.tensordot(dy, np.ones_like(dy[:, 0]), axes=([0, 2, 3], [0, 1, 2]))}


class ConvByIndexArrays(WindowedConv2D):
    """The pixels of all windows picked by index arrays, and added back with np.add.at."""

    def forward(self, x: Array) -> tuple[Array, Any]:
        """x -> (y, cache)."""
        padded, (kh, kw), (sh, sw) = self.pad(x), self.kernel_size, self.stride
        top = np.arange(0, padded.shape[2] - kh + 1, sh)[:, None, None, None]
        left = np.arange(0, padded.shape[3] - kw + 1, sw)[:, None, None]
        index = (slice(None), slice(None), top + np.arange(kh)[:, None], left + np.arange(kw))
        y = np.einsum("ncpqij,fcij->nfpq", padded[index], self.params["W"])
        return y + self.params["b"].reshape(1, -1, 1, 1), {"padded": padded, "index": index}

    def backward(self, dy: Array, cache: Any) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx = np.zeros(cache["padded"].shape, dy.dtype)
        np.add.at(dx, cache["index"], np.einsum("nfpq,fcij->ncpqij", dy, self.params["W"]))
        return self.crop(dx)

    def parameter_gradients(self, dy: Array, cache: Any) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        pixels = cache["padded"][cache["index"]]
        return {"b": dy.sum(axis=(0, 2, 3)), "W": np.einsum("nfpq,ncpqij->fcij", dy, pixels)}


class ConvByFourier(WindowedConv2D):
    """Convolutions with SciPy's FFT; a stride takes every second value, or sets zeros between."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        padded, flipped = self.pad(x), self.params["W"][:, :, ::-1, ::-1]
        every = signal.fftconvolve(padded[:, None], flipped[None], "valid", axes=(3, 4)).sum(axis=2)
        y = every[:, :, ::self.stride[0], ::self.stride[1]] + self.params["b"][:, None, None]
        return y.astype(x.dtype), padded

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        apart, dx = self.set_apart(dy), np.zeros(cache.shape, dy.dtype)
        sent = signal.fftconvolve(apart[:, :, None], self.params["W"][None], axes=(3, 4))
        sent = sent.sum(axis=1)
        dx[:, :, :sent.shape[2], :sent.shape[3]] = sent
        return self.crop(dx)

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        (kh, kw), apart = self.kernel_size, self.set_apart(dy)[:, :, None, ::-1, ::-1]
        dW = signal.fftconvolve(cache[:, None], apart, "valid", axes=(3, 4)).sum(axis=0)
        return {"W": dW[:, :, :kh, :kw].astype(dy.dtype), "b": dy.sum(axis=(0, 2, 3))}

    def set_apart(self, dy: Array) -> Array:
        """dy with stride - 1 zeros between its numbers."""
        (sh, sw), (n, f, rows, columns) = self.stride, dy.shape
        apart = np.zeros((n, f, sh * (rows - 1) + 1, sw * (columns - 1) + 1), dy.dtype)
        apart[:, :, ::sh, ::sw] = dy
        return apart


class ConvByCorrelate2d(WindowedConv2D):
    """scipy.signal.correlate2d for each image, filter and channel; backward is tinycnn's own."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        W, b, (sh, sw), padded = self.params["W"], self.params["b"], self.stride, self.pad(x)
        y = [[sum(signal.correlate2d(channel, kernel, "valid")[::sh, ::sw]
                  for channel, kernel in zip(image, filter_, strict=True)) + bias
              for filter_, bias in zip(W, b, strict=True)] for image in padded]
        return np.array(y), x


class ConvInDoublePrecision(WindowedConv2D):
    """All sums in float64, cast back to what came in; outputs are stored by columns."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> (y, cache)."""
        y, cache = super().forward(x.astype(np.float64))
        return np.asfortranarray(y.astype(x.dtype)), cache

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂y -> ∂s/∂x."""
        dx = super().backward(dy.astype(np.float64), cache)
        return np.asfortranarray(dx.astype(dy.dtype))

    def parameter_gradients(self, dy: Array, cache: Array) -> dict[str, Array]:
        """∂s/∂y -> {name: ∂s/∂w}."""
        grads = super().parameter_gradients(dy.astype(np.float64), cache)
        return {name: np.asfortranarray(grad.astype(dy.dtype)) for name, grad in grads.items()}


CONV2D = (ConvByPositions, ConvByShiftedImages, ConvByTensordot, ConvByIndexArrays, ConvByFourier,
          ConvByCorrelate2d, ConvInDoublePrecision)
