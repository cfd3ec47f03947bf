"""Exercises on softmax."""

from . import Graded

GRADED = Graded(cache=lambda case: case.right["y"])
