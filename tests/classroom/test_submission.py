"""Submissions in any state: each gets a grade and a reason, and stops no other."""

import ast
import json
import re
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from tinycnn.classroom import choose, grade_source
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.cells import code_from_notebook
from tinycnn.classroom.classbook import ClassBook
from tinycnn.classroom.found import find_submissions
from tinycnn.classroom.ipynb import notebook
from tinycnn.classroom.submission import SubmissionError, copied, read_source
from tinycnn.classroom.syntax import statements

EXERCISES = choose(["tanh", "softmax.backward"])
SOLVED = student_file(EXERCISES, solved=True)

BROKEN = {
    "syntax error": (b"def f(:\n    pass\n", "line 1: "),
    "empty": (b"", "is empty"),
    "blank": (b"  \n\n", "is empty"),
    "utf-16": ("x = 1\n".encode("utf-16"), "is not text"),
    "latin-1": ("# für\nx = 1\n".encode("latin-1"), "not in UTF-8"),
    "unknown encoding": (b"# -*- coding: klingon -*-\nx = 1\n", "encoding"),
    "zip": (b"PK\x03\x04" + bytes(100), "is a zip archive"),
    "codec that unpacks": (b"# coding: punycode\nx = 1\n", "is no encoding for a Python file"),
    "codec that is no text": (b"# coding: rot13\nx = 1\n", "encoding"),
    "large": (b"x = 1\n" * 300_000, "bytes or more; expected a file"),
    "many statements": (b"x = 1\n" * 10_000, "10,000 statements"),
    "deep": (b"x = " + b"(" * 5000 + b")" * 5000, "line 1"),
    "deep without brackets": (b"x = " + b"-" * 100_000 + b"1", "alice.py: "),
    "surrogates": (b"# coding: utf-7\nx = '+2AA-'\n", "encoding"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_submission_gets_a_reason(name, tmp_path):
    data, reason = BROKEN[name]
    (tmp_path / "alice.py").write_bytes(data)
    (tmp_path / "bob.py").write_text(SOLVED, encoding="utf-8")
    book = ClassBook(EXERCISES, seed=3, timeout=2)
    alice, bob = sorted(book.grade(find_submissions([tmp_path])), key=lambda entry: entry.student)
    assert alice.grade.points == 0
    assert alice.grade.worth == 30
    assert reason in alice.grade.reason
    assert bob.grade.points == 30


REFUSED = {
    "import torch": "line 1 imports torch: expected only NumPy",
    "from scipy.signal import convolve": "line 1 imports scipy.signal: expected only NumPy",
    "import tinycnn.layers as torch": "line 1 imports tinycnn.layers: your code is compared",
    "from . import torch": "line 1 imports .: expected only NumPy",
}


@pytest.mark.parametrize("line", REFUSED)
def test_an_import_that_is_refused_costs_only_what_uses_it(line):
    name = line.split()[-1]
    source = f"{line}\n{SOLVED}\ndef forward(self, x):\n    return {name}.tanh(x), x\n" \
        "Tanh.forward = forward\n"
    grade = grade_source(source, EXERCISES, 3, timeout=2, diagnose=False)
    wrong = [r for r in grade.results if not r.passed]
    assert {r.exercise.name for r in wrong} == {"tanh.forward"}
    assert grade.remarks[0].startswith(REFUSED[line])
    assert "forward uses it" in grade.remarks[0]
    assert len(grade.remarks) == 1      # the error when it is run says nothing new
    for r in wrong:
        assert f"name '{name}' is not defined" in r.message
        assert re.search(r"because line 1 failed: (ModuleNotFound|Import)Error", r.message)


NOT_NEEDED = {
    "raises": "1 / 0",
    "asks": "input()",
    "exits": "raise SystemExit",
    "plots": "import matplotlib.pyplot as plt\nplt.show()",
    "checks": "from tinycnn.classroom import check_here\nr = check_here(Tanh)",
    "loops": "while True: pass",
    "asserts": "assert Tanh().forward(np.ones(3)) is None",
    "imports several": "import torch, os",
    "does without": "try:\n    import torch\nexcept ImportError:\n    torch = None",
    "runs as a program": "if __name__ == '__main__':\n    import matplotlib\n    Tanh = None",
}


@pytest.mark.parametrize("name", NOT_NEEDED)
def test_what_no_exercise_needs_costs_nothing(name):
    grade = grade_source(f"{SOLVED}\n{NOT_NEEDED[name]}\n", EXERCISES, 3, timeout=2)
    assert grade.points == 30
    assert grade.remarks == []


def test_the_message_names_the_statement_that_failed():
    source = SOLVED + "\nscale = 1 / 0\nTanh.forward = lambda self, x: (scale * x, x)\n"
    grade = grade_source(source, EXERCISES, 3, timeout=2, diagnose=False)
    line = source[:source.index("scale")].count("\n") + 1
    assert grade.points == 20
    assert grade.remarks == [f"line {line} failed: ZeroDivisionError: division by zero"]
    assert f"because line {line} failed: ZeroDivisionError" in grade.results[0].message


def test_a_class_that_fails_is_named_with_its_cause():
    source = SOLVED.replace("class Tanh(Layer)", "class Tanh(Missing)")
    grade = grade_source(source, EXERCISES, 3, timeout=2, diagnose=False)
    assert grade.points == 10
    message = " ".join(grade.results[0].message.split())
    assert "there is no class Tanh because line " in message
    assert "failed: NameError: name 'Missing' is not defined" in message


@pytest.mark.parametrize("lines", ["# a\x0cb (", "# a\u2028b (", "NOTE = 'a\x85b'", "# \x1c (",
                                   "check_here(Tanh); y = (1,\n 2)", "\x0c"])
def test_lines_are_what_python_calls_lines(lines, tmp_path):
    path = tmp_path / "alice.py"
    path.write_text(SOLVED.replace("class Tanh", f"{lines}\nclass Tanh"), encoding="utf-8")
    code = read_source(path, EXERCISES)
    assert next(s.text for s in code.statements if "Tanh" in s.binds).startswith("class Tanh")
    assert grade_source(code, EXERCISES, 3, timeout=2).points == 30


MAGIC = "!pip install numpy\n%matplotlib inline\n"


def test_lines_for_jupyter_in_a_file_are_left_out(tmp_path):
    path = tmp_path / "alice.py"
    path.write_text(f"{MAGIC}{SOLVED}\n%timeit Tanh()\n1 / 0\n", encoding="utf-8")
    code = read_source(path, EXERCISES)
    last = SOLVED.count("\n") + 4
    assert code.left_out == ("left out, since it is for Jupyter and not Python: line 1, line 2, "
                             f"line {last}",)
    assert grade_source(code, EXERCISES, 3, timeout=2).points == 30
    path.write_text(f"%%bash\n{MAGIC}\ndef f(:\n", encoding="utf-8")
    with pytest.raises(SubmissionError, match=r"line 5: invalid syntax: def f"):
        read_source(path, EXERCISES)


@pytest.mark.parametrize("line", ["from mylib import *", "from .mylib import helper as mylib",
                                  "try:\n    import mylib\nexcept ImportError:\n    import other"])
@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_a_module_that_was_handed_in_too_is_named(line, suffix, tmp_path):
    text = f"{line}\nclass Tanh:\n    def forward(self, x): return mylib.helper(x)\n"
    path = tmp_path / f"layers{suffix}"
    path.write_text(text if suffix == ".py" else json.dumps({"cells": [
        {"cell_type": "code", "source": text}]}), encoding="utf-8")
    told = "mylib.py was handed in, too, but only one file is run: put its code into layers"
    assert told not in "".join(read_source(path, EXERCISES).left_out)
    (tmp_path / "mylib.py").write_text("def helper(x): return x\n", encoding="utf-8")
    assert told + suffix in "".join(read_source(path, EXERCISES).left_out)


def test_a_module_in_the_same_zip_is_named(tmp_path):
    with zipfile.ZipFile(tmp_path / "alice.zip", "w") as archive:
        archive.writestr("hw/mylib.py", "def helper(x): return x\n")
        archive.writestr("hw/layers.py", "from mylib import *\n" + SOLVED)
        archive.writestr("other/mylib2.py", "")
    book = ClassBook(EXERCISES, seed=3, timeout=2)
    (alice,) = book.grade(find_submissions([tmp_path]))
    assert "mylib.py was handed in, too, but only one file is run: put its code into layers.py" in \
        "".join(alice.grade.remarks)
    assert alice.grade.points == 30


def test_a_type_of_another_package_costs_nothing():
    source = "import torch\n" + SOLVED.replace("x: Array", "x: torch.Tensor").replace(
        "from __future__ import annotations", "")
    grade = grade_source(source, EXERCISES, 3, timeout=2)
    assert (grade.points, grade.remarks) == (30, [])


def test_methods_that_are_put_into_a_class_later_are_run():
    tree = ast.parse(SOLVED)
    rest, methods = [], []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == "Tanh":
            rest.append("class Tanh(Layer): pass")
            methods += [f"@add_to_class(Tanh)\n{ast.unparse(item)}" for item in node.body
                        if isinstance(item, ast.FunctionDef)]
        else:
            rest.append(ast.unparse(node))
    add = ("def add_to_class(cls):\n    def add(method): setattr(cls, method.__name__, method)\n"
           "    return add")
    source = "\n".join([*rest, add, *methods])
    assert grade_source(source, EXERCISES, 3, timeout=2).points == 30


def test_override_of_typing_extensions_is_known():
    source = "from typing_extensions import override, Self\n" + SOLVED.replace(
        "class Tanh(Layer):", "class Tanh(Layer):\n    @override\n    def __repr__(self): return 1")
    if sys.version_info < (3, 11):      # typing has no Self
        source = source.replace(", Self", "")
    grade = grade_source(source, EXERCISES, 3, timeout=2)
    assert (grade.points, grade.remarks) == (30, [])


def test_links_and_folders_are_no_submissions(tmp_path):
    target = tmp_path / "solved.txt"
    target.write_text(SOLVED, encoding="utf-8")
    (tmp_path / "link.py").symlink_to(target)
    with pytest.raises(SubmissionError, match="is a link to another file"):
        read_source(tmp_path / "link.py", EXERCISES)
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(SubmissionError, match="is not a file"):
        read_source(tmp_path / "folder.py", EXERCISES)
    with pytest.raises(SubmissionError, match=r"cannot be read: .*No such file"):
        read_source(tmp_path / "none.py", EXERCISES)


def test_a_missing_class_costs_its_own_points_and_says_so():
    source = SOLVED + "\ndel Tanh\n"
    grade = grade_source(source, EXERCISES, 3, timeout=2)
    assert grade.points == 10
    assert all("there is no class Tanh" in r.message for r in grade.results if not r.passed)


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path):
    path = tmp_path / "alice.py"
    path.write_bytes(b"\xef\xbb\xbf" + SOLVED.replace("\n", "\r\n").encode())
    assert read_source(path, EXERCISES).text.strip() == SOLVED.strip()


def test_a_zip_in_place_of_a_file(tmp_path):
    path = tmp_path / "alice.py"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("layers.py", SOLVED)
    with pytest.raises(SubmissionError, match="hand in the Python file itself"):
        read_source(path, EXERCISES)


def test_a_copy_of_the_reference_is_noted():
    exercises = choose(["conv2d", "update"])
    source = student_file(exercises, solved=True)
    assert "Conv2D.backward" in copied(source, exercises)
    assert "sgd_update" not in copied(source, exercises)        # hardly any other code is possible
    deep = source + "\nx = " + "+".join("1" * 2000) + "\n"
    assert "Conv2D.backward" in copied(deep, exercises)
    renamed = source.replace("dpadded", "gradient")
    assert "Conv2D.backward" not in copied(renamed, exercises)
    assert copied(student_file(exercises), exercises) == []


def test_what_is_read_side_by_side_is_parsed_one_at_a_time(tmp_path, monkeypatch):
    """Two parsers at a time sometimes make Python 3.11 raise a SystemError."""
    parse, inside, together = ast.parse, [], []

    def slow(*arguments, **options):
        inside.append(arguments)
        together.append(len(inside))
        time.sleep(0.01)
        tree = parse(*arguments, **options)
        inside.pop()
        return tree

    (tmp_path / "ann.py").write_text(SOLVED, encoding="utf-8")
    with monkeypatch.context() as patch, ThreadPoolExecutor(4) as pool:
        patch.setattr(ast, "parse", slow)       # not for longer: pytest parses, too
        jobs = [pool.submit(read_source, tmp_path / "ann.py", EXERCISES) for _ in range(6)]
    assert {job.result().text for job in jobs} == {SOLVED}
    assert len(together) >= 6
    assert max(together) == 1


def test_notebooks_are_read_one_at_a_time(tmp_path, monkeypatch):
    """Four of 48 MB with one emoji took 1.1 GB."""
    happened = []

    def read(path, largest):
        happened.append("in memory")
        time.sleep(0.01)
        return path.read_bytes()

    def parsed(*arguments):
        happened.append("parsed")
        return code_from_notebook(*arguments)

    monkeypatch.setattr("tinycnn.classroom.submission._bytes", read)
    monkeypatch.setattr("tinycnn.classroom.submission.code_from_notebook", parsed)
    text = notebook(SOLVED, EXERCISES).replace("\n", "\r\n")
    (tmp_path / "ann.ipynb").write_bytes(text.encode())
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(read_source, tmp_path / "ann.ipynb", EXERCISES) for _ in range(4)]
    assert "class Tanh" in jobs[0].result().text
    assert happened == ["in memory", "parsed"] * 4


@pytest.mark.parametrize("strange", ["x = 0x1" + "0" * 5000, "x = " + "-" * 900 + "1"])
def test_code_that_cannot_be_compared_is_no_reason_to_stop(strange):
    exercises = choose(["conv2d"])
    text = student_file(exercises, solved=True)
    text = re.sub("(?m)^(    def backward.*\n)", rf"\1        {strange}\n", text)
    assert isinstance(copied(text, exercises), list)


def test_the_head_of_a_loop_is_written_without_its_body(monkeypatch):
    """The body was written again for each level: 63 s for 229 KB."""
    deep = "".join(" " * n + "if 1:\n" for n in range(90)) + " " * 90 + f"x = {[*range(5000)]}\n"
    match = "match x:\n  case [1, *_] if y:\n    " + f"z = {[*range(5000)]}\n"
    written = []
    unparse = ast.unparse

    def counted(node):
        written.append(len(unparse(node)))
        return unparse(node)

    monkeypatch.setattr(ast, "unparse", counted)
    assert list(statements(ast.parse(deep)))[:-1] == ["if 1:"] * 90
    first, _ = statements(ast.parse(match))
    assert first.startswith("match x:\n    case [1, *_] if y:")
    assert sum(written) < 3 * len(deep)
