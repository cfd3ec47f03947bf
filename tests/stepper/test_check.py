"""`check` finds the first wrong layer, goes there, and names a number that is wrong."""

import re
from threading import Lock

import broken_nets
import numpy as np
import pytest
from broken_layers import KeepsItsCache, NoParams, PlainTanh, Temperature
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


class FixedMask(NoParams):
    """Made for batches of five images."""

    mask = np.arange(5 * 12).reshape(5, 12) % 3 - 1.0

    def forward(self, x):
        return x * self.mask, None

    def backward(self, dy, _):
        return dy * self.mask


class WrongMask(FixedMask):
    def backward(self, dy, _):
        return -dy * self.mask


class Locked(PlainTanh):
    """It cannot be copied."""

    def __init__(self):
        super().__init__()
        self.lock = Lock()


class TwiceTheTemperature(Temperature):
    def parameter_gradients(self, dy, x):
        return {"T": np.array(2 * (dy * x).sum())}


class SoftmaxOverflows(tc.Softmax):
    def forward(self, x):
        y = np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)
        return y, y


@pytest.mark.parametrize(("layer", "scale", "ok", "said"), [
    (FixedMask, 1, True, "All gradients are right"), (WrongMask, 1, False, "the sign is wrong"),
    (Locked, 1, True, "middle was not checked alone: it cannot be copied"),
    (Temperature, 1, True, "All gradients are right"),
    (TwiceTheTemperature, 1, False, "2 times the right answer) Here is gradients middle. `explain "
     "middle.T` shows"),
    (SoftmaxOverflows, 300, None, "The numbers of softmax are not all finite")])
def test_layers_that_cannot_be_checked_as_usual(layer, scale, ok, said):
    rng = np.random.default_rng(0)
    own = {"middle": layer(), "dense2": tc.Dense(12, 3, rng=rng)} if scale == 1 else {}
    net = tc.Network((8,), dense1=tc.Dense(8, 12 if own else 3, rng=rng), **own,
                     softmax=tc.Softmax() if own else layer())
    net.params["dense1.W"][...] *= scale
    found = check(tc.Stepper(net, rng.normal(size=(5, 8)), np.arange(5) % 3))
    assert found.ok is ok
    assert said in " ".join(found.lines)
    assert found.lines[0].startswith("All") == (said[:3] == "All")


def test_params_that_are_a_property_are_not_checked():
    class NoSetter:
        params = property(lambda self: {})
        forward, backward = PlainTanh.forward, PlainTanh.backward

    net = every_kind()
    stepper = tc.Stepper(tc.Network(net.input_shape, **{**net.layers, "tanh1": NoSetter()}),
                         *images())
    stepper.run()
    assert stepper.explain("conv1", (0, 1, 2, 3)).ok
    found = stepper.check()
    assert found.ok is None
    assert "Nothing was checked: " in found.text
