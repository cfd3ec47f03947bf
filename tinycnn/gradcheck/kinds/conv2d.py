"""Convolutions: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...layers.base import Array, Pair
from ..cases import Case, in_memory
from ..mistakes import Guess, only, solve
from . import Suite
from .windows import Filters, window_features, window_of


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Strides, padding and kernels, one at a time and together."""
    shapes: list[tuple[int, int, int, Pair, Any, dict[str, Any]]] = [
        (2, 2, 3, (4, 4), 2, {}), (3, 3, 2, (3, 5), 2, {}), (2, 2, 3, (4, 5), (2, 3), {}),
        (2, 3, 2, (4, 4), 2, {"stride": 2}), (3, 2, 4, (6, 5), (3, 2), {"stride": 2}),
        (2, 2, 3, (3, 3), 2, {"padding": 1}), (2, 3, 2, (4, 3), (2, 3), {"padding": 1}),
        (2, 2, 3, (4, 5), (3, 2), {"stride": 2, "padding": 1}),
        (1, 2, 3, (3, 4), 2, {}), (2, 1, 1, (3, 4), 1, {})]
    for n, c, f, image, kernel, more in shapes:
        yield Case("conv2d", {"in_channels": c, "out_channels": f, "kernel_size": kernel, **more},
                   rng.normal(size=(n, c, *image)))
    for stride, padding in (((2, 1), (0, 1)), ((1, 3), (1, 0))):
        yield Case("conv2d", {"in_channels": 2, "out_channels": 3, "kernel_size": (2, 3),
                              "stride": stride, "padding": padding},
                   rng.normal(size=(2, 2, 4, 6)), optional=True,
                   features=("rows and columns have different strides or padding",))
    yield from in_memory(Case("conv2d", {"in_channels": 2, "out_channels": 3, "kernel_size": 2},
                              rng.normal(size=(2, 2, 4, 3))))


def features(case: Case) -> dict[str, bool]:
    """What is special about the window."""
    _, stride, padding = window_of(case)
    return window_features(case, the_stride_is_larger_than_1=max(stride) > 1,
                           there_is_no_padding=min(padding) == 0)


def mistakes(case: Case) -> Iterator[Guess]:
    """Kernels turned, strides and padding forgotten, windows that overwrite each other."""
    g = Filters(case)
    yield from _of_the_kernel(case, g)
    yield from _of_the_stride(case, g)
    yield from _of_the_padding(case, g)
    yield from _of_parts(case, g)
    yield from _of_the_bias(case, g)
    for order in ("windows", "filters", "kernel"):
        yield Guess("overlap_assigned", order, "dx", partial(g.dx, assign=order))
    (ph, pw), (rows, columns) = g.padding, g.dy.shape[2:]
    yield Guess("window_left_over", "they are missing", "dx", lambda: g.scatter(g.W)[
        :, :, ph:(rows - 1) * g.stride[0] + g.kernel[0] - ph,
        pw:(columns - 1) * g.stride[1] + g.kernel[1] - pw])
    # range(0, size - kernel, stride) ends before a last window that fits exactly.
    short = [len(range(0, g.padded_shape[2 + i] - g.kernel[i], g.stride[i])) for i in (0, 1)]
    yield Guess("border_missing", "the last window, where it fits exactly", "y",
                case.right["y"][:, :, :short[0], :short[1]])


def _of_the_kernel(case: Case, g: Filters) -> Iterator[Guess]:
    """Turned by 180 degrees along some axes, or with rows and columns swapped."""
    W, dW = g.W, case.right["dW"]
    for detail, axes in {
            "both ways": (2, 3), "along rows": (2,), "along columns": (3,),
            "along all four axes": (0, 1, 2, 3), "and the channels": (1, 2, 3),
            "and the filters": (0, 2, 3), "not in space, but filters and channels": (0, 1)}.items():
        for quantity in ("y", "dx"):
            yield Guess("kernel_flipped", detail, quantity,
                        partial(solve, case, quantity, W=np.flip(W, axes)))
        if 0 not in axes and 1 not in axes:
            yield Guess("kernel_flipped", detail, "dW", np.flip(dW, axes))
    for times in (1, 3):
        for quantity in ("y", "dx"):
            yield Guess("kernel_rotated", f"{times} times", quantity,
                        partial(solve, case, quantity, W=np.rot90(W, times, (2, 3))))
        yield Guess("kernel_rotated", f"{times} times", "dW", np.rot90(dW, times, (2, 3)))
    for how, turned, dW_turned in (
            ("swapped", W.swapaxes(2, 3), dW.swapaxes(2, 3)),
            ("reshaped", W.swapaxes(2, 3).reshape(W.shape), dW.swapaxes(2, 3).reshape(W.shape))):
        yield Guess("kernel_transposed", how, "y", partial(solve, case, "y", W=turned))
        yield Guess("kernel_transposed", how, "dx", partial(solve, case, "dx", W=turned))
        yield Guess("kernel_transposed", how, "dW", dW_turned)
    yield Guess("weights_forgotten", "dW for W", "dx", partial(solve, case, "dx", W=dW))


def _of_the_stride(case: Case, g: Filters) -> Iterator[Guess]:
    roomy = np.pad(g.pad(), [(0, 0), (0, 0), (0, 20), (0, 20)])     # for windows that reach too far
    for key, stride in (("stride_forgotten", (1, 1)), ("stride_swapped", g.stride[::-1])):
        yield Guess(key, "", "dx", partial(g.dx, stride=stride, room=20))
        yield Guess(key, "", "dW", partial(g.gather, roomy, stride))
        yield Guess(key, "in the same shape", "y", partial(g.forward, roomy, stride))
        yield Guess(key, "", "y", partial(
            solve, case, "y", arguments={**case.arguments, "stride": stride}))


def _of_the_padding(case: Case, g: Filters) -> Iterator[Guess]:
    """Forgotten, only on one side, not 0; not cut off, or cut off in the wrong place."""
    (ph, pw), (h, w), dx = g.padding, case.x.shape[2:], g.scatter(g.W)
    yield Guess("padding_not_removed", "", "dx", dx)
    room = np.pad(dx, [(0, 0), (0, 0), (0, 2 * ph + 1), (0, 2 * pw + 1)])
    for detail, top, left in (("one too early", ph - 1, pw - 1), ("one too late", ph + 1, pw + 1),
                              ("at the far side", 0, 0), ("twice", 2 * ph, 2 * pw)):
        if (ph or pw) and top >= 0 and left >= 0:
            yield Guess("padding_cropped_off", detail, "dx", room[:, :, top:top + h, left:left + w])
    for detail, a, b in (("rows and columns swapped", pw, ph), ("the rows' padding at all sides",
                         ph, ph), ("the columns' padding at all sides", pw, pw)):
        yield Guess("padding_cropped_off", f"{detail}, to the size of x", "dx",
                    dx[:, :, a:a + h, b:b + w])
        yield Guess("padding_cropped_off", detail, "dx",
                    dx[:, :, a:h + 2 * ph - a, b:w + 2 * pw - b])
    for axes, widths in (((0, 1), (ph, pw)), ((1, 2), (ph, pw)), ((2,), (ph,)), ((3,), (pw,))):
        cut = [slice(None)] * 4
        for axis, p in zip(axes, widths, strict=True):
            cut[axis] = slice(p, -p or None)
        yield Guess("padding_cropped_off", f"along the axes {axes}", "dx", dx[tuple(cut)])
    yield Guess("padding_cropped_off", "where there is none", "dx",
                case.right["dx"][:, :, ph:-ph or 0, pw:-pw or 0])
    for detail, sides in (("before", (2, 0)), ("after", (0, 2))):
        padded = g.pad(*sides)
        yield Guess("padding_one_side", detail, "y", partial(g.forward, padded, g.stride))
        yield Guess("padding_forgotten" if detail == "after" else "padding_one_side", detail, "dW",
                    partial(g.gather, padded, g.stride))
    for mode in ("edge", "reflect", "wrap", "symmetric"):
        yield Guess("padding_value", mode, "y", lambda m=mode: g.forward(g.pad(mode=m), g.stride))
        yield Guess("padding_value", mode, "dW", lambda m=mode: g.gather(g.pad(mode=m), g.stride))
    yield Guess("padding_value", "ones", "y", lambda: g.forward(
        1 + np.pad(g.x - 1, [(0, 0), (0, 0), (ph, ph), (pw, pw)]), g.stride))
    for quantity in ("y", "dx", "dW"):
        yield Guess("padding_forgotten", "", quantity, partial(_unpadded, case, quantity))


def _of_parts(case: Case, g: Filters) -> Iterator[Guess]:
    """One pixel of the window, one channel, one filter."""
    W, places = g.W, list(np.ndindex(*g.kernel))
    center = (g.kernel[0] // 2, g.kernel[1] // 2)
    parts: list[tuple[str, str, Array]] = []
    for detail, (i, j) in {"the first": places[0], "the last": places[-1],
                           "the middle": center}.items():
        pixel = np.zeros_like(W)
        pixel[:, :, i, j] = W[:, :, i, j]
        parts.append(("one_position", detail, pixel))
    parts += [("channels_first_only", "the first channel", only(W, 0, 1)),
              ("assigned", "the last channel", only(W, -1, 1)),
              ("channels_first_only", "the first filter", only(W, 0, 0)),
              ("assigned", "the last filter", only(W, -1, 0)),
              ("channels_mixed", "the filters of the first channel for all",
               np.broadcast_to(W[:, :1], W.shape)),
              ("channels_mixed", "the first filter for all", np.broadcast_to(W[:1], W.shape)),
              ("mean_for_sum", "over channels", W / W.shape[1]),
              ("mean_for_sum", "over the window", W / W[0].size)]
    for key, detail, part in parts:
        for quantity in ("y", "dx"):
            yield Guess(key, detail, quantity, partial(solve, case, quantity, W=part))


def _of_the_bias(case: Case, g: Filters) -> Iterator[Guess]:
    """Missing, added more than once or along another axis; its gradient summed over other axes."""
    b, y, dy, W = g.b, case.right["y"], g.dy, g.W
    per_unit = b[:, None, None]
    yield Guess("bias_missing", "", "y", y - per_unit)
    for detail, times in {"twice": 2, "negative": -1, "once for each channel": W.shape[1],
                          "once for each weight": W[0].size,
                          "once for each pixel": W[0, 0].size}.items():
        yield Guess("bias_wrong", detail, "y", y + (times - 1.0) * per_unit)
    yield Guess("bias_wrong", "along the columns", "y", lambda: y - per_unit + b)
    yield Guess("bias_wrong", "the sum", "y", y - per_unit + b.sum())
    yield Guess("bias_wrong", "the first filter's for all", "y", y - per_unit + b[0])
    for axes in ((1, 2, 3), (0, 1, 3), (0, 1, 2), (1, 2), (2, 3), (0, 3), (0, 2), (0,)):
        yield Guess("wrong_sum", f"over the axes {axes}", "db", dy.sum(axes))
    yield Guess("one_position", "the first position", "db", dy[..., 0, 0].sum(axis=0))
    yield Guess("assigned", "the last position", "db", dy[..., -1, -1].sum(axis=0))


def _unpadded(case: Case, quantity: str) -> Array:
    """The answer of a layer without padding; dy is cut to its size where it is too large."""
    arguments = {**case.arguments, "padding": 0}
    y = solve(case, "y", arguments=arguments)
    if quantity == "y":
        return y
    return solve(case, quantity, arguments=arguments, dy=case.dy[:, :, :y.shape[2], :y.shape[3]])


SUITE = Suite(grid, mistakes, of_x=("dW",), wrong_x=lambda x: [x[:, :-1], x[0]], features=features)
