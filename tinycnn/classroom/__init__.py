"""Classroom: handouts that leak nothing, and grading that nobody can cheat or block.

    handout = make_handout(choose(["conv2d.forward", "conv2d.backward"]))
    grade = grade_source(source, handout.exercises, seed)
"""

from .exercises import EXERCISES, Exercise, choose
from .grading import grade_source
from .handout import Handout, make_handout, read_assignment, write_files
from .proof import ProofError, prove
from .public import check_here, public_checks
from .results import Grade, Result

__all__ = ["EXERCISES", "Exercise", "Grade", "Handout", "ProofError", "Result", "check_here",
           "choose", "grade_source", "make_handout", "prove", "public_checks", "read_assignment",
           "write_files"]
