"""Speed counts if it is asked for: loops lose its points, and no others."""

import pytest
from classroom_submissions import fast_source

from tinycnn.classroom import choose, grade_source, make_handout, prove
from tinycnn.classroom.blanks import student_file

EXERCISES = choose(["maxpool2d", "conv2d.backward", "tanh.forward"], speed=True)


def lost(source):
    grade = grade_source(source, EXERCISES, 5, timeout=3, diagnose=False)
    return [(r.exercise.name, r.check.name) for r in grade.results if not r.passed], grade


@pytest.mark.alone
def test_fast_layers_have_it_and_loops_have_not():
    assert lost(fast_source())[0] == []
    slow, grade = lost(student_file(EXERCISES, solved=True))
    assert slow == [(e.name, "speed") for e in EXERCISES if e.kind != "tanh"]
    assert grade.worth == 40
    assert round(grade.points, 6) == 37
    said = {r.exercise.name: r.message for r in grade.results if not r.passed}
    assert "times as long as tinycnn's own; at most 15 times" in said["maxpool2d.forward"]


@pytest.mark.alone
def test_a_fast_backward_has_it_without_a_forward():
    source = fast_source() + """
def forward(self, x):
    raise NotImplementedError("Exercise 2: MaxPool2D.forward - y and the cache from x")
class MaxPool2D(MaxPool2D):
    forward = forward
    def backward(self, dy, cache):
        return super().backward(dy, super().forward(cache)[1])
"""
    assert {name for name, _ in lost(source)[0]} == {"maxpool2d.forward"}


def test_the_proof_does_not_ask_loops_to_be_fast():
    prove(make_handout(EXERCISES))
