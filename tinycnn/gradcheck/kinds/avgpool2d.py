"""Average-poolings: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..cases import Case, in_memory
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Windows that overlap, leave gaps or leave rows over, and the whole map."""
    shapes: list[tuple[int, int, tuple[int, int], Any, Any]] = [
        (2, 2, (4, 4), 2, None), (3, 2, (4, 6), 2, None), (2, 3, (4, 6), (2, 3), None),
        (2, 2, (5, 7), 2, None), (2, 3, (5, 7), 3, 2), (2, 3, (4, 5), 2, 1),
        (2, 2, (5, 8), 2, 3), (1, 3, (4, 5), (2, 1), None), (2, 3, (4, 5), None, None)]
    for n, c, image, size, stride in shapes:
        yield _case(rng.normal(size=(n, c, *image)), size, stride)
    yield from in_memory(_case(rng.normal(size=(2, 3, 4, 6)), 2, None))


def _case(x: Any, size: Any, stride: Any) -> Case:
    return Case("avgpool2d", {"size": size} | ({} if stride is None else {"stride": stride}), x)


SUITE = Suite(grid, of_x=())
