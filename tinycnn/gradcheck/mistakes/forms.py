"""What may happen to any array on its way: read in another order, cut short, summed, rounded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

Array = np.ndarray
Change = tuple[str, str, Callable[..., Array]]      # the key of its cause, a detail, the result


def forms(array: Array, batch: bool) -> Iterator[Change]:
    """What may happen to any array on its way: (key, detail, the changed array).

    Args:
        batch: whether its first axis counts images (as in x, dy, y, dx).
    """
    a, axes = array, range(array.ndim)
    yield "float32", "rounded to float32", lambda: a.astype(np.float32).astype(a.dtype)
    yield "integer", "cut off towards 0", lambda: np.trunc(a)
    yield "integer", "rounded down", lambda: np.floor(a)
    yield "integer", "rounded", lambda: np.round(a)
    if batch:
        yield from _of_images(a)
    yield "absolute", "abs", lambda: np.abs(a)
    yield "rectified", "max(., 0)", lambda: np.maximum(a, 0)
    yield "rectified", "min(., 0)", lambda: np.minimum(a, 0)
    yield "upstream_sign", "sign", lambda: np.sign(a)
    yield "squared", "squared", lambda: a * a
    yield "squared", "size times value", lambda: a * np.abs(a)
    for limit in (1.0, 0.5, 5.0):
        yield "clipped", f"at {limit:g}", lambda limit=limit: np.clip(a, -limit, limit)
    yield "normalised", "by its norm", lambda: a / np.sqrt((a * a).sum())
    yield "normalised", "by its sum", lambda: a / a.sum()
    yield "normalised", "by its largest entry", lambda: a / np.abs(a).max()
    if a.ndim >= 4:
        yield "rows_columns_swapped", "read as H for W", lambda: np.swapaxes(a, 2, 3).reshape(
            a.shape)
        yield "rows_columns_swapped", "H and W swapped", lambda: np.swapaxes(a, 2, 3)
        yield "rows_columns_swapped", "written as H for W", lambda: np.swapaxes(
            a.reshape(*a.shape[:2], a.shape[3], a.shape[2]), 2, 3)
        for order in ((0, 2, 3, 1), (0, 3, 1, 2), (1, 0, 2, 3), (1, 2, 3, 0), (3, 0, 1, 2),
                      (2, 3, 0, 1), (2, 3, 1, 0), (3, 2, 1, 0), (0, 2, 1, 3), (0, 3, 2, 1)):
            yield "memory_reshaped", f"axes {order} reshaped", (
                lambda order=order: a.transpose(order).reshape(a.shape))
            yield "memory_reshaped", f"reshaped, then axes {order}", (
                lambda order=order: a.reshape([a.shape[i] for i in order]).transpose(
                    np.argsort(order)))
            yield "transposed", f"axes in the order {order}", lambda order=order: a.transpose(order)
    elif a.ndim >= 2:
        yield "transposed", "the transpose", lambda: a.T
        yield "transposed", "the transpose, reshaped", lambda: a.T.reshape(a.shape)
        yield "transposed", "reshaped and transposed", lambda: a.reshape(a.shape[::-1]).T
        if a.ndim == 3:
            yield "transposed", "the last axes swapped", lambda: np.swapaxes(a, 1, 2).reshape(
                a.shape)
    yield "memory_reshaped", "order F read as C", lambda: a.ravel(order="F").reshape(a.shape)
    yield "memory_reshaped", "order C read as F", lambda: a.ravel().reshape(a.shape, order="F")
    for axis in axes:
        name = f"axis {axis}"
        images, channels = batch and axis == 0, axis == (1 if batch else 0) and a.ndim > 1
        permuted = "samples_permuted" if images else \
            "channels_permuted" if channels and a.ndim > 2 else "mirrored"
        yield permuted, f"{name} reversed", lambda axis=axis: np.flip(a, axis)
        shifted = permuted if permuted != "mirrored" else "shifted"
        for by in (1, -1):
            yield shifted, f"{name} rolled by {by}", lambda axis=axis, by=by: np.roll(a, by, axis)
            yield "shifted", f"{name} shifted by {by}", (
                lambda axis=axis, by=by: _shifted(a, by, axis))
        if not images:
            yield "border_missing", f"the last of {name} is 0", (
                lambda axis=axis: _without(a, -1, axis))
            yield "border_missing", f"the first of {name} is 0", (
                lambda axis=axis: _without(a, 0, axis))
            mixed = "channels_mixed" if channels and a.ndim > 2 else "wrong_sum"
            first = "channels_first_only" if channels and a.ndim > 2 else "one_position"
            yield mixed, f"the mean of {name}", lambda axis=axis: np.broadcast_to(
                a.mean(axis, keepdims=True), a.shape)
            yield mixed, f"the sum of {name}", lambda axis=axis: np.broadcast_to(
                a.sum(axis, keepdims=True), a.shape)
            yield mixed, f"the first of {name} everywhere", lambda axis=axis: np.broadcast_to(
                np.take(a, [0], axis), a.shape)
            yield mixed, f"the last of {name} everywhere", lambda axis=axis: np.broadcast_to(
                np.take(a, [-1], axis), a.shape)
            yield first, f"the first of {name}", lambda axis=axis: only(a, 0, axis)
            yield "assigned", f"the last of {name}", lambda axis=axis: only(a, -1, axis)
            yield "wrong_sum", f"added up along {name}", lambda axis=axis: np.cumsum(a, axis)
    yield "wrong_sum", "the sum of all, everywhere", lambda: np.full(a.shape, a.sum())
    yield "wrong_sum", "the mean of all, everywhere", lambda: np.full(a.shape, a.mean())


def _of_images(a: Array) -> Iterator[Change]:
    """What may happen to the images of a batch."""
    yield "first_sample_only", "all images but the first are 0", lambda: only(a, 0, 0)
    yield "first_sample_only", "the first image for all", lambda: np.broadcast_to(a[:1], a.shape)
    yield "last_sample_only", "all images but the last are 0", lambda: only(a, -1, 0)
    yield "last_sample_only", "the last image for all", lambda: np.broadcast_to(a[-1:], a.shape)
    yield "one_sample_missing", "the last image is 0", lambda: _without(a, -1, 0)
    yield "one_sample_missing", "the first image is 0", lambda: _without(a, 0, 0)
    yield "samples_mixed", "the mean of the images", lambda: np.broadcast_to(a.mean(0), a.shape)
    yield "samples_mixed", "the sum of the images", lambda: np.broadcast_to(a.sum(0), a.shape)
    yield "samples_mixed", "less the mean of the images", lambda: a - a.mean(0)


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
