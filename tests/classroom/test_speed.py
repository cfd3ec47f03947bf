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
def test_a_fast_backward_has_it_without_a_forward(monkeypatch):
    # This one makes its cache first, so a whole forward is timed with it: 9 to 18 times.
    monkeypatch.setattr("tinycnn.classroom.speed.SPEED", 100.0)
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


POOLING = choose(["maxpool2d"], speed=True)
KEEPS = """
def kept(method, slow):
    known = {}
    def quick(self, a, *cache):
        key = a.tobytes()
        if key not in known:
            known[key] = slow(self, a, *cache)
        return known[key]
    setattr(MaxPool2D, method, quick)
kept("forward", MaxPool2D.forward)
kept("backward", MaxPool2D.backward)
"""
HIDES = """
import sys, time
def looked_at(cls):
    build, backward = cls.__init__, cls.backward
    def __init__(self, *arguments, **keywords):
        build(self, *arguments, **keywords)
        frame = sys._getframe()
        while frame is not None:
            session = frame.f_locals.get("session")
            if session and session[-1].get("do") == "forward":      # the run without backward
                time.sleep(0.2)
            frame = frame.f_back
    cls.__init__ = __init__
looked_at(MaxPool2D)
"""
HURRIES = """
right, first = MaxPool2D.backward, {}
def hurried(self, dy, cache):       # right once for each shape, and then only quick
    if dy.shape not in first:
        first[dy.shape] = right(self, dy, cache)
        return first[dy.shape]
    return first[dy.shape] * 1 if len(dy) == 16 else right(self, dy, cache)
MaxPool2D.backward = hurried
"""


@pytest.mark.alone
@pytest.mark.parametrize(("trick", "missed"), [
    (KEEPS, {"maxpool2d.forward", "maxpool2d.backward"}), (HURRIES, {"maxpool2d.backward"}),
    (HIDES, {"maxpool2d.forward", "maxpool2d.backward"})])
def test_answers_that_were_kept_or_made_up_are_not_fast(trick, missed):
    source = student_file(POOLING, solved=True) + trick
    grade = grade_source(source, POOLING, 5, timeout=5, diagnose=False)
    wrong = {r.exercise.name: r.message for r in grade.results
             if r.check.name == "speed" and not r.passed}
    assert set(wrong) >= missed
    assert trick != HURRIES or "is wrong in" in wrong["maxpool2d.backward"]
