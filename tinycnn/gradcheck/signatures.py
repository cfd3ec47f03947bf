"""What wrong numbers show by themselves: constant ratios, places, how they depend on dy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..layers.base import Array
from .cases import Case
from .compare import is_exact, is_same
from .examination import Examination
from .kinds import suite_of
from .mistakes import solve
from .subject import Trouble


def of_numbers(pairs: Sequence[tuple[Array, Array]]) -> list[tuple[str, str]]:
    """What the (got, right) pairs of all wrong cases have in common: (key, detail)."""
    pairs = [(got, right) for got, right in pairs if got.shape == right.shape and got.size]
    pairs = [(got, right) for got, right in pairs if got.size > 1] or pairs  # one number fits all
    if not pairs:
        return []
    found: list[tuple[str, str]] = []
    if any(not np.isfinite(got).all() for got, _ in pairs):
        found.append(("overflow", ""))
    if all(_is_float32(got) and not _is_float32(right) and np.allclose(
            got, right, 1e-5, 1e-5 * np.abs(right).max()) for got, right in pairs):
        found.append(("float32", ""))
    ratios = [ratio for got, right in pairs if (ratio := ratio_of(got, right)) is not None]
    if len(ratios) == len(pairs):
        if np.allclose(ratios, ratios[0], rtol=1e-6):
            close = abs(ratios[0] - 1) < 0.01
            found.append(("slightly_off" if close else "scaled",
                          f"{ratios[0]:.6g} times the right answer"))
        else:
            found.append(("scaled", "another factor in each case, such as "
                          + ", ".join(f"{ratio:.4g}" for ratio in ratios[:3])))
    elif all(got.size > 1 and np.ptp(got) == 0 for got, _ in pairs):
        found.append(("constant", ""))
    elif all(np.isfinite(got).all() and np.abs(got - right).max() < 0.01 * np.abs(right).max()
             and is_exact(got, right).mean() < 0.1 for got, right in pairs):
        found.append(("slightly_off", ""))
    elif all(is_exact(np.abs(got), np.abs(right)).all() for got, right in pairs):
        found.append(("absolute", ""))
    elif all((is_exact(got, right) | (is_exact(0 * right, right) & (got != 0))).all()
             for got, right in pairs):
        found.append(("not_blocked", ""))
    elif all(got.size > 3 and is_exact(np.sort(got, None), np.sort(right, None)).all()
             for got, right in pairs):
        found.append(("misplaced", ""))
    return found


def of_one_entry(pairs: Sequence[tuple[Array, Array]], *, by_the_same: bool = False
                 ) -> list[tuple[str, str]]:
    """Whether one entry is wrong in each case, and no other.

    Args:
        by_the_same: only if it is off by the same number in every case.
    """
    pairs = [(got, right) for got, right in pairs if got.shape == right.shape and got.size > 1]
    off = [(got - right)[~is_exact(got, right)] for got, right in pairs]
    if not pairs or any(len(entries) != 1 for entries in off):
        return []
    same = len(off) > 1 and np.ptp(np.concatenate(off)) < 1e-6 * abs(off[0][0])
    return [("single_entry", "")] * (not by_the_same or bool(same))


def is_without_statistics(got: Array, case: Case) -> bool:
    """Whether dx is that of a normalisation, but for multiples of 1 and of x.

    The right dx sums to 0 over what is normalised: the batch, an image, or a row. The terms of mean
    and variance are a multiple of 1 and one of x.
    """
    x, right = case.x, case.right["dx"]
    if got.shape != x.shape:
        return False
    for axes in {(0,), (0, *range(2, x.ndim)), tuple(range(1, x.ndim)), (x.ndim - 1,)}:
        rest = [axis for axis in range(x.ndim) if axis not in axes]
        many = int(np.prod([x.shape[axis] for axis in axes]))
        g, r, v = (a.transpose(*rest, *axes).reshape(-1, many) for a in (got, right, x))
        off = 0.0
        for difference, along in zip(g - r, v, strict=True):
            basis = np.stack([np.ones(many), along], axis=1)
            rest_of_it = difference - basis @ np.linalg.lstsq(basis, difference, rcond=None)[0]
            off = max(off, np.abs(rest_of_it).max())
        if many > 3 and off < 1e-6 * np.abs(g - r).max() and (
                np.abs(r.sum(axis=1)).max() < 1e-6 * np.abs(r).max()):
            return True
    return False


def of_update(pairs: Sequence[tuple[Array, Case]]) -> list[tuple[str, str]]:
    """Whether dx was computed with W less a multiple of dW, and with which.

    Args:
        pairs: (dx, the case), for each case in which dx is wrong.
    """
    ratios = []
    for got, case in pairs:
        if "W" not in case.params or not case.kind or got.shape != case.x.shape:
            return []
        ratio = ratio_of(case.right["dx"] - got, solve(case, "dx", W=case.right["dW"]))
        ratios.append((ratio or 0, (ratio or 0) * len(case.x)))
    for rate in np.transpose(ratios):       # the gradient's sum over the images, or its mean
        if rate[0] and np.ptp(rate) < 1e-6 * abs(rate[0]):
            return [("updated_first", f"W less {rate[0]:.3g} dW")]
    return []


def ratio_of(got: Array, right: Array) -> float | None:
    """got / right, if it is the same for all entries."""
    largest = np.unravel_index(int(np.abs(right).argmax()), right.shape)
    if right[largest] == 0 or not np.isfinite(got).all():
        return None
    ratio = float(got[largest] / right[largest])
    return ratio if ratio and is_same(got, ratio * right) else None


def _is_float32(array: Array) -> bool:
    with np.errstate(all="ignore"):
        return bool((array == array.astype(np.float32)).all())


def of_dependence(examination: Examination, quantity: str, case: Case) -> list[tuple[str, str]]:
    """How a layer's gradient depends on dy; it should be linear in dy."""
    if quantity == "y" or not examination.is_layer:
        return []
    # Other dys by construction, whatever generator has drawn this one.
    weights = np.linspace(2, 3, case.dy.size).reshape(case.dy.shape)
    try:
        one, large, minus, *others = (_gradient(examination, quantity, case, dy) for dy in (
            case.dy, 1024 * case.dy, -case.dy, weights * case.dy, -case.dy / weights))
    except Trouble:
        return []
    if not all(np.isfinite(array).all() for array in (one, large, minus)) or not one.any():
        return []
    for key, here in (("upstream_forgotten", all(is_same(one, other) for other in others)),
                      ("upstream_twice", is_same(large, 1024 ** 2 * one)),
                      ("upstream_sign", is_same(large, one)),
                      ("upstream_not_linear", not is_same(large, 1024 * one)),
                      ("upstream_rectified", not is_same(minus, -one))):
        if here:
            return [(key, "")]
    J = case.jacobian.get(quantity, np.ones((2, 2)))
    if quantity == "dx" and (suite_of(examination.kind).elementwise or is_same(
            J, np.diag(J.diagonal())[:len(J)])):
        return _of_each_unit(examination, case, one)
    return []


def is_elementwise(examination: Examination) -> bool:
    """Whether forward of an activation works number by number: if x is reversed, so is y."""
    if not examination.is_layer or not suite_of(examination.kind).elementwise:
        return False
    subject, case = examination.subject, examination.cases[0]
    layer = subject.build(case)
    try:
        y = np.array(subject.forward(layer, case.fresh(case.x))[0])
        turned = np.array(subject.forward(layer, case.fresh(case.x[::-1, ::-1]))[0])
    except Trouble:
        return False
    return y.shape == case.x.shape and is_same(turned, y[::-1, ::-1])


def _of_each_unit(examination: Examination, case: Case, one: Array) -> list[tuple[str, str]]:
    """If dx of each unit depends only on its own dy, the derivative is to blame."""
    for unit in list(np.ndindex(*case.dy.shape))[:4]:
        dy = np.zeros_like(case.dy)
        dy[unit] = case.dy[unit]
        alone = _gradient(examination, "dx", case, dy)
        if one.shape != dy.shape or not is_same(alone, np.where(dy != 0, one, 0)):
            return []
    return [("derivative_formula", "")]


def _gradient(examination: Examination, quantity: str, case: Case, dy: Array) -> Array:
    subject = examination.subject
    layer = subject.build(case)
    _, cache = subject.forward(layer, case.fresh(case.x))
    if quantity == "dx":
        return np.array(subject.backward(layer, case.fresh(dy), cache))
    return np.array(subject.parameter_gradients(layer, case.fresh(dy), cache)[quantity[1:]])


def contrast(outcomes: Sequence[tuple[Any, bool]]) -> str:
    """What distinguishes the cases that go wrong from the others: "exactly where ...".

    Args:
        outcomes: (anything with `features`, whether it goes wrong).
    """
    if all(bad for _, bad in outcomes):
        return ""
    having = {f: [bad for case, bad in outcomes if f in case.features]
              for case, _ in outcomes for f in case.features}
    # The features without which nothing goes wrong, and how often it goes wrong with them.
    needed = {f: float(np.mean(bad)) for f, bad in having.items()
              if sum(bad) == sum(bad for _, bad in outcomes) > 0}
    exact = [feature for feature, share in needed.items() if share == 1]
    if exact:       # in few cases several may be; nobody knows which of them it is
        return f"exactly where {' and '.join(exact[:2])}"
    right = sum(not bad for _, bad in outcomes)
    for best in sorted(needed, key=lambda feature: -needed[feature])[:1]:
        if 2 * sum(not bad for bad in having[best]) < right:    # else it says next to nothing
            return f"only where {best}"
    for feature, bad in having.items():
        if all(bad) and len(bad) > 1:
            return f"always where {feature}, and in some other cases"
    return ""


def place(masks: Sequence[Array]) -> str:
    """Where in the arrays all wrong entries are, if that can be said in a few words."""
    masks = [mask for mask in masks if mask.size]
    if not masks:
        return ""
    for axis in range(min(mask.ndim for mask in masks)):
        along = [np.flatnonzero(np.moveaxis(mask, axis, 0).reshape(mask.shape[axis], -1).any(1))
                 for mask in masks]
        sizes = [mask.shape[axis] for mask in masks]
        if min(sizes) < 2:
            continue
        if all(list(index) == [0] for index in along):
            return f"at index 0 of axis {axis}"
        if all(list(index) == [size - 1] for index, size in zip(along, sizes, strict=True)):
            return f"at the last index of axis {axis}"
        if all(0 not in index for index in along):
            return f"after index 0 of axis {axis}"
    share = np.mean([mask.mean() for mask in masks])
    return f"in {share:.0%} of the entries" if share < 0.95 else ""
