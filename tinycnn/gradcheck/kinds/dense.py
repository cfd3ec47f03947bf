"""Dense layers: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..cases import Case, in_memory
from ..mistakes import Guess, table
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Never as many images as units, except in one case with a square W."""
    for n, n_in, n_out in ((2, 3, 4), (3, 4, 2), (4, 3, 3), (3, 3, 3), (1, 3, 2), (2, 4, 1)):
        yield Case("dense", {"n_in": n_in, "n_out": n_out}, rng.normal(size=(n, n_in)))
    yield from in_memory(Case("dense", {"n_in": 4, "n_out": 3}, rng.normal(size=(3, 4))))


def mistakes(case: Case) -> Iterator[Guess]:
    """A wrong bias, and products with something left out or transposed."""
    x, dy, y, dW = case.x, case.dy, case.right["y"], case.right["dW"]
    W = case.params["W"]
    b = case.params.get("b", np.zeros(W.shape[1]))      # a layer may have none
    yield from table("y", {
        ("bias_missing", ""): y - b, ("bias_wrong", "twice"): y + b,
        ("bias_wrong", "negative"): y - 2 * b,
        ("bias_wrong", "once for each input"): y + (len(W) - 1.0) * b,
        ("bias_wrong", "the first for all"): y - b + b[0],
        ("bias_wrong", "the sum"): y - b + b.sum(),
        ("bias_wrong", "at the wrong axis"): lambda: y - b + b[:, None],
        ("transposed", "W for its transpose"): lambda: x @ W.T + b})
    yield from table("dx", {
        ("bias_wrong", "added to dx"): (dy + b) @ W.T,
        ("transposed", "W for its transpose"): lambda: dy @ W,
        ("transposed", "W in another shape"): dy @ W.reshape(W.shape[::-1]),
        ("weights_forgotten", "dW for W"): dy @ dW.T})
    yield from table("dW", {
        ("input_forgotten", "y for x"): y.T @ dy,
        ("wrong_sum", "sums multiplied"): np.outer(x.sum(0), dy.sum(0)),
        ("wrong_sum", "means multiplied"): np.outer(x.mean(0), dy.mean(0))})
    yield from table("db", {
        ("wrong_sum", "over the outputs"): dy.sum(axis=1), ("wrong_sum", "not summed"): dy,
        ("wrong_sum", "kept as a row"): dy.sum(axis=0, keepdims=True)})


SUITE = Suite(grid, mistakes, of_x=("dW",), wrong_x=lambda x: [x[:, :-1], x[0]])
