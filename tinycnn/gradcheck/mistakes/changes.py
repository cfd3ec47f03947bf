"""Mistakes that any layer can have: a wrong input to the right formula, or a right answer changed.

`changed_ingredients` feeds tinycnn's own layer a dy, x, W or b that has been changed;
`changed_answers` changes what comes out. The name of a change is the key of its cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from ...layers.base import Array
from ..cases import Case
from .forms import Answer, Change, forms


@dataclass
class Guess:
    """One wrong answer: to a quantity ("y", "dx", "dW", "db"), with the key of its cause.

    Attributes:
        detail: which form of the mistake it is, in words; the same in every case.
        answer: the array, or a function that returns it. The function may raise if the mistake
            makes no sense in this case.
    """

    key: str
    detail: str
    quantity: str
    answer: Answer

    @cached_property
    def array(self) -> Array | None:
        """The wrong answer; None if the mistake makes no sense."""
        return attempt(self.answer)


def attempt(answer: Answer) -> Array | None:
    """The array; None if its function raises: not every mistake is possible in every case."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(answer() if callable(answer) else answer)
    except (ValueError, IndexError, TypeError, ArithmeticError):
        return None


def solve(case: Case, quantity: str, *, arguments: dict[str, Any] | None = None,
          **changed: Answer) -> Array:
    """One answer of tinycnn's own layer, given other `arguments` or a `changed` x, dy, W or b."""
    given = {"x": case.x, "dy": case.dy, **case.params} | {
        name: value() if callable(value) else value for name, value in changed.items()}
    x, dy = given.pop("x"), given.pop("dy")
    layer = replace(case, params=given, arguments=arguments or case.arguments).reference()
    y, cache = layer.forward(x)
    if quantity == "y":
        return y
    if quantity == "dx":
        return layer.backward(dy, cache)
    return layer.parameter_gradients(dy, cache)[quantity[1:]]


def changed_ingredients(case: Case, of_x: tuple[str, ...]) -> Iterator[Guess]:
    """The right formula, with another dy, x, W or b.

    Args:
        of_x: the gradients that depend on x, as in `Suite`.
    """
    for key, detail, dy in upstream_forms(case):
        for quantity in case.right:
            if quantity != "y":
                yield Guess(key, f"in dy: {detail}", quantity,
                            partial(solve, case, quantity, dy=dy))
    ingredients: list[tuple[str, Array, tuple[str, ...], str, str]] = [
        ("x", case.x, ("y", *of_x), "input_forgotten", "sign"),
        *((name, w, ("y", "dx"), "weights_forgotten", "sign") if name == case.weights else
          (name, w, ("y",), "bias_wrong", "bias_wrong") for name, w in case.params.items())]
    for name, array, quantities, forgotten, negative in ingredients:
        plain: list[Change] = [(forgotten, "all 1", partial(np.ones_like, array)),
                               (forgotten, "all 0", partial(np.zeros_like, array)),
                               (negative, "negative", partial(np.negative, array))]
        for key, detail, other in [*plain, *forms(array, batch=name == "x")]:
            for quantity in quantities:
                yield Guess(key, f"in {name}: {detail}", quantity,
                            partial(solve, case, quantity, arguments=None, **{name: other}))


def upstream_forms(case: Case) -> Iterator[Change]:
    """What may happen to dy before a right formula gets it."""
    dy, y = case.dy, case.right["y"]
    yield "upstream_forgotten", "all 1", partial(np.ones_like, dy)
    yield "upstream_twice", "squared", partial(np.multiply, dy, dy)
    yield "upstream_rectified", "max(dy, 0)", partial(np.maximum, dy, 0)
    yield "factor_extra", "times y", partial(np.multiply, dy, y)
    yield "factor_extra", "times x", partial(np.multiply, dy, case.x)
    yield from forms(dy, batch=True)


def changed_answers(case: Case) -> Iterator[Guess]:
    """The right answer, changed on its way out."""
    for quantity, right in case.right.items():
        for key, detail, answer in changed(case, quantity, right):
            yield Guess(key, detail, quantity, answer)


def changed(case: Case, quantity: str, right: Array) -> Iterator[Change]:
    """Changes of a right answer: its sign, factors, other forms, and things added to it."""
    yield "zero", "zero", partial(np.zeros_like, right)
    yield "sign", "sign", partial(np.negative, right)
    if quantity != "y" and case.dy.shape == right.shape:
        yield "derivative_forgotten", "dy", case.dy
    for key, detail, factor in factors(case):
        yield key, detail, partial(np.multiply, right, factor)
    yield from forms(right, batch=quantity in ("y", "dx"))
    arrays = {"x": case.x, "y": case.right["y"], "dy": case.dy, **case.params}
    for name, other in arrays.items():
        if name == quantity or other.shape != right.shape:
            continue
        yield "factor_extra", f"times {name}", partial(np.multiply, right, other)
        yield "factor_missing", f"divided by {name}", partial(np.divide, right, other)
        added = "weight_decay" if name == quantity[1:] else "term_added"
        for times in (1, -1, 0.1, 0.01, 0.001, 1e-4, 0.5, 2):
            yield added, f"{times:g} {name} added", partial(np.add, right, times * other)


def factors(case: Case) -> list[tuple[str, str, float]]:
    """Counts by which a sum may have been multiplied or divided: (key, detail, factor)."""
    (n, k, *positions_), (_, inputs, *pixels_) = ((*a.shape, 1, 1) for a in (case.dy, case.x))
    positions, pixels = int(np.prod(positions_)), int(np.prod(pixels_))
    sides = [(f"side {axis}", size) for axis, size in enumerate(case.x.shape) if axis > 1]
    counts = [*sides, ("N", n), ("positions", positions), ("N·positions", n * positions),
              ("outputs", k), ("inputs", inputs), ("pixels", pixels),
              ("N·pixels", n * pixels), ("N·outputs", n * k), ("units", k * positions),
              ("input units", case.x.size // len(case.x)), ("all inputs", case.x.size),
              ("all units", case.dy.size)]
    if "W" in case.params and case.params["W"].ndim > 1:
        counts += [("weights", case.params["W"].size), ("window", case.params["W"][0, ..., :].size),
                   ("kernel", int(np.prod(case.params["W"].shape[2:])))]
    if case.arguments.get("size"):
        counts.append(("window", int(np.prod(np.broadcast_to(case.arguments["size"], 2)))))
    return [*(("divided_by_N" if name == "N" else "mean_for_sum", f"1/{name}", 1 / count)
              for name, count in counts),
            *(("times_N" if name == "N" else "sum_for_one", f"times {name}", float(count))
              for name, count in counts),
            ("divided_by_N", "1/N²", 1 / n ** 2), ("divided_by_N", "1/√N", n ** -0.5)]
