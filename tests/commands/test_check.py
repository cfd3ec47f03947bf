"""`tinycnn check` on files as students write them, in a separate process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

RIGHT = '''
import numpy as np
class MyTanh:
    def __init__(self):
        self.params = {}
    def forward(self, x):
        y = np.tanh(x)
        return y, y
    def backward(self, dy, cache):
        return dy * (1 - cache ** 2)
'''
WRONG = RIGHT.replace("MyTanh", "WrongTanh").replace("1 - cache ** 2", "1 - cache")


def check(*arguments, cwd=None, env=None):
    done = subprocess.run([sys.executable, "-m", "tinycnn", "check", *map(str, arguments)],
                          capture_output=True, text=True, cwd=cwd, env=env, timeout=120)
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def write(tmp_path):
    def write(text, name="layers.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path
    return write


def test_right_and_wrong_layers_and_the_exit_status(write):
    path = write(RIGHT + WRONG)
    status, out, _ = check(path)
    assert status == 1
    assert "MyTanh as tanh: right" in out
    assert "WrongTanh as tanh: WRONG" in out
    assert "Likely cause" in out
    assert out.endswith("1 of 2 right\n")
    assert check(f"{path}:MyTanh")[0] == 0
    assert check(f"{path}:MyTanh,WrongTanh")[0] == 1


def test_json_is_json_and_nothing_else(write):
    path = write('print("noise")\n' + RIGHT.replace("y = np", 'print("more"); y = np') + WRONG)
    status, out, _ = check(path, "--json")
    right, wrong = json.loads(out)
    assert status == 1
    assert right["ok"]
    assert "it prints" in right["text"]
    assert not wrong["ok"]
    assert wrong["report"]["causes"][0]["key"] == "derivative_formula"
    assert wrong["report"]["failures"][0]["quantity"] == "dx"


def test_which_layer_it_is_comes_from_the_name_or_from_as(write):
    path = write(RIGHT.replace("MyTanh", "Squash"))
    status, out, _ = check(path)
    assert status == 1
    assert "its name does not say which layer it is" in out
    assert "--as conv2d" in out
    assert check(path, "--as", "tanh")[0] == 0
    assert check(path, "--as", "relu")[0] == 1
    assert check(path, "--as", "nonsense")[0] == 2


def test_functions(write):
    path = write("def sgd_update(params, grads, learning_rate):\n"
                 "    for name, w in params.items():\n        w += learning_rate * grads[name]\n"
                 "def my_loss(logits, t):\n    return 0.0, logits\n")
    status, out, _ = check(path)
    assert status == 1
    assert "The update goes up the gradient" in out
    assert "my_loss" not in out
    assert "my_loss as loss: WRONG" in check(f"{path}:my_loss", "--as", "loss")[1]


@pytest.mark.parametrize(("text", "words"), [
    ("class MyTanh(:\n    pass\n", ["line 1", "invalid syntax"]),
    ("import nothing_of_this_name\n" + RIGHT, ["there is no module 'nothing_of_this_name'",
                                              "line 1"]),
    (RIGHT + "1 / 0\n", ["ZeroDivisionError", "1 / 0"]),
    (RIGHT + "import sys\nsys.exit(3)\n", ["SystemExit: 3"]),
    (RIGHT + "input('name?')\n", ["asks for input"]),
    (RIGHT.replace("y = np.tanh(x)", "import os; os._exit(7)"), ["exit status 7"]),
    (RIGHT.replace("return y, y", "return y"), ["forward has to return two things"]),
    (RIGHT.replace("return dy * (1", "dy * (1"), ["is None; is a return missing?"]),
    (RIGHT.replace("y = np.tanh(x)", "y = np.tanhh(x)"), ["AttributeError", "line 7"]),
    ("x = 1\n", ["has no layer", "no class and no function"]),
    ("def forward(x):\n    pass\n", ["has no layer", "found forward"])])
def test_what_goes_wrong_is_said_in_a_line(write, text, words):
    status, out, err = check(write(text))
    assert status == 1
    for word in words:
        assert word in (out + err).replace("\n", " ")


@pytest.mark.parametrize("where", ["method", "import"])
def test_an_endless_loop_ends_and_the_others_are_checked(write, where):
    loop = "while True: pass"
    text = RIGHT + (RIGHT.replace("MyTanh", "Slow").replace("class Slow", "class SlowTanh").replace(
        "return dy", f"{loop}\n        return dy") if where == "method" else f"{loop}\n")
    status, out, _ = check(write(text), "--timeout", 4)
    assert status == 1
    assert "no answer within 4 s; it was in line" in out
    assert ("MyTanh as tanh: right" in out) == (where == "method")


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    status, out, _ = check(tmp_path / "nothing.py")
    assert status == 1
    assert "cannot be read: No such file" in out
    assert "cannot be read" in check(tmp_path)[1]
    (tmp_path / "bad.py").write_bytes(b"\xff\xfe\x00class")
    assert check(tmp_path / "bad.py")[0] == 1


def test_a_neighbour_can_be_imported_and_a_wrong_name_is_guessed(write, tmp_path):
    write("from numpy import tanh\n", "helper.py")
    path = write("from helper import tanh\n" + RIGHT.replace("np.tanh", "tanh"))
    assert check(path.name, cwd=tmp_path)[0] == 0
    status, out, _ = check(f"{path}:MyTahn")
    assert status == 1
    assert "did you mean MyTanh?" in out


def test_the_tutorial_shows_what_the_command_says():
    tutorials = Path(__file__).resolve().parents[2] / "tutorials"
    status, out, _ = check(tutorials / "three_wrong_layers.py")
    text = (tutorials / "when_a_gradient_is_wrong.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0].strip() for block in text.split("```text\n")[1:]]
    assert status == 1
    assert len(blocks) == 3
    for block in blocks:
        assert block in out
