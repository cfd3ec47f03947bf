"""Batch norms: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cases import Case, in_memory
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Maps and rows, far from mean 0 and variance 1."""
    for shape in ((4, 3), (3, 4), (2, 3, 4, 5), (3, 2, 2, 3), (5, 1), (1, 3, 4, 2)):
        shift = rng.normal(size=(shape[1], *[1] * (len(shape) - 2)))
        yield Case("batchnorm", {"channels": shape[1]}, 3 * rng.normal(size=shape) + shift)
    yield from in_memory(Case("batchnorm", {"channels": 3}, rng.normal(size=(2, 3, 4, 5))))


SUITE = Suite(grid, of_x=("dx", "dgamma"))
