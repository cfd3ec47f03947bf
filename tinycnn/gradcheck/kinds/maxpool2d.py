"""What a max-pooling answers if it is wrong in one of the known ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..cases import Case
from .changes import Guess, solve

Array = np.ndarray


class Windows:
    """The windows of a case, as one axis: `values` (N, C, H', W', kh·kw), in reading order."""

    def __init__(self, case: Case) -> None:
        self.x, self.dy = case.x, case.dy
        self.size, self.stride, _ = case.window
        self.values = self.cut(self.stride)

    def cut(self, stride: tuple[int, int], *, size: tuple[int, int] | None = None,
            counts: tuple[int, int] | None = None) -> Array:
        """The pixels of each window, from an image that is continued by -inf where it ends.

        Args:
            size: of the windows; counts: how many there are. By default as in the case.
        """
        x = np.pad(self.x, [(0, 0), (0, 0), (0, 30), (0, 30)], constant_values=-np.inf)
        view = np.lib.stride_tricks.sliding_window_view(x, size or self.size, axis=(2, 3))
        rows, columns = counts or self.dy.shape[2:]
        view = view[:, :, ::stride[0], ::stride[1]][:, :, :rows, :columns]
        return view.reshape(*view.shape[:4], -1)

    def send(self, shares: Array, *, stride: tuple[int, int] | None = None, assign: bool = False,
             overwrite: bool = False) -> Array:
        """dx: every pixel gets its share (N, C, H', W', kh·kw) of its window's dy.

        Args:
            assign: the last window overwrites what earlier ones have sent, where it sends anything.
            overwrite: it does so in all of its places.
        """
        stride, (n, c, h, w) = stride or self.stride, self.x.shape
        dx = np.zeros((n, c, h + 30, w + 30))
        sent = self.dy[..., None] * shares
        for p, q in np.ndindex(*self.dy.shape[2:]):
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


def mistakes(case: Case) -> Iterator[Guess]:
    """Other winners, more than one winner, winners sought or paid in the wrong place."""
    g = Windows(case)
    v, x, dy, (kh, kw) = g.values, g.x, g.dy, g.size
    top = (v == v.max(-1, keepdims=True)).astype(float)
    won, k = g.winner(), v.shape[-1]
    swapped = (g.stride[1], g.stride[0])
    rules: list[tuple[str, str, Callable[..., Array]]] = [
        ("ties_all_paid", "", lambda: top),
        ("ties_shared", "", lambda: top / top.sum(-1, keepdims=True)),
        ("ties_last_wins", "the last", lambda: g.winner(last=True)),
        ("ties_last_wins", "columns first", lambda: _by_columns(g)),
        ("ties_last_wins", "the last in its row", lambda: _last_in_row(g)),
        ("all_positions_paid", "", lambda: np.ones_like(v)),
        ("average_pooled", "", lambda: np.full_like(v, 1 / k)),
        ("minimum_pooled", "", lambda: g.winner(-v)),
        ("absolute_pooled", "", lambda: g.winner(np.abs(v))),
        ("winner_times_value", "", lambda: won * v),
        ("winner_misplaced", "the first place of the window",
         lambda: np.broadcast_to(np.arange(k) == 0, v.shape)),
        ("winner_misplaced", "the last place of the window",
         lambda: np.broadcast_to(np.arange(k) == k - 1, v.shape)),
        ("winner_misplaced", "the middle of the window",
         lambda: np.broadcast_to(np.arange(k) == (kh // 2) * kw + kw // 2, v.shape)),
        ("winner_misplaced", "divided by the wrong side of the window",
         lambda: _moved(g, lambda i: (i // kh) * kw + i % kh)),
        ("winner_misplaced", "rows and columns swapped",
         lambda: _moved(g, lambda i: (i % kw) * kw + i // kw)),
        ("winner_misplaced", "counted by columns",
         lambda: _moved(g, lambda i: (i % kh) * kw + i // kh)),
        ("shifted", "the place after the winner", lambda: np.roll(won, 1, -1)),
        ("shifted", "the place before the winner", lambda: np.roll(won, -1, -1))]
    for key, detail, shares in rules:
        yield Guess(key, detail, "dx", lambda s=shares: g.send(s()))
    yield Guess("overlap_assigned", "", "dx", lambda: g.send(won, assign=True))
    yield Guess("overlap_assigned", "and all ties paid", "dx", lambda: g.send(top, assign=True))
    yield Guess("overlap_assigned", "whole windows", "dx", lambda: g.send(won, overwrite=True))
    yield Guess("winner_misplaced", "divided by the wrong side, beyond the window", "dx",
                lambda: _paid_at(g, lambda i: (i // kh, i % kh), g.stride))
    yield Guess("winner_misplaced", "rows and columns swapped, beyond the window", "dx",
                lambda: _paid_at(g, lambda i: (i % kw, i // kw), g.stride))
    yield Guess("winner_misplaced", "the window's corner is not added", "dx",
                lambda: _paid_at(g, lambda i: (i // kw, i % kw), (0, 0)))
    yield Guess("winner_misplaced", "the window's corner times its size", "dx",
                lambda: _paid_at(g, lambda i: (i // kw, i % kw), g.size))
    yield Guess("all_positions_paid", "np.repeat", "dx", lambda: _spread(
        dy.repeat(g.stride[0], 2).repeat(g.stride[1], 3), x.shape))
    for key, stride in (("stride_forgotten", (1, 1)), ("stride_swapped", swapped),
                        ("stride_forgotten", g.size)):
        detail = "the window's size for it" if stride == g.size and key != "stride_swapped" else ""
        yield Guess(key, detail, "dx", lambda s=stride: g.send(won, stride=s))
        yield Guess(key, f"{detail} in both passes", "dx", lambda s=stride: g.send(
            g.winner(g.cut(s)), stride=s))
        yield Guess(key, detail, "y", lambda s=stride: g.cut(s).max(-1))
        yield Guess(key, f"{detail}, in its own shape", "y", lambda s=stride: solve(
            case, "y", arguments={"size": g.size, "stride": s}))
    yield Guess("stride_forgotten", "it is 1 where none is given", "y", lambda: solve(
        case, "y", arguments={"stride": 1, **case.arguments}))
    yield Guess("border_missing", "the last window, where it fits exactly", "y", lambda: case.right[
        "y"][:, :, :len(range(0, x.shape[2] - kh, g.stride[0])),
             :len(range(0, x.shape[3] - kw, g.stride[1]))])
    yield Guess("window_left_over", "half a window at the end counts", "y", lambda: _ceil(g))
    yield Guess("window_left_over", "they are missing", "dx", lambda: case.right["dx"][
        :, :, :(dy.shape[2] - 1) * g.stride[0] + kh, :(dy.shape[3] - 1) * g.stride[1] + kw])
    at_top = (x == x.max(axis=(2, 3), keepdims=True)).astype(float)
    yield Guess("winner_over_map", "", "dx", lambda: at_top * dy.sum(axis=(2, 3), keepdims=True))
    yield Guess("channels_mixed", "the winners of the first map for all", "dx",
                lambda: g.send(np.broadcast_to(won[:, :1], won.shape)))
    yield Guess("winner_over_map", "one for all channels", "dx", lambda: g.send(_best_channel(g)))
    yield Guess("winner_over_map", "one for all channels, with the sum of their gradients", "dx",
                lambda: g.send(_best_channel(g) * (dy.sum(1, keepdims=True) / dy)[..., None]))
    yield Guess("samples_mixed", "the winners of the first image for all", "dx",
                lambda: g.send(np.broadcast_to(won[:1], won.shape)))

    values: list[tuple[str, str, Callable[..., Array]]] = [
        ("average_pooled", "", lambda: v.mean(-1)), ("minimum_pooled", "", lambda: v.min(-1)),
        ("average_pooled", "the sum", lambda: v.sum(-1)),
        ("average_pooled", "the median", lambda: np.median(v, -1)),
        ("absolute_pooled", "its size", lambda: np.abs(v).max(-1)),
        ("absolute_pooled", "", lambda: (v * g.winner(np.abs(v))).sum(-1)),
        ("starts_at_zero", "", lambda: np.maximum(v.max(-1), 0)),
        ("winner_over_map", "", lambda: np.broadcast_to(x.max(axis=(2, 3), keepdims=True),
                                                        dy.shape)),
        ("channels_mixed", "over the channels, too", lambda: np.broadcast_to(
            v.max(-1).max(1, keepdims=True), dy.shape)),
        ("samples_mixed", "over the images, too", lambda: np.broadcast_to(
            v.max(-1).max(0, keepdims=True), dy.shape)),
        ("one_position", "the first row of the window", lambda: v[..., :kw].max(-1)),
        ("one_position", "the first column of the window", lambda: v[..., ::kw].max(-1)),
        ("one_position", "the first place of the window", lambda: v[..., 0]),
        ("border_missing", "the last row of the window", lambda: v[..., :-kw].max(-1)),
        ("border_missing", "the last place of the window", lambda: v[..., :-1].max(-1)),
        ("border_missing", "the last column of the window", lambda: v.reshape(
            *v.shape[:4], kh, kw)[..., :-1].max((-1, -2))),
        ("rows_columns_swapped", "the window", lambda: g.cut(
            g.stride, size=g.size[::-1]).max(-1))]
    n, c, h, w = x.shape
    for axes, shape in (((2, 4), (kh, h // kh, kw, w // kw)), ((4, 5), (h // kh, w // kw, kh, kw)),
                        ((2, 3), (kh, kw, h // kh, w // kw)), ((3, 5), (h // kh, kh, w // kw, kw))):
        values.append(("memory_reshaped", f"into {len(shape)} axes, maximum over {axes}",
                       lambda axes=axes, shape=shape: x.reshape(n, c, *shape).max(axes)))
    values += [("starts_at_zero", f"at {least:g}", lambda least=least: np.maximum(v.max(-1), least))
               for least in (-1.0, -10.0, -100.0, -999.0, -1000.0, -9999.0, -1e5, -1e6, -1e9,
                             -1e10, 1e-8, np.finfo(float).tiny)]
    for key, detail, compute in values:
        yield Guess(key, detail, "y", compute)


def _best_channel(g: Windows) -> Array:
    """The winner among all channels of a window, the first channel among equals."""
    best = g.values.max(-1).argmax(1)
    return g.winner() * (np.arange(g.values.shape[1])[:, None, None] == best[:, None])[..., None]


def _ceil(g: Windows) -> Array:
    """y with windows that reach over the border, as many as have a pixel inside."""
    rows, columns = (-(-(full - k) // s) + 1 for full, k, s
                     in zip(g.x.shape[2:], g.size, g.stride, strict=True))
    return g.cut(g.stride, counts=(rows, columns)).max(-1)


def _moved(g: Windows, place: Callable[[Array], Array]) -> Array:
    """The winner's share at another place of the window; outside of it nothing is paid."""
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
    """Among equals the first in columns wins, not in rows."""
    kh, kw = g.size
    order = np.arange(kh * kw).reshape(kh, kw).T.ravel()
    shares = np.zeros_like(g.values)
    shares[..., order] = g.winner(g.values[..., order])
    return shares


def _last_in_row(g: Windows) -> Array:
    """Of the first row that has the maximum the last place, as two nested maxima may choose."""
    kh, kw = g.size
    by_row = g.values.reshape(*g.values.shape[:4], kh, kw)
    row = g.winner(by_row.max(-1))[..., None]
    return (row * g.winner(by_row, last=True)).reshape(g.values.shape)


def _spread(a: Array, shape: tuple[int, ...]) -> Array:
    """Cut or continued by zeros to a shape."""
    out = np.zeros(shape)
    rows, columns = min(a.shape[2], shape[2]), min(a.shape[3], shape[3])
    out[:, :, :rows, :columns] = a[:, :, :rows, :columns]
    return out
