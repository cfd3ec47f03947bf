"""What a convolution answers if it is wrong in one of the known ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..cases import Case
from .changes import Guess, solve
from .forms import only

Array = np.ndarray


class Geometry:
    """The numbers of a case that every loop over windows needs."""

    def __init__(self, case: Case) -> None:
        self.x, self.dy, self.W, self.b = case.x, case.dy, case.params["W"], case.params["b"]
        self.kernel, self.stride, self.padding = case.window
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
            room: so many more rows and columns, for windows that are put too far.
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

    def gather(self, x: Array, stride: tuple[int, int]) -> Array:
        """∂s/∂W: each unit adds dy times the pixels of its window."""
        dW = np.zeros(self.W.shape)
        for (p, q), window in self.windows(stride):
            dW += np.einsum("nf,ncij->fcij", self.dy[:, :, p, q], x[window])
        return dW

    def pad(self, before: int = 1, after: int = 1, mode: Any = "constant") -> Array:
        """x with its padding, `before` and `after` times as wide as asked for at the two sides."""
        widths = [(0, 0), (0, 0), *((before * p, after * p) for p in self.padding)]
        return np.pad(self.x, widths, mode=mode)

    def forward(self, x: Array, stride: tuple[int, int], W: Array | None = None) -> Array:
        """y over an image that is padded already."""
        W, y = self.W if W is None else W, np.zeros(self.dy.shape)
        for (p, q), window in self.windows(stride):
            y[:, :, p, q] = np.einsum("ncij,fcij->nf", x[window], W) + self.b
        return y


def mistakes(case: Case) -> Iterator[Guess]:
    """Kernels turned round, strides and padding forgotten, windows that overwrite each other."""
    g = Geometry(case)
    swapped = (g.stride[1], g.stride[0])
    (ph, pw), (h, w), W = g.padding, case.x.shape[2:], g.W
    turned = {"both ways": W[..., ::-1, ::-1], "along rows": W[:, :, ::-1],
              "along columns": W[..., ::-1], "along all four axes": W[::-1, ::-1, ::-1, ::-1],
              "and the channels": W[:, ::-1, ::-1, ::-1], "and the filters": W[::-1, :, ::-1, ::-1],
              "not in space, but filters and channels": W[::-1, ::-1]}
    for detail, other in turned.items():
        for quantity in ("y", "dx"):
            yield Guess("kernel_flipped", detail, quantity,
                        lambda q=quantity, other=other: solve(case, q, W=other))
    for detail, axes in (("both ways", (2, 3)), ("along rows", (2,)), ("along columns", (3,))):
        yield Guess("kernel_flipped", detail, "dW", lambda axes=axes: np.flip(case.right["dW"],
                                                                              axes))
    for how in ("swapped", "reshaped"):
        def turn(a: Array, how: str = how) -> Array:
            return np.swapaxes(a, 2, 3) if how == "swapped" else np.swapaxes(a, 2, 3).reshape(
                a.shape)
        yield Guess("kernel_transposed", how, "y", lambda t=turn: solve(case, "y", W=t(W)))
        yield Guess("kernel_transposed", how, "dx", lambda t=turn: solve(case, "dx", W=t(W)))
        yield Guess("kernel_transposed", how, "dW", lambda t=turn: t(case.right["dW"]))

    yield from _of_stride(case, g, swapped)

    yield Guess("padding_not_removed", "", "dx", lambda: g.scatter(W))
    for detail, top, left in (("one too early", ph - 1, pw - 1), ("one too late", ph + 1, pw + 1),
                              ("at the far side", 0, 0), ("twice", 2 * ph, 2 * pw)):
        def crop(top: int = top, left: int = left) -> Array:
            if top < 0 or left < 0:
                raise ValueError
            room = np.pad(g.scatter(W), [(0, 0), (0, 0), (0, 2 * ph + 1), (0, 2 * pw + 1)])
            return room[:, :, top:top + h, left:left + w]
        if ph or pw:
            yield Guess("padding_cropped_off", detail, "dx", crop)
    for detail, a, b in (("rows and columns swapped", pw, ph), ("that of the rows at all sides",
                         ph, ph), ("that of the columns at all sides", pw, pw)):
        yield Guess("padding_cropped_off", f"{detail}, to the size of x", "dx",
                    lambda a=a, b=b: g.scatter(W)[:, :, a:a + h, b:b + w])
        yield Guess("padding_cropped_off", detail, "dx", lambda a=a, b=b: g.scatter(W)[
            :, :, a:h + 2 * ph - a, b:w + 2 * pw - b])
    yield Guess("padding_cropped_off", "though there is none", "dx",
                lambda: case.right["dx"][:, :, ph:-ph or 0, pw:-pw or 0])
    for detail, sides in (("before", (2, 0)), ("after", (0, 2))):
        yield Guess("padding_one_side", detail, "y",
                    lambda s=sides: g.forward(g.pad(*s), g.stride))
        yield Guess("padding_forgotten" if detail == "after" else "padding_one_side", detail, "dW",
                    lambda s=sides: g.gather(g.pad(*s), g.stride))
    for mode in ("edge", "reflect", "wrap", "symmetric"):
        yield Guess("padding_value", mode, "y",
                    lambda m=mode: g.forward(g.pad(mode=m), g.stride))
        yield Guess("padding_value", mode, "dW",
                    lambda m=mode: g.gather(g.pad(mode=m), g.stride))
    yield Guess("padding_value", "ones", "y", lambda: g.forward(
        1 + np.pad(g.x - 1, [(0, 0), (0, 0), (ph, ph), (pw, pw)]), g.stride))
    for quantity in ("y", "dx", "dW"):
        yield Guess("padding_forgotten", "", quantity, lambda q=quantity: _unpadded(case, q))

    for loops in ("windows", "filters", "kernel"):
        yield Guess("overlap_assigned", loops, "dx",
                    lambda loops=loops: g.scatter(W, assign=loops)[g.inside])
    reached = [(size - 1) * stride + kernel for size, stride, kernel
               in zip(case.dy.shape[2:], g.stride, g.kernel, strict=True)]
    yield Guess("window_left_over", "they are missing", "dx", lambda: g.scatter(W)[
        :, :, :reached[0], :reached[1]][:, :, ph:reached[0] - ph, pw:reached[1] - pw])
    yield Guess("border_missing", "the last window, where it fits exactly", "y",
                lambda: case.right["y"][:, :, :_one_short(g, 0), :_one_short(g, 1)])
    yield from _of_parts(case, g)


def _one_short(g: Geometry, axis: int) -> int:
    """How many windows range(0, size - kernel, stride) has: one too few if the last one fits."""
    return len(range(0, g.padded_shape[2 + axis] - g.kernel[axis], g.stride[axis]))


def _of_stride(case: Case, g: Geometry, swapped: tuple[int, int]) -> Iterator[Guess]:
    """Stride 1, or rows' and columns' strides swapped."""
    roomy = np.pad(g.pad(), [(0, 0), (0, 0), (0, 20), (0, 20)])     # for windows put too far
    for key, stride in (("stride_forgotten", (1, 1)), ("stride_swapped", swapped)):
        def scattered(stride: tuple[int, int] = stride) -> Array:
            return g.scatter(g.W, stride=stride, room=20)[g.inside]

        def gathered(stride: tuple[int, int] = stride) -> Array:
            return g.gather(roomy, stride)

        yield Guess(key, "", "dx", scattered)
        yield Guess(key, "", "dW", gathered)
        yield Guess(key, "in the same shape", "y", lambda s=stride: g.forward(roomy, s))
        yield Guess(key, "", "y", lambda s=stride: solve(
            case, "y", arguments={**case.arguments, "stride": s}))


def _of_parts(case: Case, g: Geometry) -> Iterator[Guess]:
    """One pixel of the window, one channel, one filter; and what can happen to the bias."""
    W, kernel = g.W, list(np.ndindex(*g.kernel))
    for detail, (i, j) in (("the first", kernel[0]), ("the last", kernel[-1]),
                           ("the middle", (g.kernel[0] // 2, g.kernel[1] // 2))):
        def one_pixel(i: int = i, j: int = j) -> Array:
            part = np.zeros_like(W)
            part[:, :, i, j] = W[:, :, i, j]
            return part
        for quantity in ("y", "dx"):
            yield Guess("one_position", detail, quantity,
                        lambda q=quantity, part=one_pixel: solve(case, q, W=part()))
    parts: list[tuple[str, str, Callable[..., Array]]] = [
        ("channels_first_only", "the first channel", lambda: only(W, 0, 1)),
        ("assigned", "the last channel", lambda: only(W, -1, 1)),
        ("channels_first_only", "the first filter", lambda: only(W, 0, 0)),
        ("assigned", "the last filter", lambda: only(W, -1, 0)),
        ("channels_mixed", "the filters of the first channel for all",
         lambda: np.broadcast_to(W[:, :1], W.shape)),
        ("channels_mixed", "the first filter for all", lambda: np.broadcast_to(W[:1], W.shape)),
        ("mean_for_sum", "over channels", lambda: W / W.shape[1]),
        ("mean_for_sum", "over the window", lambda: W / W[0].size)]
    for key, detail, part in parts:
        for quantity in ("y", "dx"):
            yield Guess(key, detail, quantity, lambda q=quantity, p=part: solve(case, q, W=p()))
    b, y, c = g.b, case.right["y"], W.shape[1]
    per_unit = b[:, None, None]
    yield Guess("bias_missing", "", "y", lambda: y - per_unit)
    for detail, times in (("twice", 1.0), ("negative", -2.0), ("once for each channel", c - 1.0),
                          ("once for each weight", W[0].size - 1.0),
                          ("once for each pixel", g.kernel[0] * g.kernel[1] - 1.0)):
        yield Guess("bias_wrong", detail, "y", lambda t=times: y + t * per_unit)
    yield Guess("bias_wrong", "along the columns", "y", lambda: y - per_unit + b)
    yield Guess("bias_wrong", "the sum", "y", lambda: y - per_unit + b.sum())
    yield Guess("bias_wrong", "that of the first filter", "y", lambda: y - per_unit + b[0])
    for axes in ((1, 2, 3), (0, 1, 3), (0, 1, 2), (1, 2), (2, 3), (0, 3), (0, 2), (0,)):
        yield Guess("wrong_sum", f"over the axes {axes}", "db", lambda axes=axes: g.dy.sum(axes))
    yield Guess("weights_forgotten", "dW for W", "dx",
                lambda: solve(case, "dx", W=case.right["dW"]))
    for detail, place in (("the first position", (0, 0)), ("the last position", (-1, -1))):
        key = "one_position" if detail == "the first position" else "assigned"
        yield Guess(key, detail, "db", lambda p=place: g.dy[(..., *p)].sum(axis=0))


def _unpadded(case: Case, quantity: str) -> Array:
    """The answer of a layer without padding; dy is cut to its size where it is too large."""
    layer = Case(case.kind, {**case.arguments, "padding": 0}, case.x, params=case.params)
    y, cache = layer.reference().forward(case.x)
    if quantity == "y":
        return y
    dy = case.dy[:, :, :y.shape[2], :y.shape[3]]
    if quantity == "dx":
        return layer.reference().backward(dy, cache)
    return layer.reference().parameter_gradients(dy, cache)["W"]
