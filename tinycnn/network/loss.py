"""The negative log-likelihood L, and its gradient: the first factor of equation 2."""

from __future__ import annotations

import numpy as np

from ..layers import ShapeError
from ..layers.base import Array


def one_hot(t: Array, n_classes: int, dtype: type | np.dtype = np.float32) -> Array:
    """(N,) labels -> (N, K) rows e_t.

    Raises:
        ShapeError: t is not one whole number from 0 to K-1 for each image.
    """
    rows = np.zeros((len(t), n_classes), dtype)
    rows[np.arange(len(t)), labels_within(t, n_classes)] = 1
    return rows


def negative_log_likelihood(y: Array, t: Array) -> float:
    """L = -1/N Σ_n log y[n, t_n]. The loss takes the mean over the images; layers never do."""
    return float(-np.log(y[np.arange(len(y)), t]).mean())


def negative_log_likelihood_gradient(y: Array, t: Array) -> Array:
    """∂L/∂y (N, K): -1 / (N · y_t) at the true label, 0 elsewhere. The first factor of eq. 2.

    Only y_t is divided by: another y may be so small that it has become 0. A smaller y_t than the
    smallest normal number of its precision counts as that number, so that the result is finite.
    """
    gradient, true = np.zeros_like(y), (np.arange(len(y)), labels_within(t, y.shape[1]))
    y_t, tiny = y[true], np.finfo(y.dtype).tiny
    gradient[true] = -1 / (len(y) * np.where(np.abs(y_t) < tiny, tiny, y_t))
    return gradient


def loss_from_logits(logits: Array, t: Array) -> tuple[float, Array]:
    """L, and ∂L/∂logits = (y - onehot) / N, in one step that neither overflows nor divides by 0."""
    true = one_hot(t, logits.shape[1], logits.dtype)
    shifted = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    loss = (np.log(total).sum() - np.vdot(shifted, true)) / len(logits)
    return float(loss), (e / total - true) / len(logits)


def labels_within(t: Array, n_classes: int) -> Array:
    """The labels as an array, or the ShapeError of `one_hot`."""
    t = np.asarray(t)
    whole = t.ndim == 1 and t.dtype.kind in "iu"
    if not (whole and all(0 <= label < n_classes for label in t.tolist())):
        span = f", values {t.min()} to {t.max()}" if t.size and t.dtype.kind in "iuf" else ""
        cause = "labels counted from 1, one-hot rows, or a network with too few outputs"
        if t.ndim == 1 and t.dtype.kind in "USO":
            cause = "names; names, t = np.unique(t, return_inverse=True) makes them numbers"
        elif t.ndim == 1 and t.dtype.kind in "fb":
            cause = "numbers of another type; t.astype(int) converts them"
        raise ShapeError(f"labels: expected (N,) whole numbers from 0 to {n_classes - 1}, got "
                         f"{t.dtype} of shape {t.shape}{span}. Likely cause: {cause}")
    return t
