"""`sizes`: the numbers are right, healthy networks get no word, and the others the right one."""

import broken_nets
import healthy_nets
import numpy as np
import pytest
from broken_layers import PlainTanh
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper.sizes import COLUMNS, sizes


def rms(array):
    return np.sqrt(np.mean(np.square(array, dtype=np.float64)))


def test_the_numbers_are_what_they_say(stepper):
    stepper.run()
    columns = dict(zip(COLUMNS, sizes(stepper).columns.values(), strict=True))
    assert columns["o"] == pytest.approx({name: rms(stepper.trace[name]) for name in stepper.units})
    assert columns["∂L/∂o"] == pytest.approx(
        {name: rms(array) for name, array in stepper.gradients.items()})
    W, dW = stepper.net["conv2"].params["W"], stepper.parameter_gradients["conv2.W"]
    assert columns["w"]["conv2"] == pytest.approx(rms(W))
    assert columns["update"]["conv2"] == pytest.approx(0.1 * rms(dW) / rms(W))
    assert set(columns["w"]) == {"conv1", "conv2", "dense3", "dense4"}
    assert set(columns["saturated"]) == {"tanh1", "tanh3"}
    assert f"L = {stepper.loss:.5g}; log K = 1.6094" in sizes(stepper).text


def test_what_is_not_reached_yet_is_blank(stepper):
    while not stepper.done:
        found = sizes(stepper)
        assert found.words == {}
        assert set(found.columns["o"]) == set(stepper.trace)
        assert set(found.columns["∂L/∂o"]) == set(stepper.gradients)
        assert max(map(len, found.text.splitlines())) <= 79
        assert ("log K" in found.text) == (stepper.loss is not None)
        stepper.next()
    assert found.text.splitlines()[2].split()[:2] == ["input", "1.01"]


@pytest.mark.parametrize("nets", [healthy_nets.untrained, healthy_nets.quickly_trained])
def test_healthy_networks_get_no_word_and_have_no_trouble(nets):
    counts = (1, 10) if nets is healthy_nets.untrained else (1, 10, 165)
    for name, stepper in healthy_nets.steppers(nets(), counts):
        assert (name, *sizes(stepper).remarks, *stepper.troubles()) == (name,)


@pytest.mark.parametrize(("name", "words"), [
    ("vanishing", {"vanishing": ["conv1", "conv2"]}),
    ("zero_init", {"weights all 0": ["conv1", "conv2", "conv3", "dense4", "dense5"]}),
    ("dead_relu", {"all off": ["relu2"]}), ("saturated", {"saturated": ["tanh1"]}),
    ("pixels255", {"not of size 1": ["input"], "saturated": ["tanh1"], "huge update": ["conv1"]}),
    ("lr10", {"huge update": ["conv1", "conv2", "conv3", "dense4", "dense5"]}),
    ("exploding", {"exploding": ["dense1"], "huge update": ["conv1", "dense2"],
                   "far above log K": ["L"]}), ("off_by_one", {"far above log K": ["L"]}),
    ("no_softmax", {"no probabilities": ["dense5"]}), ("nan_norm", {"not finite": ["norm"]}),
    ("double_softmax", {"softmax twice": ["softmax2"]}), ("transposed", {})])
def test_each_word_is_at_the_layer_where_it_begins(name, words):
    net, x, t, rate = getattr(broken_nets, name)()
    stepper = tc.Stepper(net, x, t, learning_rate=rate)
    stepper.run()
    assert sizes(stepper).words == words


def test_a_gradient_that_grows_on_its_way_back_explodes():
    rng = np.random.default_rng(0)
    net = tc.Network((8,), dense1=tc.Dense(8, 8, rng=rng), dense2=tc.Dense(8, 8, rng=rng),
                     dense3=tc.Dense(8, 3, rng=rng), softmax=tc.Softmax())
    net.params["dense1.W"][...] *= 0.01
    net.params["dense2.W"][...] *= 100
    stepper = tc.Stepper(net, rng.normal(size=(4, 8)), np.arange(4) % 3, learning_rate=1e-5)
    stepper.run()
    assert sizes(stepper).words == {"exploding": ["dense1"]}


@pytest.mark.parametrize(("t", "said"), [
    ([1, 1, 1, 1], True), ([1, 1, 1], False), ([0, 0, 1, 1], False), ([0, 0, 0, 0], False)])
def test_labels_are_doubted_only_if_nearly_all_of_some_images_are_wrong(t, said):
    net = every_kind()
    net.params["dense4.b"][0] = 40
    stepper = tc.Stepper(net, images(len(t))[0], np.array(t))
    stepper.run()
    assert (stepper.loss > 10) == (1 in t)
    assert ("far above log K" in sizes(stepper).words) == said


def test_a_nan_is_at_the_layer_that_brings_it_in():
    net = every_kind()
    net.params["conv2.W"][0, 0, 0, 0] = np.nan
    stepper = tc.Stepper(net, *images())
    stepper.run()
    assert sizes(stepper).words == {"not finite": ["conv2"]}


def test_the_rate_alone_makes_an_update_huge():
    net, x, t, _ = broken_nets.lr10()
    updates = {}
    for rate in (0.1, 10):
        stepper = tc.Stepper(net, x, t, learning_rate=rate)
        stepper.run()
        updates[rate] = sizes(stepper).columns["update"]
    assert all(5 < updates[10][name] < 10 for name in updates[10])
    assert updates[10] == pytest.approx({name: 100 * u for name, u in updates[0.1].items()})


def squares(y, t):
    return float(np.mean((y - t) ** 2) / 2), (y - t) / y.size


@pytest.mark.parametrize("softmax", [True, False])
def test_a_loss_of_ones_own_has_no_guess_to_compare_with(softmax):
    layers = every_kind().layers | {"tanh1": PlainTanh()}
    if not softmax:
        del layers["softmax"]
    x, t = images()
    net = tc.Network((2, 13, 11), **layers)
    for stepper in (tc.Stepper(net, x, np.eye(5)[t], loss=squares),
                    tc.Stepper(net, x, t, loss=lambda y, t: squares(y, np.eye(5)[t]))):
        stepper.run()
        found = sizes(stepper)
        assert found.words == {}
        assert "log K" not in found.text
        assert "L = " in found.text


def test_fresh_biases_and_a_learnt_batch_are_not_accused():
    net = every_kind()
    for name, w in net.params.items():
        if name.endswith(".b"):
            w[...] = 0
    stepper = tc.Stepper(net, *images())
    stepper.run()
    assert sizes(stepper).words == {}
    net.params["dense4.b"][...] = [108, 0, 0, 0, 0]     # sure, and right: L and ∂L/∂w are 0
    stepper = tc.Stepper(net.astype(np.float32), images()[0], np.zeros(3, int))
    stepper.run()
    assert stepper.loss == 0
    assert not any(array.any() for array in stepper.parameter_gradients.values())
    assert sizes(stepper).words == {}
    assert stepper.troubles() == []


def test_a_single_layer_may_begin_at_0():
    net = tc.Network((2, 13, 11), flatten=tc.Flatten(), dense=tc.Dense(286, 5),
                     softmax=tc.Softmax())
    net.params["dense.W"][...] = 0
    stepper = tc.Stepper(net, *images())
    stepper.run()
    assert sizes(stepper).words == {}
    assert stepper.troubles() == []


def test_a_large_number_is_finite_and_nothing_to_learn_is_no_error():
    net = tc.Network((2,), tanh=tc.Tanh(), softmax=tc.Softmax())
    stepper = tc.Stepper(net, np.array([[1e200, 1e200]]), np.array([0]))
    assert sizes(stepper).columns["o"] == {"input": pytest.approx(1e200)}
    stepper.run()
    assert sizes(stepper).words == {"not of size 1": ["input"], "saturated": ["tanh"]}


def test_a_notebook_gets_a_table(stepper):
    stepper.run()
    assert "<table" in sizes(stepper)._repr_html_()
    assert repr(sizes(stepper)) == "<Sizes: nothing unusual>"


class Nothing(PlainTanh):
    def forward(self, x):
        return 0 * x, 0 * x


def end(x, middle, scale=1.0, rate=0.1, knocked=()):
    rng = np.random.default_rng(0)
    net = tc.Network((x.shape[1],), dense1=tc.Dense(x.shape[1], 9, rng=rng), middle=middle,
                     dense2=tc.Dense(9, 5, rng=rng), softmax=tc.Softmax())
    for w in net.params.values():
        w *= scale
    stepper = tc.Stepper(net, x, np.arange(len(x)) % 5, learning_rate=rate)
    for i in knocked:
        stepper.knock("middle", i)
    stepper.run()
    return sizes(stepper).words


@pytest.mark.parametrize(("x", "words"), [
    (np.eye(200)[:20], []), (np.eye(200)[:20] / 255, ["input"]), (np.ones((4, 9)) / 255, ["input"]),
    (255 * np.eye(200)[:20], ["input"])])
def test_a_sparse_input_is_of_size_1_if_its_largest_number_is(x, words):
    assert end(x, tc.ReLU()).get("not of size 1", []) == words


def test_small_weights_may_grow_in_one_step():
    x = np.random.default_rng(1).normal(size=(1, 20)) * 3
    assert end(x, tc.ReLU(), scale=0.05, rate=1.0) == {}
    assert "huge update" in end(x, tc.ReLU(), scale=0.05, rate=100.0)


def test_only_a_relu_is_off():
    x = np.random.default_rng(1).normal(size=(4, 9))
    assert end(x, Nothing()) == {"all 0": ["middle"]}
    assert end(x, tc.Tanh(), knocked=range(9)) == {"knocked out": ["middle"]}
