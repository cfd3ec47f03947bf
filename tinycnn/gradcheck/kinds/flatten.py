"""What a flatten answers if it is wrong in one of the known ways."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cases import Case
from .changes import Guess


def mistakes(case: Case) -> Iterator[Guess]:
    """Axes merged in another order, on the way out or on the way back."""
    x, dy, n = case.x, case.dy, len(case.x)
    inner = x.ndim - 1
    orders = {"columns first": (0, *range(inner, 0, -1)),
              "channels last": (0, *range(2, inner + 1), 1),
              "last axis before the first": (0, inner, *range(1, inner))}
    for detail, order in orders.items():
        yield Guess("memory_reshaped", detail, "y",
                    lambda order=order: x.transpose(order).reshape(n, -1))
        yield Guess("memory_reshaped", detail, "dx", lambda order=order: dy.reshape(
            [x.shape[i] for i in order]).transpose(np.argsort(order)))
    yield Guess("memory_reshaped", "order F", "y", lambda: x.reshape(n, -1, order="F"))
    yield Guess("memory_reshaped", "order F", "dx", lambda: dy.reshape(x.shape, order="F"))
    yield Guess("memory_reshaped", "images last", "y", lambda: x.reshape(-1, n).T)
    yield Guess("memory_reshaped", "images last", "dx", lambda: dy.T.reshape(x.shape))
    yield Guess("transposed", "(D, N)", "y", lambda: x.reshape(n, -1).T)
