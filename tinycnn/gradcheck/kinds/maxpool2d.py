"""Max-poolings: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ...layers.base import Array, Pair
from ..cases import Case, in_memory
from ..mistakes import Change, Guess, solve
from ..numeric import spread_out
from . import Suite
from .windows import Windows, window_features, window_of


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Windows that overlap, leave gaps or leave rows over; ties; only negative values."""
    shapes: list[tuple[int, int, tuple[int, int], Any, Any]] = [
        (2, 2, (4, 4), 2, None), (3, 2, (4, 6), 2, None), (2, 3, (4, 6), (2, 3), None),
        (2, 2, (5, 7), 2, None), (2, 3, (5, 7), 3, 2), (2, 3, (4, 5), 2, 1),
        (3, 2, (4, 4), (3, 2), 1), (2, 2, (5, 8), 2, 3), (1, 3, (4, 5), (2, 1), None)]
    for n, c, image, size, stride in shapes:
        yield _case(spread_out(rng, (n, c, *image)), size, stride)
    for size, stride in ((2, (1, 2)), ((2, 3), (2, 1))):
        yield _case(spread_out(rng, (2, 2, 4, 6)), size, stride, optional=True,
                    features=("rows and columns have different strides",))
    negative = spread_out(rng, (2, 3, 4, 6))
    yield _case(negative - negative.max() - 1, 2, features=("all values are negative",))
    for size, stride in ((2, None), (3, 2), ((2, 3), None), (2, 1)):
        image = (4, 6) if size == 2 and not stride else (5, 7)
        x = rng.integers(-1, 2, size=(2, 3, *image)).astype(float)
        x[0, 0] = 0
        yield _case(x, size, stride, group="ties", features=("values tie",))
    yield _case(1 + 1e-6 * spread_out(rng, (2, 2, 4, 6)), 2, group="ties",
                features=("values nearly tie",))
    large = spread_out(rng, (2, 1, 17, 17))
    large[0, 0, 16, 16] = large[1, 0, 15, 9] = large.max() + 1
    yield _case(large, 17, group="extreme", features=("a window has more than 256 pixels",))
    yield _case(-1e30 * (1 + spread_out(rng, (2, 2, 4, 6)) / 4 % 1), 2, group="extreme",
                features=("all values are far below 0",))
    yield from in_memory(_case(spread_out(rng, (2, 3, 4, 6)), 2))


def _case(x: Array, size: Any, stride: Any = None, **more: Any) -> Case:
    return Case("maxpool2d", {"size": size} | ({} if stride is None else {"stride": stride}), x,
                **more)


def features(case: Case) -> dict[str, bool]:
    """What is special about the window."""
    size, stride, _ = window_of(case)
    return window_features(case, the_stride_is_not_the_size_of_the_window=stride != size)


def mistakes(case: Case) -> Iterator[Guess]:
    """Other winners, more than one winner, winners in a wrong place."""
    g = Windows(case)
    for detail, stride in (("", (1, 1)), ("the window's size for it", g.size)):
        yield from _of_the_stride(case, g, "stride_forgotten", detail, stride)
    yield from _of_the_stride(case, g, "stride_swapped", "", g.stride[::-1])
    yield Guess("stride_forgotten", "it is 1 where none is given", "y", lambda: solve(
        case, "y", arguments={"stride": 1, **case.arguments}))
    for quantity, changes in (("dx", _wrong_gradients(g)), ("y", _wrong_values(g))):
        for key, detail, answer in changes:
            yield Guess(key, detail, quantity, answer)


def _of_the_stride(case: Case, g: Windows, key: str, detail: str, stride: Pair) -> Iterator[Guess]:
    """Another stride, in one pass or in both."""
    yield Guess(key, detail, "dx", partial(g.send, g.winner(), stride=stride))
    yield Guess(key, f"{detail} in both passes", "dx", lambda: g.send(
        g.winner(g.cut(stride)), stride=stride))
    yield Guess(key, detail, "y", lambda: g.cut(stride).max(-1))
    yield Guess(key, f"{detail}, in its own shape", "y", partial(
        solve, case, "y", arguments={"size": g.size, "stride": stride}))


def _wrong_gradients(g: Windows) -> Iterator[Change]:
    """dx if other pixels get the gradient, or in other shares."""
    v, x, dy, (kh, kw) = g.values, g.x, g.dy, g.size
    top = (v == v.max(-1, keepdims=True)).astype(float)
    won, places = g.winner(), np.arange(kh * kw)
    shares: dict[tuple[str, str], Array] = {
        ("ties_all_paid", ""): top,
        ("ties_shared", ""): top / top.sum(-1, keepdims=True),
        ("ties_last_wins", "the last"): g.winner(last=True),
        ("ties_last_wins", "columns first"): _by_columns(g),
        ("all_positions_paid", ""): np.ones_like(v),
        ("average_pooled", ""): np.full_like(v, 1 / v.shape[-1]),
        ("minimum_pooled", ""): g.winner(-v),
        ("absolute_pooled", ""): g.winner(np.abs(v)),
        ("winner_times_value", ""): won * v,
        ("winner_misplaced", "the first place of the window"): places == 0,
        ("winner_misplaced", "the last place of the window"): places == places[-1],
        ("winner_misplaced", "the middle of the window"): places == (kh // 2) * kw + kw // 2,
        ("winner_misplaced", "divided by the wrong side of the window"):
            _moved(g, lambda i: (i // kh) * kw + i % kh),
        ("winner_misplaced", "rows and columns swapped"):
            _moved(g, lambda i: (i % kw) * kw + i // kw),
        ("winner_misplaced", "its number is kept in 8 bits"): _moved(g, lambda i: i % 256),
        ("winner_misplaced", "counted by columns"): _moved(g, lambda i: (i % kh) * kw + i // kh),
        ("shifted", "the place after the winner"): np.roll(won, 1, -1),
        ("shifted", "the place before the winner"): np.roll(won, -1, -1),
        ("winner_over_map", "one for all channels"): _best_channel(g),
        ("channels_mixed", "the winners of the first map for all"): won[:, :1],
        ("samples_mixed", "the winners of the first image for all"): won[:1],
    }
    for off in 10.0 ** -np.arange(2, 7):
        shares["ties_nearly", f"{off:g} apart"] = v >= v.max(-1, keepdims=True) - off
    for (key, detail), share in shares.items():
        yield key, detail, partial(g.send, share)
    yield "overlap_assigned", "", partial(g.send, won, assign=True)
    if g.stride[0] < kh or g.stride[1] < kw:
        yield "overlap_assigned", "and all ties paid", partial(g.send, top, assign=True)
    yield "overlap_assigned", "whole windows", partial(g.send, won, overwrite=True)
    for detail, place, stride in (
            ("divided by the wrong side, beyond the window", lambda i: (i // kh, i % kh), g.stride),
            ("rows and columns swapped, beyond the window", lambda i: (i % kw, i // kw), g.stride),
            ("the window's corner is not added", lambda i: (i // kw, i % kw), (0, 0)),
            ("the window's corner times its size", lambda i: (i // kw, i % kw), g.size)):
        yield "winner_misplaced", detail, partial(_paid_at, g, place, stride)
    yield "window_left_over", "they are missing", lambda: g.send(won)[
        :, :, :(dy.shape[2] - 1) * g.stride[0] + kh, :(dy.shape[3] - 1) * g.stride[1] + kw]
    at_top = (x == x.max(axis=(2, 3), keepdims=True)).astype(float)
    yield "winner_over_map", "", lambda: at_top * dy.sum(axis=(2, 3), keepdims=True)


def _wrong_values(g: Windows) -> Iterator[Change]:
    """y if it is not the maximum, or not the maximum of the window."""
    v, x, (kh, kw), (n, c, h, w) = g.values, g.x, g.size, g.x.shape
    best = v.max(-1)
    in_window = v.reshape(*v.shape[:4], kh, kw)
    values: dict[tuple[str, str], Array] = {
        ("average_pooled", ""): v.mean(-1), ("average_pooled", "the sum"): v.sum(-1),
        ("average_pooled", "the median"): np.median(v, -1), ("minimum_pooled", ""): v.min(-1),
        ("absolute_pooled", "its size"): np.abs(v).max(-1),
        ("absolute_pooled", ""): (v * g.winner(np.abs(v))).sum(-1),
        ("starts_at_zero", ""): np.maximum(best, 0),
        ("winner_over_map", ""): x.max(axis=(2, 3), keepdims=True),
        ("channels_mixed", "over the channels, too"): best.max(1, keepdims=True),
        ("samples_mixed", "over the images, too"): best.max(0, keepdims=True),
        ("one_position", "the first row of the window"): in_window[..., 0, :].max(-1),
        ("one_position", "the first column of the window"): in_window[..., 0].max(-1),
        ("one_position", "the first place of the window"): v[..., 0],
    }
    for least in (-1.0, -10.0, -100.0, -999.0, -1000.0, -9999.0, -1e5, -1e6, -1e9, -1e10, 1e-8,
                  np.finfo(float).tiny):
        values["starts_at_zero", f"at {least:g}"] = np.maximum(best, least)
    for (key, detail), value in values.items():
        yield key, detail, np.broadcast_to(value, best.shape)
    yield "border_missing", "the last row of the window", lambda: v[..., :-kw].max(-1)
    yield "border_missing", "the last place of the window", lambda: v[..., :-1].max(-1)
    yield "border_missing", "the last column of the window", lambda: in_window[..., :-1].max(
        (-1, -2))
    yield "border_missing", "the last window, where it fits exactly", lambda: best[
        :, :, :len(range(0, h - kh, g.stride[0])), :len(range(0, w - kw, g.stride[1]))]
    yield "rows_columns_swapped", "the window", lambda: g.cut(g.stride, size=g.size[::-1]).max(-1)
    yield "window_left_over", "half a window at the end counts", partial(_ceil, g)
    for axes, shape in (((2, 4), (kh, h // kh, kw, w // kw)), ((4, 5), (h // kh, w // kw, kh, kw)),
                        ((2, 3), (kh, kw, h // kh, w // kw)), ((3, 5), (h // kh, kh, w // kw, kw))):
        yield "memory_reshaped", f"into {len(shape)} axes, maximum over {axes}", (
            lambda axes=axes, shape=shape: x.reshape(n, c, *shape).max(axes))


def _best_channel(g: Windows) -> Array:
    """The winner among all channels of a window, the first channel among equals."""
    best = g.values.max(-1).argmax(1)
    return g.winner() * (np.arange(g.values.shape[1])[:, None, None] == best[:, None])[..., None]


def _ceil(g: Windows) -> Array:
    """y with windows that reach over the border and have a pixel inside."""
    rows, columns = (-(-(full - k) // s) + 1 for full, k, s
                     in zip(g.x.shape[2:], g.size, g.stride, strict=True))
    return g.cut(g.stride, counts=(rows, columns)).max(-1)


def _moved(g: Windows, place: Callable[[Array], Array]) -> Array:
    """The winner's share at another place of the window; outside of the window it is lost."""
    k = g.values.shape[-1]
    return (np.arange(k) == place(g.values.argmax(-1))[..., None]).astype(float)


def _paid_at(g: Windows, place: Callable[[Array], tuple[Array, Array]], stride: tuple[int, int]
             ) -> Array:
    """dx, with each window's gradient at place(index of its winner) from its corner."""
    n, c, h, w = g.x.shape
    dx = np.zeros((n, c, h + 50, w + 50))
    rows, columns = place(g.values.argmax(-1))
    for unit in np.ndindex(*g.dy.shape):
        p, q = unit[2:]
        dx[(*unit[:2], p * stride[0] + rows[unit], q * stride[1] + columns[unit])] += g.dy[unit]
    return dx[:, :, :h, :w]


def _by_columns(g: Windows) -> Array:
    """Among equal values the first column by column wins, not row by row."""
    kh, kw = g.size
    order = np.arange(kh * kw).reshape(kh, kw).T.ravel()
    shares = np.zeros_like(g.values)
    shares[..., order] = g.winner(g.values[..., order])
    return shares


SUITE = Suite(grid, mistakes, wrong_x=lambda x: [x[0]], features=features)
