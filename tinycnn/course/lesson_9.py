"""Lesson 9, your own network: what is right, and what usually goes wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..analysis.claims import interval
from .exercise import Answer, Exercise, Written

Array = np.ndarray
REPORTS = ("not frozen", "chosen by the test", "frozen on the test images", "honest")


def _adam(w: Array, g: Array, m: Array, v: Array, n: int, *, corrected: bool = True, power: int = 2,
          root: float = 0.5, sign: int = -1, kept: bool = False) -> tuple[Array, Array, Array]:
    """Step n of Adam with λ = 0.01; the options are the mistakes."""
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g ** power
    m_hat, v_hat = (m / (1 - 0.9 ** n), v / (1 - 0.999 ** n)) if corrected else (m, v)
    w = w + sign * 0.01 * m_hat / (v_hat ** root + 1e-8)
    return (w, m_hat, v_hat) if kept else (w, m, v)


def _fixed(gamma: Array, beta: Array, mean: Array, variance: Array, *, root: float = 0.5,
           sign: int = -1, scaled: bool = True) -> Array:
    a = gamma / (variance + 1e-5) ** root
    return np.array([a, beta + sign * mean * (a if scaled else gamma)])


def _errors(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    """Of few images, so that the lowest error comes twice, and not in the last epoch."""
    return [([*(rng.permutation([2, 2, *range(3, n)]) / 40).tolist(), 0.2],
             (rng.permutation(n) / 50).tolist()) for n in (7, 9, 12)]


def _per_class(confusion: Array, axis: int = 1) -> Array:
    return 1 - confusion.diagonal() / confusion.sum(axis)


def _supported(beyond_random: Array, beyond_same: Array) -> list[str]:
    held = (min(beyond_random) > 0, min(beyond_same) > 0, interval(beyond_same).low > 0)
    return [*("yes" if it else "no" for it in held), "no", "no"]


def _flipped(place: int) -> Any:
    return lambda *given: ["yes" if (it == "yes") != (i == place) else "no"
                           for i, it in enumerate(_supported(*given))]


EXERCISES: dict[str, Exercise] = {
    "9.1": Written(_adam, lambda rng: [(*rng.normal(size=(3, k)), rng.uniform(0.01, 4, k), k - 2)
                                       for k in (3, 5)], {
        "the correction is missing: m / (1 - 0.9 ** n) and v / (1 - 0.999 ** n)":
            lambda *case: _adam(*case, corrected=False),
        "v is the mean of the squares: g ** 2": lambda *case: _adam(*case, power=1),
        "the root of v is missing": lambda *case: _adam(*case, root=1),
        "w moves up the gradient": lambda *case: _adam(*case, sign=1),
        "m and v are kept without the correction": lambda *case: _adam(*case, kept=True)}),
    "9.2": Written(_fixed, lambda rng: [tuple(rng.uniform(0.1, 3, (4, k))) for k in (3, 5)], {
        "it divides by the variance: the root is missing": lambda *case: _fixed(*case, root=1),
        "the mean is subtracted": lambda *case: _fixed(*case, sign=1),
        "the mean has to be divided by the deviation, too":
            lambda *case: _fixed(*case, scaled=False)}),
    "9.3": Written(lambda validation, test: test[int(np.argmin(validation))], _errors, {
        "that is the lowest test error: so the test has chosen": lambda _, test: min(test),
        "that is the last epoch": lambda _, test: test[-1],
        "that is the validation error": lambda validation, _: min(validation)}),
    "9.4": Written(_per_class, lambda rng: [(rng.integers(1, 9, (k, k)),) for k in (3, 5)], {
        "a row is a true class; that divides by the columns": lambda c: _per_class(c, 0),
        "that is the share of right answers": lambda c: 1 - _per_class(c),
        "divide by the images of the class, not by all":
            lambda c: _per_class(c) * c.sum(axis=1) / c.sum()}),
    "9.5": Answer(lambda *_: [*REPORTS], {
        "an answer of A depends on its batch": lambda *_: ["honest", *REPORTS[1:]],
        "B looks at all test errors": lambda *_: [REPORTS[0], "honest", *REPORTS[2:]]}),
    "9.6": Answer(_supported, {
        "c is about all such networks: look at the interval": _flipped(2),
        "nothing here was compared with a network that learnt nothing": _flipped(3),
        "the same people wrote the training and the test images": _flipped(4)}),
}
