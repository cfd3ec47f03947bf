"""An entry of the list of claims: a claim, and where its number is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ....analysis.claims import Claim
from ....analysis.measures import PAPER

PERCENT, PLAIN, TIMES = "{:.0%}", "{:.2f}", "{:.1f}"
SHARE, SIGNED, POSITIVE = (0.0, 1.0), (-1.0, 1.0), (0.0, np.inf)   # the limits of numbers
STRONGEST = {"subject": PAPER, "option": "strongest"}
WEAKEST = {"subject": PAPER, "option": "weakest"}


class Entry(NamedTuple):
    """A claim, and where the number that tests it is in the rows of a study.

    Attributes:
        claim: the sentence and its thresholds.
        analysis: of the rows.
        quantity: of the rows; or a pair, numerator and denominator: the ratio of their means.
        where: other arguments of `Numbers.find`.
        null: the quantity that the control has, with the same analysis and where. If the number is
            not better than this one, it says nothing about the claim. "" if there is none.
    """

    claim: Claim
    analysis: str
    quantity: str | tuple[str, str]
    where: Mapping[str, Any]
    null: str = ""

    @property
    def quantities(self) -> tuple[str, ...]:
        """All its numbers in the rows: one, or two of a ratio; then the control's, if any."""
        pair = (self.quantity,) if isinstance(self.quantity, str) else self.quantity
        return *pair, *([self.null] if self.null else [])
