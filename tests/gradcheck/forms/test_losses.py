import numpy as np
import pytest

from tinycnn.gradcheck.forms.losses import losses

ROWS = np.arange


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def report_of(**namespace):
    found = losses(namespace)
    assert len(found) == 1, [f.names for f in found]
    return found[0].check(0)


def mse(pred, target):
    return ((pred - target) ** 2).mean()


def mse_prime(pred, target):
    return 2 * (pred - target) / pred.size


def bce(y_true, y_pred):
    return -np.mean(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))


def bce_prime(y_true, y_pred):
    return ((1 - y_true) / (1 - y_pred) - y_true / y_pred) / np.size(y_true)


def cross_entropy(y_true, y_pred):
    return -np.sum(y_true * np.log(y_pred + 1e-7)) / len(y_true)


def softmax_loss(x, y):
    p, rows = softmax(x), ROWS(len(x))
    d = p.copy()
    d[rows, y] -= 1
    return -np.log(p[rows, y]).mean(), d / len(x)


def svm_loss(x, y):
    rows = ROWS(len(x))
    margins = np.maximum(0, x - x[rows, y][:, None] + 1)
    margins[rows, y] = 0
    d = (margins > 0) * 1.0
    d[rows, y] -= d.sum(axis=1)
    return margins.sum() / len(x), d / len(x)


class Joel:
    def loss(self, predicted, actual):
        return ((predicted - actual) ** 2).sum()

    def grad(self, predicted, actual):
        return 2 * (predicted - actual)


class WithState:
    def __call__(self, x, t):
        self.y, self.t = softmax(x), t
        return -(t * np.log(self.y)).sum() / len(x)

    def backward(self, dout=1):
        return dout * (self.y - self.t) / len(self.t)


class WithUpstream(WithState):
    def backward(self, dout):
        return super().backward(dout)


class WithTarget(WithState):
    def backward(self, target):
        return (self.y - target) / len(target)


class Nnfs:
    def forward(self, y_pred, y_true):
        return -np.log(y_pred[ROWS(len(y_pred)), y_true])

    def backward(self, dvalues, y_true):
        self.dinputs = -np.eye(dvalues.shape[1])[y_true] / dvalues / len(dvalues)


class Combined:
    def forward(self, inputs, y_true):
        self.output = softmax(inputs)
        return -np.log((self.output * y_true).sum(axis=1)).mean()

    def backward(self, dvalues, y_true):
        self.dinputs = (dvalues - y_true) / len(dvalues)


class Static:
    def loss(y_true, y_pred):
        return ((y_true - y_pred) ** 2).sum() / 2

    def derivative(y_true, y_pred):
        return y_pred - y_true


class InAttribute:
    def loss(self, out, target):
        self.difference = out - target
        return (self.difference ** 2).sum()

    def backward(self):
        self.grad = 2 * self.difference
        return self


class OneImage:
    def forward(self, logits, label):
        self.p, self.label = softmax(logits.reshape(-1)), int(label)
        return -np.log(self.p[label])

    def backward(self):
        d = self.p.copy()
        d[self.label] -= 1
        return d


@pytest.mark.parametrize("namespace", [
    {"mse": mse, "mse_prime": mse_prime}, {"bce": bce, "d_bce": bce_prime},
    {"binary_cross_entropy": bce, "binary_cross_entropy_derivative": bce_prime},
    {"softmax_loss": softmax_loss}, {"svm_loss": svm_loss},
    *({cls.__name__: cls} for cls in (Joel, WithState, WithUpstream, WithTarget, Nnfs,
                                      Combined, Static, InAttribute, OneImage))],
    ids=lambda namespace: next(iter(namespace)))
def test_right_losses(namespace):
    report = report_of(**namespace)
    assert report.ok, report.text


def test_arguments_in_an_order_that_the_names_do_not_say():
    assert report_of(mse_loss=lambda u, v: ((u - v) ** 2).sum(),
                     mse_loss_grad=lambda u, v: 2 * (v - u)).ok


def test_one_number_for_each_image_is_said():
    assert "mean over the images" in report_of(Nnfs=Nnfs).notes[0]
    report = report_of(mse=lambda p, t: 0.5 * (p - t) ** 2, mse_grad=lambda p, t: p - t)
    assert report.ok
    assert "sum" in report.notes[0]


def test_the_derivative_that_takes_the_output_of_the_softmax_is_said():
    assert "softmax(x)" in report_of(Combined=Combined).notes[0]


def test_the_gradient_of_softmax_and_cross_entropy_in_one_is_recognised():
    report = report_of(cross_entropy=cross_entropy,
                       cross_entropy_prime=lambda y_true, y_pred: (y_pred - y_true) / len(y_true))
    assert report.ok
    assert "logits before a softmax" in report.notes[0]
    report = report_of(bce=bce, bce_prime=lambda y_true, y_pred: (y_pred - y_true) / y_pred.size)
    assert report.ok
    assert "before a sigmoid" in report.notes[0]


@pytest.mark.parametrize(("key", "words", "namespace"), [
    ("scaled", "15 = N K", {"mse": mse, "mse_prime": lambda p, t: 2 * (p - t)}),
    ("scaled", "one column", {"mse": mse, "mse_prime": lambda p, t: 2 * (p - t) / len(p)}),
    ("scaled", "0.5 = 0.5 · 1", {"mse": mse, "mse_prime": lambda p, t: (p - t) / p.size}),
    ("scaled", "15 = N K", {"bce": bce, "bce_prime": lambda y_true, y_pred: bce_prime(
        y_true, y_pred) * y_pred.size}),
    ("scaled", "3 = N", {"softmax_loss": lambda x, y: (
        softmax_loss(x, y)[0], softmax_loss(x, y)[1] * len(x))}),
    ("scaled", "3 = N", {"cross_entropy": cross_entropy,
                             "cross_entropy_prime": lambda y_true, y_pred: y_pred - y_true}),
    ("sign", "sign", {"mse": mse, "mse_prime": lambda p, t: 2 * (t - p) / p.size}),
    ("sign", "sign", {"mse": lambda y_true, y_pred: mse(y_pred, y_true),
                      "mse_prime": lambda y_true, y_pred: 2 * (y_true - y_pred) / y_true.size}),
    ("target_missing", "(1 - t)", {"bce": bce, "bce_prime": lambda y_true, y_pred:
                                   -y_true / y_pred / y_true.size}),
    ("logits_for_probabilities", "softmax", {
        "ce_loss": lambda pred, t: -(t * np.log(softmax(pred))).sum() / len(t),
        "ce_loss_grad": lambda pred, t: (pred - t) / len(t)}),
    ("unknown", "one of the two", {"mse": mse, "mse_prime": lambda p, t: (p - t) ** 3})])
def test_wrong_gradients_are_named(key, words, namespace):
    report = report_of(**namespace)
    assert not report.ok
    assert [cause.key for cause in report.diagnosis] == [key], report.text
    assert words in report.causes[0]


def test_a_hinge_loss_that_counts_all_classes():
    def wrong(x, y):
        loss, d = svm_loss(x, y)
        d[ROWS(len(x)), y] = -(x.shape[1] - 1) / len(x)
        return loss, d

    assert not report_of(svm_loss=wrong).ok


def test_what_gives_no_gradient_is_not_checked():
    for loss in (cross_entropy, lambda x, t: (cross_entropy(t, x), softmax(x))):
        report = report_of(cross_entropy=loss)
        assert not report.checks
        assert "no gradient" in report.notes[0]


def test_errors_are_told_and_not_judged():
    class Loss:
        def loss(self, predicted, actual):
            raise NotImplementedError

        def grad(self, predicted, actual):
            raise NotImplementedError

    report = report_of(Loss=Loss)
    assert not report.checks
    assert "NotImplementedError" in report.notes[0]


def test_layers_networks_and_updates_are_no_losses():
    class Layer:
        def forward(self, inputs, training):
            return inputs

        def backward(self, dvalues):
            return dvalues

    class Network:
        def predict(self, x):
            return x

        def loss(self, x, t):
            return 0.0

        def gradient(self, x, t):
            return {}

    assert not losses({"Layer": Layer, "Network": Network, "sgd": lambda w, dw: w,
                       "conv": lambda x, w: x, "conv_backward": lambda dout, cache: dout})
