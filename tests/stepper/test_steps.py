"""The steps are exactly the passes of the network, in order, forward and back again."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.network.loss import negative_log_likelihood_gradient
from tinycnn.training import sgd_update


def test_the_numbers_are_those_of_the_three_calls_bit_for_bit(net, stepper):
    x, t = stepper.trace["input"], stepper.t
    trace = net.forward(x)
    back = net.backward(trace, negative_log_likelihood_gradient(trace.y, t))
    grads = net.parameter_gradients(trace, back)
    stepper.run()
    for name in trace:
        assert np.array_equal(stepper.trace[name], trace[name]), name
        assert np.array_equal(stepper.gradients[name], back[name]), name
    new = {name: w.copy() for name, w in net.params.items()}
    sgd_update(new, grads, 0.1)
    for name in grads:
        assert np.array_equal(stepper.parameter_gradients[name], grads[name]), name
        assert np.array_equal(stepper.updated[name], new[name]), name
    assert stepper.loss == pytest.approx(-np.log(trace.y[range(3), t]).mean(), rel=1e-14)


def test_the_steps_of_the_papers_network():
    stepper = tc.Stepper(tc.face_net(), np.zeros((1, 1, 60, 60)), np.array([0]))
    assert len(stepper) == 14 + 1 + 14 + 5 + 5
    assert stepper.steps[0] == "forward conv1"
    assert stepper.steps[14] == "loss"
    assert stepper.steps[15] == "backward softmax"
    assert stepper.steps[28] == "backward conv1"
    assert stepper.steps[29] == "gradients conv1"
    assert stepper.steps[-1] == "update dense5"


def test_a_step_knows_its_formula_and_what_goes_in_and_comes_out(stepper):
    step = stepper.next()
    assert step.name == "forward conv1"
    assert step.number == 1
    assert "Σ" in step.formula
    assert "2p+i-1" in step.formula
    assert [q.name for q in step.inputs] == ["input", "conv1.W", "conv1.b"]
    assert [(q.letter, q.name, q.array.shape) for q in step.outputs] == [
        ("o", "conv1", (3, 3, 7, 10))]
    step = stepper.run("backward tanh1")
    assert [q.name for q in step.inputs] == ["dL/dtanh1", "tanh1"]
    assert [q.name for q in step.outputs] == ["dL/dconv1"]
    step = stepper.run("update conv2")
    assert "moved" in step.changed
    assert "λ = 0.1" in step.formula
    assert all(part in step.text for part in ("update conv2", "4 x 3 x 2 x 2", "dL/dconv2.b"))


def test_nothing_is_known_before_its_step(stepper):
    assert list(stepper.trace) == ["input"]
    assert stepper.loss is None
    assert not stepper.gradients
    stepper.run("loss")
    assert list(stepper.gradients) == ["softmax"]
    assert stepper.loss > 0
    stepper.run("backward relu2")
    assert list(stepper.gradients)[-1] == "conv2"
    assert "pool1" not in stepper.gradients


@pytest.mark.parametrize("position", [0, 1, 5, 11, 12, 13, 20, 23, 25, 27, 28, 31])
def test_back_and_forward_again_gives_the_same_numbers(stepper, position):
    def state():
        return (dict(stepper.trace), stepper.loss, dict(stepper.gradients),
                dict(stepper.parameter_gradients), dict(stepper.updated))

    def same(a, b):
        return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)

    stepper.run()
    end = state()
    stepper.jump(position)
    assert stepper.position == position
    there = state()
    fresh = tc.Stepper(stepper.net, stepper.trace["input"], stepper.t)
    fresh.run(position)
    assert same(there[0], fresh.trace)
    assert there[1] == fresh.loss
    assert same(there[2], fresh.gradients)
    assert same(there[3], fresh.parameter_gradients)
    assert same(there[4], fresh.updated)
    stepper.run()
    again = state()
    assert again[1] == end[1]
    assert all(same(a, b) for a, b in zip(again, end, strict=True) if isinstance(a, dict))


def test_the_network_that_was_given_stays_as_it_is(net, stepper):
    before = {name: w.copy() for name, w in net.params.items()}
    stepper.set("conv1.W[0,0,1,1]", 0.5)
    stepper.again()
    assert all(np.array_equal(before[name], w) for name, w in net.params.items())


def test_again_is_the_next_training_step(net, stepper):
    losses = []
    for _ in range(3):
        stepper.run()
        losses.append(stepper.loss)
        stepper.again()
    assert losses[0] > losses[1] > losses[2]
    assert stepper.position == 0
    # three steps of gradient descent by the network's own calls
    x, t = stepper.trace["input"], stepper.t
    for _ in range(3):
        trace = net.forward(x)
        back = net.backward(trace, negative_log_likelihood_gradient(trace.y, t))
        sgd_update(net.params, net.parameter_gradients(trace, back), 0.1)
    assert all(np.array_equal(stepper.net.params[name], w) for name, w in net.params.items())


def test_iterating_does_what_is_left(stepper):
    stepper.run("loss")
    names = [step.name for step in stepper]
    assert names[0] == "backward softmax"
    assert names[-1] == "update dense4"
    assert stepper.done


def test_a_knockout_is_replayed_to_the_same_step(net, stepper):
    stepper.run("backward conv2")
    y = stepper.trace.y
    effect = stepper.knock("tanh1", 2)
    assert stepper.step.name == "backward conv2"
    assert not stepper.trace["tanh1"][:, 2].any()
    assert stepper.trace["tanh1"][:, 1].any()
    expected = net.forward(stepper.trace["input"], {"tanh1": [1, 1, 0]}).y
    assert np.array_equal(effect.before, y)
    assert np.array_equal(effect.after, expected)
    assert np.array_equal(stepper.trace.y, expected)
    stepper.knock("relu2", 0, 0.5)
    assert set(stepper.gates) == {"tanh1", "relu2"}
    stepper.restore("tanh1")
    assert set(stepper.gates) == {"relu2"}
    stepper.restore()
    assert np.array_equal(stepper.trace.y, y)


def test_setting_a_weight_is_taken_back_by_restore(stepper):
    stepper.run()
    y, W = stepper.trace.y, stepper.net.params["conv1.W"].copy()
    effect = stepper.set("conv1.W[0,1,2,1]", 0.75)
    assert stepper.net.params["conv1.W"][0, 1, 2, 1] == 0.75
    assert stepper.done
    assert not np.array_equal(effect.before, effect.after)
    stepper.restore()
    assert np.array_equal(stepper.net.params["conv1.W"], W)
    assert np.array_equal(stepper.trace.y, y)


def test_one_image_may_come_alone():
    net, image = tc.face_net(3), np.zeros((1, 60, 60))
    assert tc.Stepper(net, image, 2).trace["input"].shape == (1, 1, 60, 60)
    assert tc.Stepper(net, image[None], 2).trace["input"].shape == (1, 1, 60, 60)


@pytest.mark.parametrize(("x", "t", "part"), [
    (np.zeros((2, 1, 60, 60)), np.array([0]), "as many|labels"),
    (np.zeros((1, 60, 60)), np.array([0, 1]), "one image without its"),
    (np.zeros((60, 60)), 1, "without their axis of channels"),
    (np.zeros((1, 1, 60, 60)), np.array([0.5]), "whole numbers"),
    (np.zeros((1, 1, 60, 60)), np.array([-1]), "whole numbers"),
    (np.zeros((0, 1, 60, 60)), np.array([], int), "expected images"),
])
def test_bad_images_and_labels_are_refused(x, t, part):
    with pytest.raises(tc.ShapeError, match=part):
        tc.Stepper(tc.face_net(3), x, t)


def test_a_label_that_the_network_has_no_class_for_stops_at_the_loss(net):
    stepper = tc.Stepper(net, np.zeros((1, 2, 13, 11)), np.array([5]))
    with pytest.raises(tc.ShapeError, match=r"labels go from 0 to 5.*\(1, 5\)"):
        stepper.run()
    assert stepper.step.name == "forward softmax"


def test_what_cannot_be_done_is_said(stepper):
    with pytest.raises(ValueError, match="no step to take back"):
        stepper.back()
    with pytest.raises(ValueError, match="did you mean backward conv2"):
        stepper.run("bakward conv2")
    with pytest.raises(ValueError, match="numbered 1 to 31"):
        stepper.run(99)
    stepper.run("loss")
    with pytest.raises(ValueError, match="jump"):
        stepper.run("forward conv1")
    with pytest.raises(ValueError, match="maps 0 to 2"):
        stepper.knock("tanh1", 3)
    with pytest.raises(ValueError, match="no layer 'tanh9'"):
        stepper.knock("tanh9", 0)
    with pytest.raises(ValueError, match="nothing is knocked out"):
        stepper.restore()
    stepper.knock("tanh1", 2)
    with pytest.raises(ValueError, match="maps 0 to 2, got 3"):
        stepper.restore("tanh1", 3)
    stepper.restore()
    stepper.run()
    with pytest.raises(ValueError, match="again"):
        stepper.next()
