"""Average-poolings: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ..cases import Case, in_memory
from ..mistakes import Guess, solve, table
from . import Suite
from .windows import Windows, window_features


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Windows that overlap, leave gaps or leave rows over, and the whole map."""
    shapes: list[tuple[int, int, tuple[int, int], Any, Any]] = [
        (2, 2, (4, 4), 2, None), (3, 2, (4, 6), 2, None), (2, 3, (4, 6), (2, 3), None),
        (2, 2, (5, 7), 2, None), (2, 3, (5, 7), 3, 2), (2, 3, (4, 5), 2, 1),
        (2, 2, (5, 8), 2, 3), (1, 3, (4, 5), (2, 1), None), (2, 3, (4, 5), None, None)]
    for n, c, image, size, stride in shapes:
        yield _case(rng.normal(size=(n, c, *image)), size, stride)
    yield from in_memory(_case(rng.normal(size=(2, 3, 4, 6)), 2, None))


def _case(x: Any, size: Any, stride: Any) -> Case:
    return Case("avgpool2d", {"size": size} | ({} if stride is None else {"stride": stride}), x)


def mistakes(case: Case) -> Iterator[Guess]:
    """Other divisors, other pixels, strides that are forgotten, windows that overwrite others."""
    g = Windows(case)
    (kh, kw), v, k = g.size, g.values, g.values.shape[-1]
    places, share, mean = np.arange(k), np.full_like(v, 1 / k), v.mean(-1)
    for key, stride in (("stride_forgotten", (1, 1)), ("stride_swapped", g.stride[::-1])):
        yield Guess(key, "", "dx", partial(g.send, share, stride=stride))
        yield Guess(key, "", "y", partial(
            solve, case, "y", arguments={"size": g.size, "stride": stride}))
    for detail, divisor in {"1": 1, "its rows": kh, "its columns": kw, "rows + columns": kh + kw,
                            "rows times columns, twice": k * k,
                            "the pixels of the map": case.x[0, 0].size}.items():
        for quantity in ("y", "dx"):
            yield Guess("window_divisor", f"but by {detail}", quantity,
                        case.right[quantity] * k / divisor)
    for detail, each in (("", 1), (", divided by its pixels", k)):
        one = {"the largest": g.winner(), "the first": places == 0, "the last": places == k - 1}
        for which, winner in one.items():
            yield Guess("one_position", f"{which}{detail}", "dx", partial(
                g.send, np.broadcast_to(winner, v.shape) / each))
    yield from table("dx", {
        ("overlap_assigned", "whole windows"): partial(g.send, share, overwrite=True),
        ("overlap_assigned", "place by place"): partial(g.send, share, overwrite=True, last=True),
        ("window_left_over", "they are missing"): lambda: g.send(share)[
            :, :, :(g.dy.shape[2] - 1) * g.stride[0] + kh,
            :(g.dy.shape[3] - 1) * g.stride[1] + kw]})
    yield from table("y", {
        ("one_position", "the largest"): v.max(-1), ("one_position", "the first"): v[..., 0],
        ("window_forgotten", "everywhere"): lambda: np.broadcast_to(
            case.x.mean((2, 3), keepdims=True), mean.shape),
        ("window_forgotten", "one number"): case.x.mean((2, 3)),
        ("rows_columns_swapped", "the window"): lambda: g.cut(
            g.stride, size=g.size[::-1]).mean(-1)})


SUITE = Suite(
    grid, mistakes, of_x=(), wrong_x=lambda x: [x[0]], free=True, features=window_features, causes={
        "window_divisor": "{q}: not divided by the number of pixels of the window, rows times "
            "columns.",
        "window_forgotten": "{q}: the mean of the whole map, not of each window."})
