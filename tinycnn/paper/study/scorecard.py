"""The scorecard of a study: each claim with its number, its interval and what follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...analysis.claims import Claim, Interval, Verdict, interval
from .claims import CLAIMS
from .rows import Numbers


@dataclass(frozen=True)
class Judged:
    """A claim, with what was measured on the networks of a study, or why it was not."""

    claim: Claim
    measured: Interval
    why: str = ""

    @property
    def verdict(self) -> Verdict:
        """What follows from the number; see `Claim.verdict`."""
        return self.claim.verdict(self.measured)

    @property
    def text(self) -> str:
        """The number with its interval, or "not measured: the features are of one layer"."""
        return f"{self.claim.text(self.measured)}{': ' * bool(self.why)}{self.why}"


def scorecard(numbers: Numbers, n_classes: int = 15) -> list[Judged]:
    """All claims: first the claims of the paper, then what it did not ask.

    Networks that are no better than always the same answer show only their errors and costs: all
    else is about what was learnt. The thresholds of errors are for many classes: of few, always
    the same answer may be good enough for a claim, or not bad enough.
    """
    learnt = Numbers(r for r in numbers.rows if r.seed not in numbers.idle)
    same = interval(numbers.find("training", "error", option="always the same answer")).mean
    constant = {"error": same, "overall error": same, "class error": 1 - 1 / n_classes}
    judged = []
    for claim, analysis, quantity, where, _ in CLAIMS:
        if isinstance(quantity, tuple):
            quantity = quantity[0]
        always, why = constant.get(quantity, np.nan), ""
        values = (numbers if analysis in ("training", "cost") else learnt).find(
            analysis, quantity, **where)
        if always <= claim.partly if claim.lower_is_better else always < claim.holds:
            values, why = values[:0], f"always the same answer is {always:.0%} wrong"
        elif numbers.idle and not (len(values) or learnt.rows):
            why = "no network is better than always the same answer"
        elif analysis == "knockout" and not len(values) and "error, " in quantity:
            why = "the features are of one layer"
        judged.append(Judged(claim, interval(values, claim.within), why))
    return judged


def as_text(judged: list[Judged]) -> str:
    """The scorecard for a terminal: verdict, claim, number."""
    width = max(len(j.verdict) for j in judged)
    lines = []
    for paper in (True, False):
        lines.append("What the paper says" if paper else "What it did not ask")
        for j in judged:
            if bool(j.claim.section) == paper:
                lines += [f"  {j.verdict:{width}}  {j.claim.sentence}",
                          f"  {'':{width}}  {j.claim.number}: {j.text}"]
        lines.append("")
    return "\n".join(lines)
