"""`tinycnn check` on files as students write them, in a separate process."""

import json
import os
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from tinycnn.commands.main import main

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
    """The command's status, output and errors; in this process where nothing asks for another."""
    words = ["check", *map(str, arguments)]
    if cwd is None and env is None:
        with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as err:
            try:
                status = main(words)
            except SystemExit as stop:
                status = stop.code
        answer = status, out.getvalue(), err.getvalue()
    else:
        done = subprocess.run([sys.executable, "-m", "tinycnn", *words], capture_output=True,
                              text=True, cwd=cwd, env=env, timeout=120)
        answer = done.returncode, done.stdout, done.stderr
    assert "Traceback" not in answer[1] + answer[2]
    return answer


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
    assert status == 0      # its own gradients are right
    assert "Squash: right" in out
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
    assert "my_loss as loss: WRONG" in check(f"{path}:my_loss", "--as", "loss")[1]


@pytest.mark.parametrize(("text", "words"), [
    ("class MyTanh(:\n    pass\n", ["line 1", "invalid syntax"]),
    ("import nothing_of_this_name as np\n" + RIGHT.replace("import numpy as np", ""),
     ["not checked: np is not defined, because line 1: import nothing_of_this_name as np",
      "No module named 'nothing_of_this_name'"]),
    (RIGHT.replace("y = np.tanh(x)", "import os; os._exit(7)"), ["exit status 7"]),
    (RIGHT.replace("return y, y", "return y"), ["forward has to return two things"]),
    (RIGHT.replace("return dy * (1", "dy * (1"), ["is None; is a return missing?"]),
    (RIGHT.replace("y = np.tanh(x)", "y = np.tanhh(x)"), ["AttributeError", "line 7"]),
    ("x = 1\n", ["has no layer", "no class and no function"]),
    ("def forward(x):\n    pass\n", ["forward: not checked: no function for its backward was found",
                                       "nothing was checked"])])
def test_what_goes_wrong_is_said_in_a_line(write, text, words):
    status, out, err = check(write(text))
    assert status == 1
    for word in words:
        assert word in (out + err).replace("\n", " ")


def test_an_endless_loop_ends_and_the_others_are_checked(write):
    text = RIGHT + RIGHT.replace("MyTanh", "SlowTanh").replace(
        "return dy", "while True: pass\n        return dy")
    status, out, _ = check(write(text), "--timeout", 6)
    assert status == 1
    assert "no answer within 6 s; it was in line" in out
    assert "MyTanh as tanh: right" in out


MAIN = """
print("hello")
name = input("name?")
import sys
1 / 0
while True:
    pass
sys.exit(3)
if __name__ == "__main__":
    train()
"""
TRAINS = """
EPS = np.float64(1e-9)
def train(epochs=10):
    while True:
        pass
history = train(epochs=3)
losses = [h.loss for h in history.epochs()]
"""


def test_a_file_that_prints_asks_trains_and_stops_is_only_searched(write):
    status, out, _ = check(write(MAIN + RIGHT + TRAINS + MAIN), "--timeout", 20)
    assert status == 0, out
    assert "MyTanh as tanh: right" in out


NESTED = """
import numpy as np
try:
    import cupy as xp
except ImportError:
    xp = np
if True:
""" + RIGHT.replace("\n", "\n    ").replace("MyTanh", "InIf")


def test_classes_inside_if_and_try_and_cells_of_a_notebook(write):
    status, out, _ = check(write(NESTED))
    assert status == 0, out
    assert "InIf: right" in out
    cells = [{"cell_type": "markdown", "source": ["# A layer"]},
             {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip install nothing\n"]},
             {"cell_type": "code", "source": RIGHT.splitlines(keepends=True)}]
    path = write(json.dumps({"cells": cells, "nbformat": 4}), "layers.ipynb")
    status, out, _ = check(path)
    assert status == 0, out
    assert "MyTanh as tanh: right" in out


def test_neighbours_of_a_package_and_files_that_hide_numpy(write, tmp_path):
    package = tmp_path / "mynn"
    package.mkdir()
    (package / "__init__.py").write_text("1 / 0\n")
    (package / "base.py").write_text("class Layer:\n    params = {}\n")
    text = "from .base import Layer\nfrom mynn.base import Layer as Same\n" + RIGHT.replace(
        "class MyTanh:", "class MyTanh(Layer):")
    (package / "layers.py").write_text(text)
    assert check(package / "layers.py")[0] == 0
    for name in ("numpy.py", "random.py"):
        write("raise SystemExit('mine')", name)
    path = write(RIGHT)
    assert check(path.name, cwd=tmp_path, env={**os.environ, "PYTHONSAFEPATH": "1"})[0] == 0


def test_an_unfinished_layer_is_named_and_counts(write):
    unfinished = RIGHT.split("    def backward")[0].replace("MyTanh", "MyReLU")
    status, out, _ = check(write(RIGHT + unfinished))
    assert status == 1
    assert "MyReLU: not checked: it has no backward" in out
    assert out.endswith("1 of 2 right\n")
    status, out, _ = check(write(RIGHT + unfinished.replace("MyReLU", "Encoder")))
    assert status == 0
    assert "Encoder: not checked" in out
    assert out.endswith("1 of 1 right, 1 not checked\n")


MIXER = """
class Mixer:
    def __init__(self, one, two):
        self.w = np.full((one, two), 0.5)
    def forward(self, x):
        self.x = x
        return x @ self.w
    def backward(self, dout):
        self.dw = self.x.T @ dout
        return dout @ self.w.T
"""
FUNCTIONS = """
import numpy as np
def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)
def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(0)
""" + MIXER + """
def lonely_backward(dout, cache):
    return dout
"""


def test_pairs_are_found_and_what_cannot_be_guessed_is_asked_for(write):
    path = write(FUNCTIONS)
    status, out, _ = check(path, "--json")
    answers = {a["name"].partition(":")[2]: a for a in json.loads(out, parse_constant=strict)}
    assert set(answers) == {"affine_forward,affine_backward", "Mixer", "lonely_backward"}
    assert answers["affine_forward,affine_backward"]["ok"]
    assert answers["Mixer"]["skipped"]
    assert "--example" in answers["Mixer"]["text"]
    status, out, _ = check(f"{path}:Mixer", "--example", "Mixer(4, 3)", "--x", "5,4")
    assert status == 0, out
    assert "dw " in out
    wrong = write(FUNCTIONS.replace("self.x.T @ dout", "-self.x.T @ dout"), "wrong.py")
    assert check(f"{wrong}:Mixer", "--example", "Mixer(4, 3)")[0] == 1
    status, out, _ = check(f"{wrong}:Mixer", "--example", "Mixer(4)")
    assert "cannot be made: TypeError" in out
    call = "affine_forward(x, np.ones((4, 3)), np.ones(3))"
    assert check(path, "--example", call, "--x", "5x4")[0] == 0


def strict(constant):
    raise ValueError(f"{constant} is not JSON")


def test_json_is_strict_and_like_compares_with_a_teachers_own(write):
    softmax = RIGHT.replace("MyTanh", "Softmax").replace(
        "y = np.tanh(x)", "e = np.exp(x); y = e / e.sum(1, keepdims=True)").replace(
        "return dy * (1 - cache ** 2)",
        "return cache * (dy - (dy * cache).sum(1, keepdims=True))")
    status, out, _ = check(write(softmax), "--json")
    assert status == 1      # it overflows: NaN
    json.loads(out, parse_constant=strict)
    mine = write(RIGHT.replace("MyTanh", "Squash").replace("np.tanh(x)", "np.tanh(2 * x)").replace(
        "dy * (1", "2 * dy * (1"), "mine.py")
    teacher = write(RIGHT.replace("MyTanh", "Squash"), "teacher.py")
    assert check(f"{mine}:Squash")[0] == 0
    status, out, _ = check(f"{mine}:Squash", "--like", f"{teacher}:Squash")
    assert status == 1
    assert "y is wrong" in out
    assert check(f"{teacher}:Squash", "--like", f"{teacher}:Squash")[0] == 0


@pytest.mark.parametrize("value", ["inf", "nan", "-1", "0"])
def test_a_timeout_is_a_number_of_seconds(write, value):
    status, out, err = check(write(RIGHT), "--timeout", value)
    assert status == 1
    assert "--timeout: expected seconds" in out + err


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no process groups")
def test_processes_that_the_code_starts_end_with_it(write, tmp_path):
    mark = tmp_path / "child.pid"
    text = ("import subprocess\n" + RIGHT).replace(
        "y = np.tanh(x)", "y = np.tanh(x); start()") + f"""
def start():
    child = subprocess.Popen(["sleep", "47"])
    open({str(mark)!r}, "w").write(str(child.pid))
"""
    check(write(text), "--timeout", 30)
    pid = int(mark.read_text())
    for _ in range(50):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text():
            return
        time.sleep(0.1)
    raise AssertionError("it still runs")


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


def test_the_tutorial_on_code_as_it_is(write, tmp_path, capsys):
    """Each output on the page is what the command, or the lines before it, print."""
    tutorials = Path(__file__).resolve().parents[2] / "tutorials"
    page = (tutorials / "check_the_code_you_have.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0].strip() for block in page.split("```text\n")[1:]]
    write("import numpy as np\n" + MIXER)
    said = [check(tutorials / "code_you_have.py"), check(f"{tutorials / 'code_you_have.py'}:train"),
            check("layers.py", cwd=tmp_path)]
    assert [status for status, _, _ in said] == [1, 1, 1]
    exec(page.split("```python\n")[1].split("```")[0], {"__name__": "page"})
    printed = "\n".join([*(out for _, out, _ in said), capsys.readouterr().out])
    assert len(blocks) == 7
    for block in blocks:
        assert block in printed
