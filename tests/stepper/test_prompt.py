"""The prompt: short names, words of pdb and gdb, narrow terminals, and where nobody can type."""

import io
import os
import re
import subprocess
import sys

import pytest
from debugger_session import Session

from tinycnn.stepper.terminal.foreign import FOREIGN
from tinycnn.stepper.terminal.prompt import usable


@pytest.fixture
def session():
    return Session()


@pytest.mark.parametrize(("typed", "meant"), [
    ("n", "next"), ("s", "next"), ("step", "next"), ("b", "break"), ("c", "continue"),
    ("cont", "continue"), ("u", "until"), ("unt", "until"), ("p", "print"), ("e", "explain"),
    ("w", "where"), ("bt", "where"), ("l", "list"), ("ll", "list"), ("j", "jump"), ("q", "quit"),
    ("exit", "quit"), ("EOF", "quit"), ("h", "help"), ("tb", "tbreak"), ("delete", "clear"),
    ("del", "clear"), ("cond", "condition"), ("disp", "display"), ("un", "un"), ("r", "r"),
    ("dis", "dis"), ("prin", "print")])
def test_short_names_are_those_of_pdb_and_gdb(session, typed, meant):
    assert session.debugger.full_name(typed) == meant


def test_b_is_break_and_undoes_nothing(session):
    session.type("next 3")
    assert "breakpoint 1: backward conv1" in session.type("b backward conv1")
    assert session.stepper.position == 3


def test_a_word_of_pdb_or_gdb_names_the_right_one(session):
    commands = session.debugger.commands()
    for word, answer in FOREIGN.items():
        said = session.said(f"{word} 3" if word != "!" else "!x = 3")
        assert said.startswith(f"`{word}` is of pdb or gdb; here "), word
        named = [name.split()[0] for name in answer.split("`")[1::2]]
        assert named
        assert all(name in commands for name in named if name != "tinycnn"), word
        assert word not in commands
    assert "`finish` is of pdb or gdb; here `until backward conv1`" in session.said("finish")
    assert "`x` is of pdb or gdb" in session.said("x/4 tanh1")


@pytest.mark.parametrize("command", [
    "list backward", "where 3", "net conv1", "trouble tanh1", "continue 3", "quit now",
    "sizes conv1", "check conv1", "compare 1"])
def test_what_a_command_does_not_read_is_said(session, command):
    word, _, rest = command.partition(" ")
    assert f"`{word}` takes nothing after it, got '{rest}'" in session.type(command)
    assert session.debugger.failed
    assert not session.stopped


@pytest.mark.parametrize(("command", "part"), [
    ("L", "L is a number: `print L` shows it"), ("tanh1[0,1]", "`print tanh1[0,1]` shows it"),
    ("conv1.W[0,0,0,0] = 3", "`set conv1.W[0,0,0,0] 3` changes it"),
    ("print tanh1(0,1)", "did you mean tanh1[0,1]?"), ("print conv1.w", "did you mean conv1.W?"),
    ("print loss", "did you mean L?"), ("print conv1.grad", "did you mean dL/dconv1?"),
    ("print conv1.W.grad", "did you mean dL/dconv1.W?"), ("print CONV1", "did you mean conv1?"),
    ("until conv1", "forward conv1 was passed already"),
    ("back 99", "back 99: only 3 steps are done"),
    ("restore tanh1 1 2", "restore what?"), ("show tanh1 1 2", "show what?"),
    ("print tanh1 tanh9", "no number is called 'tanh9'"), ("print norm(tanh1", "expected a name"),
    ("explain norm(tanh1)", "such as tanh1 with an index"), ("back foo", "expected a whole number"),
    ("set norm(conv1.W) 3", "such as conv1.W with an index"), ("print conv1.W[", "expected a name"),
])
def test_small_mistakes_get_a_hint(session, command, part):
    session.type("next 3")
    assert part in session.said(command)
    assert session.debugger.failed
    assert session.stepper.position == 3


def test_several_numbers_are_printed_and_spaces_may_be_in_brackets(session):
    session.type("until loss")
    lines = session.type("print L tanh1[0, 1, 2, 3] norm( conv1.W )").splitlines()
    assert [line.split(" = ")[0] for line in lines] == ["L", "tanh1[0,1,2,3]", "norm( conv1.W )"
                                                         .replace(" ", "")]
    assert session.type("show tanh1[0, 1]") == session.type("show tanh1[0,1]")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("width", [30, 40, 60, 80])
def test_sentences_fit_a_narrow_terminal_and_no_word_is_broken(monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    wide, narrow = Session(), Session()
    narrow.debugger.stdout = narrow.out = Terminal()
    for command in ("nxt", "finish", "print tanh1", "break tanh1 if o >", "next", "help break",
                    "sizes", "until loss"):
        said = narrow.type(command)
        assert max(map(len, said.splitlines())) < width
        assert said.split() == wide.type(command).split()


@pytest.mark.parametrize("color", ["always", "never"])
@pytest.mark.parametrize("width", [30, 40])
def test_maps_and_bars_fit_a_narrow_terminal(monkeypatch, width, color):
    monkeypatch.setenv("COLUMNS", str(width))
    session = Session(color=color)
    session.debugger.stdout = session.out = Terminal()
    session.type("continue")
    for command in ("show tanh1", "show conv2.W", "show dense3.W", "show conv1 1", "show y"):
        plain = re.sub(r"\x1b\[[\d;]+m", "", session.type(command))
        assert max(map(len, plain.splitlines())) < width, command


@pytest.mark.parametrize("close", ["", "<&-"])
def test_where_stdin_is_closed_it_says_what_works_and_ends(close):
    code = ("import tinycnn as tc; f = tc.drawn_faces(people=1)\n"
            "print(tc.debug(tc.face_net(1), f.images[0], f.labels[0]))")
    ran = subprocess.run(f"{sys.executable} -c '{code}' {close or '</dev/null'}", shell=True,
                         capture_output=True, text=True, timeout=60, check=True,
                         env={**os.environ, "PYTHONPATH": os.getcwd()})
    assert "<Stepper at the start" in ran.stdout
    assert ran.stderr == ""
    if close:
        assert "s.explain(" in ran.stdout


def test_where_the_output_is_closed_it_ends_quietly():
    code = ("import numpy as np, tinycnn as tc; net = tc.Network((4,), d=tc.Dense(4, 3), "
            "s=tc.Softmax())\ntc.debug(net, np.ones((1, 4)), 0)\nprint(7)")
    ran = subprocess.run(f"yes help | {sys.executable} -c '{code}' | head -1", shell=True,
                         capture_output=True, text=True, timeout=60, check=True,
                         env={**os.environ, "PYTHONPATH": os.getcwd()})
    assert ran.stdout.startswith("Type `help`")
    assert ran.stderr == ""


def test_in_a_notebook_it_says_what_works(monkeypatch, session):
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    monkeypatch.setattr("builtins.input", lambda _: (_ for _ in ()).throw(
        NotImplementedError("raw_input was called")))
    assert not usable()
    session.debugger.interact()
    text = " ".join(session.out.getvalue().split())
    assert "s.next()" in text
    assert "no command can be typed here (raw_input was called)" in text
