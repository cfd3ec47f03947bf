"""What may happen to any array by mistake: another order, cut short, summed, rounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ...layers.base import Array

Answer = Array | Callable[..., Any]     # an array, or a function that returns it or fails
Change = tuple[str, str, Answer]        # the key of its cause, a detail, the changed array

ORDERS = ((0, 2, 3, 1), (0, 3, 1, 2), (1, 0, 2, 3), (1, 2, 3, 0), (3, 0, 1, 2), (2, 3, 0, 1),
          (2, 3, 1, 0), (3, 2, 1, 0), (0, 2, 1, 3), (0, 3, 2, 1))


def forms(a: Array, batch: bool) -> Iterator[Change]:
    """What may happen to an array: (key, detail, the changed array or a function for it).

    Most are functions, because a diagnosis needs all of them for one case only; for the others it
    needs those that fit the first.

    Args:
        batch: whether its first axis counts images (as in x, dy, y, dx).
    """
    yield "float32", "rounded to float32", lambda: a.astype(np.float32).astype(a.dtype)
    yield "integer", "cut off towards 0", partial(np.trunc, a)
    yield "integer", "rounded down", partial(np.floor, a)
    yield "integer", "rounded", partial(np.round, a)
    if batch:
        yield from _of_images(a)
        yield from _of_the_first_turn(a)
    yield "absolute", "abs", partial(np.abs, a)
    yield "rectified", "max(., 0)", partial(np.maximum, a, 0)
    yield "rectified", "min(., 0)", partial(np.minimum, a, 0)
    yield "upstream_sign", "sign", partial(np.sign, a)
    yield "squared", "squared", partial(np.multiply, a, a)
    yield "squared", "size times value", lambda: a * np.abs(a)
    for limit in (1.0, 0.5, 5.0):
        yield "clipped", f"at {limit:g}", partial(np.clip, a, -limit, limit)
    yield "normalised", "by its norm", lambda: a / np.sqrt((a * a).sum())
    yield "normalised", "by its sum", lambda: a / a.sum()
    yield "normalised", "by its largest entry", lambda: a / np.abs(a).max()
    yield from _reordered(a)
    for axis in range(a.ndim):
        yield from _along(a, axis, batch)
    yield "wrong_sum", "the sum of all, everywhere", lambda: np.full(a.shape, a.sum())
    yield "wrong_sum", "the mean of all, everywhere", lambda: np.full(a.shape, a.mean())


def _reordered(a: Array) -> Iterator[Change]:
    """The same numbers in another order, in the same shape or another one."""
    if a.ndim == 4:
        turned, sideways = a.swapaxes(2, 3), (*a.shape[:2], a.shape[3], a.shape[2])
        yield "rows_columns_swapped", "read as H for W", partial(np.reshape, turned, a.shape)
        yield "rows_columns_swapped", "H and W swapped", turned
        yield "rows_columns_swapped", "written as H for W", a.reshape(sideways).swapaxes(2, 3)
        for order in ORDERS:
            other = a.transpose(order)
            yield "memory_reshaped", f"axes {order} reshaped", partial(np.reshape, other, a.shape)
            yield "memory_reshaped", f"reshaped, then axes {order}", partial(_turned, a, order)
            yield "transposed", f"axes in the order {order}", other
    elif a.ndim >= 2:
        yield "transposed", "the transpose", a.T
        yield "transposed", "the transpose, reshaped", partial(np.reshape, a.T, a.shape)
        yield "transposed", "reshaped and transposed", a.reshape(a.shape[::-1]).T
        if a.ndim == 3:
            turned = a.swapaxes(1, 2)
            yield "transposed", "the last axes swapped", partial(np.reshape, turned, a.shape)
    yield "memory_reshaped", "order F read as C", lambda: a.ravel(order="F").reshape(a.shape)
    yield "memory_reshaped", "order C read as F", lambda: a.ravel().reshape(a.shape, order="F")


def _along(a: Array, axis: int, batch: bool) -> Iterator[Change]:
    name, images = f"axis {axis}", batch and axis == 0
    channels = a.ndim > 2 and axis == (1 if batch else 0)
    permuted = "samples_permuted" if images else "channels_permuted" if channels else "mirrored"
    rolled = permuted if permuted != "mirrored" else "shifted"
    yield permuted, f"{name} reversed", partial(np.flip, a, axis)
    for by in (1, -1):
        yield rolled, f"{name} rolled by {by}", partial(np.roll, a, by, axis)
        yield "shifted", f"{name} shifted by {by}", partial(_shifted, a, by, axis)
    if images:
        return
    mixed = "channels_mixed" if channels else "wrong_sum"
    first = "channels_first_only" if channels else "one_position"
    yield "border_missing", f"the last of {name} is 0", partial(_without, a, -1, axis)
    yield "border_missing", f"the first of {name} is 0", partial(_without, a, 0, axis)
    yield mixed, f"the mean of {name}", lambda: _everywhere(a, a.mean(axis, keepdims=True))
    yield mixed, f"the sum of {name}", lambda: _everywhere(a, a.sum(axis, keepdims=True))
    yield mixed, f"the first of {name} everywhere", lambda: _everywhere(a, a.take([0], axis))
    yield mixed, f"the last of {name} everywhere", lambda: _everywhere(a, a.take([-1], axis))
    if channels:
        for place in (0, -1):
            yield mixed, f"the sum of {name} at {place}", lambda place=place: only(
                _everywhere(a, a.sum(axis, keepdims=True)), place, axis)
    yield first, f"the first of {name}", partial(only, a, 0, axis)
    yield "assigned", f"the last of {name}", partial(only, a, -1, axis)
    yield "wrong_sum", f"added up along {name}", partial(np.cumsum, a, axis)


def _of_images(a: Array) -> Iterator[Change]:
    yield "first_sample_only", "all images but the first are 0", partial(only, a, 0, 0)
    yield "first_sample_only", "the first image for all", partial(_everywhere, a, a[:1])
    yield "last_sample_only", "all images but the last are 0", partial(only, a, -1, 0)
    yield "last_sample_only", "the last image for all", partial(_everywhere, a, a[-1:])
    yield "one_sample_missing", "the last image is 0", partial(_without, a, -1, 0)
    yield "one_sample_missing", "the first image is 0", partial(_without, a, 0, 0)
    yield "samples_mixed", "the mean of the images", lambda: _everywhere(a, a.mean(0))
    yield "samples_mixed", "the sum of the images", lambda: _everywhere(a, a.sum(0))
    yield "samples_mixed", "less the mean of the images", lambda: a - a.mean(0)


def _of_the_first_turn(a: Array) -> Iterator[Change]:
    """Only what the first turn of nested loops over these axes computes."""
    for axes in ((0, 1), (0, 1, 2), (0, 1, 2, 3), (2, 3), (1, 2, 3)):
        if axes[-1] < a.ndim:
            here = np.zeros(a.shape)
            here[tuple(0 if axis in axes else slice(None) for axis in range(a.ndim))] = 1
            yield "loop_left", f"the first along the axes {axes}", partial(np.multiply, a, here)


def _turned(a: Array, order: tuple[int, ...]) -> Array:
    return a.reshape([a.shape[i] for i in order]).transpose(np.argsort(order))


def _everywhere(a: Array, part: Array) -> Array:
    return np.broadcast_to(part, a.shape)


def _shifted(a: Array, by: int, axis: int) -> Array:
    """Rolled, with zeros coming in."""
    return _without(np.roll(a, by, axis), 0 if by > 0 else -1, axis)


def _without(a: Array, index: int, axis: int) -> Array:
    """A copy with 0 at one index of an axis."""
    a = a.copy()
    np.moveaxis(a, axis, 0)[index] = 0
    return a


def only(a: Array, index: int, axis: int) -> Array:
    """A copy with 0 everywhere but at one index of an axis."""
    return a - _without(a, index, axis)
