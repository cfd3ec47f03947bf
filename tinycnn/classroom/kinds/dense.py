"""Exercises on dense layers."""

from . import Graded

GRADED = Graded(speed=({"n_in": 600, "n_out": 200}, (256, 600)))
