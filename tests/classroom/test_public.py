"""What students run themselves: tests, `tinycnn check`, and the cells of the notebook."""

import ast
import json
import subprocess
import sys

import pytest

from tinycnn.classroom import check_here, choose, grade_source, make_handout, write_files
from tinycnn.classroom import public_checks as checks_of
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.feedback import feedback
from tinycnn.classroom.ipynb import notebook
from tinycnn.classroom.submission import read_source
from tinycnn.classroom.syntax import functions
from tinycnn.commands.main import main

EXERCISES = choose(["conv2d", "tanh", "update"])
STUBS = student_file(EXERCISES)
SOLVED = student_file(EXERCISES, solved=True)
WRONG = SOLVED.replace("1 - cache[unit] ** 2", "1 - cache[unit]")
PUBLIC = sum(c.public for e in EXERCISES for c in e.checks)


def only(label):
    """The file in which one exercise is solved, and all others are stubs."""
    stub, solved = (dict(functions(ast.parse(text)))[label] for text in (STUBS, SOLVED))
    lines = STUBS.splitlines()
    lines[stub.lineno - 1:stub.end_lineno] = SOLVED.splitlines()[
        solved.lineno - 1:solved.end_lineno]
    imports = {line for line in SOLVED.splitlines() if line.startswith("from ")}
    return "\n".join([*lines, *sorted(imports - set(lines))]) + "\n"


@pytest.fixture
def folder(tmp_path):
    write_files(make_handout(EXERCISES).files, tmp_path / "hw")
    return tmp_path / "hw"


def pytest_in(folder, *arguments):
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
                          cwd=folder, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout


def check(*targets):
    done = subprocess.run([sys.executable, "-m", "tinycnn", "check", *map(str, targets)],
                          capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout


# --- pytest ---------------------------------------------------------------------------------------


def test_stubs_fail_with_their_titles_and_solutions_pass(folder):
    status, out = pytest_in(folder, "--tb=short")
    assert status == 1
    assert f"{PUBLIC} failed" in out
    assert " passed" not in out.splitlines()[-1]
    for e in EXERCISES:
        assert f"not solved yet: {e.title}" in out
        assert f"test_exercise[{e.label}-plain]" in out
        assert f"{e.label}-unusual" not in out
    (folder / "layers.py").write_text(SOLVED, encoding="utf-8")
    status, out = pytest_in(folder)
    assert status == 0
    assert f"{PUBLIC} passed" in out


def test_a_mistake_fails_the_tests_of_its_own_exercise(folder):
    (folder / "layers.py").write_text(WRONG, encoding="utf-8")
    status, out = pytest_in(folder, "--tb=line", "-q")
    assert status == 1
    assert f"2 failed, {PUBLIC - 2} passed" in out
    assert "test_exercise[Tanh.backward-plain]" in out


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_an_exercise_can_be_solved_before_those_in_front_of_it(folder, exercise):
    (folder / "layers.py").write_text(only(exercise.label), encoding="utf-8")
    results = {True: [], False: []}
    for public_check in checks_of(folder):
        results[public_check.exercise.name == exercise.name].append(public_check)
    assert [c.name for c in results[True]] == [c.name for c in exercise.checks if c.public]
    for public_check in results[True]:
        public_check()
    assert len(results[False]) == PUBLIC - len(results[True])
    for public_check in results[False]:
        with pytest.raises(AssertionError, match="not solved yet: Exercise"):
            public_check()


# --- tinycnn check --------------------------------------------------------------------------------


def test_check_of_stubs_and_solutions(folder):
    for target in (folder, folder / "layers.py"):
        (folder / "layers.py").write_text(STUBS, encoding="utf-8")
        status, out = check(target)
        assert status == 1
        assert "layers.py: 0 of 51 points of the public checks\n" in out
        assert f"Public checks: 0 of {PUBLIC} passed." in out
        assert "The hidden checks run when your work is graded; they are not here." in out
        assert out.count("not solved yet") == len(EXERCISES)
        (folder / "layers.py").write_text(SOLVED, encoding="utf-8")
        status, out = check(target)
        assert status == 0
        assert f"Public checks: {PUBLIC} of {PUBLIC} passed." in out
        assert "The hidden checks run when your work is graded; they are not here." in out
        assert "unusual" not in out
        assert "all passed" not in out.lower()


def test_check_says_where_and_why(folder, capsys):
    (folder / "layers.py").write_text(WRONG, encoding="utf-8")
    assert main(["check", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "WRONG  plain (public), 0 of 6" in out
    assert "Likely cause" in out
    assert "layers.py: 43 of 51 points of the public checks" in out
    assert out.count("WRONG  ") == 2


def test_check_of_one_solved_exercise(folder, capsys):
    (folder / "layers.py").write_text(only("Conv2D.backward"), encoding="utf-8")
    assert main(["check", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "layers.py: 9 of 51 points of the public checks" in out
    assert f"Public checks: 4 of {PUBLIC} passed." in out
    assert out.count("not solved yet") == len(EXERCISES) - 1


def test_check_of_what_cannot_be_run(folder, capsys):
    (folder / "layers.py").write_text("def f(:\n", encoding="utf-8")
    assert main(["check", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "layers.py: line 1: invalid syntax: def f(:" in out
    assert "layers.ipynb: 0 of 51 points" in out        # it is there, too
    (folder / "layers.ipynb").unlink()
    assert main(["check", str(folder)]) == 1
    assert "layers.py: line 1: " in capsys.readouterr().err
    (folder / "layers.py").write_text(
        "import torch\n" + only("Tanh.forward").replace("class Tanh", "scale = 1 / 0\nclass Tanh")
        .replace("class Tanh(Layer):", "class Tanh(Layer):\n    used = torch, scale"),
        encoding="utf-8")
    assert main(["check", str(folder)]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "line 1 imports torch: expected only NumPy and Python's standard library" in out
    assert "failed: ZeroDivisionError: division by zero" in out
    assert "there is no class Tanh" in out


# --- in a notebook --------------------------------------------------------------------------------


def run_notebook(document, folder):
    """The notebook after it has been run, as its file would be."""
    nbformat = pytest.importorskip("nbformat", reason="pip install -e '.[dev]'")
    nbclient = pytest.importorskip("nbclient", reason="pip install -e '.[dev]'")
    book = nbformat.reads(document, as_version=4)
    nbformat.validate(book)
    nbclient.NotebookClient(book, timeout=60, kernel_name="python3",
                            resources={"metadata": {"path": str(folder)}}).execute()
    return nbformat.writes(book)


def printed(document):
    return "\n".join("".join(output["data"]["text/plain"])
                     for cell in json.loads(document)["cells"]
                     for output in cell.get("outputs", ()))


def graded(document, path):
    path.write_text(document, encoding="utf-8")
    return grade_source(read_source(path, EXERCISES), EXERCISES, seed=6, diagnose=False)


def test_a_notebook_that_is_solved_says_so_and_is_graded_full(tmp_path):
    document = run_notebook(notebook(SOLVED, EXERCISES), tmp_path)
    assert printed(document).splitlines() == [
        f"{e.label}: all {sum(c.public for c in e.checks)} public checks passed"
        for e in EXERCISES]
    grade = graded(document, tmp_path / "alice.ipynb")
    assert grade.points == grade.worth == 60


def test_a_notebook_with_stubs_says_so_and_gets_no_points(tmp_path):
    handout = make_handout(EXERCISES).files["layers.ipynb"]
    document = run_notebook(handout, tmp_path)
    assert printed(document).splitlines() == [f"{e.label}: not written yet" for e in EXERCISES]
    for text in (document, handout):
        grade = graded(text, tmp_path / "bob.ipynb")
        assert not grade.reason
        assert grade.points == 0
        assert all(r.unsolved for r in grade.results)
        assert feedback("bob", grade, EXERCISES).count("not solved yet") == len(EXERCISES)


def test_check_takes_a_notebook(folder, capsys):
    (folder / "layers.ipynb").write_text(notebook(SOLVED, EXERCISES), encoding="utf-8")
    assert main(["check", str(folder / "layers.ipynb")]) == 0
    assert f"Public checks: {PUBLIC} of {PUBLIC} passed." in capsys.readouterr().out


def test_check_of_a_folder_takes_the_better_of_file_and_notebook(folder, capsys):
    (folder / "layers.ipynb").write_text(notebook(SOLVED, EXERCISES), encoding="utf-8")
    assert main(["check", str(folder)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "layers.ipynb: 51 of 51 points" in out
    assert "layers.py has 0 of 51 points. The better one counts." in out
    (folder / "layers.py").unlink()
    assert main(["check", str(folder)]) == 0
    assert "The better one counts" not in capsys.readouterr().out
    (folder / "layers.py").write_text("def f(:\n", encoding="utf-8")
    assert main(["check", str(folder)]) == 0
    assert "layers.py: line 1: invalid syntax: def f(:\n" in capsys.readouterr().out
    (folder / "layers.ipynb").write_text("{", encoding="utf-8")
    assert main(["check", str(folder)]) == 1
    err = capsys.readouterr().err
    assert "layers.py: line 1: invalid syntax" in err
    assert "layers.ipynb: it is not a notebook" in err


def test_a_file_and_a_notebook_with_stubs_are_one_handout(folder, capsys):
    assert main(["check", str(folder)]) == 1
    assert "The better one counts" not in capsys.readouterr().out


def test_check_here_says_what_will_not_count():
    namespace = {"__name__": "__main__"}
    exec(SOLVED, namespace)
    assert "will not count" not in check_here(namespace["Tanh"])
    exec("import scipy.special as sp, json\n"
         "def helper(x):\n    return [sp.expit(2 * y) * 2 - 1 for y in [x]][0]\n"
         "def forward(self, x):\n    y = helper(x)\n    return y, y\n"
         "Tanh.forward = forward\n", namespace)
    out = check_here(namespace["Tanh"])
    assert out.splitlines()[-1] == ("helper uses scipy.special, which will not count: expected "
                                    "only NumPy and Python's standard library")


def test_check_here_tells_right_from_wrong_from_missing():
    namespace = {}
    exec(only("Tanh.backward").replace("** 2", "** 3"), namespace)
    out = repr(check_here(namespace["Tanh"]))
    assert "Tanh.forward: not written yet" in out
    assert "Tanh.backward: 2 of 2 public checks failed" in out
    assert "  plain: ∂s/∂x" in out or "  plain: dx" in out
    assert "Likely cause" in out
    exec(SOLVED, namespace)
    assert check_here(namespace["sgd_update"]) == "sgd_update: all 2 public checks passed"
    with pytest.raises(ValueError, match="check is not an exercise; expected one of Conv2D, Batch"):
        check_here(check)


SAME = {
    "partial": "from functools import partial\nsgd_update = partial(sgd_update)",
    "an instance": "class Update:\n    def __init__(self, f): self.f = f\n"
                   "    def __call__(self, *rest): return self.f(*rest)\n"
                   "sgd_update = Update(sgd_update)",
    "a lambda": "sgd_update = (lambda f: lambda *rest: f(*rest))(sgd_update)",
    "another name": "def update(*rest, f=sgd_update): return f(*rest)\nsgd_update = update",
}


@pytest.mark.parametrize("name", SAME)
def test_check_here_takes_what_the_notebook_calls_so(name):
    namespace = {"check_here": check_here}
    exec(f"{SOLVED}\n{SAME[name]}\nsaid = check_here(sgd_update)", namespace)
    assert namespace["said"] == "sgd_update: all 2 public checks passed"
    wrong = SOLVED.replace("class Tanh", "def nothing(*rest): pass\nclass Tanh")
    last = SAME[name].replace("(sgd_update)", "(nothing)").replace("=sgd_update", "=nothing")
    exec(f"{wrong}\n{last}\nsaid = check_here(sgd_update)", namespace)
    assert "sgd_update: 2 of 2 public checks failed" in namespace["said"]


def test_check_here_takes_a_class_of_another_name():
    namespace = {"check_here": check_here}
    text = SOLVED.replace("class Tanh", "class Tanh2")
    exec(f"{text}\nTanh = Tanh2\nsaid = check_here(Tanh)", namespace)
    assert namespace["said"].count("public checks passed") == 2
    with pytest.raises(ValueError, match="forward is not an exercise"):
        exec("def forward(self, x): pass\ncheck_here(forward)", namespace)
