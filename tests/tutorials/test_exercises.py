"""Exercises: the solutions pass, every known mistake is named, and nothing passes by accident."""

from typing import ClassVar

import numpy as np
import pytest
from helpers_lessons import LESSONS, TUTORIALS, load, run

from tinycnn.course import Answer, LayerClass, Verdict, Written, check, verdict
from tinycnn.course.faults import Diagnosis
from tinycnn.course.lookup import exercises

GUESSES = [None, ..., 0, 0.0, 1, -1, 0.5, float("nan"), float("inf"), "", [], (), {}, object(),
           np.zeros(3), np.zeros((2, 2)), np.array("a"), lambda: 0]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_and_its_exercises(lesson, faces_folder, monkeypatch):
    """One run of the lesson, on the Yale faces where they are, serves for all of its exercises."""
    number = int(lesson.stem.split("_")[1])
    asked = run(lesson, faces_folder, monkeypatch)
    known = exercises(number)
    assert list(asked) == list(known), "the lesson asks other exercises than are judged"
    assert len(known) >= 4
    solutions = load(TUTORIALS / f"solutions/lesson_{number}.py")
    for name, (word, begun, given) in asked.items():
        exercise, solution = known[name], getattr(solutions, word)
        assert solution.__doc__, f"{word}: a solution says why"
        right = solution(*given) if isinstance(exercise, Answer) else solution
        assert verdict(name, right, *given).ok, verdict(name, right, *given).text
        assert not verdict(name, begun, *given).ok, f"{name}: right before it is begun"
        for guess in GUESSES:
            assert not verdict(name, guess, *given).ok, f"{name}: {guess!r} passes"
        assert len(exercise.mistakes) >= (1 if isinstance(exercise, LayerClass) else 2)
        for reason, mistake in exercise.mistakes.items():
            wrong = mistake(*given) if isinstance(exercise, Answer) else mistake
            judged = verdict(name, wrong, *given)
            assert not judged.ok, f"{name}: passes although {reason}"
            said = ("Likely cause" if isinstance(exercise, LayerClass) else
                    f"Where to look: {reason}" if isinstance(exercise, Diagnosis) else
                    f"Likely cause: {reason}.")
            assert said in judged.text, f"{name}: {judged.text}"
        if isinstance(exercise, Written):
            constants_do_not_pass(name, exercise)


def constants_do_not_pass(name, exercise):
    """Neither zeros nor the first case's answer for all."""
    cases = exercise.cases(np.random.default_rng(0))
    assert len(cases) >= 2
    answers = [exercise.right(*case) for case in cases]
    if not isinstance(answers[0], str):
        zeros = iter([np.zeros_like(np.asarray(answer, float)) for answer in answers])
        assert not verdict(name, lambda *arguments: next(zeros)).ok, f"{name}: zeros pass"
    assert not verdict(name, lambda *arguments: answers[0]).ok, f"{name}: a constant passes"


HALVE = Written(lambda x: x / 2, lambda rng: [(rng.normal(size=n),) for n in (2, 3)],
                {"it is doubled": lambda x: 2 * x})


def test_what_is_wrong_is_shown_by_its_first_wrong_entry():
    def halve(x):
        return np.where(np.arange(len(x)) == 1, 0, x / 2)

    x = np.random.default_rng(0).normal(size=2)
    assert HALVE.judge(halve).text == ("not right. halve, in case 1, is wrong in 1 of 2 entries: "
                                       f"[1] is 0, expected {x[1] / 2:.6g}.")


def test_a_known_mistake_is_named_only_if_all_cases_agree():
    assert "Likely cause: it is doubled." in HALVE.judge(lambda x: 2.0 * x).text
    assert "cause" not in HALVE.judge(lambda x: 2 * x if len(x) == 2 else 3 * x).text


def test_a_mistake_that_gives_nan_is_named_too():
    stable = Written(lambda x: x, lambda rng: [(rng.normal(size=2),)] * 2,
                     {"that overflows": lambda x: np.array([np.nan, np.inf])})
    assert "Likely cause: that overflows." in stable.judge(lambda x: [np.nan, np.inf]).text
    assert "cause" not in stable.judge(lambda x: [np.nan, np.nan]).text
    assert not stable.judge(lambda x: x * np.inf).ok


@pytest.mark.parametrize(("answer", "says"), [
    (lambda x: None, "not written yet"),
    (None, "not written yet"),
    (3, "Expected a function, got 3"),
    (lambda x: x[5], "raises IndexError"),
    (lambda x: x[:1] / 2, "has shape (1,), expected (2,)"),
    (lambda x: "half", "is 'half'"),
    (lambda x: x * np.nan, "is nan, expected"),
])
def test_answers_that_are_no_answer(answer, says):
    judged = HALVE.judge(answer)
    assert not judged.ok
    assert says in judged.text


def test_a_function_may_spoil_its_arguments():
    def halve(x):
        x /= 2
        return x

    assert HALVE.judge(halve) == Verdict(True, "right, in 2 random cases.")


def test_a_number_may_be_rounded_and_the_right_one_is_not_given_away():
    third = Answer(lambda: 1 / 3, {"that is its double": lambda: 2 / 3})
    assert third.judge(0.333).ok
    judged = third.judge(0.66)
    assert judged.text == "not right: 0.66.\nLikely cause: that is its double."
    assert "0.33" not in third.judge(0.4).text


def test_a_layer_is_judged_by_values_and_by_gradients():
    class Twice:
        params: ClassVar = {}

        def forward(self, x):
            return 2 * x, None

        def backward(self, dy, cache):
            return 2 * dy

        def parameter_gradients(self, dy, cache):
            return {}

    class WrongValues(Twice):
        def forward(self, x):
            return 3 * x, None

    class WrongGradient(Twice):
        def backward(self, dy, cache):
            return dy

    class Raises(Twice):
        def forward(self, x):
            raise KeyError("size")

    class Unwritten(Twice):
        def backward(self, dy, cache):
            raise NotImplementedError

    twice = LayerClass(outputs=lambda x: 2 * x)
    assert twice.judge(Twice).ok
    assert "The output of forward is wrong" in twice.judge(WrongValues).text
    assert "dx is wrong" in twice.judge(WrongGradient).text
    assert "Its forward pass raises KeyError" in twice.judge(Raises).text
    assert twice.judge(Unwritten).text == "not written yet."
    assert not twice.judge(Twice()).ok


def test_a_number_that_is_no_exercise():
    for number in ("1.99", "11.1", "x", ""):
        with pytest.raises(ValueError, match="expected the number above the cell"):
            check(number, None)
