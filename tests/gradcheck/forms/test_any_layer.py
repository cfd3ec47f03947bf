"""Layers in the forms that students write, as they are: right ones are right, wrong ones wrong."""

import functools

import numpy as np
import pytest

import tinycnn as tc


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# --- classes with state ---------------------------------------------------------------------------


class Affine:
    """Gradients in attributes."""

    def __init__(self, n_in=4, n_out=3):
        rng = np.random.default_rng(1)
        self.W, self.b = rng.normal(size=(n_in, n_out)), rng.normal(size=n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(0)
        return dout @ self.W.T


class InDictionaries(Affine):
    def __init__(self):
        super().__init__()
        self.parameters = {"W": self.W, "b": self.b}
        self.grads = {"W": 0.0, "b": 0.0}

    def forward_pass(self, x):
        self.x = x
        return x @ self.parameters["W"] + self.parameters["b"]

    forward = None

    def backward(self, dout):
        self.grads["W"] = self.x.T @ dout
        self.grads["b"] = dout.sum(0)
        return dout @ self.parameters["W"].T


class Tensor:
    def __init__(self, data):
        self.data, self.grad = data, None


class InObjects:
    def __init__(self):
        rng = np.random.default_rng(1)
        self.weight, self.bias = Tensor(rng.normal(size=(4, 3))), Tensor(rng.normal(size=3))

    def __call__(self, x):
        self.x = x
        return x @ self.weight.data + self.bias.data

    def backward(self, grad_output):
        self.weight.grad, self.bias.grad = self.x.T @ grad_output, grad_output.sum(0)
        return grad_output @ self.weight.data.T


class Returned(Affine):
    def backward(self, dout):
        return dout @ self.W.T, self.x.T @ dout, dout.sum(0)


class ReturnedFirst(Affine):
    """A list of the gradients, and then dx."""

    def backward(self, grad):
        return [self.x.T @ grad, grad.sum(0)], grad @ self.W.T


class Learns(Affine):
    """Only the step shows the gradient."""

    def backward(self, output_gradient, learning_rate):
        dx = output_gradient @ self.W.T
        self.W -= learning_rate * (self.x.T @ output_gradient)
        self.b -= learning_rate * output_gradient.sum(0)
        return dx


class LearnsByItself(Affine):
    """The learning rate is an attribute."""

    def __init__(self):
        super().__init__()
        self.learning_rate = 0.01

    def backward(self, dout):
        dx = dout @ self.W.T
        self.W -= self.learning_rate * (self.x.T @ dout)
        self.b -= self.learning_rate * dout.sum(0)
        return dx


class AddsUp(Affine):
    """Gradients add up until zero_grad."""

    def __init__(self):
        super().__init__()
        self.zero_grad()

    def zero_grad(self):
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def backward(self, dout):
        self.dW += self.x.T @ dout
        self.db += dout.sum(0)
        return dout @ self.W.T


class Lazy(Affine):
    """Weights are drawn at the first forward."""

    def __init__(self):
        self.W = None

    def forward(self, inputs):
        if self.W is None:
            self.W, self.b = np.random.randn(inputs.shape[1], 3), np.zeros(3)  # noqa: NPY002
        return super().forward(inputs)


class Outputs:
    """Everything in attributes, nothing returned."""

    def __init__(self):
        self.weights, self.biases = 0.1 * np.random.randn(4, 3), np.zeros((1, 3))  # noqa: NPY002

    def forward(self, inputs, training):
        self.inputs = inputs
        self.output = inputs @ self.weights + self.biases

    def backward(self, dvalues):
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = dvalues.sum(axis=0, keepdims=True)
        self.dinputs = dvalues @ self.weights.T


class Mean(Affine):
    """Averages over the batch, as many courses do."""

    def backward(self, dout):
        super().backward(dout)
        self.dW, self.db = self.dW / len(dout), self.db / len(dout)
        return dout @ self.W.T


class Columns:
    """The batch is the last axis."""

    def __init__(self):
        self.W, self.b = np.random.randn(3, 4), np.random.randn(3, 1)  # noqa: NPY002

    def forward(self, A_prev):
        self.A_prev = A_prev
        return self.W @ A_prev + self.b

    def backward(self, dZ):
        return self.W.T @ dZ, dZ @ self.A_prev.T, dZ.sum(1, keepdims=True)


class DropoutMask:
    def forward(self, x, train_flg=True):
        self.mask = np.random.rand(*x.shape) > 0.3 if train_flg else np.ones_like(x)  # noqa: NPY002
        return x * self.mask / 0.7

    def backward(self, dout):
        return dout * self.mask / 0.7


class OwnGenerator(DropoutMask):
    def __init__(self):
        self.rng = np.random.default_rng(3)

    def forward(self, x):
        self.mask = self.rng.random(x.shape) > 0.3
        return x * self.mask / 0.7


class InContract(OwnGenerator):
    """The same in tinycnn's form."""

    def __init__(self):
        super().__init__()
        self.params = {}

    def forward(self, x):
        return super().forward(x), self.mask

    def backward(self, dy, cache):
        return dy * cache / 0.7


class AsLists:
    def forward(self, x):
        self.x = x
        return [[v ** 2 for v in row] for row in x]

    def backward(self, dout):
        return [[2 * v * d for v, d in zip(a, b, strict=True)]
                for a, b in zip(self.x, dout, strict=True)]


FORMS = [Affine, InDictionaries, InObjects, Returned, ReturnedFirst, Learns, LearnsByItself,
         AddsUp, Lazy, Outputs, Mean]


@pytest.mark.parametrize("form", FORMS)
def test_right_dense_layers_in_any_form(form, rng):
    report = tc.check_layer(form(), rng.normal(size=(5, 4)))
    assert report.ok, report.text
    assert report.checks["parameter_gradients"]
    assert report.checks["input_gradient"]
    assert report.errors.keys() >= {"dx"}
    assert len(report.errors) >= 3, report.errors       # dx, and both parameters


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["W", "b"])
def test_a_wrong_parameter_gradient_is_found_in_any_form(form, name, rng):
    """The gradient is changed on its way out, whatever its way is."""
    layer = form()
    x = rng.normal(size=(5, 4))

    class Wrong(form):
        @functools.wraps(form.backward)     # its arguments say what they are by their names
        def backward(self, *args):
            before = {k: np.array(v) for k, v in _weights(self).items()}
            result = super().backward(*args)
            return _spoil(self, result, before, name)

    wrong = Wrong()
    assert tc.check_layer(layer, x).ok
    report = tc.check_layer(wrong, x)
    assert not report.checks["parameter_gradients"], report.text
    assert report.checks["input_gradient"]
    assert report.failures[0].quantity in (f"d{name}", f"d{_LONG[name]}", f"d{_LONG[name]}s",
                                           "dbiases")


_LONG = {"W": "weight", "b": "bias"}


def _weights(layer):
    return {"W": getattr(layer, "W", 0.0), "b": getattr(layer, "b", 0.0)}


def _spoil(layer, result, before, name):
    """Turn the sign of one gradient's first row."""
    at = ("W", "b").index(name)
    long = ("weight", "bias")[at]
    if isinstance(layer, (Learns, LearnsByItself)):
        now = getattr(layer, name)
        now[0] = 2 * before[name][0] - now[0]
    elif isinstance(layer, ReturnedFirst):
        result[0][at][0] *= -1
    elif isinstance(result, tuple):
        result[1 + at][0] *= -1
    elif isinstance(layer, InDictionaries):
        layer.grads[name][0] *= -1
    elif isinstance(layer, InObjects):
        getattr(layer, long).grad[0] *= -1
    elif isinstance(layer, Outputs):
        (layer.dweights, layer.dbiases[0])[at][0] *= -1
    else:
        getattr(layer, f"d{name}")[0] *= -1
    return result


def test_other_layouts_and_random_masks(rng):
    x = rng.normal(size=(4, 5))
    assert tc.check_layer(Columns(), x).ok
    dropout = tc.check_layer(DropoutMask(), x)
    assert dropout.ok, dropout.text
    assert tc.check_layer(OwnGenerator(), x).ok
    assert tc.check_layer(InContract(), x).ok
    assert tc.check_layer(AsLists(), x).ok

    class Forgot(DropoutMask):
        def backward(self, dout):
            return dout / 0.7

    assert not tc.check_layer(Forgot(), x).checks["input_gradient"]


class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)


class SigmoidOfX(Sigmoid):
    def forward(self, x):
        self.x = x
        return super().forward(x)

    def backward(self, dout):
        return dout * self.x * (1 - self.x)


def test_layers_of_no_known_kind_are_compared_with_their_own_differences(rng):
    x = rng.normal(size=(3, 4))
    assert tc.check_layer(Sigmoid(), x).ok
    report = tc.check_layer(SigmoidOfX(), x)
    assert "WRONG" in report.text
    assert "dy is forgotten" not in report.text


class Relu:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout


class MaskKept:
    """Right once: the mask of the first pass is never cleared."""

    def __init__(self):
        self.mask = np.zeros((3, 4), bool)

    def forward(self, x):
        self.mask |= x > 0
        return np.maximum(x, 0)

    def backward(self, dout):
        return dout * self.mask


def test_numbers_and_manners_are_told_apart(rng):
    x = rng.normal(size=(3, 4))
    report = tc.check_layer(Relu(), x)
    assert report.numbers_right
    assert not report.ok
    assert "numbers right in all" in report.text
    assert "backward overwrites dy" in report.text
    assert "WRONG" not in report.text
    report = tc.check_layer(MaskKept(), x)
    assert not report.checks["second_pass"]
    assert report.checks["input_gradient"]


class Half:
    """Learned, but b's gradient is nowhere."""

    def __init__(self):
        self.W, self.b = np.ones((4, 3)), np.ones(3)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        return dout @ self.W.T


class BiasForgotten(Affine):
    def forward(self, x):
        self.x = x
        return x @ self.W


def test_what_cannot_be_seen_is_said_and_what_has_no_effect_is_wrong(rng):
    x = rng.normal(size=(5, 4))
    report = tc.check_layer(Half(), x)
    assert report.ok
    assert "right in 4 checks; not checked: the gradient of b" in report.text
    assert not tc.check_layer(BiasForgotten(), x).ok


# --- functions ------------------------------------------------------------------------------------


def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)


def relu_forward(Z):
    return np.maximum(0, Z), Z


def relu_backward(dA, Z):
    return dA * (Z > 0)


def conv_forward(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    windows = np.lib.stride_tricks.sliding_window_view(xp, w.shape[2:], (2, 3))[:, :, ::s, ::s]
    return np.einsum("ncpqij,fcij->nfpq", windows, w) + b[:, None, None], (x, w, b, conv_param)


def conv_backward(dout, cache):
    x, w, _, param = cache
    s, p = param["stride"], param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            at = (slice(None), slice(None), slice(i * s, i * s + w.shape[2]),
                  slice(j * s, j * s + w.shape[3]))
            dw += np.einsum("nf,ncij->fcij", dout[:, :, i, j], xp[at])
            dxp[at] += np.einsum("nf,fcij->ncij", dout[:, :, i, j], w)
    return dxp[:, :, p:p + x.shape[2], p:p + x.shape[3]], dw, dout.sum((0, 2, 3))


def no_padding_cut(dout, cache):
    dx, dw, db = conv_backward(dout, cache)
    return dx * 1.0, np.flip(dw, (2, 3)), db


def test_pairs_of_functions(rng):
    x, w, b = rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
    assert tc.check_layer((affine_forward, affine_backward), x, args=(w, b)).ok
    assert tc.check_layer((relu_forward, relu_backward), x).ok
    x, w, b = (rng.normal(size=s) for s in ((2, 3, 5, 6), (4, 3, 3, 2), (4,)))
    args = (w, b, {"stride": 2, "pad": 1})
    assert tc.check_layer((conv_forward, conv_backward), x, args=args).ok
    report = tc.check_layer((conv_forward, no_padding_cut), x, args=args)
    assert not report.ok
    assert report.failures[0].quantity == "dw" or report.failures[0].quantity == "dW"
    assert "kernel is turned round" in report.causes[0]


# --- layouts of a known kind ----------------------------------------------------------------------


class NHWC:
    """A convolution with the channels last, and a kernel (h, w, C, F)."""

    def __init__(self, cut=False):
        rng = np.random.default_rng(2)
        self.kernels, self.bias, self.cut = rng.normal(size=(3, 2, 3, 4)), np.zeros(4), cut

    def forward(self, x):
        self.x = x
        windows = np.lib.stride_tricks.sliding_window_view(x, (3, 2), (1, 2))
        return np.einsum("npqcij,ijcf->npqf", windows, self.kernels) + self.bias

    def backward(self, dout):
        dx = np.zeros_like(self.x)
        self.dkernels = np.zeros_like(self.kernels)
        for i in range(dout.shape[1]):
            for j in range(dout.shape[2]):
                part = np.einsum("nf,ijcf->nijc", dout[:, i, j], self.kernels)
                if self.cut:
                    dx[:, i:i + 3, j:j + 2] = part
                else:
                    dx[:, i:i + 3, j:j + 2] += part
                self.dkernels += np.einsum("nf,nijc->ijcf", dout[:, i, j],
                                           self.x[:, i:i + 3, j:j + 2])
        self.dbias = dout.sum((0, 1, 2))
        return dx


NHWC.__name__ = "Conv2D"


def test_channels_last_is_compared_with_the_reference_and_causes_are_named(rng):
    x = rng.normal(size=(2, 5, 6, 3))
    report = tc.check_layer(NHWC(), x)
    assert report.ok, report.text
    assert report.checks["forward"]
    assert tc.check_layer(NHWC(cut=True), x).diagnosis[0].key == "overlap_assigned"


class Softmax:
    """Its derivative is left to the loss, p - t."""

    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, dout):
        return dout


class Conv:
    """The convolution of mathematics: the kernel is turned round in forward, and in backward."""

    def __init__(self):
        self.layer = tc.Conv2D(2, 3, (2, 3), rng=0).params["W"].astype(float)

    def _inner(self):
        inner = tc.Conv2D(2, 3, (2, 3))
        inner.params = {"W": np.flip(self.layer, (2, 3)).copy(), "b": np.zeros(3)}
        return inner

    def forward(self, x):
        y, self.cache = self._inner().forward(x)
        return y

    def backward(self, dout):
        self.d_layer = np.flip(self._inner().parameter_gradients(dout, self.cache)["W"], (2, 3))
        return self._inner().backward(dout, self.cache)


def test_what_may_be_meant_is_not_called_wrong(rng):
    report = tc.check_layer(Softmax(), rng.normal(size=(5, 4)))
    assert report.ok
    assert "not checked: dx: backward hands dy on" in report.text.replace("\n", " ")
    report = tc.check_layer(Conv(), rng.normal(size=(2, 2, 4, 5)))
    assert report.ok, report.text
    assert report.checks["parameter_gradients"]


def test_the_object_and_the_shared_generators_stay_as_they_are(rng):
    layer, x = Learns(), rng.normal(size=(5, 4))
    W, state = layer.W.copy(), np.random.get_state()[1].copy()  # noqa: NPY002
    kept = x.copy()
    tc.check_layer(layer, x)
    np.testing.assert_array_equal(layer.W, W)
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
