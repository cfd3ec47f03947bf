"""NaN, dead maps and saturated layers are found, and the step that began them is named."""

import re

import broken_nets
import numpy as np
import pytest
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper.terminal.breaks import parse
from tinycnn.stepper.trouble import Troubles


def stepper_with(**params):
    net = every_kind()
    for name, change in params.items():
        change(net.params[name.replace("_", ".")])
    return tc.Stepper(net, *images())


def stopped_at(stepper, text):
    """The step at which a breakpoint stops, and why."""
    breakpoint_ = parse(stepper, text)
    for step in stepper:
        reason = breakpoint_.reason(stepper, step)
        if reason:
            return step.name, reason
    return None, None


def fill(value, *index):
    def change(array):
        array[index or ...] = value
    return change


def test_a_healthy_network_has_no_trouble():
    stepper = tc.Stepper(every_kind(), *images())
    stepper.run()
    assert stepper.troubles() == []


def test_a_nan_is_found_where_it_comes_in():
    stepper = stepper_with()
    stepper.run("forward tanh1")
    stepper.net["relu2"].forward = lambda x: (np.log(x), x)
    step, reason = stopped_at(stepper, "if nan")
    assert step == "forward relu2"
    assert "NaN in" in reason
    assert "forward relu2 brought it in: all its inputs are finite" in reason
    later = stepper.run("forward flatten")
    assert later.name == "forward flatten"
    troubles = [t for t in stepper.troubles() if t.kind == "nan"]
    assert [t.step for t in troubles] == ["forward relu2", "forward pool2", "forward flatten"]
    assert [t.brought_in for t in troubles] == [True, False, False]
    assert "it came with pool2" in troubles[2].text


def test_a_nan_in_the_weights_is_said_to_come_with_them():
    stepper = stepper_with(conv2_W=fill(np.nan, 2, 0, 1, 1))
    step, reason = stopped_at(stepper, "if nan")
    assert step == "forward conv2"
    assert "forward conv2 brought it in: conv2.W contains it" in reason


def test_a_breakpoint_without_a_layer_stops_only_where_it_begins():
    stepper = stepper_with(conv2_W=fill(np.nan, 2, 0, 1, 1))
    anywhere, there = parse(stepper, "if nan"), parse(stepper, "pool2 if nan")
    stopped = [step.name for step in stepper if anywhere.reason(stepper, step)]
    assert stopped[0] == "forward conv2"
    assert "forward pool2" not in stopped
    assert there.reason(stepper, stepper.taken[stepper.number("forward pool2") - 1])


def test_an_infinite_number_is_trouble_too():
    stepper = stepper_with(dense4_b=fill(np.inf, 1))
    stepper.run("forward softmax")
    assert [t.kind for t in stepper.troubles()] == ["nan", "nan"]
    assert "infinity in 3 of 15 numbers of dense4" in stepper.troubles()[0].text


def test_dead_maps_are_named_with_the_step_that_killed_them():
    stepper = stepper_with(conv2_b=fill(-50.0, slice(1, 4)))    # three ReLU maps are off
    step, reason = stopped_at(stepper, "if dead")
    assert step == "backward relu2"
    assert "maps 1, 2, 3 of conv2 dead, 3 of 4" in reason
    assert "backward relu2 brought it in" in reason
    stepper.run()
    assert [t.step for t in stepper.troubles() if t.kind == "dead"] == ["backward relu2"]


def test_a_dead_map_is_passed_on_through_layers_that_keep_maps_apart():
    stepper = stepper_with(conv2_W=fill(0.0, slice(None), 1))   # no filter uses map 1 of pool1
    stepper.run()
    dead = [t for t in stepper.troubles() if t.kind == "dead"]
    assert [(t.step, t.quantity.layer, t.maps, t.brought_in) for t in dead] == [
        ("backward conv2", "pool1", (1,), True), ("backward pool1", "tanh1", (1,), False),
        ("backward tanh1", "conv1", (1,), False)]


def test_a_knocked_out_map_is_said_to_be_one():
    stepper = stepper_with()
    stepper.knock("tanh1", 2)
    step, reason = stopped_at(stepper, "conv1 if dead")
    assert step == "backward tanh1"
    assert "knocked out" in reason


@pytest.mark.parametrize("factor", [1.0, 100.0])
def test_saturation_is_found_behind_weights_that_are_too_large(factor):
    net = every_kind()
    net.params["conv1.W"][...] *= factor
    stepper = tc.Stepper(net, *images())
    step, reason = stopped_at(stepper, "if saturated")
    if factor == 1:
        assert step is None
    else:
        assert step == "forward tanh1"
        assert "conv1 brought it in" in reason
        assert "|o| > 0.99 in 9" in reason


def test_a_loss_that_is_no_number_contradicts_nothing():
    stepper = stepper_with(conv2_W=fill(np.nan, 2, 0, 1, 1))
    stepper.run()
    explanation = stepper.explain("tanh1", (0, 1, 2, 3))
    assert explanation.nudge.verdict == "nan"
    assert "not finite here" in explanation.text


def test_the_term_that_is_no_number_comes_first():
    stepper = stepper_with(conv2_W=fill(np.nan, 2, 0, 1, 1))
    stepper.run()
    explanation = stepper.explain("conv2", (0, 2, 1, 1))
    (a_sum,) = explanation.parts[0].sums
    assert a_sum.factors[0].name(a_sum.order()[0]) == "conv2.W[2,0,1,1]"
    assert a_sum.ok                     # the pass has a NaN there as well
    assert "NOT THE SAME" not in explanation.text


# --- breakpoints ------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "step"), [
    ("backward conv2", "backward conv2"), ("loss", "loss"), ("14", "backward dense4"),
    ("conv1.W[0,1,1,1]", "gradients conv1"), ("conv1.W", "gradients conv1"),
    ("tanh1", "forward tanh1"), ("y", "forward softmax"), ("L", "loss"),
    ("dL/dtanh1", "backward pool1"), ("input if abs(dy) > 1e-9", "backward conv1"),
    ("tanh1 if abs(dy) > 1e-9", "backward pool1"), ("if abs(dy) > 1e-9", "loss"),
    ("conv2.b if dw < 100", "gradients conv2"), ("if L > 0", "loss"),
    ("tanh1[0,1,2,3] if o < 2", "forward tanh1"), ("conv2.W if abs(w) < 9", "update conv2"),
    ("if o > 1e9", None), ("tanh1[0,1] if abs(o)>0.1", "forward tanh1"),
])
def test_a_breakpoint_stops_where_it_says(text, step):
    stepper = tc.Stepper(every_kind(), *images())
    found, reason = stopped_at(stepper, text)
    assert found == step
    assert (reason is None) == (step is None)


def test_a_breakpoint_on_a_number_stops_again_at_its_update():
    stepper = tc.Stepper(every_kind(), *images())
    breakpoint_ = parse(stepper, "conv1.W[0,1,1,1]")
    hits = [(step.name, reason) for step in stepper
            if (reason := breakpoint_.reason(stepper, step))]
    assert [name for name, _ in hits] == ["gradients conv1", "update conv1"]
    assert f"{stepper.parameter_gradients['conv1.W'][0, 1, 1, 1]:.6g}" in hits[0][1]


def test_the_reason_names_the_number():
    stepper = tc.Stepper(every_kind(), *images())
    _, reason = stopped_at(stepper, "tanh1 if abs(o) > 0.5")
    over = np.argwhere(np.abs(stepper.trace["tanh1"]) > 0.5)
    index = tuple(int(i) for i in over[0])
    assert reason.startswith(f"tanh1[{','.join(map(str, index))}] = ")
    assert f"and {len(over) - 1} more" in reason


@pytest.mark.parametrize(("text", "part"), [
    ("tanh9", "did you mean tanh"), ("backward tanh9", "did you mean backward tanh"),
    ("tanh1 if", "there is nothing after `if`"), ("if", "nothing"),
    ("tanh1 if nann", "`if nan`, `if dead`"), ("tanh1 if q > 1", "no 'q' to ask about"),
    ("tanh1 if dy > one", "no 'one' to ask about"),
    ("conv2 if w ==", "`w ==` is not understood"), ("tanh1[9,0]", "tanh1 has image 0 to 2"),
    ("tanh1[0,1] if dead", "for a whole layer"), ("999", "numbered 1 to 31"),
])
def test_a_breakpoint_that_is_none_says_what_is_possible(text, part):
    stepper = tc.Stepper(every_kind(), *images())
    with pytest.raises(ValueError, match=re.escape(part)):
        parse(stepper, text)



# --- origins, and what only passes them on ----------------------------------------------------


def broken(name):
    """A broken network's stepper at its end, and its troubles."""
    net, x, t, rate = getattr(broken_nets, name)()
    stepper = tc.Stepper(net, x, t, learning_rate=rate)
    stepper.run()
    return stepper, Troubles(stepper.troubles())


def test_the_origin_comes_first_and_the_rest_is_counted():
    stepper = stepper_with(conv1_W=fill(np.nan, 0, 0, 1, 1))
    stepper.run()
    found = Troubles(stepper.troubles())
    assert len(found) > 30
    assert [step for step, _ in found.lines()] == ["forward conv1", "and so on"]
    assert found.text.startswith("forward conv1: NaN in 210 of 630 numbers of conv1")
    assert "is passed on in 30 later steps, from forward tanh1 to update dense4" in " ".join(
        found.text.split())
    assert "<table" in found._repr_html_()
    assert "array" not in repr(found)


@pytest.mark.parametrize("where", ["input", "gate"])
def test_what_no_step_has_made_is_an_origin_too(where):
    x, t = images()
    if where == "input":
        x[1, 0, 3, 4] = np.inf
    stepper = tc.Stepper(every_kind(), x, t)
    if where == "gate":
        stepper.knock("tanh1", 1, np.nan)
    stepper.run()
    first = next(trouble for trouble in stepper.troubles() if trouble.brought_in)
    assert first.text.endswith({"input": "forward conv1 brought it in: input contains it",
                                "gate": "forward tanh1 brought it in: gates of tanh1 contains it"
                                }[where])


def test_no_trouble_is_said_in_a_sentence():
    assert Troubles([]) == []
    assert Troubles([]).text.startswith("none: no NaN, no dead map")


@pytest.mark.parametrize("name", ["dropout", "stateful"])
def test_an_impure_layer_is_accused_and_none_of_its_neighbours(name):
    _, found = broken(name)
    layer = {"dropout": "tanh4", "stateful": "tanh2"}[name]
    assert [(one.kind, one.step) for one in found] == [("impure", f"forward {layer}")]


def test_a_network_without_a_softmax_is_named_and_not_the_loss():
    _, found = broken("no_softmax")
    assert [(one.kind, one.step) for one in found if one.brought_in] == [
        ("probabilities", "forward dense5")]
    loss = next(one for one in found if one.step == "loss")
    assert loss.text.endswith("dense5 gives no probabilities")


def test_what_is_0_at_the_loss_already_is_not_passed_on():
    _, found = broken("mse_sigmoid")
    assert [step for step, _ in found.lines()] == ["forward softmax"]
    assert [one.kind for one in found if not one.brought_in] == ["dead"]


def test_logarithms_of_probabilities_are_known_as_such():
    class LogSoftmax(tc.Softmax):
        def forward(self, x):
            y, cache = super().forward(x)
            return np.log(y), cache

    net, x, t, rate = broken_nets.with_layers(softmax=LogSoftmax())
    stepper = tc.Stepper(net, x, t, learning_rate=rate)
    stepper.run("forward softmax")
    (one,) = stepper.troubles()
    assert "they are logarithms of probabilities" in one.text


def test_a_loss_of_ones_own_needs_no_probabilities():
    net, x, t, _ = broken_nets.mse_sigmoid()
    stepper = tc.Stepper(net, x, t, loss=lambda y, t: (float(y.sum()), np.ones_like(y)))
    stepper.run()
    assert stepper.troubles() == []


def test_a_true_class_too_small_for_the_precision_is_said():
    _, found = broken("exploding")
    assert [(one.kind, one.step) for one in found if one.brought_in] == [("underflow", "loss")]
    assert "in 4 of 4 images, first in image 0" in found[0].text


@pytest.mark.parametrize(("images_", "off", "said"), [
    (1, 5, False), (1, 6, True),        # a single image: a few units that are off are usual
    (60, 3, False), (60, 4, True)])     # more images: half of the units
def test_a_few_units_of_a_relu_may_be_off(images_, off, said):
    rng = np.random.default_rng(0)
    net = tc.Network((4,), dense1=tc.Dense(4, 6, rng=rng), relu=tc.ReLU(),
                     dense2=tc.Dense(6, 3, rng=rng), softmax=tc.Softmax())
    net.params["dense1.b"][...] = [-9] * off + [9] * (6 - off)
    stepper = tc.Stepper(net, rng.normal(size=(images_, 4)), np.zeros(images_, int))
    stepper.run()
    assert [trouble.kind for trouble in stepper.troubles()] == ["dead"] * said


class OtherSoftmax(tc.Softmax):
    """Of all numbers, over an axis; it may overflow."""

    axis = 1

    def forward(self, x):
        y = np.exp(x) / np.exp(x).sum(axis=self.axis, keepdims=True)
        return y, y


class OverImages(OtherSoftmax):
    axis = 0


class OverAll(OtherSoftmax):
    axis = None


def ends_with(layer, scale=1):
    rng = np.random.default_rng(0)
    net = tc.Network((4,), dense=tc.Dense(4, 3, rng=rng), softmax=layer)
    net.params["dense.W"][...] *= scale
    return tc.Stepper(net, rng.normal(size=(5, 4)).astype(np.float32), np.arange(5) % 3)


@pytest.mark.parametrize(("layer", "scale", "said"), [
    (OtherSoftmax(), 300, "e^x overflows for x over 89, and x goes to"),
    (OverImages(), 1, "summed over the images, not the classes, they give 1: a wrong axis?"),
    (OverAll(), 1, "summed all together they give 1: a wrong axis?")])
def test_a_softmax_that_goes_wrong_is_told_why(layer, scale, said):
    stepper = ends_with(layer, scale)
    stepper.run()
    found = stepper.troubles()
    assert said in found[0].text
    assert "underflow" not in [one.kind for one in found]       # L is NaN, or y_t is not too small


def test_a_knocked_out_class_is_not_blamed_on_the_loss():
    stepper = ends_with(tc.Softmax())
    stepper.knock("softmax", 1)
    stepper.run()
    (one,) = (one for one in stepper.troubles() if one.brought_in)
    assert one.text.endswith("y of a true class is 0, since softmax is knocked out there")


class MixesImages(tc.Flatten):
    def forward(self, x):
        return x.transpose(1, 2, 3, 0).reshape(len(x), -1), x.shape

    def backward(self, dy, shape):
        return dy.reshape(*shape[1:], shape[0]).transpose(3, 0, 1, 2)


def test_mixed_images_are_said_to_be_a_possible_mistake():
    stepper = tc.Stepper(tc.Network((2, 13, 11), **every_kind().layers | {
        "flatten": MixesImages()}), *images())
    stepper.run()
    (one,) = stepper.troubles()
    assert (one.kind, one.step) == ("mixed", "forward flatten")
    assert "right for a batch normalisation, else a reshape or an axis is wrong" in one.text
