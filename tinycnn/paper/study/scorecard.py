"""The scorecard of a study: each claim with its number, its interval and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...analysis.claims import Judged, holm
from .claims import CLAIMS, Entry
from .rows import Numbers, mean

UNLEARNT = ("training", "cost")     # analyses that also count of networks that have not learnt


def scorecard(numbers: Numbers, n_classes: int = 15) -> list[Judged]:
    """All claims: first the claims of the paper, then what it did not ask.

    Networks that have not learnt show only their errors and costs: all else is about what was
    learnt. The thresholds of errors are for many classes: of few, always the same answer may be
    good enough for a claim, or not bad enough.
    """
    learnt = Numbers(r for r in numbers.rows if r.seed not in numbers.idle)
    same = mean(numbers.find("training", "error", option="always the same answer"))
    constant = {"error": same, "overall error": same, "class error": 1 - 1 / n_classes}
    judged = []
    for entry in CLAIMS:
        claim, free = entry.claim, entry.analysis in UNLEARNT
        found = _judged(entry, numbers if free else learnt)
        always = constant.get(str(entry.quantity).removesuffix(", rise"), np.nan)
        if always <= claim.partly if claim.lower_is_better else always < claim.holds:
            found = Judged(claim, np.empty(0), why=f"always the same answer is {always:.0%} wrong")
        elif not found.measured.n and not free and not learnt.rows:
            found = replace(found, why="no network has learnt enough")
        elif not found.measured.n and entry.analysis == "knockout" and any(
                "same layers" in name for name in entry.quantities):
            found = replace(found, why="the features are of one layer")
        elif not found.measured.n and entry.analysis == "leak":
            found = replace(found, why="no image is on both sides of a split")
        judged.append(found)
    return [replace(j, alone=j.p < 0.05 and not stands)
            for j, stands in zip(judged, holm([j.p for j in judged]), strict=True)]


def _judged(entry: Entry, numbers: Numbers) -> Judged:
    """The claim with its numbers in the rows, and those of its control."""
    table = numbers.together(entry.analysis, entry.quantities, **entry.where)
    return Judged(entry.claim, table[:, 0] if isinstance(entry.quantity, str) else table[:, :2],
                  null=table[:, -1] if entry.null else np.empty(0))


def as_text(judged: Sequence[Judged]) -> str:
    """The scorecard for a terminal: verdict, claim, number."""
    width = max(len(j.verdict) for j in judged)
    lines = []
    for paper in (True, False):
        lines.append("What the paper says" if paper else "What it did not ask")
        for j in judged:
            if bool(j.claim.section) == paper:
                lines += [f"  {j.verdict:{width}}  {j.claim.sentence}",
                          f"  {'':{width}}  {j.claim.number}: {j.text}"
                          + f"; {j.remark}" * bool(j.remark)]
        lines.append("")
    return "\n".join(lines)
