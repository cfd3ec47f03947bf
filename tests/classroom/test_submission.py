"""Submissions in any state: each gets a grade and a reason, and stops no other."""

import ast
import json
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tinycnn.classroom import choose
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.classbook import ClassBook
from tinycnn.classroom.found import find_submissions
from tinycnn.classroom.process.frames import decode, encode
from tinycnn.classroom.submission import SubmissionError, copied, read_source

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
    "large": (b"x = 1\n" * 300_000, "bytes; expected a Python file"),
    "deep": (b"x = " + b"(" * 5000 + b")" * 5000, "line 1"),
    "import of tinycnn": (b"def f():\n    import tinycnn.layers as t\n", "line 2, imports tinycnn"),
    "import from tinycnn": (b"from tinycnn import Tanh\n", "line 1, imports tinycnn"),
    "import from the classroom": (b"from tinycnn.classroom import choose\n", "imports tinycnn"),
    "relative import": (b"from . import layers\n", "imports ."),
    "torch": (b"try:\n    import torch\nexcept ImportError:\n    pass\n", "imports torch"),
    "scipy": (b"import numpy as np, scipy.signal\n", "imports scipy.signal"),
    "missing module": (b"import numpy.no_such_thing\n", "cannot be loaded: ModuleNotFoundError"),
    "error at import": (b"1 / 0\n", "loaded: ZeroDivisionError: division by zero (line 1)"),
    "input at import": (b"input()\n", "cannot be loaded: EOFError"),
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


def test_links_and_folders_are_no_submissions(tmp_path):
    target = tmp_path / "solved.txt"
    target.write_text(SOLVED, encoding="utf-8")
    (tmp_path / "link.py").symlink_to(target)
    with pytest.raises(SubmissionError, match="is a link to another file"):
        read_source(tmp_path / "link.py")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(SubmissionError, match="is not a file"):
        read_source(tmp_path / "folder.py")
    with pytest.raises(SubmissionError, match="cannot be read: No such file"):
        read_source(tmp_path / "none.py")


def test_a_missing_class_costs_its_own_points_and_says_so():
    from tinycnn.classroom import grade_source
    source = SOLVED + "\ndel Tanh\n"
    grade = grade_source(source, EXERCISES, 3, timeout=2)
    assert grade.points == 10
    assert all("there is no class Tanh" in r.message for r in grade.results if not r.passed)


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path):
    path = tmp_path / "alice.py"
    path.write_bytes(b"\xef\xbb\xbf" + SOLVED.replace("\n", "\r\n").encode())
    assert read_source(path).strip() == SOLVED.strip()


def test_a_notebook_is_read_without_magics_and_checks(tmp_path):
    cells = [("markdown", "text"), ("code", "%matplotlib inline\n!ls\nx = 1"),
             ("code", "from tinycnn.classroom import check_here\n\ncheck_here(\n    Tanh)"),
             ("code", "y = 2")]
    document = {"cells": [{"cell_type": kind, "source": text.splitlines(True)}
                          for kind, text in cells]}
    path = tmp_path / "alice.ipynb"
    path.write_text(json.dumps(document))
    code = [line for line in read_source(path).splitlines() if line.strip()]
    assert code == ["pass", "pass", "x = 1", "y = 2"]
    path.write_text("[1, 2]")
    with pytest.raises(SubmissionError, match="it is not a notebook"):
        read_source(path)


def test_a_zip_in_place_of_a_file(tmp_path):
    path = tmp_path / "alice.py"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("layers.py", SOLVED)
    with pytest.raises(SubmissionError, match="hand in the Python file itself"):
        read_source(path)


def test_a_copy_of_the_reference_is_noted():
    exercises = choose(["conv2d", "update"])
    source = student_file(exercises, solved=True)
    assert "Conv2D.backward" in copied(source, exercises)
    assert "sgd_update" not in copied(source, exercises)        # hardly any other code is possible
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
    frame = encode({"y": np.ones(3)})           # NumPy parses the header of its arrays
    with monkeypatch.context() as patch, ThreadPoolExecutor(4) as pool:
        patch.setattr(ast, "parse", slow)       # not for longer: pytest parses, too
        jobs = [pool.submit(read_source, tmp_path / "ann.py") for _ in range(6)]
        jobs += [pool.submit(decode, frame) for _ in range(6)]
    assert {job.result() for job in jobs[:6]} == {SOLVED}
    assert all(job.result()["y"].tolist() == [1, 1, 1] for job in jobs[6:])
    assert len(together) > 12
    assert max(together) == 1
