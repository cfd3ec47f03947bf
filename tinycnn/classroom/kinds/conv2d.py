"""Exercises on convolutions."""

from ...gradcheck.cases import Case
from . import Graded, shares


def _check_of(case: Case) -> str:
    return "padding" if "there is padding" in case.features else \
        "stride" if "the stride is larger than 1" in case.features else "plain"


GRADED = Graded(shares(plain=0.4, stride=0.2, padding=0.2, contract=0.1), _check_of,
                speed=({"in_channels": 5, "out_channels": 10, "kernel_size": 5}, (16, 5, 28, 28)))
