"""Another backward rule for some layers: what stays, what changes, what is refused."""

import numpy as np
import pytest
from helpers import Softsign, small_net

import tinycnn as tc
from tinycnn.gradients import activations, with_rules

N, K = 6, 4


class MySoftmax(tc.Softmax):
    """Takes maps as well, and then works along their rows."""

    def forward(self, x):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        y = e / e.sum(axis=-1, keepdims=True)
        return y, y


class SamePool(Softsign):
    """Keeps the shape, but a unit sees the one to its left."""

    def forward(self, x):
        return np.maximum(x, np.roll(x, 1, axis=-1)), x


class AcrossMaps(Softsign):
    """Keeps the shape, but divides by the sum over all maps."""

    def forward(self, x):
        return x / (1 + abs(x).sum(axis=1, keepdims=True)), x


class Turned(Softsign):
    """Keeps the shape, but each unit has the input of another."""

    def forward(self, x):
        return x[..., ::-1], x


def zero(layer, x, y, dy, cache):
    return np.zeros_like(x)


def double(layer, x, y, dy, cache):
    return 2 * layer.backward(dy, cache)


@pytest.fixture
def passed():
    net, rng = small_net(), np.random.default_rng(1)
    x = rng.random((N, 1, 11, 9))
    return net, x, net.forward(x), rng.normal(size=(N, K))


def test_outputs_parameters_and_shapes_are_those_of_the_network(passed):
    net, x, trace, _ = passed
    ruled = with_rules(net, dict.fromkeys(["conv1", "tanh1", "pool1", "softmax"], zero))
    for name, output in ruled.forward(x).items():
        np.testing.assert_array_equal(output, trace[name])
    assert all(w is net.params[name] for name, w in ruled.params.items())
    assert list(ruled.params) == list(net.params)
    assert ruled.output_shapes() == net.output_shapes()
    assert tc.feature_layers(ruled) == tc.feature_layers(net)


@pytest.mark.parametrize("of", ["prob", "logit"])
def test_without_rules_gradients_are_those_of_the_network(passed, of):
    net, x, trace, seed = passed
    own, ruled = net.backward(trace, seed, of), with_rules(net, {})
    for name, gradient in ruled.backward(ruled.forward(x), seed, of).items():
        np.testing.assert_array_equal(gradient, own[name])


@pytest.mark.parametrize("of", ["prob", "logit"])
def test_a_rule_changes_what_is_below_its_layer_and_nothing_else(passed, of):
    net, x, trace, seed = passed
    own, ruled = net.backward(trace, seed, of), with_rules(net, {"tanh3": double, "tanh1": double})
    back = ruled.backward(ruled.forward(x), seed, of)
    times = {"input": 4, "conv1": 4, "tanh1": 2, "pool1": 2, "conv2": 2, "relu2": 2, "flatten": 2,
             "dense3": 2}
    assert list(back) == list(own)
    for name in own:
        np.testing.assert_allclose(back[name], times.get(name, 1) * own[name], 1e-12)
    for name, gradient in net.backward(trace, seed, of).items():        # net itself is unchanged
        np.testing.assert_array_equal(gradient, own[name])


def test_a_rule_is_given_the_layer_and_all_of_its_pass(passed):
    net, x, _, seed = passed
    seen = {}

    def look(layer, x, y, dy, cache):
        seen.update(layer=layer, x=x, y=y, dy=dy)
        return layer.backward(dy, cache)
    gates = {"conv1": [0.5, 1, 0], "tanh1": [2, 0, 1]}
    ruled = with_rules(net, {"tanh1": look})
    back = ruled.backward(ruled.forward(x, gates), seed)
    gated = net.forward(x, gates)
    own = net.backward(gated, seed)
    for name in own:
        np.testing.assert_array_equal(back[name], own[name])
    assert seen["layer"] is net["tanh1"]
    np.testing.assert_array_equal(seen["x"], gated["conv1"])
    np.testing.assert_array_equal(seen["y"], gated.ungated["tanh1"])
    factors = np.array([2.0, 0, 1])[:, None, None]
    np.testing.assert_allclose(seen["dy"], own["tanh1"] * factors)


@pytest.mark.parametrize("softmax", [tc.Softmax, MySoftmax])
def test_the_softmax_stays_one_even_with_a_rule(softmax):
    rng = np.random.default_rng(2)
    net = tc.Network((3,), dense=tc.Dense(3, K, rng=rng), y=softmax()).astype(np.float64)
    ruled, x, seed = with_rules(net, {"y": zero}), rng.random((N, 3)), rng.normal(size=(N, K))
    trace = ruled.forward(x)
    assert (ruled.ends_in_softmax, ruled.logits_layer) == (True, "dense")
    np.testing.assert_array_equal(trace.logits, trace["dense"])
    np.testing.assert_allclose(ruled.backward(trace, seed, "logit")["input"],
                               seed @ net["dense"].params["W"].T)
    assert not ruled.backward(trace, seed)["input"].any()
    linear = with_rules(tc.Network((3,), dense=net["dense"]), {"dense": double})
    assert (linear.ends_in_softmax, linear.logits_layer) == (False, None)


def test_activations_are_those_that_work_unit_by_unit():
    net = tc.Network((1, 6, 6), conv=tc.Conv2D(1, 2, 3), mine=Softsign(), pool=tc.MaxPool2D(2),
                     relu=tc.ReLU(), flatten=tc.Flatten(), dense=tc.Dense(8, 3), act=tc.Sigmoid(),
                     last=tc.Dense(3, K), y=MySoftmax())
    assert activations(net) == ["mine", "relu", "act"]
    assert activations(with_rules(net, {"mine": zero, "act": zero})) == ["mine", "relu", "act"]
    assert activations(tc.Network(dense=tc.Dense(3, K), act=tc.Sigmoid())) == ["act"]
    for layer in (SamePool(), AcrossMaps(), Turned()):
        net = tc.Network(conv=tc.Conv2D(1, 2, 3), mine=layer, relu=tc.ReLU())
        assert activations(net) == ["relu"]
        assert tc.feature_layers(net) == ["conv"]


def test_what_is_refused(passed):
    net, x, _, seed = passed
    with pytest.raises(KeyError, match="no layer 'tanh9'"):
        with_rules(net, {"tanh9": zero})
    ruled = with_rules(net, {"dense3": double})
    mine = ruled.forward(x)
    with pytest.raises(TypeError, match=r"Dense\(16, 5\) with the rule double has no parameter"):
        ruled.parameter_gradients(mine, ruled.backward(mine, seed))
    narrow = with_rules(net, {"tanh1": lambda layer, x, y, dy, cache: dy[:, :1]})
    with pytest.raises(tc.ShapeError, match=r"layer 'tanh1'.*\(6, 3, 9, 8\), got \(6, 1, 9, 8\)"):
        narrow.backward(narrow.forward(x), seed)


def test_an_unfrozen_batch_norm_is_still_one():
    net = tc.Network((1, 6, 6), conv=tc.Conv2D(1, 2, 3), norm=tc.BatchNorm(2), relu=tc.ReLU(),
                     flatten=tc.Flatten(), dense=tc.Dense(32, K), softmax=tc.Softmax())
    assert with_rules(net, {"norm": zero}).mixes_images
    frozen = net.frozen(np.random.default_rng(0).random((N, 1, 6, 6)))
    assert not with_rules(frozen, {"norm": zero}).mixes_images
