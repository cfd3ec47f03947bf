"""The tutorial's transcript is what the debugger prints, command by command."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from stepper_nets import same_but_for_rounding

import tinycnn as tc
from tinycnn.commands.main import main
from tinycnn.stepper.terminal.debugger import Debugger

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "tutorials" / "step_through_backprop.md").read_text(encoding="utf-8")
COMMANDS = ROOT / "tutorials" / "step_through_backprop.txt"
MODEL = ROOT / "tutorials" / "drawn_faces.npz"
BLOCKS = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_transcript_is_what_the_debugger_answers():
    faces = tc.drawn_faces()
    out = io.StringIO()
    stepper = tc.Stepper(tc.Network.load(MODEL), faces.images[36], faces.labels[36])
    debugger = Debugger(stepper, color="never", stdout=out)
    for block in BLOCKS:
        commands = re.findall(r"^\(\d+/39\) (.+)$", block, re.MULTILINE)
        assert commands
        out.seek(0)
        out.truncate()
        debugger.run_script(commands)
        assert same_but_for_rounding(out.getvalue().rstrip(), block.rstrip())
    assert not debugger.failed
    assert all("They agree" in block for block in BLOCKS if "backprop  " in block)


def test_the_commands_are_in_their_file():
    typed = re.findall(r"^\(\d+/39\) (.+)$", "".join(BLOCKS), re.MULTILINE)
    lines = COMMANDS.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == typed


def test_the_command_that_the_page_gives_makes_it(capsys, monkeypatch):
    (command,) = re.findall(r"^tinycnn step (.*--commands.*)$", PAGE, re.MULTILINE)
    monkeypatch.chdir(ROOT)
    assert main(["step", *command.split(), "--color", "never"]) == 0
    printed = capsys.readouterr().out
    assert "subject04 leftlight (image 36, class 3)" in printed
    body = printed[printed.index("(0/39)"):].rstrip()
    assert same_but_for_rounding(body, "\n".join(BLOCKS).rstrip())


def test_the_model_is_what_the_page_says():
    """The image that the tutorial explains is the only test image that it gets wrong."""
    faces = tc.drawn_faces()
    train, test = faces.split(seed=0)
    net = tc.Network.load(MODEL)
    assert 36 in test
    assert (net.predict(faces.images[train]) == faces.labels[train]).all()
    assert np.count_nonzero(net.predict(faces.images[test]) != faces.labels[test]) == 1
    assert net.predict(faces.images[36:37]) == [12]


@pytest.mark.parametrize(("a", "b", "same"), [
    ("y = 0.41284", "y = 0.41285", True), ("y = 0.41284", "y = 0.413", False),
    ("0  right", "0  wrong", False), ("1e-17", "0", False),
])
def test_the_comparison_can_fail(a, b, same):
    assert same_but_for_rounding(a, b) == same
