"""The debugger's commands: what they do, what they print, and their error messages."""

import io
import re

import numpy as np
import pytest
from debugger_session import Session
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper.terminal.completion import possible
from tinycnn.stepper.terminal.debugger import Debugger


@pytest.fixture
def session():
    return Session()


def test_walking(session):
    assert "1/31  forward conv1" in session.type("next")
    assert "3/31  forward pool1" in session.type("n 2")
    assert "15/31  backward tanh3" in session.type("until  backward   tanh3")
    assert session.debugger.prompt == "(15/31) "
    assert "14/31" in session.type("back")
    assert "12/31  loss" in session.type("jump loss")
    assert "the start" in session.type("jump 0")
    assert "31/31  update dense4" in session.type("continue")
    assert not session.debugger.failed


def test_an_empty_line_repeats_walking_and_nothing_else(session):
    session.type("next", "")
    assert session.stepper.position == 2
    session.type("back", "")
    assert session.stepper.position == 0
    session.type("next", "set conv1.W[0,0,1,1] 2", "")
    assert session.stepper.position == 1


def test_print(session):
    session.type("until loss")
    value = session.stepper.trace["tanh1"][0, 2, 3, 4]
    assert f"tanh1[0,2,3,4] = {value:.10g}" in session.type("print tanh1[0,2,3,4]")
    assert f"tanh1[0,2,3,4] = {value:.10g}" in session.type("p tanh1[-1,-1,3,4]")
    shown = session.type("print tanh1[0,2]")
    assert shown.startswith("tanh1[0,2]   7 x 10   ")
    numbers = re.findall(r"-?\d\.\d+(?:e-\d+)?", shown)[2:]
    assert np.allclose([float(n) for n in numbers], session.stepper.trace["tanh1"][0, 2].ravel(),
                       1e-3)
    assert "3 x 2" in session.type("print tanh1[0,:,2,3:5]")
    assert session.type("print L") == f"L = {session.stepper.loss:.10g}\n"
    gradient = tc.prediction_gradients(session.stepper.net, session.stepper.trace["input"],
                                       ["tanh1"])["tanh1"]
    true = session.stepper.t[0]
    assert f"= {gradient[0, true, 1, 2, 3]:.10g}" in session.type("print dy/dtanh1[0,1,2,3]")
    assert f"= {gradient[0, 3, 1, 2, 3]:.10g}" in session.type("print dy3/dtanh1[0,1,2,3]")


def test_what_is_printed_of_a_weight_is_the_new_one_behind_its_update(session):
    old = session.stepper.net.params["conv1.W"][0, 1, 1, 1]
    assert f"{old:.10g}" in session.type("print conv1.W[0,1,1,1]")
    new = session.type("until update conv1", "print conv1.W[0,1,1,1]")
    assert f"[0,1,1,1] (updated) = {session.stepper.updated['conv1.W'][0, 1, 1, 1]:.10g}" in new
    assert new.split()[-1] != f"{old:.10g}"
    assert "(updated)" in session.type("display norm(conv1.W)")
    assert "(updated)" not in session.type("print norm(dL/dconv1.W) dense4.b")


def test_breakpoints(session):
    assert "breakpoint 1: tanh1 if abs(dy) > 1e-9" in session.type("break tanh1 if abs(dy) > 1e-9")
    session.type("break loss")
    assert "stopped by 2, loss" in session.type("continue")
    assert "stopped by 1, tanh1 if abs(dy) > 1e-9: dL/dtanh1[" in session.type("continue")
    listed = session.type("break")
    assert "1  tanh1 if abs(dy) > 1e-9" in listed
    assert "2  loss" in listed
    assert "This was already true at step 2" in session.type("break tanh1 if o < 2")
    assert "breakpoint 1 is gone" in session.type("clear 1")
    assert "no breakpoint 1; there are 2, 3" in session.type("clear 1")
    assert "no breakpoints now" in session.type("clear")
    assert "31/31" in session.type("continue")


def test_a_breakpoint_stops_next_n_and_until_too(session):
    session.type("break forward pool1")
    assert "stopped by 1" in session.type("next 9")
    assert session.stepper.position == 3
    session.type("back 2")
    assert "stopped by 1" in session.type("until loss")


def test_knock_set_and_restore(session):
    session.type("until loss")
    y = session.stepper.trace.y.copy()
    t = int(session.stepper.t[0])
    answer = session.type("knock tanh1 1")
    assert f"y[0,{t}]" in answer
    assert f"{session.stepper.trace.y[0, t]:.4g}" in answer
    assert session.stepper.position == 12
    assert "conv1.W[0,0,1,1] = 0.5" in session.type("set conv1.W[0,0,1,1] = 0.5")
    assert "all restored" in session.type("restore")
    assert np.array_equal(session.stepper.trace.y, y)
    session.type("knock tanh1 1 0.25", "restore tanh1 1")
    assert np.array_equal(session.stepper.trace.y, y)


def test_grad_is_what_training_computes(session):
    session.type("until backward conv2")
    answer = session.type("grad")
    assert "conv2: ∂L/∂w = ∂L/∂y · ∂y/∂o · ∂o/∂w" in answer
    assert "1 x 5 x 4 x 4 x 5" in answer
    assert answer.count("the same as training computes") == 2
    assert "tanh1: ∂L/∂o" in session.type("grad tanh1")
    assert "the same as training" in session.type("grad softmax")


def test_grad_says_so_where_a_gradient_is_wrong():
    class HalfSoftmax(tc.Softmax):
        def backward(self, dy, cache):
            return super().backward(dy, cache) / 2

    net = every_kind()
    net = tc.Network(net.input_shape, **{**net.layers, "softmax": HalfSoftmax()})
    session = Session(tc.Stepper(net, *images(2)))
    session.type("until loss")
    assert "NOT what training computes" in session.type("grad conv1")


def test_again_goes_on_with_the_new_weights(session):
    session.type("next")
    assert "The updated parameters are in" in session.type("again")
    assert session.stepper.position == 0


def test_show(session):
    session.type("until loss")
    assert session.type("show tanh1").count("\n") >= 5
    one = session.type("show tanh1 2")
    assert one.startswith("tanh1 map 2\n")
    assert re.search(r"' ' is -?[\d.]+, '@' is -?[\d.]+", one)
    assert "filter 3" in session.type("show conv2.W")
    assert "channel 0 of 3; `show conv2.W[:,1:2]` shows another" in session.type("show conv2.W")
    assert "filter 1" in session.type("show conv2.W[:,1:2]")
    assert "the true class" in session.type("show y")
    assert "from unit down" in session.type("show dense4.W")
    assert len(session.type("show dense3.b").splitlines()) == 6
    assert "maps 0 to 2, got 7" in session.type("show tanh1 7")
    assert "no maps to choose from" in session.type("show dense3 1")


def test_where_and_trouble(session):
    session.stepper.net.params["conv1.W"][...] *= 1000
    session.type("until loss")
    assert "! tanh1 is saturated" in session.type("where")
    assert "forward tanh1: tanh1 is saturated" in session.type("trouble")
    assert "none" in Session().type("trouble")


def test_check_goes_to_the_wrong_layer_and_shows_the_step():
    class Wrong(tc.Tanh):
        def backward(self, dy, cache):
            return -super().backward(dy, cache)

    net = every_kind()
    session = Session(tc.Stepper(tc.Network(net.input_shape, **{**net.layers, "tanh1": Wrong()}),
                                 *images(1)))
    assert "22/31  backward tanh1   Wrong()" in session.type("check")
    assert session.debugger.prompt == "(22/31) "
    assert "31/31" not in Session().type("check")


def test_compare_and_sizes(session):
    assert "softmax" in session.type("continue", "sizes")
    assert "first differ at conv1.W" in session.type("again", "compare")


@pytest.mark.parametrize(("command", "part"), [
    ("nxt", "no command 'nxt' (did you mean next?); there are next, back"),
    ("frobnicate", "no command 'frobnicate'; there are next, back"),
    ("next -1", "expected 1 or more"), ("next x", "next 'x': expected a whole number"),
    ("back", "no step to take back"), ("until", "until which step?"),
    ("until bakward conv2", "did you mean backward conv2?"), ("until 99", "numbered 1 to 31"),
    ("print", "print which numbers? `print tanh1[0,3]`"),
    ("print tanh1", "step 2, forward tanh1, computes it"),
    ("print conv9", "no number is called 'conv9' (did you mean conv"),
    ("print conv1.W[9]", "conv1.W has filter 0 to 2"), ("show", "show what?"),
    ("show conv1.W[0:0]", "there is no such index"), ("print max(conv1.b[7:])", "no such index"),
    ("explain", "explain which number?"),
    ("grad", "∂L/∂y, is not known yet"), ("knock tanh1", "knock which map?"),
    ("knock tanh1 x", "map 'x': expected a whole number"), ("knock tanh1 9", "maps 0 to 2"),
    ("knock tanh9 0", "no layer 'tanh9'; there are conv1, tanh1"),
    ("set conv1.W[0,0,0,0] x", "value 'x': expected a number"), ("set 3", "set what?"),
    ("set tanh1[0,0,0,0] 3", "forward tanh1, computes it"),
    ("restore", "nothing is knocked out or set"), ("restore tanh1", "no map of 'tanh1'"),
    ("break tanh1 if", "there is nothing after `if`"),
    ("clear 3", "no breakpoint 3; there are none"),
    ("print dy/dtanh1", "until loss"), ("jump", "jump to which step?"), ("help nxt", "no command"),
])
def test_a_wrong_command_says_what_is_possible_and_changes_nothing(session, command, part):
    answer = " ".join(session.type(command).split())
    assert part in answer
    assert session.debugger.failed
    assert session.stepper.position == 0
    assert "1/31" in session.type("next")       # the session goes on


def test_an_exception_in_a_students_layer_stops_there_and_the_session_goes_on():
    class Broken(tc.Tanh):
        def backward(self, dy, cache):
            raise IndexError("off by one")

    net = every_kind()
    session = Session(tc.Stepper(tc.Network(net.input_shape, **{**net.layers, "tanh1": Broken()}),
                                 *images(1)))
    answer = session.type("continue")
    assert "backward tanh1: Broken raised IndexError: off by one" in answer
    assert "it was given dy (1, 3, 7, 10)" in answer
    assert 'raise IndexError("off by one")' in answer
    assert session.debugger.prompt == "(21/31) "
    assert "tanh1[0,1,1,3] = " in session.type("explain tanh1[0,1,1,3]")
    assert "They agree" in session.out.getvalue()
    assert "a layer after input raised IndexError" in session.type("print dy/dinput")


def test_help_fits_and_covers_every_command(session):
    text = session.type("help")
    assert all(len(line) <= 79 for line in text.splitlines())
    for command in session.debugger.commands():
        assert re.search(rf"^  {command}\b", text, re.MULTILINE), command
        more = session.type(f"help {command}")
        assert len(more.strip()) > 10
        assert all(len(line) <= 79 for line in more.splitlines())
    for group in ("Walking", "Training steps", "Looking", "Stopping", "Changing"):
        assert f"\n{group}\n" in f"\n{text}"
    assert "backward conv2" in session.type("help until")
    assert session.type("help n") == session.type("help next")


@pytest.mark.parametrize("command", ["list", "where", "trouble", "break", "show tanh1",
                                     "grad conv1", "explain tanh1[0,1,2,3]", "print tanh1[0]",
                                     "explain conv1.W[0,1,1,1]", "show y", "explain y[0,2]",
                                     "explain dense3[0,4]", "knock tanh1 1", "print dense3.W",
                                     "sizes", "check", "explain conv2", "watch"])
def test_everything_fits_into_80_columns(session, command):
    session.type("continue")
    lines = session.type(command).splitlines()
    assert lines
    assert max(map(len, lines)) <= 79, max(lines, key=len)


def test_completion():
    stepper = tc.Stepper(every_kind(), *images(1))
    debugger = Debugger(stepper, stdout=io.StringIO())
    assert debugger.completenames("unt") == ["until"]
    line = "until backward po"
    assert debugger.completedefault("po", line, 15, 17) == ["pool2", "pool1"]
    assert "forward" in possible(stepper, "until", [])
    assert possible(stepper, "break", ["tanh1"]) == ["if"]
    assert "nan" in possible(stepper, "break", ["tanh1", "if"])
    assert debugger.completedefault("dL/dconv1.", "print dL/dconv1.", 6, 16) == [
        "dL/dconv1.W", "dL/dconv1.b"]
    assert debugger.completedefault("tan", "e tan", 2, 5) == ["tanh1", "tanh3"]
    assert possible(stepper, "knock", ["tanh1"]) == []
    assert debugger.complete_help("ex") == ["explain"]
    line = "watch L norm(dL/dconv1."
    assert debugger.completedefault("norm(dL/dconv1.", line, 8, 23) == [
        "norm(dL/dconv1.W", "norm(dL/dconv1.b"]
    assert possible(stepper, "tbreak", ["tanh1"]) == ["if"]
    assert "norm(dy)" in possible(stepper, "break", ["tanh1", "if", "L", ">", "1", "and"])
    assert possible(stepper, "back", []) == ["again", "batch"]


def test_a_script_shows_its_commands_and_stops_at_quit():
    session = Session()
    session.debugger.run_script(["# a comment", "", "next", "quit", "next"])
    text = session.out.getvalue()
    assert "(0/31) next" in text
    assert "(1/31) quit" in text
    assert "comment" not in text
    assert session.stepper.position == 1


def test_without_unicode_there_are_plain_characters():
    class Ascii(io.StringIO):
        encoding = "ascii"

    out = Ascii()
    debugger = Debugger(tc.Stepper(every_kind(), *images(1)), color="never", stdout=out)
    debugger.run_script(["help", "until backward conv1", "explain tanh1[0,1,2,3]", "show y",
                         "show tanh1", "grad", "list", "knock tanh1 0", "continue"])
    out.getvalue().encode("ascii")
    assert "sum w*o'" in out.getvalue()
    assert "dL/do = sum_k dL/dy_k * dy_k/do" in out.getvalue()


def test_a_loss_of_ones_own_without_labels():
    layers = {name: layer for name, layer in every_kind().layers.items() if name != "softmax"}
    x, _ = images(2)
    stepper = tc.Stepper(tc.Network(every_kind().input_shape, **layers), x, np.ones((2, 5)),
                         loss=lambda y, t: (float(((y - t) ** 2).mean()), 2 * (y - t) / y.size))
    session = Session(stepper)
    assert "The updated parameters are in. L: " in session.type("again 2")
    assert "the true class" not in session.type("until loss", "show y")
    assert "2 x 5" in session.type("print t")
    assert not session.debugger.failed
