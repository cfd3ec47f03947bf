"""Batch norms whose statistics are fixed: what is tried."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cases import Case, in_memory
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Maps and rows."""
    for shape in ((4, 3), (3, 4), (2, 3, 4, 5), (3, 2, 3, 3), (5, 1), (1, 3, 4, 2)):
        yield Case("frozenbatchnorm", {"channels": shape[1]}, rng.normal(size=shape))
    yield from in_memory(Case("frozenbatchnorm", {"channels": 3}, rng.normal(size=(2, 3, 4, 5))))


SUITE = Suite(grid, of_x=("dgamma",))
