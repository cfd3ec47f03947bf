"""`check` finds the first wrong layer, goes there, and names a number that is wrong."""

import re

import broken_nets
import numpy as np
import pytest
from broken_layers import KeepsItsCache, PlainTanh
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper.check import check


@pytest.mark.parametrize(("name", "layer", "step", "said"), [
    ("wrong_sign", "tanh2", "backward tanh2", "the sign is wrong"),
    ("no_bias_gradient", "dense4", "gradients dense4", "all zeros"),
    ("twice_mean", "dense4", "gradients dense4", "divided by the number of images N"),
    ("stride_bug", "conv1", "backward conv1", "No known mistake gives these")])
def test_it_goes_to_a_wrong_layer_and_names_a_wrong_number(name, layer, step, said):
    net, x, t, rate = getattr(broken_nets, name)()
    stepper = tc.Stepper(net, x, t, learning_rate=rate)
    found = check(stepper)
    assert (found.ok, found.layer, stepper.step.name) == (False, layer, step)
    assert said in found.text
    where = re.search(r"`explain (.*)` shows a wrong number", " ".join(found.lines))[1]
    assert stepper.explain(where).nudge.verdict == "differs"


def test_a_layer_too_large_to_look_at_gets_no_cause():
    x = np.random.default_rng(0).normal(size=(2, 700))
    net = tc.Network((700,), dense1=broken_nets.DenseNoBias(700, 20), softmax=tc.Softmax())
    found = check(tc.Stepper(net, x, np.array([1, 2])))
    assert found.layer == "dense1"
    assert "cause" not in found.text
    assert "No known mistake" not in found.text


def test_a_mean_over_the_images_is_seen_with_one_image_too():
    net, x, t, rate = broken_nets.twice_mean()
    assert check(tc.Stepper(net, x[:1], t[:1], learning_rate=rate)).layer == "dense4"


def test_it_goes_to_a_layer_that_does_what_it_must_not():
    stepper = tc.Stepper(tc.Network((2, 13, 11), **every_kind().layers | {
        "tanh1": KeepsItsCache()}), *images())
    found = check(stepper)
    assert (found.ok, found.layer, stepper.step.name) == (False, "tanh1", "backward tanh1")
    assert "The layer remembers" in found.text


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("own", [False, True])
def test_a_right_network_is_right_whatever_its_end(n, own):
    x, t = images(n)
    changed = {"tanh1": PlainTanh()} if own else {}
    for net in (every_kind(), tc.Network((2, 13, 11), **every_kind().layers | changed)):
        stepper = tc.Stepper(net, x, t)
        stepper.run("loss")
        assert check(stepper).lines[0].startswith("All gradients are right")
        assert stepper.step.name == "loss"


def test_healthy_networks_are_right():
    for net in (tc.face_net(seed=1), tc.Network.load(broken_nets.TUTORIAL)):
        assert check(tc.Stepper(net, broken_nets.X[:2], broken_nets.T[:2])).ok


def loss_with(factor):
    def loss(y, t):
        return float(np.sum((y - t) ** 2)), factor * (y - t)
    return loss


@pytest.mark.parametrize("layers", [("conv1", "tanh1"), ("flatten", "dense"), ("dense",)])
def test_a_loss_of_ones_own_is_checked_with_any_end(layers):
    ends = {"conv1": tc.Conv2D(1, 2, 3, rng=0), "tanh1": tc.Tanh(), "flatten": tc.Flatten(),
            "dense": tc.Dense(36, 4, rng=0)}
    x = np.random.default_rng(0).normal(size=(2, 36) if layers == ("dense",) else (2, 1, 6, 6))
    net = tc.Network(x.shape[1:], **{name: ends[name] for name in layers})
    t = np.ones(net.forward(x).y.shape)
    assert check(tc.Stepper(net, x, t, loss=loss_with(2))).ok
    stepper = tc.Stepper(net, x, t, loss=loss_with(1))
    found = check(stepper)
    assert not found.ok
    assert "The loss gives a wrong ∂L/∂y in" in found.text
    assert stepper.step.name == "loss"


def test_numbers_that_are_not_finite_are_not_called_wrong(stepper):
    stepper.set("conv2.W[0,0,0,0]", np.nan)
    found = check(stepper)
    assert found.ok is None
    assert "conv2.W holds NaN or infinity" in found.text
