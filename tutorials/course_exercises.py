"""Exercises that many courses have beside tinycnn's layers; see your_course_on_tinycnn.md.

Updates, losses, dropout, first weights, and three layers that tinycnn does not have.
"""

import numpy as np

# --- updates: (w, gradient, state, rate) -> (new w, new state); the state is None at first --------


def sgd_with_decay(w, grad, rate, decay):
    """One step of w against grad + decay · w -> new w.

    decay · w is the gradient of decay / 2 · Σ w²: that is L2 regularisation.
    """
    return w - rate * (grad + decay * w)


def momentum(w, grad, v, rate):
    """v = 0.9 v + grad, then w = w - rate · v -> (new w, new v). v is None at first: begin at 0."""
    v = grad if v is None else 0.9 * v + grad
    return w - rate * v, v


def rmsprop(w, grad, s, rate):
    """s = 0.99 s + 0.01 grad², then w = w - rate · grad / (√s + 1e-8) -> (new w, new s).

    s is None at first: begin at 0.
    """
    s = 0.01 * grad ** 2 if s is None else 0.99 * s + 0.01 * grad ** 2
    return w - rate * grad / (np.sqrt(s) + 1e-8), s


def adam(w, grad, state, rate):
    """One step of Adam -> (new w, new state).

    state is None at first, then the tuple (m, v, number of steps). The constants are 0.9 and
    0.999; 1e-8 is added to the root.
    """
    m, v, steps = state or (0 * w, 0 * w, 0)
    steps += 1
    m = 0.9 * m + 0.1 * grad
    v = 0.999 * v + 0.001 * grad ** 2
    m_hat, v_hat = m / (1 - 0.9 ** steps), v / (1 - 0.999 ** steps)
    return w - rate * m_hat / (np.sqrt(v_hat) + 1e-8), (m, v, steps)


# --- losses: (y, t) -> (L, ∂L/∂y) -----------------------------------------------------------------


def squared_error(y, t):
    """Outputs y and targets t, both (N, K) -> (L, ∂L/∂y). L is the mean of (y - t)² over all."""
    return ((y - t) ** 2).mean(), 2 * (y - t) / y.size


def binary_cross_entropy(y, t):
    """Probabilities y and targets t, both (N, K) -> (L, ∂L/∂y).

    L is the mean of -t log y - (1 - t) log(1 - y) over all.
    """
    loss = -(t * np.log(y) + (1 - t) * np.log(1 - y)).mean()
    return loss, (y - t) / (y * (1 - y)) / y.size


# --- dropout --------------------------------------------------------------------------------------


def dropout_forward(x, p, rng):
    """Each number of x is 0 with probability p, else divided by 1 - p -> (y, mask).

    Draw once, rng.random(x.shape); a number is kept where the draw is p or more. The mask holds the
    factors, 0 or 1 / (1 - p).
    """
    mask = (rng.random(x.shape) >= p) / (1 - p)
    return x * mask, mask


def dropout_backward(dy, mask):
    """∂s/∂y -> ∂s/∂x."""
    return dy * mask


# --- first weights --------------------------------------------------------------------------------


def he_weights(shape, rng):
    """W of a convolution, shape (F, C, kh, kw) -> normal numbers with variance 2 / (C kh kw).

    Draw once, rng.normal(size=shape).
    """
    return rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:]))


def glorot_weights(shape, rng):
    """W of a dense layer, shape (n_in, n_out) -> between ±√(6 / (n_in + n_out)).

    Draw once, rng.uniform(-1, 1, shape).
    """
    return rng.uniform(-1, 1, shape) * np.sqrt(6 / sum(shape))


# --- layers that tinycnn does not have ------------------------------------------------------------


class LeakyReLU:
    """y = x where x is above 0, else slope · x."""

    def __init__(self, slope):
        self.params, self.slope = {}, slope

    def forward(self, x):
        """x of any shape -> (y, cache); the cache is x."""
        return np.where(x > 0, x, self.slope * x), x

    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x, both of the shape of x."""
        return np.where(cache > 0, dy, self.slope * dy)


class ELU:
    """y = x where x is above 0, else exp(x) - 1."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        """x of any shape -> (y, cache); the cache is y."""
        y = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
        return y, y

    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x, both of the shape of x."""
        return np.where(cache > 0, dy, dy * (cache + 1))


class LayerNorm:
    """y = gamma (x - mean) / √(variance + 1e-5) + beta, over the numbers of each image."""

    def __init__(self, features):
        self.params = {"gamma": np.ones(features), "beta": np.zeros(features)}

    def forward(self, x):
        """x (N, D) -> (y, cache); the cache is (x_hat, √(variance + 1e-5))."""
        root = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
        x_hat = (x - x.mean(axis=1, keepdims=True)) / root
        return self.params["gamma"] * x_hat + self.params["beta"], (x_hat, root)

    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x. Mean and variance depend on all numbers of the image."""
        x_hat, root = cache
        d_hat = dy * self.params["gamma"]
        direct = d_hat - d_hat.mean(axis=1, keepdims=True)
        return (direct - x_hat * (d_hat * x_hat).mean(axis=1, keepdims=True)) / root

    def parameter_gradients(self, dy, cache):
        """∂s/∂y -> {"gamma": ∂s/∂gamma, "beta": ∂s/∂beta}."""
        return {"gamma": (dy * cache[0]).sum(axis=0), "beta": dy.sum(axis=0)}


def _first(rng):
    """Arguments of an update at the first step."""
    return rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), None, 0.1


def _later(rng):
    """Arguments of momentum and rmsprop in the middle of a training."""
    w, grad, state = rng.normal(size=(3, 4, 2))
    return w, grad, state ** 2, 0.01


def _later_adam(rng):
    w, grad, m = rng.normal(size=(3, 4, 2))
    return w, grad, (m, m ** 2, 6), 0.01


EXAMPLES = {
    "sgd_with_decay": [lambda rng: (rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), 0.1, 0.01)],
    "momentum": [_first, _later],
    "rmsprop": [_first, _later],
    "adam": [_first, _later_adam],
    "squared_error": [lambda rng: (rng.normal(size=(4, 3)), rng.normal(size=(4, 3)))],
    "binary_cross_entropy": [lambda rng: (rng.uniform(0.05, 0.95, (4, 3)),
                                          rng.integers(2, size=(4, 3)).astype(float))],
    "dropout_forward": [lambda rng: (rng.normal(size=(4, 5)), 0.3, rng),
                        lambda rng: (rng.normal(size=(2, 3, 4, 4)), 0.5, rng)],
    "dropout_backward": [lambda rng: (rng.normal(size=(4, 5)),
                                      (rng.random((4, 5)) >= 0.3) / 0.7)],
    "he_weights": [lambda rng: ((4, 3, 5, 5), rng), lambda rng: ((2, 1, 3, 2), rng)],
    "glorot_weights": [lambda rng: ((20, 5), rng), lambda rng: ((3, 8), rng)],
    "LeakyReLU": [((0.1,), (4, 5)), ((0.01,), (2, 3, 4, 4))],
    "ELU": [((), (4, 5)), ((), (2, 3, 4, 4))],
    "LayerNorm": [((6,), (4, 6))],
}
POINTS = {"adam": 15, "LayerNorm.backward": 20}
