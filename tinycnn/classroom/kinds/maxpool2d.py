"""Exercises on max-pooling."""

from ...gradcheck.cases import Case
from . import Graded, shares

SPECIAL = {"windows overlap", "there are gaps between windows", "rows or columns are left over"}


def _check_of(case: Case) -> str:
    return "windows" if SPECIAL & set(case.features) else "plain"


GRADED = Graded(shares(plain=0.4, windows=0.2, contract=0.2), _check_of,
                speed=({"size": 2}, (16, 5, 56, 56)))
