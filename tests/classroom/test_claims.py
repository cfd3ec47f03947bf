"""Whatever a student's process answers, the grader goes on: nonsense is nonsense, of any type."""

import numpy as np
import pytest

from tinycnn.classroom import choose
from tinycnn.classroom.asking import InProcess
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.claims import are_answers, is_diagnosis
from tinycnn.classroom.grading import grade_answers
from tinycnn.classroom.sandbox import Crash

EXERCISES = choose(["tanh", "dense.parameter_gradients"])
SOLVED = student_file(EXERCISES, solved=True)
ODD = [None, 3, -1.5, True, "x", [], {}, [[]], [{}], np.zeros(0), np.zeros(2), np.array(np.nan),
       {"kind": np.zeros(2)}, {"y": None, "dx": "x"}, [None] * 3]
KEYS = ["got", "raised", "after", "params", "later", "form"]


class Liar:
    """Right code whose answers are changed on the way, as a forged frame is."""

    def __init__(self, change):
        namespace = {}
        exec(SOLVED, namespace)
        self.honest, self.change = InProcess(namespace), change

    def ask(self, request):
        answers = self.change(self.honest.ask(request))
        if not are_answers(answers, request):       # as the sandbox does
            raise Crash("the process answers nonsense")
        return answers


def results(change):
    return grade_answers(Liar(change), EXERCISES, 3)


def test_right_answers_are_answers():
    assert all(r.passed for r in results(lambda answers: answers))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_whole_answers_of_any_type(odd):
    assert not any(r.passed for r in results(lambda answers: odd))
    assert not any(r.passed for r in results(lambda answers: [odd] * len(answers)))
    assert not any(r.passed for r in results(lambda answers: [
        [odd] * len(session) for session in answers]))


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_parts_of_any_type(key, odd):
    """It is graded to its end; what does not show in a check may pass."""
    def change(answers):
        return [[{**answer, key: odd} for answer in session] for session in answers]

    graded = results(change)
    assert len(graded) == sum(len(e.checks) for e in EXERCISES)
    if key == "got":
        assert not any(r.passed for r in graded)


def test_a_diagnosis_is_text():
    assert is_diagnosis({"text": "", "causes": ["x"]})
    for odd in ODD:
        assert not is_diagnosis(odd)
        assert not is_diagnosis({"text": odd, "causes": []}) or isinstance(odd, str)
        assert not is_diagnosis({"text": "", "causes": [odd]}) or isinstance(odd, str)
