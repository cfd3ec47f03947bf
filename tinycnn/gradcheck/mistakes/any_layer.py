"""The known mistakes of a layer of any kind: what its measured Jacobian would give with each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from ...layers.base import Array
from ..cases import Case
from ..compare import is_same
from .changes import Guess, changed_answers, upstream_forms
from .forms import Answer


def of_any_layer(case: Case) -> Iterator[Guess]:
    """Another dy, contributions that overwrite each other, params that are forgotten."""
    for quantity, J in case.jacobian.items():
        shape = case.right[quantity].shape
        for key, detail, dy in upstream_forms(case):
            yield Guess(key, f"in dy: {detail}", quantity, partial(_back, J, dy, case, quantity))
        passes = np.abs(J) > 1e-9 * np.abs(J).max(initial=0)
        last, columns = len(J) - 1 - passes[::-1].argmax(axis=0), np.arange(J.shape[1])
        for key, row in (("assigned", last), ("loop_left", passes.argmax(axis=0))):
            one = passes.any(axis=0) * J[row, columns] * case.dy.ravel()[row]
            yield Guess(key, "of all the units of y", quantity, one.reshape(shape))
        for other in case.params:
            if f"d{other}" != quantity:
                yield Guess("wrong_gradient", f"that of {other}", quantity, case.right[f"d{other}"])
    for name, dx in case.without.items():
        yield Guess("weights_forgotten", f"{name} all 1", "dx", dx)
    if "dx" in case.jacobian:
        for key, detail, dx in _wrong_paths(case, case.jacobian["dx"]):
            yield Guess(key, detail, "dx", dx.reshape(case.x.shape))
    yield from changed_answers(case)


def _wrong_paths(case: Case, J: Array) -> Iterator[tuple[str, str, Array]]:
    """dx if the ∂y/∂x are transposed, left out, or those of another point."""
    dy, x, y = case.dy.ravel(), case.x.ravel(), case.right["y"].ravel()
    if case.x.shape != case.dy.shape:
        return
    yield "transposed", "the Jacobian", J @ dy
    slope = J.diagonal()
    if not is_same(J, np.diag(slope)):
        yield "diagonal_only", "", slope * dy
        return
    for detail, of_y, of_x in (("x (1 - x)", y * (1 - y), x * (1 - x)),
                               ("1 - x²", 1 - y * y, 1 - x * x), ("x", y, x)):
        if np.allclose(slope, of_y, rtol=1e-8, atol=1e-10):
            yield "derivative_of_input", detail, of_x * dy


def _back(J: Array, dy: Answer, case: Case, quantity: str) -> Array:
    """The gradient for another dy."""
    other: Array = np.asarray(dy() if callable(dy) else dy)
    return (other.ravel() @ J).reshape(case.right[quantity].shape)
