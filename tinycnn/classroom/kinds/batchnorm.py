"""Exercises on batch norms."""

from typing import Any

from ...gradcheck.cases import Case
from . import Graded


def _cache(case: Case) -> list[Any]:
    z, deviation = case.reference().forward(case.x)[1]
    return [z, deviation.ravel()]


GRADED = Graded(cache=_cache)
