"""Numeric gradients for the tests: random upstream gradient, every entry, float64."""

import tracemalloc
from contextlib import contextmanager

import numpy as np

import tinycnn as tc

RTOL, ATOL = 1e-6, 1e-9     # of central differences with h = 1e-5 on numbers of size 1


def in_float64(layer):
    layer.params = {name: w.astype(np.float64) for name, w in layer.params.items()}
    return layer


def numeric_gradient(f, x, dy, h=1e-5):
    """d Σ(f(x) · dy) / dx by central differences, for every entry of x; x is restored."""
    gradient = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        old = x[i]
        x[i] = old + h
        above = (f(x) * dy).sum()
        x[i] = old - h
        below = (f(x) * dy).sum()
        x[i] = old
        gradient[i] = (above - below) / (2 * h)
    return gradient


def assert_layer_gradients(layer, x, rng):
    """dx and every parameter's gradient agree with central differences."""
    x = x.astype(np.float64)
    y, cache = layer.forward(x)
    dy = rng.normal(size=y.shape)
    dx = layer.backward(dy, cache)
    np.testing.assert_allclose(dx, numeric_gradient(lambda v: layer.forward(v)[0], x, dy),
                               RTOL, ATOL)
    grads = layer.parameter_gradients(dy, cache)
    assert set(grads) == set(layer.params)
    for name, w in layer.params.items():
        np.testing.assert_allclose(grads[name],
                                   numeric_gradient(lambda _: layer.forward(x)[0], w, dy),
                                   RTOL, ATOL, err_msg=name)


def small_net(seed=0, dtype=np.float64, n_classes=4):
    """A network with every kind of layer, small enough for numeric gradients; images 1 x 11 x 9."""
    rng = np.random.default_rng(seed)
    return tc.Network(
        (1, 11, 9),
        conv1=tc.Conv2D(1, 3, (3, 2), rng=rng), tanh1=tc.Tanh(), pool1=tc.MaxPool2D(2),
        conv2=tc.Conv2D(3, 2, 3, padding=1, stride=(2, 1), rng=rng), relu2=tc.ReLU(),
        flatten=tc.Flatten(), dense3=tc.Dense(16, 5, rng=rng), tanh3=tc.Tanh(),
        dense4=tc.Dense(5, n_classes, rng=rng), softmax=tc.Softmax()).astype(dtype)


@contextmanager
def at_most(megabytes):
    """Fails if what is done inside takes more memory, at any moment."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * 1e6
    finally:
        tracemalloc.stop()


class Softsign:
    """A student's own activation: no base class, and a name that tinycnn does not know."""

    params = {}         # noqa: RUF012

    def forward(self, x):
        return x / (1 + np.abs(x)), x

    def backward(self, dy, cache):
        return dy / (1 + np.abs(cache)) ** 2

    def parameter_gradients(self, dy, cache):
        return {}
