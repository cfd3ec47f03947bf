"""What a dense layer answers if it is wrong in one of the known ways."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cases import Case
from .changes import Guess


def mistakes(case: Case) -> Iterator[Guess]:
    """Few are special to it: the bias, and products with something left out or transposed."""
    x, dy, y = case.x, case.dy, case.right["y"]
    W, b = case.params["W"], case.params["b"]
    yield Guess("bias_missing", "", "y", lambda: y - b)
    for detail, times in (("twice", 1.0), ("negative", -2.0),
                          ("once for each input", len(W) - 1.0)):
        yield Guess("bias_wrong", detail, "y", lambda t=times: y + t * b)
    yield Guess("bias_wrong", "the first for all", "y", lambda: y - b + b[0])
    yield Guess("bias_wrong", "the sum", "y", lambda: y - b + b.sum())
    yield Guess("bias_wrong", "at the wrong axis", "y", lambda: y - b + b[:, None])
    yield Guess("bias_wrong", "added to dx", "dx", lambda: (dy + b) @ W.T)
    yield Guess("transposed", "W for its transpose", "y", lambda: x @ W.T + b)
    yield Guess("transposed", "W for its transpose", "dx", lambda: dy @ W)
    yield Guess("transposed", "W in another shape", "dx", lambda: dy @ W.reshape(W.shape[::-1]))
    yield Guess("weights_forgotten", "dW for W", "dx", lambda: dy @ case.right["dW"].T)
    yield Guess("wrong_sum", "over the outputs", "db", lambda: dy.sum(axis=1))
    yield Guess("wrong_sum", "not summed", "db", lambda: dy)
    yield Guess("wrong_sum", "kept as a row", "db", lambda: dy.sum(axis=0, keepdims=True))
    yield Guess("input_forgotten", "y for x", "dW", lambda: y.T @ dy)
    yield Guess("wrong_sum", "sums multiplied", "dW", lambda: np.outer(x.sum(0), dy.sum(0)))
    yield Guess("wrong_sum", "means multiplied", "dW", lambda: np.outer(x.mean(0), dy.mean(0)))
