"""One rule tells which kind of layer a class is, and every package uses it."""

import inspect

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.gradcheck import check_layer
from tinycnn.gradcheck.student_file import check_file
from tinycnn.layers.kinds import KINDS, claim_of_name, kind_of
from tinycnn.stepper.kinds import explained


class LeakyReLU:
    """Right: y = x where x > 0, else 0.1 x."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        return np.where(x > 0, x, x / 10), x > 0

    def backward(self, dy, cache):
        return np.where(cache, dy, dy / 10)


class LogSoftmax:
    """Right: y = x - log Σ exp(x)."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        s = x - x.max(1, keepdims=True)
        y = s - np.log(np.exp(s).sum(1, keepdims=True))
        return y, y

    def backward(self, dy, cache):
        return dy - np.exp(cache) * dy.sum(1, keepdims=True)


class Mine(tc.Softmax):
    """A softmax by its base class."""


@pytest.mark.parametrize(("name", "kind"), [
    ("MyConv2D", "conv2d"), ("Conv2DLoops", "conv2d"), ("ConvLayer", "conv2d"),
    ("student_tanh", "tanh"), ("StudentsTanh", "tanh"), ("MaxPool", "maxpool2d"),
    ("FullyConnected", "dense"), ("AffineLayer", "dense"), ("WrongSoftmax", "softmax"),
    ("MySigmoid", "sigmoid"), ("AvgPool2D", "avgpool2d"), ("BatchNorm1d", "batchnorm"),
])
def test_a_name_that_says_nothing_else_is_sure(name, kind):
    assert claim_of_name(name) == (kind, True)


@pytest.mark.parametrize("name", ["LeakyReLU", "LogSoftmax", "ReLU6", "MinPool2D", "ConvTranspose",
                                  "SparseSoftmaxLoss", "DenseBlock", "HardTanh"])
def test_a_name_that_says_more_is_not_sure(name):
    assert not claim_of_name(name).sure


@pytest.mark.parametrize("name", ["LayerNorm", "Dropout", "Swish", "Profc", "Student"])
def test_a_name_of_no_known_kind_claims_none(name):
    assert claim_of_name(name).kind is None


def test_a_doubtful_name_is_decided_by_what_the_layer_computes():
    class SharpSoftmax(tc.layers.Layer):
        def forward(self, x):
            return tc.Softmax().forward(x)

    x = np.random.default_rng(0).normal(size=(4, 3))
    assert kind_of(SharpSoftmax(), x) == "softmax"
    assert kind_of(LogSoftmax(), x) is None
    assert kind_of(LeakyReLU(), x) is None
    assert kind_of(Mine(), x) == "softmax"      # its base class is tinycnn's own


def test_a_right_leaky_relu_is_not_a_wrong_relu(tmp_path):
    assert check_layer(LeakyReLU(), np.random.default_rng(0).normal(size=(4, 3))).ok
    file = tmp_path / "leaky.py"
    file.write_text(f"import numpy as np\n\n\n{inspect.getsource(LeakyReLU)}")
    (outcome,) = check_file(file)
    assert outcome.ok
    assert "right" in outcome.text
    assert "WRONG" not in outcome.text
    (outcome,) = check_file(file, kind="relu")      # with --as relu it is checked as one
    assert not outcome.ok


def test_a_log_softmax_is_no_softmax_for_any_room():
    net = tc.Network((2,), a=tc.Dense(2, 3, rng=0), last=LogSoftmax())
    assert net.logits_layer is None
    x = np.ones((1, 3))
    known = explained(net["last"], x, net["last"].forward(x)[0])
    assert "Softmax" not in type(known).__name__


def test_every_kind_has_its_own_layer_its_loops_and_its_twin():
    for kind, row in KINDS.items():
        assert claim_of_name(row.layer.__name__) == (kind, True)
        assert row.layer.__name__ == row.loops.__name__
    conv = tc.Conv2D(2, 3, (3, 2), stride=2, padding=1, rng=0)
    twin = KINDS["conv2d"].twin(conv)
    x = np.random.default_rng(0).normal(size=(2, 2, 7, 6))
    np.testing.assert_array_equal(twin.forward(x)[0], conv.forward(x)[0])
    assert KINDS["dense"].twin(tc.Tanh()) is None
