"""Breakpoints with conditions, and what is done and shown where they stop."""

import numpy as np
import pytest
from debugger_session import Session
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper.terminal.breaks import parse


@pytest.fixture
def session():
    return Session()


def holds(stepper, what):
    """The steps of a whole training step after which a condition stops, and why."""
    point = parse(stepper, what)
    return [(step.name, reason) for step in stepper if (reason := point.reason(stepper, step))]


@pytest.fixture
def done():
    stepper = tc.Stepper(every_kind(), *images(2))
    stepper.run()
    return stepper


def test_a_condition_is_asked_once_when_its_last_number_is_known(done):
    again = tc.Stepper(every_kind(), *images(2))
    norm = np.sqrt((done.gradients["tanh1"].astype(float) ** 2).sum())
    most = np.abs(done.trace["tanh1"]).max()
    ((step, reason),) = holds(again, f"tanh1 if norm(dy) > {norm * 0.99} and max(abs(o)) < 2")
    assert step == "backward pool1"
    assert reason == f"norm(dy) = {norm:.6g}, max(abs(o)) = {most:.6g}"
    again.jump(0)
    assert not holds(again, f"tanh1 if norm(dy) > {norm * 1.01} and max(abs(o)) < 2")


@pytest.mark.parametrize(("what", "where"), [
    ("if L > 0", ["loss"]), ("L if L > 0", ["loss"]), ("tanh1 if L > 0", ["loss"]),
    ("tanh1 if L > 0 and max(o) > -2", ["loss"]),
    ("tanh1 if L > 0 and norm(dy) > 0", ["backward pool1"]),
    ("if L > last", []), ("tanh1 if norm(o) > 0", ["forward tanh1"]),
    ("conv1.W if mean(abs(dw)) > 0", ["gradients conv1"]),
    ("conv1.W if norm(dw) > 1e-9 * norm(w)", ["gradients conv1", "update conv1"]),
    ("conv1 if norm(w) > 0", ["update conv1"]),
    ("conv1.W if norm(dw) > 0 and norm(dy) > 0", ["gradients conv1"]),
    ("backward conv2 if max(dy) > -9", ["backward conv2"]), ("forward conv2 if max(dy) > -9", []),
    ("loss if L > 0", ["loss"]), ("update dense4 if norm(dw) > 0", ["update dense4"]),
    ("15 if norm(o) > 0", ["backward tanh3"]),
])
def test_where_it_stops(what, where):
    assert [step for step, _ in holds(tc.Stepper(every_kind(), *images(2)), what)] == where


def test_an_index_is_of_the_number_that_it_is_written_at(done):
    again, o = tc.Stepper(every_kind(), *images(2)), done.trace["tanh1"]
    ((_, reason),) = holds(again, f"tanh1[1,2,3,4] if o > {o[1, 2, 3, 4] - 0.001}")
    assert reason == f"tanh1[1,2,3,4] = {o[1, 2, 3, 4]:.6g}"
    again.jump(0)
    column = o[1, 1, :, 3]
    row = int(column.argmax())
    ((_, reason),) = holds(again, f"tanh1[1,1,:,3] if o >= {float(column.max()) - 1e-6}")
    assert reason == f"tanh1[1,1,{row},3] = {column[row]:.6g}"
    again.jump(0)
    ((_, reason),) = holds(again, f"tanh1[1,1,{row}:,3] if o >= {float(column.max()) - 1e-6}")
    assert reason == f"tanh1[1,1,{row},3] = {column[row]:.6g}"
    again.jump(0)
    norm = float((done.gradients["conv1"].astype(float) ** 2).sum() ** 0.5)
    assert holds(again, f"conv1.W[0,0,0,0] if abs(dw) > 0 and norm(dy) > {0.99 * norm}")


def test_last_is_the_loss_of_the_training_step_before():
    stepper = tc.Stepper(every_kind(), *images(2), learning_rate=0.01)
    session = Session(stepper)
    session.type("break if L < 0.999 * last")
    assert "31/31" in session.type("continue")          # not known in the first one
    assert "stopped by 1, if L < 0.999 * last: L = " in session.type("again", "continue")
    session.type("clear", "again 2", "break if last > 0 and L > 0")
    assert f"last = {stepper.losses[2]:.6g}" in session.type("continue")


@pytest.mark.parametrize(("command", "part"), [
    ("break L > 3", "`break if L > 3`"), ("break tanh1 > 3", "`break tanh1 if ... > 3`"),
    ("break tanh1 if |dy| > 1", "write `abs(...)` instead of `|`"),
    ("break tanh1 if exploding", "no 'exploding' to ask about"),
    ("break tanh1 if exploding", "or `if nan`, `if dead`, `if saturated`"),
    ("break tanh1 if 2 > 1", "asks about nothing"), ("break if last > 1", "asks about nothing"),
    ("break tanh1 if o > 1 and", "not understood"),
    ("break tanh1 if norm(dw) > 1", "tanh1 has no parameters, so no w and no dw; layers with"),
    ("break tanh1[0,9] if o > 1", "map 0 to 2"), ("break t", "no step computes t"),
    ("break norm(tanh1)", "no step computes norm(tanh1)"),
    ("break conv9", "'conv9' is no step; no number is called 'conv9' (did you mean conv"),
    ("tbreak", "stop where?"),
    ("condition", "which breakpoint? `condition 1"), ("condition 7 L > 1", "no breakpoint 7"),
    ("commands 7 print L", "no breakpoint 7; there are none"), ("clear 1 2", "no breakpoint 1"),
    ("display tanh9", "did you mean tanh"), ("undisplay L", "neither displayed nor watched"),
])
def test_a_wrong_command_says_what_is_possible(session, command, part):
    assert part in session.said(command)
    assert session.debugger.failed
    assert not session.debugger.breakpoints


def test_arrays_that_do_not_fit_are_an_error_and_the_session_goes_on(session):
    session.type("break conv1.W if dw > 0 and dy > 0")
    assert "shape" in session.said("continue")
    assert "28/31" in session.type("clear", "until update conv1", "where")


def test_tbreak_stops_once(session):
    assert "breakpoint 1: tanh1, once" in session.type("tbreak tanh1")
    assert "1  tanh1, once" in session.type("break")
    assert "stopped by 1, tanh1" in session.type("continue")
    assert "no breakpoints" in session.type("break")
    assert "31/31" in session.type("continue")


def test_condition_changes_a_breakpoint(session):
    session.type("tbreak backward conv2", "commands 1 print L")
    assert "1: backward conv2 if norm(dy) < 0, once; then print L" in session.type(
        "condition 1 norm(dy) < 0")
    assert "31/31" in session.type("continue")
    assert "breakpoint 1: backward conv2, once" in session.type("condition 1")
    assert "stopped by 1, backward conv2: step backward conv2" in session.type(
        "jump 0", "continue")
    session.type("break if nan")
    assert "stop where?" in session.said("condition 2")
    assert "breakpoint 2: if dead" in session.type("condition 2 if dead")


def test_commands_are_done_where_it_stops(session):
    session.type("break tanh1", "commands 1 print conv1.b[0]; where")
    answer = session.type("continue")
    assert answer.index("stopped by 1") < answer.index("conv1.b[0] = ")
    assert answer.count("2/31") == 2
    session.type("commands 1", "jump 0")
    assert "conv1.b[0]" not in session.type("continue")
    assert "cannot be done by a breakpoint" in session.said("commands 1 quit")
    assert "no command 'prnt' (did you mean print?)" in session.said("commands 1 prnt L")


def test_continue_in_commands_goes_on_with_what_was_stopped(session):
    session.type("break tanh1", "commands 1 print norm(tanh1); c")
    answer = session.type("again 3")
    assert answer.count("norm(tanh1) = ") == 6          # forward and backward
    assert "The updated parameters are in." in answer
    session.type("break tanh1")
    assert "stopped by 2" in session.type("again 2")    # the other one still stops
    assert session.stepper.position == 2


def test_commands_that_walk_do_not_begin_themselves_again(session):
    session.type("break tanh1", "commands 1 back; next")
    assert session.type("continue").count("stopped by 1") == 2
    assert session.stepper.position == 2


def test_display_prints_at_every_stop(session):
    assert session.type("display L norm(tanh1) tanh1") == (
        "L: not known yet\nnorm(tanh1): not known yet\ntanh1: not known yet\n")
    answer = session.type("until loss").splitlines()[-3:]
    o = session.stepper.trace["tanh1"].astype(float)
    assert answer[0] == f"L = {session.stepper.loss:.10g}"
    assert answer[1] == f"norm(tanh1) = {np.sqrt((o ** 2).sum()):.10g}"
    assert answer[2].startswith("tanh1   1 x 3 x 7 x 10   ")
    session.type("undisplay tanh1 L")
    assert session.type("display").startswith("norm(tanh1) = ")
    assert "nothing is displayed" in session.type("undisplay", "display")
