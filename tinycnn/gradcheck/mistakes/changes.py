"""Mistakes that any layer can have: right formula, wrong ingredient; or right answer, spoilt.

`changed_ingredients` feeds tinycnn's own layer a dy, x, W or b that has been changed;
`changed_answers` changes what comes out. What a change is called is the key of its cause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..cases import Case

Array = np.ndarray
Change = tuple[str, str, Callable[..., Array]]


@dataclass
class Guess:
    """One wrong answer: to a quantity ("y", "dx", "dW", "db"), with the key of its cause.

    Attributes:
        detail: which form of the mistake it is, in words; the same in every case.
        compute: gives the array; it may raise where the mistake makes no sense.
    """

    key: str
    detail: str
    quantity: str
    compute: Callable[..., Array]

    @cached_property
    def array(self) -> Array | None:
        """The wrong answer, None where the mistake makes no sense."""
        return attempt(self.compute)


def attempt(compute: Callable[..., Array]) -> Array | None:
    """What it computes, None if it raises: not every mistake can be made in every case."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(compute())
    except (ValueError, IndexError, TypeError, ArithmeticError):
        return None


def solve(case: Case, quantity: str, *, arguments: dict[str, Any] | None = None,
          x: Array | None = None, dy: Array | None = None, **weights: Array) -> Array:
    """One answer of tinycnn's own layer, given another x, dy, W, b or other `arguments`."""
    params = {**case.params, **weights}
    layer = replace(case, params=params, arguments=arguments or case.arguments).reference()
    y, cache = layer.forward(case.x if x is None else x)
    dy = case.dy if dy is None else dy
    if quantity == "y":
        return y
    if quantity == "dx":
        return layer.backward(dy, cache)
    return layer.parameter_gradients(dy, cache)[quantity[1:]]


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
            only = "channels_first_only" if channels and a.ndim > 2 else "one_position"
            yield mixed, f"the mean of {name}", lambda axis=axis: np.broadcast_to(
                a.mean(axis, keepdims=True), a.shape)
            yield mixed, f"the sum of {name}", lambda axis=axis: np.broadcast_to(
                a.sum(axis, keepdims=True), a.shape)
            yield mixed, f"the first of {name} everywhere", lambda axis=axis: np.broadcast_to(
                np.take(a, [0], axis), a.shape)
            yield mixed, f"the last of {name} everywhere", lambda axis=axis: np.broadcast_to(
                np.take(a, [-1], axis), a.shape)
            yield only, f"the first of {name}", lambda axis=axis: a - _without(a, 0, axis)
            yield "assigned", f"the last of {name}", lambda axis=axis: a - _without(a, -1, axis)
            yield "wrong_sum", f"added up along {name}", lambda axis=axis: np.cumsum(a, axis)
    yield "wrong_sum", "the sum of all, everywhere", lambda: np.full(a.shape, a.sum())
    yield "wrong_sum", "the mean of all, everywhere", lambda: np.full(a.shape, a.mean())


def _of_images(a: Array) -> Iterator[Change]:
    """What may happen to the images of a batch."""
    yield "first_sample_only", "all images but the first are 0", lambda: np.concatenate([a[:1], 0 * a[1:]])
    yield "first_sample_only", "the first image for all", lambda: np.broadcast_to(a[:1], a.shape)
    yield "last_sample_only", "all images but the last are 0", lambda: np.concatenate([0 * a[:-1], a[-1:]])
    yield "last_sample_only", "the last image for all", lambda: np.broadcast_to(a[-1:], a.shape)
    yield "one_sample_missing", "the last image is 0", lambda: _without(a, -1, 0)
    yield "one_sample_missing", "the first image is 0", lambda: _without(a, 0, 0)
    yield "samples_mixed", "the mean of the images", lambda: np.broadcast_to(a.mean(0, keepdims=True), a.shape)
    yield "samples_mixed", "the sum of the images", lambda: np.broadcast_to(a.sum(0, keepdims=True), a.shape)
    yield "samples_mixed", "less the mean of the images", lambda: a - a.mean(0, keepdims=True)


def changed_ingredients(case: Case) -> Iterator[Guess]:
    """The right formula, given something else than dy, x, W or b."""
    for key, detail, changed_dy in _upstream_forms(case):
        for quantity in case.right:
            if quantity != "y":
                yield Guess(key, f"in dy: {detail}", quantity, lambda q=quantity, c=changed_dy: solve(
                    case, q, dy=c()))
    # A linear layer's dx does not depend on x, a flatten's on nothing but dy.
    of_x = ["y", *{"conv2d": ["dW"], "dense": ["dW"], "flatten": []}.get(case.kind, ["dx"])]
    ingredients: dict[str, tuple[Array, list[str], str]] = {
        "x": (case.x, of_x, "input_forgotten")} | {
        name: (w, ["y", "dx"] if name == "W" else ["y"], "weights_forgotten" if name == "W" else "bias_wrong")
        for name, w in case.params.items()}
    for name, (array, quantities, forgotten) in ingredients.items():
        plain: list[Change] = [(forgotten, "all 1", lambda a=array: np.ones_like(a)),
                               (forgotten, "all 0", lambda a=array: np.zeros_like(a)),
                               ("sign" if name != "b" else "bias_wrong", "negative",
                                lambda a=array: -a)]
        for key, detail, changed_array in [*plain, *forms(array, batch=name == "x")]:
            for quantity in quantities:
                yield Guess(key, f"in {name}: {detail}", quantity,
                            lambda n=name, q=quantity, c=changed_array: solve(
                                case, q, **{n: c()}))


def _upstream_forms(case: Case) -> Iterator[Change]:
    dy, y = case.dy, case.right["y"]
    yield "upstream_forgotten", "all 1", lambda: np.ones_like(dy)
    yield "upstream_twice", "squared", lambda: dy * dy
    yield "upstream_rectified", "max(dy, 0)", lambda: np.maximum(dy, 0)
    yield "factor_extra", "times y", lambda: dy * y
    yield "factor_extra", "times x", lambda: dy * case.x
    yield from forms(dy, batch=True)


def changed_answers(case: Case) -> Iterator[Guess]:
    """The right answer, spoilt on its way out."""
    for quantity, right in case.right.items():
        for key, detail, compute in changed(case, quantity, right):
            yield Guess(key, detail, quantity, compute)


def changed(case: Case, quantity: str, right: Array) -> Iterator[Change]:
    """The forms that a right answer may take: signs, factors, forms, and things added to it."""
    yield "zero", "zero", lambda: np.zeros_like(right)
    yield "sign", "sign", lambda: -right
    if quantity != "y" and case.dy.shape == right.shape:
        yield "derivative_forgotten", "dy", lambda: case.dy
    for key, detail, factor in factors(case):
        yield key, detail, lambda factor=factor: right * factor
    yield from forms(right, batch=quantity in ("y", "dx"))
    arrays = {"x": case.x, "y": case.right["y"], "dy": case.dy, **case.params}
    for name, other in arrays.items():
        if name == quantity or other.shape != right.shape:
            continue
        yield "factor_extra", f"times {name}", lambda other=other: right * other
        yield "factor_missing", f"divided by {name}", lambda other=other: right / other
        added = "weight_decay" if name == quantity[1:] else "term_added"
        for times in (1, -1, 0.1, 0.01, 0.001, 1e-4, 0.5, 2):
            yield added, f"{times:g} {name} added", (
                lambda other=other, times=times: right + times * other)


def factors(case: Case) -> list[tuple[str, str, float]]:
    """Counts that a sum may have been multiplied or divided with: (key, detail, factor)."""
    n, k = case.dy.shape[0], case.dy.shape[1]
    positions = int(np.prod(case.dy.shape[2:]))
    pixels = int(np.prod(case.x.shape[2:]))
    counts = [("N", n), ("positions", positions), ("N·positions", n * positions),
              ("outputs", k), ("inputs", case.x.shape[1]), ("pixels", pixels),
              ("N·pixels", n * pixels), ("N·outputs", n * k), ("units", k * positions),
              ("input units", case.x[0].size), ("all inputs", case.x.size),
              ("all units", case.dy.size)]
    if "W" in case.params:
        counts += [("weights", case.params["W"].size), ("window", case.params["W"][0, ..., :].size),
                   ("kernel", int(np.prod(case.params["W"].shape[2:])))]
    if "size" in case.arguments:
        counts.append(("window", int(np.prod(np.broadcast_to(case.arguments["size"], 2)))))
    return [*(("divided_by_N" if name == "N" else "mean_for_sum", f"1/{name}", 1 / count)
              for name, count in counts),
            *(("times_N" if name == "N" else "sum_for_one", f"times {name}", float(count))
              for name, count in counts),
            ("divided_by_N", "1/N²", 1 / n ** 2), ("divided_by_N", "1/√N", n ** -0.5)]


def _shifted(a: Array, by: int, axis: int) -> Array:
    """Rolled, with zeros coming in."""
    return _without(np.roll(a, by, axis), 0 if by > 0 else -1, axis)


def _without(a: Array, index: int, axis: int) -> Array:
    """A copy with 0 at one index of an axis."""
    a = a.copy()
    np.moveaxis(a, axis, 0)[index] = 0
    return a
