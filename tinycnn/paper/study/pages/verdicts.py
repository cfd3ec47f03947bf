"""The page of a study: the scorecard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .... import figures
from ....analysis.claims import Judged
from ....figures import save
from ....output.csv_file import write_csv
from ....output.page import Section
from ..rows import Numbers
from .text import ends, percent


def verdicts(judged: Sequence[Judged], numbers: Numbers, out: Path, n: int, differ: str,
             notes: Sequence[str]) -> Section:
    """The scorecard, and what is to be known with it: in what the n networks `differ`, `notes` and
    others."""
    path = save(figures.scorecard([{
        "group": "What the paper says" if j.claim.section else "What the paper did not ask",
        "number": number, "claim": j.claim.sentence,
        "test": f"{j.claim.section}: {j.claim.number}".removeprefix(": "),
        "measured": j.text, "interval": ends(j.measured), "control": j.control,
        "holds": j.claim.holds, "in_part": j.claim.partly, "rule": j.claim.thresholds,
        "lower_is_better": j.claim.lower_is_better, "verdict": j.verdict, "remark": j.remark}
        for number, j in enumerate(judged, start=1)]), out / "scorecard.png")
    wrong, same = (percent(numbers.find("training", "error", option=option))
                   for option in ("all", "always the same answer"))
    notes = [*notes, *[f"{len(numbers.idle)} of {n} networks have not learnt: they are wrong about "
                       "more than half as many images as that. Only their errors and costs count "
                       "for the verdicts."] * bool(numbers.idle)]
    if lost := Counter(r.subject for r in numbers.rows if r.quantity == "diverged"):
        notes.append("Not measured, because another training diverged: " + "; ".join(
            f"{what} ({count} of {n} networks)" for what, count in lost.items()) + ".")
    return Section(
        "The scorecard",
        ["Each claim is tested by one number, measured on " + ("one network" if n == 1 else
         f"{n} networks that differ in {differ}") + ". Its 95 % interval says where the mean over "
         "all such networks may be. A claim holds if the whole interval is beyond its threshold. "
         "It holds in part if the whole interval is beyond the second threshold, and does not hold "
         "if no part of it reaches that one. Otherwise these networks cannot tell, and the reason "
         "stands under the verdict. The thresholds are judgements; the numbers are not.",
         "Some numbers pass their threshold for a reason that has nothing to do with the claim. So "
         "some claims have a control: the same number where the claim would mean nothing, for "
         "example with random features. If the number passes, but its difference to the control, "
         "network by network, may be 0 (95 % interval), it says nothing about the claim.",
         'With so many claims, chance alone may decide a few. A verdict with the word "alone" '
         "would stand if its claim were the only one. The others stand together: the chance that "
         "even one of them is due to chance is below 5 % (Holm's method).",
         f"The networks are wrong about {wrong} of all images; always the same answer would be "
         f"wrong about {same}. What a network has not learnt, no knockout takes from it.", *notes],
        path, "Claims, with the paper's section and what is measured; numbers with their 95 % "
              "intervals (shares: Korn and Graubard's; ratios of means: Fieller's; others: "
              "Student's t); thresholds; verdicts. Open diamond: the control. scorecard.csv and "
              "scorecard.txt have the same.")


def write_scorecard(judged: Sequence[Judged], path: Path) -> None:
    """The scorecard as CSV: one line for each claim."""
    write_csv(path, ("claim", "section", "sentence", "number", "mean", "low", "high", "networks",
                     "control", "holds", "in part", "lower is better", "verdict", "p", "remark"),
              [(j.claim.key, j.claim.section, j.claim.sentence, j.claim.number, j.measured.mean,
                j.measured.low, j.measured.high, j.measured.n, j.control, j.claim.holds,
                j.claim.partly, j.claim.lower_is_better, j.verdict, j.p, j.remark)
               for j in judged])
