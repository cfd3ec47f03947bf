"""No right layer is accused: where terms cancel, in float32, and in layers of no known kind."""

import itertools

import numpy as np
import pytest
from broken_layers import Sigmoid, Temperature

import tinycnn as tc


def stepped(net, dtype, x, t):
    stepper = tc.Stepper(net.astype(dtype), x, t)
    with np.errstate(all="ignore"):
        stepper.run()
    return stepper


def all_numbers(stepper, n, seed=0):
    """Explanations of n numbers of every layer and parameter."""
    rng = np.random.default_rng(seed)
    for name in (*stepper.units, *stepper.net.params):
        shape = (stepper.trace[name] if name in stepper.units else stepper.net.params[name]).shape
        for _ in range(n):
            yield stepper.explain(name, tuple(int(rng.integers(size)) for size in shape))


def assert_no_alarm(explanation):
    assert explanation.ok, explanation.text
    for word in ("NOT THE SAME", "THEY DIFFER"):
        assert word not in explanation.text


def cancelling(rng=0):
    """Some units weigh the same for both classes, so that their ∂L/∂o cancels."""
    rng = np.random.default_rng(rng)
    net = tc.Network((1, 6, 6), conv=tc.Conv2D(1, 1, 3, rng=rng), tanh=tc.Tanh(),
                     pool=tc.MaxPool2D(2), flatten=tc.Flatten(), dense=tc.Dense(4, 2, rng=rng),
                     softmax=tc.Softmax())
    net.params["dense.W"][:2] = [[0.7, 0.7], [-0.3, -0.3]]
    return net, rng.normal(size=(1, 1, 6, 6)), np.array([0])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_rest_of_cancelled_terms_is_not_judged_by_its_own_size(dtype):
    net, x, t = cancelling()
    stepper = stepped(net, dtype, x, t)
    assert np.abs(stepper.gradients["flatten"][0, :2]).max() < 2 * np.finfo(dtype).eps
    for name in ("flatten", "pool", "tanh", "conv", "input"):
        for index in itertools.product(*map(range, stepper.trace[name].shape)):
            assert_no_alarm(stepper.explain(name, index))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("equal", [False, True])
def test_a_trained_network_and_one_whose_columns_are_all_equal(dtype, equal):
    rng = np.random.default_rng(1)
    net = tc.Network((12,), dense1=tc.Dense(12, 9, rng=rng), tanh=tc.Tanh(),
                     dense2=tc.Dense(9, 4, rng=rng), softmax=tc.Softmax())
    x, t = rng.normal(size=(5, 12)).astype(np.float32), rng.integers(0, 4, 5)
    if equal:
        net.params["dense2.W"][...] = net.params["dense2.W"][:, :1]
    else:
        tc.train(net, x, t, epochs=400, learning_rate=1.0)
        for w in net.params.values():
            w *= 1.5
    stepper = stepped(net, dtype, x, t)
    assert equal or 1e-7 < stepper.loss < 1e-4
    for explanation in all_numbers(stepper, 8):
        assert_no_alarm(explanation)
    for name in stepper.units:
        assert stepper.factors(name).ok


class Own:
    """A layer of no known kind, without parameters."""

    params: dict = {}       # noqa: RUF012 (as students write it)

    def parameter_gradients(self, dy, cache):
        return {}


class Leaky(Own):
    def forward(self, x):
        return np.where(x > 0, x, 0.1 * x).astype(x.dtype), x > 0

    def backward(self, dy, on):
        return np.where(on, dy, 0.1 * dy).astype(dy.dtype)


class MyTanh(Own):
    """By exponentials, which lose digits near 0."""

    def forward(self, x):
        up, down = np.exp(x), np.exp(-x)
        y = (up - down) / (up + down)
        return y, y

    def backward(self, dy, y):
        return dy * (1 - y * y)


class Precise(Own):
    """In float64, whatever it is given."""

    def forward(self, x):
        y = np.tanh(np.float64(x))
        return y, y

    def backward(self, dy, y):
        return dy * (1 - y * y)


class Whitened(Own):
    """Each map of the batch with mean 0 and size 1: the images are mixed."""

    def forward(self, x):
        mean, size = x.mean((0, 2, 3), keepdims=True), x.std((0, 2, 3), keepdims=True)
        return (x - mean) / size, ((x - mean) / size, size)

    def backward(self, dy, cache):
        y, size = cache
        mean = dy.mean((0, 2, 3), keepdims=True)
        return (dy - mean - y * (dy * y).mean((0, 2, 3), keepdims=True)) / size


class Filters(Own):
    """A convolution without bias, into arrays of one precision, whatever it is given."""

    def __init__(self, w, forward, backward):
        self.params, self.types = {"W": w}, (forward, backward)

    def forward(self, x):
        w = self.params["W"]
        y = np.zeros((len(x), len(w), x.shape[2] - 2, x.shape[3] - 2), self.types[0])
        for p, q in np.ndindex(*y.shape[2:]):
            y[:, :, p, q] = np.tensordot(x[:, :, p:p + 3, q:q + 3], w, ([1, 2, 3], [1, 2, 3]))
        return y, x

    def backward(self, dy, x):
        dx = np.zeros(x.shape, self.types[1])
        for p, q in np.ndindex(*dy.shape[2:]):
            dx[:, :, p:p + 3, q:q + 3] += np.tensordot(dy[:, :, p, q], self.params["W"], (1, 0))
        return dx

    def parameter_gradients(self, dy, x):
        dw = np.zeros(self.params["W"].shape, self.types[1])
        for p, q in np.ndindex(*dy.shape[2:]):
            dw += np.tensordot(dy[:, :, p, q], x[:, :, p:p + 3, q:q + 3], (0, 0))
        return {"W": dw}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [0.01, 30])
@pytest.mark.parametrize("own", [Leaky, Sigmoid, MyTanh, Precise, Whitened,
                                 (np.float64, np.float32), (np.float32, np.float64)], ids=str)
def test_a_students_right_layer_is_not_accused(own, scale, dtype):
    rng = np.random.default_rng(2)
    layers = {"conv": tc.Conv2D(1, 2, 3, rng=rng), "tanh": tc.Tanh(), "pool": tc.MaxPool2D(2),
              "flatten": tc.Flatten(), "dense": tc.Dense(8, 3, rng=rng), "softmax": tc.Softmax()}
    if isinstance(own, tuple):
        layers["conv"] = Filters(layers["conv"].params["W"], *own)
    else:
        layers["tanh"] = own()
    stepper = stepped(tc.Network((1, 6, 6), **layers), dtype, scale * rng.normal(size=(3, 1, 6, 6)),
                      np.array([0, 2, 1]))
    for explanation in all_numbers(stepper, 4):
        assert_no_alarm(explanation)
    for name in ("conv", "tanh", "input"):
        factors = stepper.factors(name)
        assert factors.ok
        assert ("mixes the images" in factors.text) == (own is Whitened and name != "tanh")


class YourTanh(Sigmoid):
    """With another slope and another height."""

    def forward(self, x):
        y = np.tanh(x / 2)
        return 2 * y, y

    def backward(self, dy, y):
        return dy * (1 - y * y)


class MyFlatten(Own):
    """The maps last."""

    def forward(self, x):
        return x.transpose(0, 2, 3, 1).reshape(len(x), -1), x.shape

    def backward(self, dy, shape):
        n, c, h, w = shape
        return dy.reshape(n, h, w, c).transpose(0, 3, 1, 2)


class MyMaxPool(Own):
    """Equal values share the gradient."""

    size = stride = 2

    def forward(self, x):
        n, c, h, w = x.shape
        y = x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5), keepdims=True)
        won = x.reshape(n, c, h // 2, 2, w // 2, 2) == y
        return y[:, :, :, 0, :, 0], won / won.sum((3, 5), keepdims=True)

    def backward(self, dy, won):
        n, c, h, _, w, _ = won.shape
        return (dy[:, :, :, None, :, None] * won).reshape(n, c, 2 * h, 2 * w)


class Linear(Own):
    """W as (out, in), b as (1, out)."""

    def __init__(self, w):
        self.params = {"W": w, "b": np.ones((1, len(w)))}

    def forward(self, x):
        return x @ self.params["W"].T + self.params["b"], x

    def backward(self, dy, x):
        return dy @ self.params["W"]

    def parameter_gradients(self, dy, x):
        return {"W": dy.T @ x, "b": dy.sum(0, keepdims=True)}


class MyConv(Filters):
    stride, padding = 1, "valid"


def test_a_right_layer_that_has_only_the_name_of_a_kind_is_explained_by_what_it_does():
    rng, x = np.random.default_rng(3), np.random.default_rng(4).normal(size=(3, 1, 6, 6))
    layers = {"conv": MyConv(rng.normal(size=(2, 1, 3, 3)), float, float), "relu": tc.ReLU(),
              "pool": MyMaxPool(), "tanh": YourTanh(), "flatten": MyFlatten(),
              "square": Linear(rng.normal(size=(8, 8))), "dense": Linear(rng.normal(size=(3, 8))),
              "softmax": tc.Softmax()}
    stepper = stepped(tc.Network((1, 6, 6), **layers), float, x, np.array([0, 2, 1]))
    for explanation in all_numbers(stepper, 6):
        assert_no_alarm(explanation)
    for name, said in (("conv", "keeps its numbers in another way than tinycnn's Conv2D"),
                       ("square", "keeps its numbers in another way than tinycnn's Dense"),
                       ("tanh", "computes something else than tinycnn's Tanh")):
        assert f"It {said}, so these need not" in " ".join(stepper.explain(name).text.split())


def test_a_parameter_may_be_a_single_number():
    net = tc.Network((8,), own=Temperature(), dense=tc.Dense(8, 3, rng=0), softmax=tc.Softmax())
    stepper = stepped(net, np.float32, np.ones((2, 8)), np.array([0, 2]))
    for explanation in (stepper.explain("own.T"), stepper.explain("own.T", ())):
        assert_no_alarm(explanation)
        assert explanation.nudge.verdict == "agrees"
        assert explanation.text.startswith("own.T = 1.5\n")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_y_that_is_0_and_numbers_that_are_too_large(dtype):
    """L = 800 is finite, and 1/y_t is not; a sum of 1e39 is infinite in float32."""
    net = tc.Network((2,), dense=tc.Dense(2, 2, rng=0), softmax=tc.Softmax()).astype(dtype)
    net.params["dense.W"][...] = [[800, 0], [0, 800]]
    stepper = stepped(net, dtype, np.array([[1.0, 0.0]]), np.array([1]))
    assert stepper.loss == pytest.approx(800)
    for explanation in all_numbers(stepper, 2):
        assert_no_alarm(explanation)
    assert "(y - onehot)/N" in stepper.explain("dense").text
    assert stepper.explain("dense").nudge.verdict == "agrees"
    assert "from the logits" in stepper.explain("L").text
    net.params["dense.W"][...] = 1e30
    stepper = stepped(net, dtype, np.array([[1e9, 0.0]]), np.array([1]))
    for explanation in all_numbers(stepper, 2):
        assert_no_alarm(explanation)
    assert ("cannot be compared" in stepper.explain("dense").text) == (dtype == np.float32)
