"""What the debugger prints on its page is what it prints, command by command.

`python tests/stepper/test_transcript.py` writes the page again after a change to these words.
"""

import io
import re
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from stepper_nets import same_but_for_rounding

import tinycnn as tc
from tinycnn.commands.main import main
from tinycnn.course.faults import LOOK, broken
from tinycnn.stepper.terminal.debugger import Debugger
from tinycnn.stepper.terminal.start import prepare

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "tutorials" / "step_through_backprop.md"
PAGE = PATH.read_text(encoding="utf-8")
COMMANDS = ROOT / "tutorials" / "step_through_backprop.txt"
MODEL = ROOT / "tutorials" / "drawn_faces.npz"
BLOCK = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\(\d+/\d+\) (.+)$", re.MULTILINE)
# A page of four parts. The last has no transcript.
FIRST, TRAINING, FAULTS, _ = re.split(
    r"^(?=## (?:Through a training|Find the fault|With a layer of your own)$)", PAGE, flags=re.M)
CASES = re.split(r"^(?=### )", FAULTS, flags=re.M)[1:]
# What names the cause, in the debugger's own words.
CAUSES = {"first weights": "too small weights", "learning rate": "learning rate is too large",
          "grey levels": "are these pixels from 0 to 255", "dead units": "all off (relu2)",
          "backward": "dx: the sign is wrong", "parameter gradients": "db: all zeros",
          "too many layers": "A second softmax makes them almost equal"}


drawn_faces = cache(tc.drawn_faces)


@pytest.fixture(autouse=True, scope="module")
def drawn_once():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tinycnn.course.faults.drawn_faces", drawn_faces)
        yield


def at_the_face():
    faces = drawn_faces()
    return tc.Stepper(tc.Network.load(MODEL), faces.images[36], faces.labels[36])


def in_a_training():
    (at,) = re.findall(r"^tinycnn step --at (\d+):(\d+)$", TRAINING, re.MULTILINE)
    return prepare(None, None, None, 0, 0, "unit", 0.1, (int(at[0]), int(at[1])))[0]


def with_the_fault_of(case):
    net, x, t, rate = broken(*fault(case))
    return tc.Stepper(net, x, t, learning_rate=rate)


def fault(case):
    """The kind and the layer of `broken("dead units", "relu2")`."""
    (call,) = re.findall(r'`broken\(("[^`]*")\)`', case)
    return [word.strip('" ') for word in call.split(",")]


def printed(stepper, blocks):
    """What the debugger prints for the commands of each block, in one session."""
    out = io.StringIO()
    debugger = Debugger(stepper, color="never", stdout=out)
    for block in blocks:
        out.seek(0)
        out.truncate()
        debugger.run_script(COMMAND.findall(block))
        yield out.getvalue().rstrip() + "\n"
    assert not debugger.failed


PARTS = [(FIRST, at_the_face), (TRAINING, in_a_training)] + [
    (case, lambda case=case: with_the_fault_of(case)) for case in CASES]


@pytest.mark.parametrize("part", range(len(PARTS)))
def test_a_transcript_is_what_the_debugger_answers(part):
    text, stepper = PARTS[part]
    blocks = BLOCK.findall(text)
    assert blocks
    # In a training the last digits of another processor become larger from batch to batch.
    rtol = 1e-2 if text is TRAINING else 2e-4
    for block, now in zip(blocks, printed(stepper(), blocks), strict=True):
        assert COMMAND.match(block)
        assert same_but_for_rounding(now, block, rtol), f"{block}\n\nis now\n\n{now}"


def test_what_is_explained_agrees():
    explained = [block for block in BLOCK.findall(FIRST) if "backprop  " in block]
    assert len(explained) >= 4
    assert all("They agree" in block for block in explained)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.split("\n")[0][4:])
def test_a_fault_is_found_in_three_commands_with_its_cause_in_words(case):
    (block,) = BLOCK.findall(case)
    kind, *layer = fault(case)
    assert len(COMMAND.findall(block)) <= 3
    said = " ".join(block.split())
    assert CAUSES[kind] in said
    assert all(name in said for name in layer)


def test_the_page_has_every_kind_of_fault():
    assert sorted(fault(case)[0] for case in CASES) == sorted(LOOK) == sorted(CAUSES)


def test_the_commands_are_in_their_file():
    typed = COMMAND.findall("".join(BLOCK.findall(FIRST)))
    lines = COMMANDS.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == typed


def test_the_command_that_the_page_gives_makes_it(capsys, monkeypatch):
    (command,) = re.findall(r"^tinycnn step (.*--commands.*)$", PAGE, re.MULTILINE)
    monkeypatch.chdir(ROOT)
    assert main(["step", *command.split(), "--color", "never"]) == 0
    printed = capsys.readouterr().out
    assert "subject04 leftlight (image 36, class 3)" in printed
    body = printed[printed.index("(0/39)"):].rstrip()
    assert same_but_for_rounding(body, "\n".join(BLOCK.findall(FIRST)).rstrip())


def test_the_model_is_what_the_page_says():
    """The image that the tutorial explains is the only test image that it gets wrong."""
    faces = drawn_faces()
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


if __name__ == "__main__":
    page = PAGE
    for text, stepper in PARTS:
        new = text
        blocks = BLOCK.findall(text)
        for block, now in zip(blocks, printed(stepper(), blocks), strict=True):
            new = new.replace(block, now, 1)
        page = page.replace(text, new, 1)
    PATH.write_text(page, encoding="utf-8")
