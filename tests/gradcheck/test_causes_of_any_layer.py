"""Mistakes in layers that tinycnn does not know: what is said of each is true.

A right layer of each sort, and the mistakes planted into it: by name the backward, or the gradients
of the parameters. None is "dy is forgotten" unless it is.
"""

import numpy as np
import pytest
from broken_nets import DenseNoBias

from tinycnn.gradcheck import check_layer

rng = np.random.default_rng(5)
MAPS, ROWS = rng.normal(size=(2, 3, 4, 6)), rng.normal(size=(5, 4))
BATCH, WORDS = rng.normal(size=(7, 4)), rng.normal(size=(6, 2))


class Plain:
    def __init__(self):
        self.params = {}

    def parameter_gradients(self, dy, cache):
        return {}


class Sigmoid(Plain):
    def forward(self, x):
        y = 1 / (1 + np.exp(-x))
        return y, (x, y)

    def backward(self, dy, cache):
        return dy * cache[1] * (1 - cache[1])


class Leaky(Plain):
    def forward(self, x):
        return np.where(x > 0, x, x / 10), x

    def backward(self, dy, x):
        return np.where(x > 0, dy, dy / 10)


class AveragePool(Plain):
    size, stride = 2, 2

    def windows(self, shape):
        for p in range((shape[2] - self.size) // self.stride + 1):
            for q in range((shape[3] - self.size) // self.stride + 1):
                rows = slice(p * self.stride, p * self.stride + self.size)
                yield p, q, (..., rows, slice(q * self.stride, q * self.stride + self.size))

    def forward(self, x):
        places = list(self.windows(x.shape))
        y = np.zeros((*x.shape[:2], places[-1][0] + 1, places[-1][1] + 1), x.dtype)
        for p, q, window in places:
            y[..., p, q] = x[window].mean((2, 3))
        return y, x

    def backward(self, dy, x):
        dx = np.zeros(x.shape, dy.dtype)
        for p, q, window in self.windows(x.shape):
            dx[window] += dy[..., p, q, None, None] / self.size ** 2
        return dx


class Normalised(Plain):
    """BatchNorm (axis 0) or LayerNorm (axis 1)."""

    axis = 0

    def __init__(self):
        draw = np.random.default_rng(3)
        self.params = {"gamma": 2 + draw.normal(size=4), "beta": draw.normal(size=4)}

    def forward(self, x):
        std = np.sqrt(x.var(self.axis, keepdims=True) + 1e-5).astype(x.dtype)
        h = (x - x.mean(self.axis, keepdims=True)) / std
        return self.params["gamma"] * h + self.params["beta"], (x, h, std)

    def backward(self, dy, cache):
        _, h, std = cache
        g = dy * self.params["gamma"]
        return (g - g.mean(self.axis, keepdims=True)
                - h * (g * h).mean(self.axis, keepdims=True)) / std

    def parameter_gradients(self, dy, cache):
        return {"gamma": (dy * cache[1]).sum(0), "beta": dy.sum(0)}


class OfRows(Normalised):
    axis = 1


class GlobalPool(Plain):
    def forward(self, x):
        return x.mean((2, 3)), x.shape

    def backward(self, dy, shape):
        return np.broadcast_to(dy[..., None, None] / (shape[2] * shape[3]), shape).copy()


class FixedDropout(Plain):
    def forward(self, x):
        mask = ((np.random.default_rng(1).random(x.shape) > 0.4) / 0.6).astype(x.dtype)
        return x * mask, mask

    def backward(self, dy, mask):
        return dy * mask


class Embedding(Plain):
    """Rows of a table; x chooses them, so y does not depend on small changes of x."""

    def __init__(self):
        self.params = {"E": np.random.default_rng(0).normal(size=(5, 3))}

    def forward(self, x):
        chosen = np.abs(10 * x[:, 0]).astype(int) % 5
        return self.params["E"][chosen] + 0 * x[:, :1], (chosen, x)

    def backward(self, dy, cache):
        return np.zeros(cache[1].shape, dy.dtype)

    def parameter_gradients(self, dy, cache):
        dE = np.zeros_like(self.params["E"])
        np.add.at(dE, cache[0], dy)
        return {"E": dE}


class Scale(Plain):
    def __init__(self):
        self.params = {"a": np.array([2.0, 0.5, -1.5, 0.7])}

    def forward(self, x):
        return x * self.params["a"], x

    def backward(self, dy, x):
        return dy * self.params["a"]

    def parameter_gradients(self, dy, x):
        return {"a": (dy * x).sum(0)}


class Centred(Plain):
    def forward(self, x):
        return x - x.mean(0), None

    def backward(self, dy, cache):
        return dy - dy.mean(0)


RIGHT = [(Sigmoid, ROWS), (Leaky, ROWS), (AveragePool, MAPS), (Normalised, BATCH), (OfRows, BATCH),
         (Normalised, 1e-3 * BATCH), (GlobalPool, MAPS), (FixedDropout, ROWS), (Embedding, WORDS),
         (Scale, ROWS), (Centred, ROWS)]


@pytest.mark.parametrize(("cls", "x"), RIGHT, ids=lambda v: getattr(v, "__name__", ""))
def test_the_layers_are_right_before_a_mistake_is_planted(cls, x):
    report = check_layer(cls(), x)
    assert report.ok, report.text


def overwrites(self, dy, x):
    dx = np.zeros(x.shape, dy.dtype)
    for p, q, window in self.windows(x.shape):
        dx[window] = dy[..., p, q, None, None] / self.size ** 2
    return dx


def returns_early(self, dy, x):
    dx = np.zeros(x.shape, dy.dtype)
    for p, q, window in self.windows(x.shape):
        dx[window] += dy[..., p, q, None, None] / self.size ** 2
        break
    return dx


def without_the_variance(self, dy, cache):
    g = dy * self.params["gamma"]
    return (g - g.mean(self.axis, keepdims=True)) / cache[2]


def sums_for_means(self, dy, cache):
    g, h = dy * self.params["gamma"], cache[1]
    return (g - g.sum(self.axis, keepdims=True)
            - h * (g * h).sum(self.axis, keepdims=True)) / cache[2]


def assigned_rows(self, dy, cache):
    dE = np.zeros_like(self.params["E"])
    dE[cache[0]] = dy
    return {"E": dE}


def times(cls, factor):
    return lambda self, dy, cache: cls.backward(self, dy, cache) * factor


# (layer, x, backward, the keys that are true of it; "" for none of the known mistakes)
IN_BACKWARD = {
    "x (1 - x)": (Sigmoid, ROWS, lambda s, dy, c: dy * c[0] * (1 - c[0]), "derivative_of_input"),
    "1 - y": (Sigmoid, ROWS, lambda s, dy, c: dy * (1 - c[1]), "factor_missing"),
    "y": (Sigmoid, ROWS, lambda s, dy, c: dy * c[1], "derivative_formula"),
    "1 - y²": (Sigmoid, ROWS, lambda s, dy, c: dy * (1 - c[1] ** 2), "derivative_formula"),
    "no dy": (Sigmoid, ROWS, lambda s, dy, c: c[1] * (1 - c[1]),
              "upstream_forgotten factor_missing"),
    "dy": (Sigmoid, ROWS, lambda s, dy, c: dy.copy(), "derivative_forgotten"),
    "sign": (Sigmoid, ROWS, times(Sigmoid, -1), "sign"),
    "dy²": (Sigmoid, ROWS, lambda s, dy, c: dy ** 2 * c[1] * (1 - c[1]), "upstream_twice squared"),
    "x (1 - y)": (Sigmoid, ROWS, lambda s, dy, c: dy * c[0] * (1 - c[1]), "derivative_formula"),
    "root": (Sigmoid, ROWS, lambda s, dy, c: dy * np.sqrt(c[1]), "derivative_formula"),
    "rolled": (Sigmoid, ROWS, lambda s, dy, c: np.roll(dy * c[1] * (1 - c[1]), 1, 0),
               "samples_permuted"),
    "added": (Sigmoid, ROWS, lambda s, dy, c: dy * c[1] * (1 - c[1]) + np.sin(c[0]) / 3,
              "upstream_not_linear"),
    "relu": (Leaky, ROWS, lambda s, dy, x: dy * (x > 0), "derivative_formula"),
    "slope": (Leaky, ROWS, lambda s, dy, x: np.where(x > 0, dy, dy / 5), "derivative_formula"),
    "inverted": (Leaky, ROWS, lambda s, dy, x: np.where(x <= 0, dy, dy / 10), "derivative_formula"),
    "by dy": (Leaky, ROWS, lambda s, dy, x: np.where(dy > 0, dy, dy / 10), "upstream_rectified"),
    "small dy": (Leaky, ROWS, lambda s, dy, x: Leaky.backward(s, dy * (np.abs(dy) > 0.9), x),
                 "upstream_not_linear"),
    "no 1/k²": (AveragePool, MAPS, times(AveragePool, 4), "window_divisor"),
    "tile": (AveragePool, MAPS, lambda s, dy, x: np.tile(dy, (1, 1, 2, 2)) / 4, "misplaced"),
    "return in the loop": (AveragePool, MAPS, returns_early, "loop_left"),
    "over N": (AveragePool, MAPS, lambda s, dy, x: AveragePool.backward(s, dy, x) / len(x),
               "divided_by_N"),
    "constant statistics": (Normalised, BATCH, lambda s, dy, c: dy * s.params["gamma"] / c[2],
                            "statistics_constant"),
    "variance constant": (Normalised, BATCH, without_the_variance, "statistics_constant"),
    "sums for means": (Normalised, BATCH, sums_for_means, "statistics_constant"),
    "gamma": (Normalised, BATCH, lambda s, dy, c: Normalised.backward(s, dy, c) / s.params["gamma"],
              "weights_forgotten"),
    "no root": (Normalised, BATCH, lambda s, dy, c: Normalised.backward(s, dy, c) / c[2], ""),
    "constant in rows": (OfRows, BATCH, lambda s, dy, c: dy * s.params["gamma"] / c[2],
                         "statistics_constant"),
    "over h": (GlobalPool, MAPS, lambda s, dy, c: GlobalPool.backward(s, dy, c) * c[3],
               "sum_for_one wrong_sum"),
    "no mean": (GlobalPool, MAPS, lambda s, dy, c: GlobalPool.backward(s, dy, c) * c[2] * c[3],
                "sum_for_one"),
    "half": (GlobalPool, MAPS, times(GlobalPool, 0.5), "scaled"),
    "no mask": (FixedDropout, ROWS, lambda s, dy, m: dy.copy(), "derivative_forgotten"),
    "scale, no mask": (FixedDropout, ROWS, lambda s, dy, m: dy / 0.6, "not_blocked"),
    "mask, no scale": (FixedDropout, ROWS, lambda s, dy, m: dy * (m > 0), "scaled"),
    "another mask": (FixedDropout, ROWS, lambda s, dy, m: dy * np.roll(m, 1, 1),
                     "derivative_formula"),
    "a": (Scale, ROWS, lambda s, dy, x: dy.copy(), "weights_forgotten derivative_forgotten"),
    "identity": (Centred, ROWS, lambda s, dy, c: dy.copy(), "derivative_forgotten"),
    "anything": (Centred, ROWS, lambda s, dy, c: 0.7 * dy + 0.2 * np.roll(dy, 1, 1), ""),
}

IN_PARAMETER_GRADIENTS = {
    "dgamma is dbeta": (Normalised, BATCH, lambda s, dy, c: {
        "gamma": dy.sum(0), "beta": dy.sum(0)}, "wrong_gradient"),
    "x for h": (Normalised, BATCH, lambda s, dy, c: {
        "gamma": (dy * c[0]).sum(0), "beta": dy.sum(0)}, ""),
    "mean": (Normalised, BATCH, lambda s, dy, c: {
        "gamma": (dy * c[1]).sum(0), "beta": dy.mean(0)}, "divided_by_N mean_for_sum"),
    "a quarter, with four units": (Normalised, BATCH, lambda s, dy, c: {
        "gamma": (dy * c[1]).sum(0), "beta": dy.sum(0) / 4}, "scaled"),
    "assigned": (Embedding, WORDS, assigned_rows, "assigned"),
    "first image": (Scale, ROWS, lambda s, dy, x: {"a": dy[0] * x[0]},
                    "first_sample_only loop_left"),
    "no x": (Scale, ROWS, lambda s, dy, x: {"a": dy.sum(0)}, ""),
}

MISTAKES = [pytest.param(cls, x, {method: wrong}, keys, id=name)
            for method, table in (("backward", IN_BACKWARD),
                                  ("parameter_gradients", IN_PARAMETER_GRADIENTS))
            for name, (cls, x, wrong, keys) in table.items()] + [
    pytest.param(AveragePool, MAPS, {"backward": overwrites, "size": 3, "stride": 1},
                 "overlap_assigned", id="windows overwrite")]


@pytest.mark.parametrize(("cls", "x", "wrong", "keys"), MISTAKES)
def test_what_is_said_of_a_mistake_is_true(cls, x, wrong, keys):
    report = check_layer(type(cls.__name__, (cls,), wrong)(), x)
    assert not report.numbers_right
    said = [cause.key for cause in report.diagnosis]
    assert set(said) == set((keys or "unknown").split()), report.text


def test_a_cause_speaks_only_of_what_failed():
    wrong = {"parameter_gradients": lambda s, dy, c: {
        "gamma": (dy * c[1]).sum(0), "beta": 1 + dy.sum(0)}}
    report = check_layer(type("Normalised", (Normalised,), wrong)(), BATCH)
    assert [f.quantity for f in report.failures] == ["dbeta"]
    assert all("dbeta" in cause and "dx" not in cause for cause in report.causes)


@pytest.mark.parametrize("seed", [None, 0, 1, 7, np.random.default_rng(0)])
def test_no_seed_makes_a_linear_backward_forget_dy(seed):
    wrong = {"backward": lambda s, dy, c: 0.7 * dy + 0.2 * np.roll(dy, 1, 1)}
    layer = type("Centred", (Centred,), wrong)()
    report = check_layer(layer, ROWS) if seed is None else check_layer(layer, ROWS, seed)
    assert [cause.key for cause in report.diagnosis] == ["unknown"]


def test_a_gradient_that_is_exactly_0_is_not_made_by_mixing_images():
    report = check_layer(DenseNoBias(4, 3), ROWS)
    assert [cause.key for cause in report.diagnosis] == ["zero"]


class ForgetsBias(DenseNoBias):
    def forward(self, x):
        return x @ self.params["W"], x

    def parameter_gradients(self, dy, x):
        return {"W": x.T @ dy, "b": dy.sum(axis=0)}


class Rounds(Plain):
    def forward(self, x):
        return np.round(x), x

    def backward(self, dy, x):
        return dy


@pytest.mark.parametrize(("layer", "quantity"), [(ForgetsBias(4, 3), "db"), (Rounds(), "dx")])
def test_a_gradient_of_what_changes_nothing(layer, quantity):
    cause, *_ = check_layer(layer, ROWS).diagnosis
    assert cause.sentence.startswith(f"{quantity}: not 0, though y stays the same if that is")
