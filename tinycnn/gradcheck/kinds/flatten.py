"""Flatten layers: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cases import Case, in_memory
from ..mistakes import Guess
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Maps, one map, and no maps at all."""
    for shape in ((2, 3, 4, 5), (3, 2, 2, 3), (4, 3, 3, 3), (2, 5), (1, 2, 3, 4), (3, 2, 4)):
        yield Case("flatten", {}, rng.normal(size=shape))
    yield from in_memory(Case("flatten", {}, rng.normal(size=(2, 3, 4, 5))))


def mistakes(case: Case) -> Iterator[Guess]:
    """Axes merged in another order, in forward or in backward."""
    x, dy, n = case.x, case.dy, len(case.x)
    inner = x.ndim - 1
    orders = {"columns first": (0, *range(inner, 0, -1)),
              "channels last": (0, *range(2, inner + 1), 1),
              "last axis before the first": (0, inner, *range(1, inner))}
    for detail, order in orders.items():
        yield Guess("memory_reshaped", detail, "y", x.transpose(order).reshape(n, -1))
        yield Guess("memory_reshaped", detail, "dx", dy.reshape(
            [x.shape[i] for i in order]).transpose(np.argsort(order)))
    yield Guess("memory_reshaped", "order F", "y", x.reshape(n, -1, order="F"))
    yield Guess("memory_reshaped", "order F", "dx", dy.reshape(x.shape, order="F"))
    yield Guess("memory_reshaped", "images last", "y", x.reshape(-1, n).T)
    yield Guess("memory_reshaped", "images last", "dx", dy.T.reshape(x.shape))
    yield Guess("transposed", "(D, N)", "y", x.reshape(n, -1).T)


SUITE = Suite(grid, mistakes, of_x=(), wrong_x=lambda x: [x.ravel()[:3]])
