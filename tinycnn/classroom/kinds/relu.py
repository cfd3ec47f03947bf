"""Exercises on ReLU."""

from . import Graded

GRADED = Graded()
