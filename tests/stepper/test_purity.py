"""Layers that are not pure are named, with what they do; the stepped network notices nothing."""

from threading import Lock

import broken_layers
import numpy as np
import pytest
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper.purity import impure
from tinycnn.stepper.steps import StepError


def stepper_with(layer):
    return tc.Stepper(tc.Network((2, 13, 11), **{**every_kind().layers, "tanh1": layer}), *images())


@pytest.mark.parametrize(("name", "said"), [
    ("Dropout", "different numbers: y"), ("GlobalDropout", "different numbers: y"),
    ("KeepsItsCache", "dx for an earlier cache changes"), ("InPlace", "forward overwrites x"),
    ("InPlaceBack", "backward overwrites dy"), ("OneBuffer", "y of one call changes")])
def test_an_impure_layer_is_named_with_what_it_does(name, said):
    stepper = stepper_with(getattr(broken_layers, name)())
    stepper.run("forward conv1")
    state = np.random.get_state()[1].copy()         # noqa: NPY002
    assert impure(stepper, "tanh1").startswith(f"tanh1, {name}: ")
    assert said in impure(stepper, "tanh1")
    assert np.array_equal(np.random.get_state()[1], state)      # noqa: NPY002
    try:
        stepper.run()
    except StepError:
        return
    assert [layer for layer in stepper.net.layers if impure(stepper, layer)] == ["tanh1"]


def test_the_stepped_numbers_are_the_same_after_a_probe():
    asked, other = (stepper_with(broken_layers.KeepsItsCache()) for _ in range(2))
    asked.run("loss")
    assert impure(asked, "tanh1")
    asked.run()
    other.run()
    for name, gradient in other.parameter_gradients.items():
        assert np.array_equal(gradient, asked.parameter_gradients[name])


def test_a_pure_layer_and_one_that_cannot_be_tried_are_not_accused():
    stepper = stepper_with(broken_layers.PlainTanh())
    assert impure(stepper, "tanh1") == ""           # its input is not computed yet
    stepper.set("conv1.W[0,0,0,0]", np.nan)
    stepper.run()
    assert impure(stepper, "tanh1") == ""
    raises, locked = broken_layers.PlainTanh(), broken_layers.KeepsItsCache()
    raises.forward = lambda x: 1 / 0
    locked.lock = Lock()        # which cannot be copied
    for layer in (raises, locked):
        stepper = stepper_with(layer)
        stepper.run("forward conv1")
        assert impure(stepper, "tanh1") == ""
