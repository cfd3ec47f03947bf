"""What convolution and pooling share: a window that moves over the image."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...layers.base import Array, Pair
from ..cases import Case


def window_of(case: Case) -> tuple[Pair, Pair, Pair]:
    """Size, stride and padding of a case's window."""
    layer: Any = case.reference()
    size = layer.size if hasattr(layer, "size") else layer.kernel_size
    size = size or case.x.shape[2:]     # a pooling without a size: the whole map
    return size, layer.stride or size, getattr(layer, "padding", (0, 0))


def window_features(case: Case, **more: bool) -> dict[str, bool]:
    """What can be special about a window; `more` are further features, with _ for each space."""
    size, stride, padding = window_of(case)
    padded = [n + 2 * p for n, p in zip(case.x.shape[2:], padding, strict=True)]
    return {
        **{words.replace("_", " "): here for words, here in more.items()},
        "there is padding": max(padding) > 0,
        "windows overlap": stride[0] < size[0] or stride[1] < size[1],
        "rows or columns are left over": any(
            (n - k) % s for n, k, s in zip(padded, size, stride, strict=True)),
        "there are gaps between windows": stride[0] > size[0] or stride[1] > size[1],
        "the window is not square": size[0] != size[1],
    }


class Filters:
    """A convolution's case, to compute its answers with other windows, weights and paddings."""

    def __init__(self, case: Case) -> None:
        self.x, self.dy, self.W = case.x, case.dy, case.params["W"]
        self.b = case.params.get("b", np.zeros(len(self.W)))    # a layer may have none
        self.kernel, self.stride, self.padding = window_of(case)
        (ph, pw), (n, c, h, w) = self.padding, case.x.shape
        self.padded_shape = (n, c, h + 2 * ph, w + 2 * pw)
        self.inside = (..., slice(ph, ph + h), slice(pw, pw + w))

    def windows(self, stride: tuple[int, int]) -> Iterator[tuple[tuple[int, int], tuple]]:
        """((p, q), the slices that cut that window out of the padded image)."""
        for p, q in np.ndindex(*self.dy.shape[2:]):
            rows = slice(p * stride[0], p * stride[0] + self.kernel[0])
            columns = slice(q * stride[1], q * stride[1] + self.kernel[1])
            yield (p, q), (..., rows, columns)

    def scatter(self, W: Array, *, stride: tuple[int, int] | None = None, assign: str = "",
                room: int = 0) -> Array:
        """The gradient of the padded image: each unit sends dy · W to the pixels of its window.

        Args:
            assign: "" adds; "windows", "filters" or "kernel" overwrites, in that order of loops.
            room: extra rows and columns, for windows that reach too far.
        """
        n, c, h, w = self.padded_shape
        out = np.zeros((n, c, h + room, w + room))
        (kh, kw), stride = self.kernel, stride or self.stride
        if assign == "kernel":
            rows, columns = self.dy.shape[2:]
            for i, j in np.ndindex(kh, kw):
                out[:, :, i:i + stride[0] * rows:stride[0], j:j + stride[1] * columns:stride[1]] = \
                    np.einsum("nfpq,fc->ncpq", self.dy, W[:, :, i, j])
            return out
        for (p, q), window in self.windows(stride):
            for f in range(len(W)) if assign == "filters" else [slice(None)]:
                sent = np.einsum("nf,fcij->ncij", self.dy[:, f, p, q].reshape(n, -1),
                                 W[f].reshape(-1, *W.shape[1:]))
                out[window] = sent if assign else out[window] + sent
        return out

    def dx(self, **how: Any) -> Array:
        """∂s/∂x by `scatter`, without the padding."""
        return self.scatter(self.W, **how)[self.inside]

    def gather(self, x: Array, stride: tuple[int, int]) -> Array:
        """∂s/∂W: each unit adds dy times the pixels of its window."""
        dW = np.zeros(self.W.shape)
        for (p, q), window in self.windows(stride):
            dW += np.einsum("nf,ncij->fcij", self.dy[:, :, p, q], x[window])
        return dW

    def pad(self, before: int = 1, after: int = 1, mode: Any = "constant") -> Array:
        """x with padding: `before` and `after` times its width at the two sides."""
        widths = [(0, 0), (0, 0), *((before * p, after * p) for p in self.padding)]
        return np.pad(self.x, widths, mode=mode)

    def forward(self, x: Array, stride: tuple[int, int]) -> Array:
        """y for an image that is already padded."""
        y = np.zeros(self.dy.shape)
        for (p, q), window in self.windows(stride):
            y[:, :, p, q] = np.einsum("ncij,fcij->nf", x[window], self.W) + self.b
        return y


class Windows:
    """The windows of a case, as one axis: `values` (N, C, H', W', kh·kw), in reading order."""

    def __init__(self, case: Case) -> None:
        self.x, self.dy = case.x, case.dy
        self.size, self.stride, _ = window_of(case)
        self.values = self.cut(self.stride)

    def cut(self, stride: tuple[int, int], *, size: tuple[int, int] | None = None,
            counts: tuple[int, int] | None = None) -> Array:
        """The pixels of each window; after its end the image continues with -inf.

        Args:
            size: of the windows; counts: how many there are. By default as in the case.
        """
        x = np.pad(self.x, [(0, 0), (0, 0), (0, 30), (0, 30)], constant_values=-np.inf)
        view = np.lib.stride_tricks.sliding_window_view(x, size or self.size, axis=(2, 3))
        rows, columns = counts or self.dy.shape[2:]
        view = view[:, :, ::stride[0], ::stride[1]][:, :, :rows, :columns]
        return view.reshape(*view.shape[:4], -1)

    def send(self, shares: Array, *, stride: tuple[int, int] | None = None, assign: bool = False,
             overwrite: bool = False, last: bool = False) -> Array:
        """dx: every pixel gets its share (N, C, H', W', kh·kw) of its window's dy.

        Args:
            assign: a window overwrites what earlier ones have sent, where it sends anything.
            overwrite: a window overwrites all of its pixels.
            last: the last window is the first; so it is if the loop goes over the places.
        """
        stride, (n, c, h, w) = stride or self.stride, self.x.shape
        dx = np.zeros((n, c, h + 30, w + 30))
        sent = self.dy[..., None] * shares
        units = [*np.ndindex(*self.dy.shape[2:])]
        for p, q in reversed(units) if last else units:
            for place, (i, j) in enumerate(np.ndindex(*self.size)):
                pixel = (..., p * stride[0] + i, q * stride[1] + j)
                part = sent[:, :, p, q, place]
                if overwrite:
                    dx[pixel] = part
                elif assign:
                    dx[pixel] = np.where(part != 0, part, dx[pixel])
                else:
                    dx[pixel] += part
        return dx[:, :, :h, :w]

    def winner(self, values: Array | None = None, last: bool = False) -> Array:
        """1 at the first (or last) of the largest values of each window, else 0."""
        values = self.values if values is None else values
        k = values.shape[-1]
        index = k - 1 - values[..., ::-1].argmax(-1) if last else values.argmax(-1)
        return (np.arange(k) == index[..., None]).astype(float)
