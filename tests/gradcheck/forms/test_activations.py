import math

import numpy as np
import pytest

from tinycnn.gradcheck.forms.activations import activations


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def jacobians(x):
    y = softmax(x)
    return np.einsum("...i,ij->...ij", y, np.eye(y.shape[-1])) - np.einsum("...i,...j->...ij", y, y)


def report_of(**namespace):
    found = activations(namespace)
    assert len(found) == 1, [f.names for f in found]
    return found[0].check(0)


def keys(report):
    return [cause.key for cause in report.diagnosis]


# --- names ------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [
    "sigmoid_prime", "sigmoid_derivative", "sigmoid_deriv", "dsigmoid", "d_sigmoid", "sigmoid_grad",
    "sigmoid_gradient", "der_sigmoid", "sigmoidDerivative", "sigmoid_backward", "sigmoid_dt"])
def test_a_derivative_is_found_by_its_name(name):
    namespace = {"sigmoid": sigmoid, name: lambda x: sigmoid(x) * (1 - sigmoid(x))}
    found, = activations(namespace)
    assert found.names == ("sigmoid", name)
    assert found.check(3).ok


def test_what_is_no_activation_is_left_alone():
    assert not activations({
        "sigmoid_forward": lambda x: (sigmoid(x), x), "sigmoid_backward": lambda dout, cache: 0,
        "relu": lambda x: x, "relu_backward": lambda dout: dout,
        "rmsprop": lambda x, dx, config=None: x,
        "mse": lambda y, t: 0, "mse_prime": lambda y, t: 0})


def forms():
    class Sigmoid:
        def __call__(self, x):
            return sigmoid(x)

        def gradient(self, x):
            return self(x) * (1 - self(x))

    class WithF:
        f, df = staticmethod(sigmoid), staticmethod(lambda x: sigmoid(x) * (1 - sigmoid(x)))

    class NoSelf:
        def activation(x):
            return np.where(x > 0, x, 0.1 * x)

        def activation_prime(x):
            return np.where(x > 0, 1, 0.1)

    class Slope:
        def __init__(self, alpha):
            self.alpha = alpha

        def forward(self, x):
            return np.where(x > 0, x, self.alpha * x)

        def derivative(self, x):
            return np.where(x > 0, 1, self.alpha)

    class Kept:
        def forward(self, x):
            self.y = np.tanh(x)
            return self.y

        def gradient(self):
            return 1 - self.y ** 2

    return [Sigmoid, WithF, NoSelf, Slope, Kept]


@pytest.mark.parametrize("cls", forms(), ids=lambda cls: cls.__name__)
def test_classes(cls):
    report = report_of(**{cls.__name__: cls})
    assert report.ok, report.text
    assert "derivative" in report.checks


def test_each_pair_of_a_class_with_many_functions_is_checked():
    class Activations:
        @staticmethod
        def relu(x):
            return np.maximum(0, x)

        @staticmethod
        def relu_derivative(x):
            return np.where(x > 0, x, 0)

        @staticmethod
        def tanh(x):
            return np.tanh(x)

        @staticmethod
        def tanh_derivative(x):
            return 1 - np.tanh(x) ** 2

    found = {f.names: f.check(0) for f in activations({"Activations": Activations})}
    assert not found["Activations.relu", "Activations.relu_derivative"].ok
    assert found["Activations.tanh", "Activations.tanh_derivative"].ok


def test_a_flag():
    def f(x, derivative=False):
        return x * (1 - x) if derivative else sigmoid(x)

    report = report_of(nonlin=f)
    assert report.ok
    assert "with the output" in report.notes[0]


def test_functions_of_one_number():
    report = report_of(sigmoid=lambda x: 1 / (1 + math.exp(-x)),
                       sigmoid_prime=lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2)
    assert report.ok
    assert report_of(relu=lambda x: x if x > 0 else 0, relu_prime=lambda x: 1 if x > 0 else 0).ok
    assert not report_of(relu=lambda x: x if x > 0 else 0, relu_prime=lambda x: int(x < 0)).ok


def test_a_slope_is_given():
    report = report_of(leaky_relu=lambda x, alpha: np.where(x > 0, x, alpha * x),
                       leaky_relu_prime=lambda x, alpha: np.where(x > 0, 1, alpha))
    assert report.checks == {"derivative": True}


# --- wrong ones -------------------------------------------------------------------------------

@pytest.mark.parametrize(("key", "f", "derivative"), [
    ("sign", np.tanh, lambda x: np.tanh(x) ** 2 - 1),
    ("squared", np.tanh, lambda x: (1 - np.tanh(x) ** 2) ** 2),
    ("derivative_formula", np.tanh, lambda x: 1 - np.tanh(x)),
    ("derivative_formula", np.tanh, lambda x: 1 + np.tanh(x) ** 2),
    ("derivative_formula", sigmoid, lambda x: sigmoid(x) * sigmoid(1 - x)),
    ("derivative_of_input", sigmoid, lambda x: sigmoid(x) * (1 - x)),
    ("other_function", sigmoid, sigmoid), ("scaled", np.tanh, lambda x: 2 * (1 - np.tanh(x) ** 2)),
    ("constant", np.tanh, lambda x: np.ones_like(x)),
    ("mask_inverted", lambda x: np.maximum(x, 0), lambda x: (x < 0) * 1.0),
    ("unknown", np.tanh, lambda x: 1 - np.tanh(x) ** 2 + 0.001),
    ("unknown", np.tanh, lambda x: np.cos(x))])
def test_wrong_derivatives_are_named(key, f, derivative):
    report = report_of(f=lambda x: f(x), df=derivative)
    assert not report.ok
    assert keys(report) == [key], report.text


def test_a_wrong_function_is_told_and_a_right_derivative_is_not_blamed():
    report = report_of(sigmoid=lambda x: 1 / (1 + np.exp(x)),
                       sigmoid_prime=lambda x: sigmoid(x) * (1 - sigmoid(x)))
    assert report.checks == {"value": False, "derivative": True}


def test_an_exception_in_the_derivative_is_told():
    report = report_of(tanh=lambda x: np.tanh(x), tanh_prime=lambda x: 1 - y ** 2)  # noqa: F821
    assert not report.ok
    assert "NameError" in report.text
    report = report_of(tanh=lambda x: unknown(x), tanh_prime=lambda x: x)  # noqa: F821
    assert not report.checks
    assert "NameError" in report.notes[0]


def test_an_overwritten_argument_is_no_wrong_number():
    def relu_prime(x):
        x[x > 0] = 1
        x[x <= 0] = 0
        return x

    report = report_of(relu=lambda x: np.maximum(0, x), relu_prime=relu_prime)
    assert report.numbers_right
    assert not report.ok


def test_where_f_is_not_a_number_nothing_is_compared():
    assert report_of(log=lambda x: np.log(x), log_prime=lambda x: 1 / x).ok
    assert not report_of(log=lambda x: np.log(x), log_prime=lambda x: -1 / x).ok


def test_a_penalty_of_all_weights():
    assert report_of(l2=lambda w: 0.1 * (w ** 2).sum(), l2_grad=lambda w: 0.2 * w).ok
    assert not report_of(l2=lambda w: 0.1 * (w ** 2).sum(), l2_grad=lambda w: 0.1 * w).ok


def test_float32_cannot_be_measured():
    report = report_of(f=lambda x: np.tanh(x.astype(np.float32)), df=lambda x: 1 - np.tanh(x) ** 2)
    assert not report.checks
    assert "float32" in report.notes[0]


# --- softmax ----------------------------------------------------------------------------------

@pytest.mark.parametrize("derivative", [jacobians, lambda x: np.diagflat(softmax(x)) - np.outer(
    softmax(x), softmax(x))], ids=["of a batch", "of a vector"])
def test_jacobians(derivative):
    report = report_of(softmax=softmax, softmax_derivative=derivative)
    assert report.checks == {"value": True, "derivative": True}, report.text
    assert ("one image" in " ".join(report.notes)) is (derivative is not jacobians)


def test_a_wrong_jacobian():
    report = report_of(softmax=softmax, softmax_derivative=lambda x: -jacobians(x))
    assert report.checks == {"value": True, "derivative": False}


@pytest.mark.parametrize(("derivative", "words"), [
    (lambda x: softmax(x) * (1 - softmax(x)), "diagonal"), (lambda x: np.ones_like(x), "1 every"),
    (lambda y: y * (1 - y), "diagonal")])
def test_what_is_only_part_of_a_softmax_is_said_and_not_judged(derivative, words):
    report = report_of(softmax=softmax, softmax_derivative=derivative)
    assert report.checks == {"value": True}
    assert words in report.notes[0]


@pytest.mark.parametrize(("axis", "right"), [(-1, True), (0, True), (None, True), (1, True)])
def test_a_softmax_over_any_axis_or_one_image_has_the_right_value(axis, right):
    def f(x):
        e = np.exp(x - x.max())
        return e / e.sum(axis=axis, keepdims=True)

    report = report_of(softmax=f, softmax_prime=lambda x: f(x) * (1 - f(x)))
    assert report.checks["value"] is right
    report = report_of(softmax=lambda x: np.exp(x), softmax_prime=lambda x: np.exp(x))
    assert not report.checks["value"]


@pytest.mark.parametrize(("argument", "derivative", "ok"), [
    ("g", "g * self.y * (1 - self.y)", True), ("q", "q * self.y * (1 - self.y)", True),
    ("g", "sigmoid(g) * (1 - sigmoid(g))", True), ("q", "sigmoid(q) * (1 - sigmoid(q))", True),
    ("g", "g * self.y * (1 + self.y)", False), ("q", "sigmoid(q) * (1 + sigmoid(q))", False)])
@pytest.mark.parametrize("name", ["gradient", "grad"])
def test_a_gradient_may_be_that_of_x_or_a_backward(argument, derivative, ok, name):
    class SigmoidB:
        def forward(self, x):
            self.y = sigmoid(x)
            return self.y

    scope = {"sigmoid": sigmoid}
    exec(f"def {name}(self, {argument}): return {derivative}", scope)
    setattr(SigmoidB, name, scope[name])
    report = report_of(SigmoidB=SigmoidB)
    assert report.ok == ok, report.text
    assert report.checks
