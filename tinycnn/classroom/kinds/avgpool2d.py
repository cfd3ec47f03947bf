"""Exercises on average-pooling."""

from dataclasses import replace

from . import maxpool2d

GRADED = replace(maxpool2d.GRADED, cache=lambda case: list(case.x.shape), speed=None)
