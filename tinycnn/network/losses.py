"""Losses beside the negative log-likelihood, as `torch.nn.functional` defines them.

    L, gradient = loss(y, t)        # gradient = ∂L/∂y, (N, K) as y, the output of the last layer

Targets t are (N,) labels or (N, K) numbers. A function of one's own in this form will do as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..layers import ShapeError
from ..layers.base import Array
from .loss import one_hot

Loss = Callable[[Array, Array], tuple[float, Array]]


def cross_entropy(y: Array, t: Array) -> tuple[float, Array]:
    """L = -1/N Σ_n Σ_k t log softmax(y), of logits y; t: labels or class probabilities."""
    t, z = _rows("cross_entropy", y, t, least=2), y - y.max(axis=1, keepdims=True)
    log_y = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    gradient = np.exp(log_y) * t.sum(axis=1, keepdims=True) - t
    return -float(np.vdot(t, log_y)) / len(y), gradient / len(y)


def squared_error(y: Array, t: Array) -> tuple[float, Array]:
    """L = the mean of (y - t)² over all N · K numbers; labels count as one-hot rows."""
    gap = y - _rows("squared_error", y, t)
    return float(np.vdot(gap, gap)) / y.size, 2 / y.size * gap


def binary_cross_entropy(y: Array, t: Array) -> tuple[float, Array]:
    """L = the mean of -(t log y + (1 - t) log(1 - y)) over all N · K probabilities y.

    One output takes labels 0 and 1. As in PyTorch, log 0 counts as -100, and ∂L/∂y divides by
    1e-12 if y (1 - y) is smaller.
    """
    t = _rows("binary_cross_entropy", y, t)
    if y.min() < -0.01 or y.max() > 1.01:       # a check of the gradient may step over 0 and 1
        raise ShapeError(f"binary_cross_entropy: expected probabilities, got y from {y.min():g} to "
                         f"{y.max():g}. Likely cause: no Sigmoid at the end; "
                         "binary_cross_entropy_from_logits needs none")
    y = y.clip(0, 1)
    with np.errstate(divide="ignore"):
        logs = t * np.maximum(np.log(y), -100) + (1 - t) * np.maximum(np.log1p(-y), -100)
    return -float(logs.mean()), (y - t) / np.maximum(y * (1 - y), 1e-12) / y.size


def binary_cross_entropy_from_logits(y: Array, t: Array) -> tuple[float, Array]:
    """The same of logits y, in one step that neither overflows nor divides by 0."""
    t, e = _rows("binary_cross_entropy_from_logits", y, t), np.exp(-np.abs(y))
    sigmoid = np.where(y < 0, e, 1) / (1 + e)
    return float((np.maximum(y, 0) - y * t + np.log1p(e)).mean()), (sigmoid - t) / y.size


def hinge(y: Array, t: Array) -> tuple[float, Array]:
    """L = 1/(N·K) Σ_n Σ_k≠t max(0, 1 - y_t + y_k): each other y_k at least 1 below the true y_t."""
    true = _rows("hinge", y, t, least=2)
    if labels_in(true, y.shape[1]) is None:
        raise ShapeError(f"hinge: expected labels or one-hot rows, got rows such as {true[0]}")
    margin = 1 - (y * true).sum(axis=1, keepdims=True) + y
    active = (margin > 0) * (1 - true)
    return (float(np.vdot(active, margin)) / y.size,
            (active - true * active.sum(axis=1, keepdims=True)) / y.size)


LOSSES: tuple[Loss, ...] = (cross_entropy, squared_error, binary_cross_entropy,
                            binary_cross_entropy_from_logits, hinge)


def answer_of(loss: Loss, y: Array, t: Array) -> tuple[float, Array]:
    """(L, ∂L/∂y) of any loss; a ShapeError if it returns something else."""
    answer: Any = loss(y, t)
    try:
        value, gradient = float(answer[0]), np.asarray(answer[1])
        got = "" if gradient.shape == y.shape else f"∂L/∂y of shape {gradient.shape}"
    except (TypeError, ValueError, IndexError):
        got = type(answer).__name__
    if got:
        raise ShapeError(f"loss {getattr(loss, '__name__', loss)}: expected (L, ∂L/∂y), L one "
                         f"number, ∂L/∂y of the shape of y, {y.shape}; got {got}")
    return value, gradient


def labels_in(t: Array, n_outputs: int) -> Array | None:
    """(N,) the labels that targets are: as they are, one-hot rows, or 0 and 1 for one output.

    None if they are no labels, such as the targets of a regression.
    """
    binary = bool(((t == 0) | (t == 1)).all())
    if n_outputs == 1:
        return t.reshape(len(t)).astype(int) if binary and t.size == len(t) else None
    if t.ndim == 2:
        hot = binary and t.shape[1] == n_outputs and (t.sum(axis=1) == 1).all()
        return t.argmax(axis=1) if hot else None
    return t if t.ndim == 1 and t.dtype.kind in "iu" else None


def _rows(who: str, y: Array, t: Array, least: int = 1) -> Array:
    """The targets as (N, K) numbers in the precision of y; K must be at `least` so many."""
    t = np.asarray(t)
    if y.ndim != 2 or y.shape[1] < least or t.shape not in (y.shape, (len(y),)):
        raise ShapeError(f"{who}: expected outputs (N, K), K at least {least}, and targets of that "
                         f"shape or (N,) labels, got {y.shape} and {t.shape}" + (
                             ". One output takes binary_cross_entropy_from_logits "
                             "or squared_error" if (least, y.shape[1:]) == (2, (1,)) else ""))
    if t.ndim == 1 and y.shape[1] > 1:
        return one_hot(t, y.shape[1], y.dtype)
    if "entropy" in who and not ((t >= 0) & (t <= 1)).all():
        raise ShapeError(f"{who}: expected targets from 0 to 1, got {t.min():g} to {t.max():g}")
    return t.reshape(y.shape).astype(y.dtype)
