"""Sigmoid layers: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cases import Case, in_memory
from ..mistakes import Guess, table
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Maps and rows, and units that are saturated."""
    for shape in ((2, 3), (3, 4), (2, 3, 4, 5), (1, 5), (3, 3)):
        yield Case("sigmoid", {}, rng.normal(size=shape))
    x = rng.choice([-1.0, 1.0], (3, 4)) * np.geomspace(30, 1e4, 12).reshape(3, 4)
    yield Case("sigmoid", {}, x, "extreme", ("inputs up to ±10000, units saturated",))
    yield from in_memory(Case("sigmoid", {}, rng.normal(size=(2, 3, 4, 5))))


def mistakes(case: Case) -> Iterator[Guess]:
    """Other local derivatives, the right derivative at the wrong number, other functions."""
    x, dy, y = case.x, case.dy, case.right["y"]
    small, twice = np.clip(x, -700, 700), 1 / (1 + np.exp(-y))
    yield from table("dx", {name: dy * slope for name, slope in {
        ("derivative_of_input", "x (1 - x)"): x * (1 - x),
        ("activation_twice", "σ(y) (1 - σ(y))"): twice * (1 - twice),
        ("derivative_formula", "y"): y, ("derivative_formula", "1 - y²"): 1 - y * y,
        ("derivative_formula", "y (1 + y)"): y * (1 + y), ("derivative_formula", "y - 1"): y - 1,
        ("derivative_formula", "x (1 - y)"): x * (1 - y), ("derivative_formula", "y (1 - x)"):
            y * (1 - x), ("derivative_formula", "a tanh's"): 1 - np.tanh(x) ** 2}.items()})
    yield from table("y", {
        ("activation_twice", "σ(σ(x))"): twice, ("other_function", "tanh"): np.tanh(x),
        ("other_function", "1 / (1 + exp(x))"): 1 - y, ("other_function", "1 / (1 - exp(-x))"):
            1 / (1 - np.exp(-small)), ("other_function", "1 + exp(-x)"): 1 + np.exp(-small)})


SUITE = Suite(grid, mistakes, elementwise=True)
