"""Five exercises of a course: a layer, a layer with weights, an update, a loss, a function."""

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
        direct = d_hat - d_hat.mean(axis=0)
        return (direct - x_hat * (d_hat * x_hat).mean(axis=0)) / root

    def parameter_gradients(self, dy, cache):
        """∂s/∂y -> {"gamma": ∂s/∂gamma, "beta": ∂s/∂beta}."""
        return {"gamma": (dy * cache[0]).sum(axis=0), "beta": dy.sum(axis=0)}


def adam(w, grad, state, rate):
    """One step of Adam -> (new w, new state).

    state is None at first, then {"m": array, "v": array, "t": number of steps}. The constants are
    0.9 and 0.999; 1e-8 is added to the root.
    """
    state = state or {"m": np.zeros_like(w), "v": np.zeros_like(w), "t": 0}
    t = state["t"] + 1
    m = 0.9 * state["m"] + 0.1 * grad
    v = 0.999 * state["v"] + 0.001 * grad ** 2
    step = (m / (1 - 0.9 ** t)) / (np.sqrt(v / (1 - 0.999 ** t)) + 1e-8)
    return w - rate * step, {"m": m, "v": v, "t": t}


def hinge_loss(scores, t):
    """Scores (N, K) and labels t (N,) -> (L, ∂L/∂scores).

    L is the mean over the images of Σ over k ≠ t of max(0, scores_k - scores_t + 1).
    """
    rows = np.arange(len(t))
    margins = np.maximum(0, scores - scores[rows, t][:, None] + 1)
    margins[rows, t] = 0
    dscores = (margins > 0).astype(scores.dtype)
    dscores[rows, t] = -dscores.sum(axis=1)
    return margins.sum() / len(t), dscores / len(t)


def im2col(x, size):
    """The windows of x (N, C, H, W) as rows of a matrix: image, row, column.

    In a row the order is channel, row, column: C · size · size numbers.
    """
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * size * size)


def _step(rng):
    """Arguments of adam in the middle of a training."""
    w, grad, m = rng.normal(size=(3, 2, 3))
    return w, grad, {"m": m, "v": m ** 2, "t": 4}, 0.01


EXAMPLES = {
    # A layer: (arguments of the constructor, shape of x).
    "Sigmoid": [((), (2, 3)), ((), (4, 2, 5, 5))],
    "BatchNorm": [((3,), (6, 3))],
    # A function: from a Generator to its arguments.
    "adam": [lambda rng: (rng.normal(size=5), rng.normal(size=5), None, 0.1), _step],
    "hinge_loss": [lambda rng: (rng.normal(size=(5, 4)), rng.integers(4, size=5))],
    "im2col": [lambda rng: (rng.normal(size=(2, 3, 5, 4)), 2)],
}
POINTS = {"BatchNorm.backward": 20, "adam": 15}
