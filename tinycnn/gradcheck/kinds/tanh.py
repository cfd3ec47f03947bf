"""Tanh layers: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...layers.base import Array
from ..cases import Case, in_memory
from ..mistakes import Guess, table
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Maps and rows, and units that are saturated."""
    for shape in ((2, 3), (3, 4), (2, 3, 4, 5), (1, 5), (3, 3)):
        yield Case("tanh", {}, rng.normal(size=shape))
    x = rng.choice([-1.0, 1.0], (3, 4)) * np.geomspace(15, 1e4, 12).reshape(3, 4)
    yield Case("tanh", {}, x, "extreme", ("inputs up to ±10000, units saturated",))
    yield from in_memory(Case("tanh", {}, rng.normal(size=(2, 3, 4, 5))))


def mistakes(case: Case) -> Iterator[Guess]:
    """Other local derivatives, the right derivative at the wrong number, other functions."""
    x, dy, y = case.x, case.dy, case.right["y"]
    small, sigmoid = np.clip(x, -700, 700), 1 / (1 + np.exp(-np.clip(x, -700, 700)))
    slopes: dict[tuple[str, str], Array] = {
        ("derivative_of_input", "1 - x²"): 1 - x * x,
        ("derivative_of_input", "1 - |x|"): 1 - np.abs(x),
        ("activation_twice", "1 - tanh(y)²"): 1 - np.tanh(y) ** 2,
        ("activation_twice", "1 - tanh(1 - y²)"): 1 - np.tanh(1 - y * y),
        ("derivative_forgotten", "y"): y, ("derivative_forgotten", "1"): np.ones_like(y),
    } | {("derivative_formula", detail): slope for detail, slope in {
        "1 - y": 1 - y, "1 - |y|": 1 - np.abs(y), "1 + y²": 1 + y * y, "y (1 - y)": y * (1 - y),
        "x (1 - x)": x * (1 - x), "(1 - y)²": (1 - y) ** 2, "y²": y * y, "1 - y³": 1 - y ** 3,
        "1 - y⁴": 1 - y ** 4, "1 - 2y²": 1 - 2 * y * y, "1 - y²/2": 1 - y * y / 2,
        "(1 - y²) / 2": (1 - y * y) / 2, "√(1 - y²)": np.sqrt(np.abs(1 - y * y)),
        "(1 - y²)²": (1 - y * y) ** 2, "1 / (1 - y²)": 1 / np.maximum(1 - y * y, 1e-300),
        "1 / cosh x": 1 / np.cosh(small), "1 / (1 + x²)": 1 / (1 + x * x),
        "a sigmoid's": sigmoid * (1 - sigmoid), "a ReLU's": (x > 0).astype(float)}.items()}
    yield from table("dx", {name: dy * slope for name, slope in slopes.items()} | {
        ("activation_twice", "tanh(dy) (1 - y²)"): np.tanh(dy) * (1 - y * y),
        ("term_added", "dy + (1 - y²)"): dy + (1 - y * y), ("term_added", "dy - y²"): dy - y * y,
        ("upstream_twice", "1 - (dy y)²"): 1 - (dy * y) ** 2,
        ("upstream_twice", "dy (1 - dy²)"): dy * (1 - dy * dy)})
    yield Guess("activation_twice", "tanh(tanh(x))", "y", np.tanh(y))
    yield from table("y", {("other_function", detail): other for detail, other in {
        "a sigmoid": sigmoid, "tanh(2x)": np.tanh(2 * x), "tanh(x/2)": np.tanh(x / 2),
        "arctan": np.arctan(x), "2σ - 1": 2 * sigmoid - 1, "sin": np.sin(x),
        "sinh": np.sinh(small), "x cut off at ±1": np.clip(x, -1, 1),
        "x / (1 + |x|)": x / (1 + np.abs(x)), "tanh of the size": np.tanh(np.abs(x)),
        "tan": np.tan(x), "1 / tanh": 1 / np.tanh(x), "x": x, "1 - y²": 1 - y * y,
        "ReLU": np.maximum(x, 0)}.items()})


SUITE = Suite(grid, mistakes, elementwise=True)
