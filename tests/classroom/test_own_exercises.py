"""Twelve exercises as teachers write them: each from one file, to points that are right."""

import io
import json
import zipfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from tinycnn.classroom import choose, grade_source, make_handout, prove, read_assignment
from tinycnn.classroom.asking import InProcess
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.gradescope import autograder_zip
from tinycnn.classroom.grading import grade_answers
from tinycnn.classroom.handout import write_files
from tinycnn.classroom.proof import doubts, leaks

FILES = Path(__file__).parent / "own_exercises"
SEED = 7


@dataclass
class Work:
    """What students make of a reference, as (old, new) in its text.

    Attributes:
        another: a right formula of another form.
        bugs: each with the exercises that lose points.
    """

    another: list[tuple[str, str]]
    bugs: list[tuple[str, str, str]]


WORKS = {
    "affine": Work(
        [("x.reshape(len(x), -1) @ w + b", 'np.einsum("nd,dm->nm", x.reshape(len(x), -1), w) + b'),
         ("(dout @ w.T).reshape(x.shape)", 'np.einsum("nm,dm->nd", dout, w).reshape(*x.shape)')],
        [("@ w + b", "@ w", "affine_forward"), ("(dout @ w.T)", "(dout @ w.T / len(x))",
                                                "affine_backward"),
         ("dout.sum(axis=0)", "dout.mean(axis=0)", "affine_backward")]),
    "sigmoid": Work(
        [("1 / (1 + np.exp(-x))", "0.5 * (1 + np.tanh(0.5 * x))"),
         ("dy * cache * (1 - cache)", "dy * (cache - cache ** 2)")],
        [("np.exp(-x)", "np.exp(x)", "Sigmoid.forward"),
         ("dy * cache * (1 - cache)", "cache * (1 - cache)", "Sigmoid.backward"),
         ("return dy *", "dy *= 1\n        dy[...] = dy *", "Sigmoid.backward")]),
    "leaky_relu": Work(
        [("np.where(x > 0, x, self.slope * x)", "np.maximum(x, self.slope * x).astype(x.dtype)"),
         ("dy * factor", "np.where(cache > 0, dy, dy * dy.dtype.type(self.slope))")],
        [("self.slope * x)", "0.01 * x)", "LeakyReLU.forward"),
         ("cache > 0", "dy > 0", "LeakyReLU.backward"),
         ("dy.dtype.type(self.slope)", "dy.dtype.type(0)", "LeakyReLU.backward")]),
    "avgpool": Work(
        [("windows.mean(axis=(3, 5))", "windows.sum(axis=3).sum(axis=4) / (s * s)"),
         ("spread / self.size ** 2", "np.kron(dy, np.ones((self.size, self.size), dy.dtype)) / "
                                     "(self.size * self.size)")],
        [("windows.mean(axis=(3, 5))", "windows.max(axis=(3, 5))", "AvgPool.forward"),
         ("spread / self.size ** 2", "spread / self.size", "AvgPool.backward"),
         ("spread / self.size ** 2", "spread", "AvgPool.backward")]),
    "batchnorm": Work(
        [("np.sqrt(x.var(axis=0) + EPS)", "((x ** 2).mean(0) - x.mean(0) ** 2 + EPS) ** 0.5"),
         ("centred / root", "(len(x_hat) * d_hat - d_hat.sum(0) - x_hat * (d_hat * x_hat).sum("
                            "0)) / (len(x_hat) * root)")],
        [("x.var(axis=0)", "x.var(axis=0, ddof=1)", "BatchNorm.forward"),
         (" - d_hat.mean(axis=0)", "", "BatchNorm.backward"),
         ("(dy * x_hat).sum(axis=0)", "(dy * x_hat).mean(axis=0)",
          "BatchNorm.parameter_gradients")]),
    "dropout": Work(
        [("return x * mask, mask", "return np.where(mask > 0, x / (1 - p), 0.0), mask")],
        [("(rng.random(x.shape) >= p) / (1 - p)", "rng.random(x.shape) >= p", "dropout"),
         (">= p", ">= 1 - p", "dropout"),
         ("np.random.default_rng(seed)\n", "np.random.default_rng()\n", "dropout")]),
    "hinge": Work(
        [("dscores[rows, t] = -dscores.sum(axis=1)",
          "for n, k in enumerate(t):\n        dscores[n, k] = -np.count_nonzero(margins[n])"),
         ("margins.sum() / len(t), ", "float(margins.sum(axis=1).mean()), ")],
        [("[:, None] + 1)", "[:, None] + 0.9)", "hinge_loss"),
         ("dscores / len(t)", "dscores", "hinge_loss"),
         ("-dscores.sum(axis=1)", "-1", "hinge_loss")]),
    "mse": Work(
        [("(off ** 2).mean(), 2 * off / off.size", "off.ravel() @ off.ravel() / off.size, "
                                                   "(off + off) / off.size")],
        [("2 * off", "off", "mse"), ("off / off.size", "off / len(off)", "mse"),
         ("off = y - target", "off = target - y", "mse")]),
    "momentum": Work(
        [("params[name] -= rate * velocity[name]",
          "params[name][...] = params[name] - velocity[name] * rate")],
        [("*= mu", "*= 1 - mu", "momentum"), ("+= grads", "-= grads", "momentum"),
         ("rate * velocity", "velocity", "momentum")]),
    "adam": Work(
        [("0.9 * state[\"m\"] + 0.1 * grad", "state[\"m\"] + (grad - state[\"m\"]) * (1 - 0.9)"),
         ("return w - step", "return -step + w")],
        [(" / (1 - 0.9 ** t)", "", "adam"), ("grad ** 2", "grad", "adam"),
         ("state[\"t\"] + 1", "state[\"t\"]", "adam")]),
    "im2col": Work(
        [("return windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, x.shape[1] * size * size)",
          "return np.array([windows[n, :, i, j].ravel() for n, i, j in np.ndindex(\n"
          "        len(x), *windows.shape[2:4])])")],
        [("0, 2, 3, 1, 4, 5", "0, 3, 2, 1, 4, 5", "im2col"),
         ("0, 2, 3, 1, 4, 5", "0, 2, 3, 4, 5, 1", "im2col"),
         (".reshape(-1", "[:, 1:].reshape(-1", "im2col")]),
    "he_init": Work(
        [("rng.normal(0, math.sqrt(2 / inputs), shape)",
          "rng.normal(size=shape) * (2 / inputs) ** 0.5")],
        [("math.sqrt(2 / inputs)", "2 / inputs", "he_init"),
         ("shape[0] if len(shape) == 2 else ", "", "he_init"),
         ("rng.normal(0,", "__import__('numpy').random.default_rng(0).normal(0,", "he_init")])}


@cache
def exercises(name):
    """The exercises of a file."""
    return choose([f"{FILES / name}.py:"])


@cache
def solved(name):
    """The students' file with the reference in place."""
    return student_file(exercises(name), solved=True)


def results(text, chosen):
    """The results of a text that is trusted."""
    namespace = {"__name__": "work"}
    exec(compile(text, "work.py", "exec"), namespace)
    return grade_answers(InProcess(namespace), chosen, SEED)


def lost(text, chosen):
    """The exercises that lose points, with what is said."""
    return {r.exercise.name: r.message for r in results(text, chosen) if not r.passed}


def test_there_are_twelve():
    assert {path.stem for path in FILES.glob("*.py")} == set(WORKS)
    assert len(WORKS) == 12
    assert all(len(work.bugs) == 3 for work in WORKS.values())


@pytest.mark.parametrize("name", WORKS)
def test_nothing_is_said_against_a_right_reference(name):
    assert list(doubts(make_handout(exercises(name)))) == []


@pytest.mark.parametrize("name", WORKS)
def test_a_stub_gets_nothing_and_the_reference_all(name):
    chosen = exercises(name)
    stub = grade_source(student_file(chosen), chosen, SEED, diagnose=False)
    right = grade_source(solved(name), chosen, SEED, diagnose=False)
    assert stub.points == 0
    assert all(r.unsolved for r in stub.results)
    assert right.points == right.worth == sum(e.points for e in chosen)


@pytest.mark.parametrize("name", WORKS)
def test_another_right_formula_gets_all(name):
    text = solved(name)
    for old, new in WORKS[name].another:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    assert lost(text, exercises(name)) == {}


@pytest.mark.parametrize(("name", "old", "new", "loses"), [
    (name, *bug) for name, work in WORKS.items() for bug in work.bugs])
def test_a_bug_loses_points_in_its_exercise(name, old, new, loses):
    assert solved(name).count(old) == 1
    assert set(lost(solved(name).replace(old, new), exercises(name))) == {loses}


@pytest.mark.parametrize("name", WORKS)
def test_a_handout_that_leaks_nothing_and_can_be_checked_without_her_file(name, tmp_path):
    chosen = exercises(name)
    handout = make_handout(chosen)
    assert list(leaks(handout)) == []
    for file, text in handout.files.items():
        assert "EXAMPLES" not in text
        assert "POINTS" not in text, file
    write_files(handout.files, tmp_path / "hw")
    public = read_assignment(tmp_path / "hw")
    assert [(e.name, e.points, e.task) for e in public] == [
        (e.name, e.points, e.task) for e in chosen]
    only = [replace(e, checks=tuple(c for c in e.checks if c.public)) for e in public]
    assert lost(solved(name), only) == {}
    old, new, loses = WORKS[name].bugs[0]
    assert set(lost(solved(name).replace(old, new), only)) == {loses}
    assert set(lost(student_file(chosen), only)) == {e.name for e in chosen}


@pytest.mark.parametrize("name", ["leaky_relu", "adam"])
def test_the_whole_proof_the_notebook_and_gradescope(name, tmp_path):
    handout = make_handout(exercises(name))
    prove(handout)
    cells = json.loads(handout.files["layers.ipynb"])["cells"]
    checks = ["".join(cell["source"]) for cell in cells if "check_here" in "".join(cell["source"])]
    assert [c.rpartition("(")[2] for c in checks if "import" in c] == [
        {"leaky_relu": "LeakyReLU)", "adam": "adam)"}[name]]
    with zipfile.ZipFile(io.BytesIO(autograder_zip(handout))) as archive:
        assert archive.read(f"assignment/{name}.py") == (FILES / f"{name}.py").read_bytes()
        assert json.loads(archive.read("assignment/assignment.json"))["teacher"]["file"] == \
            f"{name}.py"
        archive.extractall(tmp_path, [f for f in archive.namelist() if f.startswith("assignment")])
    there = read_assignment(tmp_path / "assignment", grading=True)
    assert {(r.exercise.name, r.passed) for r in results(solved(name), there)} == {
        (e.name, True) for e in exercises(name)}


def test_what_a_class_needs_is_given_and_nothing_else():
    text = student_file(choose([f"{FILES / 'leaky_relu.py'}:LeakyReLU.backward"]))
    assert "class Activation:" in text
    assert "Array = np.ndarray" in text
    assert "from typing import Any" in text
    assert "return np.where(x > 0, x, self.slope * x), x" in text       # forward is given
    assert "factor" not in text
    text = student_file(choose([f"{FILES / 'affine.py'}:affine_forward"]))
    assert "_inputs" not in text
    assert "affine_backward" not in text
