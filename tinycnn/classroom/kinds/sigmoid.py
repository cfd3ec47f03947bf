"""Exercises on the sigmoid."""

from . import Graded

GRADED = Graded(cache=lambda case: case.right["y"])
