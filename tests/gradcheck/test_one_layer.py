"""`check_layer`: one layer, one input, any kind of layer."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.gradcheck import CheckFailed, assert_gradients, check_layer
from tinycnn.gradcheck.numeric import spread_out


@pytest.fixture
def rng():
    return np.random.default_rng(0)


LAYERS = [(tc.Conv2D(2, 3, (2, 3), stride=2, padding=1, rng=0), (2, 2, 5, 6)),
          (tc.MaxPool2D(3, stride=2), (2, 2, 5, 7)), (tc.Tanh(), (2, 3, 4)), (tc.ReLU(), (3, 4)),
          (tc.Dense(3, 4, rng=0), (2, 3)), (tc.Softmax(), (2, 5)), (tc.Flatten(), (2, 3, 2, 2))]


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=lambda v: repr(v))
def test_own_layers_are_right_and_stay_as_they_are(layer, shape, rng):
    before = {name: w.copy() for name, w in layer.params.items()}
    report = check_layer(layer, rng.normal(size=shape).astype(np.float32), rng)
    assert report.ok, report.text
    assert report.errors["dx"] < 1e-6
    for name, w in layer.params.items():
        np.testing.assert_array_equal(w, before[name])
        assert w.dtype == np.float32


class Cube:
    """A layer that tinycnn does not know."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        return x ** 3, x

    def backward(self, dy, cache):
        return dy * 3 * cache ** 2


class WrongCube(Cube):
    def backward(self, dy, cache):
        return dy * 3 * cache


class BatchNorm:
    """A layer with a parameter of another name, and images that depend on each other."""

    def __init__(self):
        self.params = {"gamma": np.ones(3)}

    def forward(self, x):
        centred = x - x.mean(axis=0)
        return self.params["gamma"] * centred, centred

    def backward(self, dy, cache):
        return self.params["gamma"] * (dy - dy.mean(axis=0))

    def parameter_gradients(self, dy, cache):
        return {"gamma": (dy * cache).sum(axis=0)}


class WrongBatchNorm(BatchNorm):
    def parameter_gradients(self, dy, cache):
        return {"gamma": (dy * cache).mean(axis=0)}


def test_layers_of_no_known_kind(rng):
    assert check_layer(Cube(), rng.normal(size=(2, 3))).ok
    report = check_layer(WrongCube(), rng.normal(size=(2, 3)))
    assert not report.checks["input_gradient"]
    assert report.failures[0].quantity == "dx"
    assert check_layer(BatchNorm(), rng.normal(size=(4, 3))).ok
    report = check_layer(WrongBatchNorm(), rng.normal(size=(4, 3)))
    assert not report.checks["parameter_gradients"]
    assert report.checks["input_gradient"]
    assert report.diagnosis[0].key == "divided_by_N"
    assert "dgamma" in report.causes[0]


class AllTiesPaid(tc.MaxPool2D):
    def forward(self, x):
        y, _ = super().forward(x)
        return y, (x, y)

    def backward(self, dy, cache):
        x, y = cache
        window = np.ones((2, 2), dy.dtype)
        return np.kron(dy, window) * (x == np.kron(y, window))


class OpenAtZero(tc.ReLU):
    def forward(self, x):
        return np.maximum(x, 0), x >= 0


@pytest.mark.parametrize(("right", "wrong", "shape"), [
    (tc.MaxPool2D(2), AllTiesPaid(2), (2, 2, 4, 6)), (tc.ReLU(), OpenAtZero(), (3, 4))])
def test_kinks_are_said_and_decided_by_the_exact_rule(right, wrong, shape, rng):
    x = spread_out(rng, shape)
    assert check_layer(wrong, x).ok         # no kink, nothing wrong
    assert check_layer(right, x).notes == []
    x[0] = 0
    report = check_layer(right, x)
    assert report.ok, report.text
    assert "x lies at a kink" in report.notes[0]
    report = check_layer(wrong, x)
    assert not report.ok
    assert report.diagnosis[0].key in ("ties_all_paid", "kink")


def test_a_kink_within_the_step_is_not_taken_for_a_mistake():
    x = np.array([[3e-6, -4e-6, 0.5, -0.5]])
    report = check_layer(tc.ReLU(), x)
    assert report.ok, report.text
    assert "x lies at a kink" in report.notes[0]


class Abs:
    """A kink that tinycnn has no rule for: only a slope between the two is right."""

    def __init__(self, at_zero):
        self.params = {}
        self.at_zero = at_zero

    def forward(self, x):
        return np.abs(x), x

    def backward(self, dy, cache):
        return dy * np.where(cache == 0, self.at_zero, np.sign(cache))


def test_at_an_unknown_kink_any_slope_between_is_right():
    x = np.array([[0.0, 1.0, -2.0]])
    assert check_layer(Abs(0), x).ok
    assert check_layer(Abs(1), x).ok
    assert not check_layer(Abs(1.5), x).ok


class Broken(tc.Tanh):
    def forward(self, x):
        raise RuntimeError("not today")


class NoCache(tc.Tanh):
    def forward(self, x):
        return np.tanh(x)


class NothingBack(tc.Tanh):
    def backward(self, dy, cache):
        dy * (1 - cache ** 2)       # no return


class Pair(tc.Dense):
    def backward(self, dy, cache):
        return super().backward(dy, cache), cache.T @ dy


@pytest.mark.parametrize(("layer", "words"), [
    (Broken(), ["forward raised RuntimeError: not today", "line "]),
    (NoCache(), ["forward has to return two things, (y, cache)", "array of shape (2, 3)"]),
    (NothingBack(), ["backward's dx is None; is a return missing?"]),
    (Pair(3, 4), ["backward has to return dx alone, it returned a tuple of 2",
                  "parameter_gradients"])])
def test_calls_that_give_no_numbers_are_explained(layer, words, rng):
    report = check_layer(layer, rng.normal(size=(2, 3)))
    assert not report.ok
    for word in words:
        assert word in " ".join(report.text.split())
    assert report.causes


def test_assert_gradients(rng):
    assert_gradients(tc.Dense(3, 2), rng.normal(size=(4, 3)))
    with pytest.raises(CheckFailed) as error:
        assert_gradients(WrongCube(), rng.normal(size=(2, 3)))
    assert "dx is wrong in 6 of 6 entries" in str(error.value)


def test_the_same_seed_gives_the_same_report(rng):
    x = rng.normal(size=(2, 3))
    assert check_layer(WrongCube(), x, 5).text == check_layer(WrongCube(), x, 5).text


def test_the_line_of_an_error_is_a_number_alone_if_its_text_is_not_there(rng):
    names = {"Cube": Cube}
    exec("class Told(Cube):\n    def forward(self, x):\n        raise KeyError('w')\n", names)
    report = check_layer(names["Told"](), rng.normal(size=(2, 3)), rng)
    assert "(line 3)" in report.text
    assert "(line 3:" not in report.text
