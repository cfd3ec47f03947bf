"""Homework: 6 exercises.

Replace each `raise NotImplementedError(...)` with your code. Everything else is given: do not
change names, arguments or constructors. Import only NumPy and Python's standard library. To check
your work, run one of these in this folder:

    tinycnn check .         # what is right, what is wrong, and the likely cause
    pytest                  # the same checks as tests; pytest --pdb stops at the error

In the docstrings, s is the scalar that a backward pass starts from: a loss L, or one output of the
network. Hand in this file.
"""

from __future__ import annotations

import numpy as np


class Sigmoid:
    """y = 1 / (1 + exp(-x)), element by element."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        """x of any shape -> (y, cache); the cache is y."""
        y = 1 / (1 + np.exp(-x))
        return y, y

    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x, both of the shape of x."""
        return dy * cache * (1 - cache)


class BatchNorm:
    """y = gamma (x - mean) / sqrt(variance + 1e-5) + beta, over the batch, for each feature."""

    def __init__(self, features):
        self.params = {"gamma": np.ones(features), "beta": np.zeros(features)}

    def forward(self, x):
        """x (N, D) -> (y, cache); the cache is (x_hat, the root of variance + 1e-5)."""
        root = np.sqrt(x.var(axis=0) + 1e-5)
        x_hat = (x - x.mean(axis=0)) / root
        return self.params["gamma"] * x_hat + self.params["beta"], (x_hat, root)

    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x. The mean and the variance depend on x, too."""
        x_hat, root = cache
        d_hat = dy * self.params["gamma"]
        return (d_hat - x_hat * (d_hat * x_hat).mean(axis=0)) / root


def adam(w, grad, state, rate):
    """One step of Adam -> (new w, new state).

    state is None at first, then {"m": array, "v": array, "t": number of steps}. The constants are
    0.9 and 0.999; 1e-8 is added to the root.
    """
    if state is None:
        state = {"m": 0 * w, "v": 0 * w, "t": 0}
    t = state["t"] + 1
    m = 0.9 * state["m"] + 0.1 * grad
    v = 0.999 * state["v"] + 0.001 * grad * grad
    m_hat, v_hat = m / (1 - 0.9 ** t), v / (1 - 0.999 ** t)
    return w - rate * m_hat / (v_hat ** 0.5 + 1e-8), {"m": m, "v": v, "t": t}


def hinge_loss(scores, t):
    """Scores (N, K) and labels t (N,) -> (L, ∂L/∂scores).

    L is the mean over the images of Σ over k ≠ t of max(0, scores_k - scores_t + 1).
    """
    dscores = np.zeros(scores.shape)
    loss = 0.0
    for n, k in enumerate(t):
        for j in range(scores.shape[1]):
            margin = scores[n, j] - scores[n, k] + 1
            if j != k and margin > 0:
                loss += margin
                dscores[n, j] += 1
                dscores[n, k] -= 1
    return loss / len(t), dscores


def im2col(x, size):
    """The windows of x (N, C, H, W) as rows of a matrix: image, row, column.

    In a row the order is channel, row, column: C · size · size numbers.
    """
    raise NotImplementedError("Exercise 6: im2col - The windows of x (N, C, H, W) as rows of "
                              "a matrix: image, row, column")
