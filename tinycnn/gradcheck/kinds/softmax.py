"""Softmaxes: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...layers.base import Array
from ..cases import Case, in_memory
from ..mistakes import Guess, table
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Ordinary logits, and some that make exp overflow."""
    for shape in ((2, 3), (3, 5), (4, 4), (5, 2), (1, 4)):
        yield Case("softmax", {}, 1.5 * rng.normal(size=shape))
    rows = np.array([[1e4, 0, -1e4, 5], [-1e4, -1e4, -1e4, -1e4 - 2], [1e4, 1e4 - 1, 1e4, 3]])
    yield Case("softmax", {}, rows, "extreme", ("logits up to ±10000",))
    yield Case("softmax", {}, np.array([[800., 0, 0], [0, -800, 0]]), "extreme",
               ("logits up to ±800",))
    yield from in_memory(Case("softmax", {}, rng.normal(size=(3, 4))))


def mistakes(case: Case) -> Iterator[Guess]:
    """Jacobians with a part left out, and sums over the wrong axis."""
    x, dy, y, n = case.x, case.dy, case.right["y"], len(case.x)

    def total(a: Array, axis: int | None = 1) -> Array:
        return a.sum(axis=axis, keepdims=True)

    both, other, again = total(dy * y), total(dy * y) - dy * y, _softmax(y, 1)
    wrong: dict[tuple[str, str], Array] = {
        ("diagonal_only", "y (1 - y)"): dy * y * (1 - y), ("diagonal_only", "y"): dy * y,
        ("off_diagonal_sign", "plus"): y * (dy + both),
        ("off_diagonal_sign", "no diagonal"): -y * both,
        ("off_diagonal_sign", "the diagonal y (1 + y)"): y * (dy - both) + 2 * y * y * dy,
        ("off_diagonal_sign", "plus, only off the diagonal"): dy * y * (1 - y) + y * other,
        ("off_diagonal_sign", "diagonal y"): dy * y - y * other,
        ("off_diagonal_sign", "diagonal left out"): -y * other,
        ("mean_for_sum", "over the classes"): y * (dy - (dy * y).mean(axis=1, keepdims=True)),
        ("y_forgotten", "outside"): dy - both, ("y_forgotten", "in the sum"): y * (dy - total(dy)),
        ("y_forgotten", "in the sum, a mean"): y * (dy - dy.mean(axis=1, keepdims=True)),
        ("y_forgotten", "off the diagonal"): y * dy - both,
        ("y_forgotten", "1 - y"): dy * (1 - y), ("y_forgotten", "Σ outside"): dy - y * total(dy),
        ("softmax_axis", "over the batch"): y * (dy - total(dy * y, 0)),
        ("samples_mixed", "over everything"): y * (dy - total(dy * y, None)),
        ("logits_for_probabilities", "everywhere"): x * (dy - total(dy * x)),
        ("logits_for_probabilities", "in the sum"): y * (dy - total(dy * x)),
        ("logits_for_probabilities", "outside"): x * (dy - both),
        ("logits_for_probabilities", "diagonal"): dy * x * (1 - x),
        ("activation_twice", "softmax of y"): again * (dy - total(dy * again)),
        ("upstream_forgotten", "y (1 - y)"): y * (1 - y), ("upstream_forgotten", "y"): y,
    }
    e = np.exp(x - x.max(axis=1, keepdims=True))
    for detail, powers in (("exp(x)", np.exp(np.minimum(x, 700))), ("exp(x - max)", e)):
        wrong["not_normalised", detail] = powers * (dy - total(dy * powers))
        wrong["not_normalised", f"{detail} outside"] = powers * (dy - both)
        wrong["not_normalised", f"{detail} on the diagonal"] = dy * powers * (1 - powers)
    for scale, name in ((1.0, ""), (1 / n, " / N")):
        wrong["loss_in_softmax", f"(y - dy){name}"] = scale * (y - dy)
        wrong["loss_in_softmax", f"(dy - y){name}"] = scale * (dy - y)
        wrong["loss_in_softmax", f"(y - 1){name}"] = scale * (y - 1)
        wrong["loss_in_softmax", f"y - onehot of dy{name}"] = scale * (
            y - (dy == dy.max(axis=1, keepdims=True)))
    yield from table("dx", wrong)
    yield from table("y", {
        ("softmax_axis", "over the batch"): _softmax(x, 0),
        ("softmax_axis", "over everything"): _softmax(x, None),
        ("softmax_axis", "the sum over everything"): e / e.sum(),
        ("softmax_axis", "the sum over the batch"): e / e.sum(axis=0),
        ("softmax_axis", "the maximum over the batch"):
            np.exp(x - x.max(axis=0)) / total(np.exp(x - x.max())),
        ("not_normalised", "exp"): np.exp(x), ("not_normalised", "exp of x - max"): e,
        ("not_normalised", "by the largest"): np.exp(x) / np.exp(x).max(axis=1, keepdims=True),
        ("other_function", "x / Σ x"): x / total(x),
        ("other_function", "log softmax"): np.log(_softmax(x, 1)),
        ("other_function", "sigmoid"): 1 / (1 + np.exp(-x)),
        ("other_function", "powers of 2"): _softmax(x * np.log(2), 1),
        ("other_function", "powers of 10"): _softmax(x * np.log(10), 1),
        ("sign", "exp(-x)"): _softmax(-x, 1),
        ("other_function", "of the size of x"): _softmax(np.abs(x), 1)})


def _softmax(x: Array, axis: int | None) -> Array:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


SUITE = Suite(grid, mistakes, wrong_x=lambda x: [x[0]])
