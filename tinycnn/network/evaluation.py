"""How good a network is on some images: its loss, its error, and what it takes for what."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..layers import ShapeError
from ..layers.base import Array
from ..output.text import columns
from .arguments import expect_frozen
from .loss import loss_from_logits
from .losses import Loss, answer_of, labels_in
from .passes import in_blocks

if TYPE_CHECKING:
    from .chain import Network


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """What `net.evaluate` measured: L (NaN if no loss is known), and the share of wrong labels.

    confusion: (K, K), how many images of each true label (row) got each label (column). If the
    targets are no labels, it is (0, 0), and the error NaN.
    """

    loss: float
    error: float
    confusion: Array

    def __repr__(self) -> str:
        loss, error = ("not known" if math.isnan(value) else f"{value:{form}}"
                       for value, form in ((self.loss, ".4g"), (self.error, ".2%")))
        rows = [(str(k), *map(str, row)) for k, row in enumerate(self.confusion.tolist())]
        lines = columns([("true", *(row[0] for row in rows)), *rows], ">" * (1 + len(rows)))
        return "\n".join([f"Evaluation: loss {loss}, error {error} ({self.confusion.sum()} images "
                          "with labels)", *(lines if rows else [])])


def evaluate(net: Network, x: Array, t: Array, loss: Loss | None) -> Evaluation:
    """`Network.evaluate`."""
    x, t = np.asarray(x), np.asarray(t)
    expect_frozen(net, "evaluate")
    if len(x) == 0 or t.shape[:1] != (len(x),):
        raise ShapeError(f"evaluate: expected a target for each of the {len(x)} images, got an "
                         f"array of shape {t.shape}")
    y, logits = map(np.concatenate, zip(*((trace.y, trace.logits) for trace in in_blocks(net, x)),
                                        strict=True))
    L = answer_of(loss, y, t)[0] if loss is not None else \
        loss_from_logits(logits, t)[0] if net.logits_layer is not None else math.nan
    true, n = labels_in(t, y.shape[1]), max(2, y.shape[1])
    if true is None:
        return Evaluation(L, math.nan, np.zeros((0, 0), int))
    if true.min() < 0 or true.max() >= n:
        raise ShapeError(f"evaluate: expected labels from 0 to {n - 1}, got {true.min()} to "
                         f"{true.max()}")
    predicted = net.labels(y)
    pairs = np.bincount(true.astype(int) * n + predicted, minlength=n * n)
    return Evaluation(L, float((predicted != true).mean()), pairs.reshape(n, n))
