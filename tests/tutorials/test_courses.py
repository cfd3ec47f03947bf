"""What tinycnn has of the blocks of 14 courses: counted here, and said on the page of courses.

COURSES has what students write in each course, in the words of BLOCKS. A block counts as covered if
tinycnn has it, which is tried, and as an exercise if it can be handed out, which is tried too.
"""

import inspect
import re

import numpy as np
import pytest
from helpers_lessons import TUTORIALS, load
from helpers_pages import blocks

import tinycnn as tc
from tinycnn.classroom import choose, make_handout
from tinycnn.classroom.asking import InProcess
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.grading import grade_answers
from tinycnn.classroom.proof import doubts
from tinycnn.commands.main import main
from tinycnn.network.loss import loss_from_logits
from tinycnn.training import sgd_update

PAGE = (TUTORIALS / "your_course_on_tinycnn.md").read_text("utf-8")
OWN = TUTORIALS / "course_exercises.py"


def option_of_train(name):
    return lambda: inspect.signature(tc.train).parameters[name]


# {block: (what tinycnn has, or None; the exercise, or "")}
BLOCKS = {
    "dense": (lambda: tc.Dense(3, 2), "dense"),
    "conv2d": (lambda: tc.Conv2D(1, 2, 3, stride=2, padding=1), "conv2d"),
    "relu": (tc.ReLU, "relu"),
    "tanh": (tc.Tanh, "tanh"),
    "sigmoid": (tc.Sigmoid, "sigmoid"),
    "softmax": (tc.Softmax, "softmax"),
    "flatten": (tc.Flatten, "flatten"),
    "max pool": (lambda: tc.MaxPool2D(2), "maxpool2d"),
    "average pool": (lambda: tc.AvgPool2D(2), "avgpool2d"),
    "batch norm": (lambda: tc.BatchNorm(3).forward(np.eye(3)), "batchnorm"),
    "batch norm of maps": (lambda: tc.BatchNorm(3).forward(np.eye(6).reshape(2, 3, 2, 3)),
                           "batchnorm"),
    "dropout": (option_of_train("dropout"), "dropout_forward"),
    "cross-entropy": (lambda: loss_from_logits, "loss"),
    "squared error": (lambda: tc.squared_error, "squared_error"),
    "binary cross-entropy": (lambda: tc.binary_cross_entropy, "binary_cross_entropy"),
    "SGD": (lambda: sgd_update, "update"),
    "momentum": (lambda: tc.momentum(0.9), "momentum"),
    "Adam": (tc.adam, "adam"),
    "L2": (option_of_train("weight_decay"), "sgd_with_decay"),
    "He": (lambda: tc.Conv2D(1, 2, 3, init="he"), "he_weights"),
    "Glorot": (lambda: tc.Dense(3, 2, init="glorot"), "glorot_weights"),
    "normal weights": (lambda: tc.Dense(3, 2, init=0.01), ""),
    # What tinycnn does not have; some of it is in the file of exercises.
    "layer norm": (None, "LayerNorm"), "RMSprop": (None, "rmsprop"),
    "leaky ReLU": (None, "LeakyReLU"), "ELU": (None, "ELU"),
    **{name: (None, "") for name in (
        "group norm", "GELU", "parametric ReLU", "RBF", "log softmax", "conv1d", "transposed conv",
        "resampling", "AdamW", "AdaGrad", "Nesterov", "L1", "residual block", "RNN", "LSTM")},
}

COURSES = {
    "CS231n, assignments 1 and 2": (
        "dense, relu, cross-entropy, conv2d, max pool, batch norm, batch norm of maps, layer norm, "
        "group norm, dropout, SGD, momentum, RMSprop, Adam, L2, normal weights"),
    "EECS 498, assignment 3": (
        "dense, relu, cross-entropy, conv2d, max pool, batch norm, dropout, SGD, momentum, Adam, "
        "L2, He"),
    "CMU 11-785, homework 1 and 2, part 1": (
        "dense, sigmoid, tanh, relu, GELU, softmax, squared error, cross-entropy, batch norm, "
        "batch norm of maps, dropout, conv1d, conv2d, transposed conv, resampling, max pool, "
        "average pool, flatten, SGD, momentum, Adam, AdamW"),
    "CMU 10-714, homework 2 and 4": (
        "dense, relu, flatten, cross-entropy, batch norm, layer norm, dropout, residual block, "
        "SGD, momentum, L2, Adam, Glorot, He, conv2d, RNN, LSTM"),
    "minitorch, module 4": (
        "conv1d, conv2d, average pool, max pool, softmax, log softmax, dropout"),
    "TinyTorch, modules 2 to 9": (
        "relu, sigmoid, softmax, dense, squared error, cross-entropy, SGD, momentum, Adam, conv2d, "
        "max pool, average pool, He"),
    "deeplearning.ai, courses 1, 2 and 4": (
        "dense, relu, sigmoid, binary cross-entropy, L2, dropout, He, SGD, momentum, Adam, conv2d, "
        "max pool, average pool"),
    "Edinburgh MLP, coursework 1": (
        "dense, sigmoid, relu, leaky ReLU, parametric ReLU, tanh, softmax, RBF, dropout, flatten, "
        "squared error, binary cross-entropy, cross-entropy, SGD, momentum, Adam, AdaGrad, L1, L2, "
        "Glorot, normal weights"),
    "UvA Deep Learning 1, assignment 1": "dense, ELU, softmax, cross-entropy, He, SGD",
    "TUM I2DL": (
        "dense, relu, sigmoid, leaky ReLU, tanh, batch norm, batch norm of maps, dropout, "
        "cross-entropy, L1, squared error, binary cross-entropy, conv2d, max pool, SGD, momentum, "
        "Adam"),
    "edunn": (
        "dense, relu, GELU, sigmoid, tanh, softmax, conv2d, max pool, average pool, flatten, "
        "batch norm, dropout, cross-entropy, binary cross-entropy, squared error, SGD, momentum, "
        "Nesterov, RMSprop, Adam, Glorot, He, RNN"),
    "Nielsen's book": (
        "dense, sigmoid, squared error, binary cross-entropy, L2, dropout, normal weights, SGD"),
    "fast.ai, part 2, lesson 3": "dense, relu, squared error",
    "SJTU CS3317, coursework 3": "dense, relu, sigmoid, cross-entropy, SGD, momentum, L2",
}


def written_in(course):
    return COURSES[course].split(", ")


def table():
    """{course: (blocks, covered, as an exercise, what is missing)} as the page has it."""
    number = r"(\d+) \| "
    rows = re.findall(rf"^\| \[?([^|\]]+?)\]?(?:\([^)|]*\))? \| {3 * number}(.*?) \|$", PAGE, re.M)
    return {name: (*map(int, numbers), missing) for name, *numbers, missing in rows}


@pytest.mark.parametrize("block", [name for name, (has, _) in BLOCKS.items() if has])
def test_what_counts_as_covered_is_there(block):
    BLOCKS[block][0]()


@pytest.mark.parametrize("name", sorted({exercise for _, exercise in BLOCKS.values() if exercise}))
def test_what_counts_as_an_exercise_can_be_handed_out(name):
    own = load(OWN)
    chosen = choose([f"{OWN}:{name}" if name in own.EXAMPLES else name])
    assert {exercise.name.split(".")[0] for exercise in chosen} == {name}


def test_the_page_has_the_counts():
    found = table()
    assert found.pop("all") == totals()
    assert list(found) == list(COURSES)
    for course, row in found.items():
        assert row == counts(course), course


def counts(course):
    own = written_in(course)
    missing = [block for block in own if BLOCKS[block][0] is None]
    exercises = sum(BLOCKS[block][1] != "" for block in own)
    return len(own), len(own) - len(missing), exercises, ", ".join(missing)


def totals():
    rows = [counts(course) for course in COURSES]
    return (*(sum(row[column] for row in rows) for column in range(3)), "")


def test_at_least_85_per_cent_of_the_blocks_are_covered():
    blocks_, covered, _, _ = totals()
    assert blocks_ == 185
    assert covered >= 0.85 * blocks_
    assert f"{covered} of {blocks_}" in PAGE
    assert f"{100 * covered / blocks_:.0f} %" in PAGE


def test_every_block_is_written_somewhere():
    assert {block for course in COURSES for block in written_in(course)} == set(BLOCKS)


@pytest.mark.parametrize("course", COURSES)
def test_each_course_has_a_section_with_a_command_that_hands_out_its_blocks(course):
    """All that can be handed out of its blocks, and nothing else."""
    section, = re.findall(rf"^## {re.escape(course)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    (_, command), = blocks(section, "sh")
    words = command.replace("\\\n", " ").split()
    assert words[:2] == ["tinycnn", "handout"]
    asked = {word.rpartition(":")[2].split(".")[0] for word in words[2:words.index("--out")]}
    wanted = {BLOCKS[block][1] for block in written_in(course)} - {""}
    assert asked - {"dropout_backward"} == wanted
    assert ("dropout_backward" in asked) == ("dropout_forward" in asked)


# --- the file of exercises ------------------------------------------------------------------------

SLIPS = {
    "adam": ("m / (1 - 0.9 ** steps), v", "m, v"),
    "momentum": ("grad if v is None", "0 * grad if v is None"),
    "rmsprop": ("np.sqrt(s) + 1e-8", "np.sqrt(s + 1e-2)"),
    "sgd_with_decay": ("grad + decay * w", "grad - decay * w"),
    "squared_error": ("2 * (y - t) / y.size", "2 * (y - t) / len(y)"),
    "binary_cross_entropy": ("(1 - t) * np.log(1 - y)", "(1 - t) * np.log(y)"),
    "dropout_forward": (">= p) / (1 - p)", ">= p) * 1.0"),
    "dropout_backward": ("return dy * mask", "return dy * (mask > 0)"),
    "he_weights": ("np.prod(shape[1:])", "np.prod(shape)"),
    "glorot_weights": ("sum(shape)", "shape[0]"),
    "LeakyReLU": ("dy, self.slope * dy", "dy, 0 * dy"),
    "ELU": ("dy * (cache + 1)", "dy * np.exp(cache)"),
    "LayerNorm": ("(dy * cache[0]).sum(axis=0)", "dy.sum(axis=0)"),
}


def lost(text, chosen):
    """The exercises in which a student's file loses points."""
    namespace = {}
    exec(text, namespace)
    return {r.exercise.name for r in grade_answers(InProcess(namespace), chosen, 3) if not r.passed}


def test_what_the_page_shows_of_a_grade_is_printed(tmp_path, capsys):
    (_, shown), = blocks(PAGE, "text")
    assert main(["handout", f"{OWN}:", "--out", str(tmp_path / "hw2")]) == 0
    capsys.readouterr()
    assert main(["grade", str(OWN), "--assignment", str(tmp_path / "hw2"), "--teacher", str(OWN),
                 "--seed", "1"]) == 0
    assert capsys.readouterr().out.startswith(shown)


def test_the_reference_gets_all_points_and_nothing_is_said_against_it():
    chosen = choose([f"{OWN}:"])
    assert list(doubts(make_handout(chosen))) == []
    assert lost(OWN.read_text("utf-8"), chosen) == set()
    assert lost(student_file(chosen), chosen) == {e.name for e in chosen}


@pytest.mark.parametrize("name", load(OWN).EXAMPLES)
def test_a_slip_loses_points_in_its_own_exercise(name):
    right, wrong = SLIPS[name]
    text = OWN.read_text("utf-8")
    assert text.count(right) == 1
    found = lost(text.replace(right, wrong), choose([f"{OWN}:"]))
    assert {label.split(".")[0] for label in found} == {name}


@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_the_updates_of_the_exercises_are_those_of_tinycnn(name):
    mine, its = getattr(load(OWN), name), getattr(tc, name)()
    rng = np.random.default_rng(2)
    w = rng.normal(size=(3, 2))
    params, state, its_state = {"w": w}, None, None
    for _ in range(7):
        grad = rng.normal(size=(3, 2))
        w, state = mine(w, grad, state, 0.1)
        params, its_state = its(params, {"w": grad}, its_state, 0.1)
        np.testing.assert_allclose(w, params["w"], 1e-12, 1e-12)


@pytest.mark.parametrize("name", ["squared_error", "binary_cross_entropy"])
def test_the_losses_of_the_exercises_are_those_of_tinycnn(name):
    rng = np.random.default_rng(4)
    y, t = rng.uniform(0.1, 0.9, (5, 3)), rng.integers(2, size=(5, 3)).astype(float)
    for mine, its in zip(getattr(load(OWN), name)(y, t), getattr(tc, name)(y, t), strict=True):
        np.testing.assert_allclose(mine, its, 1e-12, 1e-12)
