"""What a softmax answers if it is wrong in one of the known ways."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cases import Case
from .changes import Guess

Array = np.ndarray


def mistakes(case: Case) -> Iterator[Guess]:
    """Jacobians with a part left out, and sums over the wrong axis."""
    x, dy, y, n = case.x, case.dy, case.right["y"], len(case.x)

    def total(a: Array, axis: int | None = 1) -> Array:
        return a.sum(axis=axis, keepdims=True)

    yield Guess("diagonal_only", "y (1 - y)", "dx", lambda: dy * y * (1 - y))
    yield Guess("diagonal_only", "y", "dx", lambda: dy * y)
    yield Guess("off_diagonal_sign", "plus", "dx", lambda: y * (dy + total(dy * y)))
    yield Guess("off_diagonal_sign", "no diagonal", "dx", lambda: -y * total(dy * y))
    yield Guess("off_diagonal_sign", "the diagonal y (1 + y)", "dx",
                lambda: y * (dy - total(dy * y)) + 2 * y * y * dy)
    yield Guess("off_diagonal_sign", "plus off the diagonal alone", "dx",
                lambda: dy * y * (1 - y) + y * (total(dy * y) - dy * y))
    yield Guess("off_diagonal_sign", "diagonal y", "dx",
                lambda: dy * y - y * (total(dy * y) - dy * y))
    yield Guess("off_diagonal_sign", "diagonal left out", "dx",
                lambda: -y * (total(dy * y) - dy * y))
    yield Guess("mean_for_sum", "over the classes", "dx",
                lambda: y * (dy - (dy * y).mean(axis=1, keepdims=True)))
    yield Guess("y_forgotten", "in front", "dx", lambda: dy - total(dy * y))
    yield Guess("y_forgotten", "in the sum", "dx", lambda: y * (dy - total(dy)))
    yield Guess("y_forgotten", "in the sum, a mean", "dx",
                lambda: y * (dy - dy.mean(axis=1, keepdims=True)))
    yield Guess("y_forgotten", "off the diagonal", "dx", lambda: y * dy - total(dy * y))
    yield Guess("y_forgotten", "1 - y", "dx", lambda: dy * (1 - y))
    yield Guess("y_forgotten", "Σ outside", "dx", lambda: dy - y * total(dy))
    for detail, axis in (("over the batch", 0), ("over everything", None)):
        yield Guess("softmax_axis" if axis == 0 else "samples_mixed", detail, "dx",
                    lambda axis=axis: y * (dy - total(dy * y, axis)))
    yield Guess("logits_for_probabilities", "everywhere", "dx",
                lambda: x * (dy - total(dy * x)))
    yield Guess("logits_for_probabilities", "in the sum", "dx", lambda: y * (dy - total(dy * x)))
    yield Guess("logits_for_probabilities", "in front", "dx", lambda: x * (dy - total(dy * y)))
    yield Guess("logits_for_probabilities", "diagonal", "dx", lambda: dy * x * (1 - x))
    for detail, e in (("exp(x)", np.exp(np.minimum(x, 700))),
                      ("exp(x - max)", np.exp(x - x.max(axis=1, keepdims=True)))):
        yield Guess("not_normalised", detail, "dx", lambda e=e: e * (dy - total(dy * e)))
        yield Guess("not_normalised", f"{detail} in front", "dx",
                    lambda e=e: e * (dy - total(dy * y)))
        yield Guess("not_normalised", f"{detail} on the diagonal", "dx",
                    lambda e=e: dy * e * (1 - e))
    again = _softmax(y, 1)
    yield Guess("activation_twice", "softmax of y", "dx",
                lambda: again * (dy - total(dy * again)))
    for scale, name in ((1.0, ""), (1 / n, " / N")):
        yield Guess("loss_in_softmax", f"(y - dy){name}", "dx", lambda s=scale: s * (y - dy))
        yield Guess("loss_in_softmax", f"(dy - y){name}", "dx", lambda s=scale: s * (dy - y))
        yield Guess("loss_in_softmax", f"(y - 1){name}", "dx", lambda s=scale: s * (y - 1))
        yield Guess("loss_in_softmax", f"y - onehot of dy{name}", "dx",
                    lambda s=scale: s * (y - (dy == dy.max(axis=1, keepdims=True))))
    yield Guess("upstream_forgotten", "y (1 - y)", "dx", lambda: y * (1 - y))
    yield Guess("upstream_forgotten", "y", "dx", lambda: y)

    yield Guess("softmax_axis", "over the batch", "y", lambda: _softmax(x, 0))
    yield Guess("softmax_axis", "over everything", "y", lambda: _softmax(x, None))
    e = np.exp(x - x.max(axis=1, keepdims=True))
    yield Guess("softmax_axis", "the sum over everything", "y", lambda: e / e.sum())
    yield Guess("softmax_axis", "the sum over the batch", "y", lambda: e / e.sum(axis=0))
    yield Guess("softmax_axis", "the maximum over the batch", "y", lambda: np.exp(
        x - x.max(axis=0)) / total(np.exp(x - x.max())))
    yield Guess("not_normalised", "exp", "y", lambda: np.exp(x))
    yield Guess("not_normalised", "exp of x - max", "y",
                lambda: np.exp(x - x.max(axis=1, keepdims=True)))
    yield Guess("not_normalised", "by the largest", "y",
                lambda: np.exp(x) / np.exp(x).max(axis=1, keepdims=True))
    yield Guess("other_function", "x / Σ x", "y", lambda: x / total(x))
    yield Guess("other_function", "log softmax", "y", lambda: np.log(_softmax(x, 1)))
    yield Guess("other_function", "sigmoid", "y", lambda: 1 / (1 + np.exp(-x)))
    yield Guess("other_function", "powers of 2", "y", lambda: _softmax(x * np.log(2), 1))
    yield Guess("other_function", "powers of 10", "y", lambda: _softmax(x * np.log(10), 1))
    yield Guess("sign", "exp(-x)", "y", lambda: _softmax(-x, 1))
    yield Guess("other_function", "of the size of x", "y", lambda: _softmax(np.abs(x), 1))


def _softmax(x: Array, axis: int | None) -> Array:
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
