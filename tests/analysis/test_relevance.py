"""LRP: relevance by plain loops, where it comes from and goes, and layers without a rule."""

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.analysis.activity import gate_slopes
from tinycnn.analysis.measures import MEASURES, applicable
from tinycnn.analysis.relevance import NoRuleError, relevance_rules, relevance_scores, relevances
from tinycnn.analysis.secant import with_secants
from tinycnn.gradients import with_rules
from tinycnn.layers import FrozenBatchNorm

N, K = 6, 4


def images():
    return np.random.default_rng(1).normal(size=(N, 1, 11, 9)), np.arange(N) % K


def many_kinds(seed=0):
    """Padding, strides, overlapping windows, both poolings, a batch norm; biases everywhere."""
    rng = np.random.default_rng(seed)
    net = tc.Network(
        (2, 9, 10), conv1=tc.Conv2D(2, 3, (3, 2), stride=(2, 1)), tanh1=tc.Tanh(),
        pool1=tc.MaxPool2D((1, 3), 2), norm1=FrozenBatchNorm(3),
        conv2=tc.Conv2D(3, 4, 2, padding=1), relu2=tc.ReLU(), pool2=tc.AvgPool2D(2, 1),
        flatten=tc.Flatten(), dense3=tc.Dense(32, 5), norm3=FrozenBatchNorm(5), tanh3=tc.Tanh(),
        dense4=tc.Dense(5, K), softmax=tc.Softmax()).astype(np.float64)
    for name, w in net.params.items():
        w[...] = rng.normal(size=w.shape) / 2 + name.endswith("gamma")
    return net, rng.normal(size=(N, 2, 9, 10)), np.arange(N) % K


def relevance_of_inputs(layer, x, R, eps):
    """R_i = Σ_j x_i·w_ij·R_j / (z_j + ε·sign(z_j)), term by term: w_ij is measured."""
    z = layer.forward(x)[0]
    bias = layer.forward(np.zeros_like(x))[0]
    found = np.zeros_like(x)
    s = R / (z + eps * np.where(z < 0, -1, 1))
    for i in np.ndindex(*x.shape[1:]):
        alone = np.zeros_like(x)
        alone[(slice(None), *i)] = x[(slice(None), *i)]
        added = layer.forward(alone)[0] - bias          # x_i·w_ij for all j
        found[(slice(None), *i)] = (added * s).reshape(len(x), -1).sum(axis=1)
    return found


@pytest.mark.parametrize("eps", [0.25, 0.01])
def test_every_layer_by_plain_loops(eps):
    net, x, t = many_kinds()
    ruled = with_rules(net, relevance_rules(net, eps))
    trace = ruled.forward(x)
    back = ruled.backward(trace, np.eye(K)[t] * trace.logits, "logit")
    R = np.eye(K)[t] * net.forward(x).logits
    names = list(net.layers)[:-1]
    for name, before in zip(names[::-1], ["input", *names[:-1]][::-1], strict=True):
        np.testing.assert_allclose(back[name], R, 1e-9, 1e-12, err_msg=name)
        if name in ("pool1", "flatten"):
            R = net[name].backward(R, net.forward(x).caches[name])
        elif not name.startswith(("tanh", "relu")):
            R = relevance_of_inputs(net[name], trace[before], R, eps)
    np.testing.assert_allclose(back["input"], R, 1e-9, 1e-12)
    features = {name: back[name].reshape(N, back[name].shape[1], -1).sum(axis=2)
                for name in tc.feature_layers(net)}
    expected = np.concatenate(list(features.values()), axis=1)
    np.testing.assert_allclose(relevances(net, x, t, eps=eps), expected)
    scores = relevance_scores(net, x, t, eps=eps)
    for k in range(K):
        np.testing.assert_allclose(scores.scores[k], abs(expected[t == k]).mean(axis=0))
    default = MEASURES["LRP"](net, x, t).scores
    assert np.array_equal(default, scores.scores) == (eps == 0.25)


@pytest.mark.parametrize("make", [many_kinds, lambda: (small_net(), *images())])
def test_without_epsilon_it_is_the_secant_times_the_activation(make):
    net, x, t = make()
    names = [name for name in net.layers if name not in ("flatten", "softmax", "dense4")]
    found = relevances(net, x, t, names, eps=0)
    np.testing.assert_allclose(found, gate_slopes(with_secants(net), x, t, names, of="logit"),
                               0, 1e-12 * abs(found).max())
    np.testing.assert_allclose(relevance_scores(net, x, t, eps=0).scores,
                               MEASURES["secant x activation"](net, x, t).scores, 1e-10)


def test_relevances_of_some_images_at_a_time(monkeypatch):
    net, x, t = many_kinds()
    whole = relevances(net, x, t)
    monkeypatch.setattr("tinycnn.analysis.relevance.BLOCK", 4)
    np.testing.assert_allclose(relevances(net, x, t), whole, 1e-10)


def test_a_unit_without_input_passes_nothing_on():
    """0 / 0 where a whole window is black, without a bias and without ε."""
    net, (x, t) = small_net(), images()
    x[...] = 0
    for w in net.params.values():
        w *= w.ndim > 1         # no biases
    assert not relevances(net, x, t, eps=0).any()


def test_a_larger_epsilon_takes_more_relevance_away():
    net, x, t = many_kinds()
    sizes = [abs(relevances(net, x, t, eps=eps)).sum() for eps in (0.1, 1, 10, 100)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < sizes[0] / 100


class Twice:
    """A student's own layer: no activation, as it changes the shape, and of no known kind."""

    params = {}         # noqa: RUF012

    def forward(self, x):
        return np.concatenate([x, x], axis=1), x.shape[1]

    def backward(self, dy, cache):
        return dy[:, :cache] + dy[:, cache:]


class MyConvTranspose(tc.Conv2D):
    """By its name it is perhaps no convolution."""


class MyDense(tc.Dense):
    pass


def with_a_layer_more(layer, maps=4):
    return tc.Network((1, 6, 6), conv1=tc.Conv2D(1, 2, 3), tanh1=tc.Tanh(), mine=layer,
                      flatten=tc.Flatten(), dense=MyDense(maps * 16, K), softmax=tc.Softmax())


@pytest.mark.parametrize(("layer", "words"), [
    (Twice(), "'mine', <.*Twice object"),
    (MyConvTranspose(2, 4, 3, padding=1), r"'mine', MyConvTranspose\(2, 4, 3, padding=1\)")])
def test_a_layer_without_a_rule_is_refused_by_its_name(layer, words):
    net, t = with_a_layer_more(layer), np.arange(N) % K
    x = np.random.default_rng(0).random((N, 1, 6, 6))
    with pytest.raises(NoRuleError, match=words):
        MEASURES["LRP"](net, x, t)
    left = applicable(MEASURES, net)
    assert list(left) == [name for name in MEASURES if name != "LRP"]
    assert np.isfinite(left["secant x activation"](net, x, t).scores).all()


def test_students_own_classes_of_known_kinds_have_rules():
    net = with_a_layer_more(tc.Tanh(), maps=2)
    assert set(relevance_rules(net)) == {"conv1", "tanh1", "mine", "dense"}
    assert applicable(MEASURES, net) == dict(MEASURES)


def test_a_softmax_has_no_rule_unless_it_is_the_last():
    net = tc.Network(dense=tc.Dense(3, K), softmax=tc.Softmax(), last=tc.Dense(K, 2))
    with pytest.raises(NoRuleError, match="'softmax'"):
        relevance_rules(net)
