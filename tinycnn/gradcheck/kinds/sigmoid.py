"""Sigmoid layers: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cases import Case, in_memory
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Maps and rows, and units that are saturated."""
    for shape in ((2, 3), (3, 4), (2, 3, 4, 5), (1, 5), (3, 3)):
        yield Case("sigmoid", {}, rng.normal(size=shape))
    x = rng.choice([-1.0, 1.0], (3, 4)) * np.geomspace(30, 1e4, 12).reshape(3, 4)
    yield Case("sigmoid", {}, x, "extreme", ("inputs up to ±10000, units saturated",))
    yield from in_memory(Case("sigmoid", {}, rng.normal(size=(2, 3, 4, 5))))


SUITE = Suite(grid, elementwise=True)
