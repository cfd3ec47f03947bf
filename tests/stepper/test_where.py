"""Where one stands is said: a step that failed, a training's batch, a start without numbers."""

import pytest
from broken_layers import InPlace
from debugger_session import Session
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper import StepError, Stepper


def test_a_step_that_failed_is_the_first_trouble():
    net = every_kind()
    stepper = tc.Stepper(tc.Network(net.input_shape, **{**net.layers, "relu2": InPlace()}),
                         *images())
    with pytest.raises(StepError):
        stepper.run()
    (found,) = stepper.troubles()
    assert (found.kind, found.step) == ("failed", "forward relu2")
    assert "InPlace raised ValueError" in found.text
    assert "writes into its argument (x)" in found.text
    stepper.jump(0)
    assert "forward relu2: InPlace raised" in stepper.troubles().text


def test_at_the_start_nothing_is_an_all_clear():
    session = Session()
    for command in ("sizes", "trouble"):
        assert "No step is done yet: `continue`" in session.type(command)
    session.type("next")
    assert "No step is done yet" not in session.type("trouble")


def test_a_layer_alone_is_its_forward_step_and_a_number_is_named():
    session = Session()
    assert "2/31  forward tanh1" in session.type("until tanh1")
    assert "breakpoint 1: forward pool1" in session.type("break 3")


def test_a_breakpoint_on_a_gradient_stops_once():
    session = Session()
    session.type("break dL/dconv1.W")
    assert "gradients conv1" in session.type("continue")
    assert "31/31" in session.type("continue")


def test_where_says_the_batch_of_a_training():
    x, t = images(9)
    history = tc.train(every_kind(), x, t, epochs=2, batch_size=2, stop=(2, 3))
    session = Session(Stepper.into(history))
    assert "epoch 2, batch 3 of 5, before its update: images" in session.type("where")
    assert "epoch 2, batch 3 of 5" in session.stepper._repr_html_()
    assert "2:3 again" in session.type("watch L", "again 2", "watch")
