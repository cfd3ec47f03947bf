"""Exercises on batch norms."""

from . import Graded

GRADED = Graded(cache=lambda case: list(case.reference().forward(case.x)[1]))
