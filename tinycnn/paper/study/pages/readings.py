"""The page of a study: what changes if the paper is read in another way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .... import figures
from ....analysis import table_iii
from ....analysis.claims import FEWEST, VERDICTS, Claim, Verdict
from ....analysis.intervals import interval
from ....analysis.measures import PAPER
from ....figures import save
from ....output.page import Section
from ....output.text import first_of, listing
from ..claims import CLAIMS
from ..claims.entry import SHARE, SIGNED
from ..parts.readings import DEFAULT, DRAWS, OTHERWISE
from ..rows import Numbers
from .text import ends, mean, percent, plain

Place = tuple[int, int]         # of a reading and a training

# The numbers of a reading: the quantity of its rows, and the claim that has the same number, with
# what this says.
NUMBERS = {
    "gain on same layers": ("knockout", "overall error, gain on same layers",
                            "the strongest do more damage than random maps of the same layers"),
    "own minus others": ("swap", "own minus others", "the strongest maps of a person are needed "
                         "for this person more than those of others"),
    "overall error, area": ("", "", "")}
TITLES = {"gain on same layers": "overall error beyond random\nfeatures of the same layers",
          "own minus others": "class error, own order minus\nthe orders of others",
          "overall error, area": "overall error, mean\nover the removals"}
LIMITS = {"overall error, area": SHARE}         # of the others, as of a correlation
NOTHING = "No network has learnt enough to be read."
FIT = "statistics of Table III\nin the networks' range, of 10"


def multiverse(numbers: Numbers, out: Path) -> Section:
    """All combinations of readings, and of trainings, in one figure."""
    title, numbers = "Every reading of the paper", _learnt(numbers)
    if not numbers.subjects("reading", "overall error, area"):
        return Section(title, [NOTHING])
    readings, trainings = grid(numbers)
    panels: list[dict[str, Any]] = []
    verdicts: dict[str, dict[Place, Verdict]] = {}
    for quantity in NUMBERS:
        found = {(i, j): interval(values, LIMITS.get(quantity, SIGNED))
                 for i, reading in enumerate(readings) for j, how in enumerate(trainings)
                 if len(values := numbers.find("reading", quantity, subject=reading, option=how))}
        if not found:       # features of one layer
            continue
        panels.append({"title": TITLES[quantity],
                       "found": {place: ends(value) for place, value in found.items()}})
        if claim := claim_of(quantity):
            panels[-1] |= {"holds": claim.holds, "in_part": claim.partly}
            verdicts[quantity] = {place: claim.verdict(value) for place, value in found.items()}
    text = ["The paper does not say everything. A gradient may be that of the output before tanh, "
            "after it, or after pooling; of a probability or of a logit; and the norm may be "
            "taken before or after the mean over images. Each row is one of these readings; the "
            "same features are knocked out."
            + (" Each line of a row is a way to train: first this study's own, with all its "
               f"networks, then others, for its first {OTHERWISE} seeds."
               if len(trainings) > 1 else ""),
           "The verdicts, each by its own interval: " + tallied(verdicts)]
    n = min(OTHERWISE, len({r.seed for r in numbers.rows if r.analysis == "reading"}))
    inside = {(i, j): fit.inside for i, reading in enumerate(readings)
              for j, how in enumerate(trainings)
              if (fit := fit_of(numbers, reading, how, OTHERWISE))}
    if inside and n >= FEWEST:
        expected, most = 10 * (n - 1) / (n + 1), max(inside.values())
        panels.append({"title": FIT, "line": (expected, f"{expected:.1f} expected"), "whole": True,
                       "found": {place: (count, np.nan, np.nan)
                                 for place, count in inside.items()}})
        near = [place for place, count in inside.items() if count >= most - 1]
        best = [f"{readings[i]} ({trainings[j]})" for i, j in near if inside[i, j] == most]
        text.append("The last column says which of them can have made the paper's Table III: how "
                    f"many of ten statistics of it are in the range of the first {n} networks. If "
                    f"the paper's network were one more of them, {expected:.1f} would be. The most "
                    f"are {most}: {'; '.join(first_of(best, 3))}. "
                    f"Where it is at least {most - 1}: {tallied(verdicts, near)}")
    heads, words = zip(*(zip(*(part.split(": ") for part in reading.split("; ")), strict=True)
                         for reading in readings), strict=True)
    path = save(figures.multiverse(heads[0], words, trainings, panels), out / "readings.png")
    return Section(
        title, text, path,
        "Means over the networks with 95 % intervals; the first line of the first row is this "
        "study's own reading and training. Tinted: where the claim holds, or holds in part."
        + f" {DRAWS} random choices of the same "
        "layers are fewer than in the other sections." * ("gain on same layers" in verdicts))


def tallied(verdicts: Mapping[str, Mapping[Place, Verdict]], of: Collection[Place] | None = None
            ) -> str:
    """How often there is each verdict, for all readings and trainings or for some."""
    sentences = []
    for quantity, found in verdicts.items():
        counts = Counter(verdict for place, verdict in found.items() if of is None or place in of)
        sentences.append(f"that {NUMBERS[quantity][2]} " + listing(
            f"{verdict} in {counts[verdict]}" for verdict in VERDICTS if counts[verdict])
            + f" of {counts.total()}")
    return "; ".join(sentences) + "."


def options(numbers: Numbers, out: Path) -> Section:
    """Every reading of the study's own networks, and the default reading of the others, in
    numbers."""
    title, numbers = "What changes if the paper is read in another way", _learnt(numbers)
    if not numbers.subjects("reading", "overall error, area"):
        return Section(title, [NOTHING])
    own = grid(numbers)[1][0]
    rows = [(name, own) for name in numbers.subjects("reading", "overall error, area", own)]
    rows += [(DEFAULT, how) for how in _trainings(numbers) if how != own]
    quantities = [q for q in ("rank correlation", *NUMBERS) if numbers.subjects("reading", q)]
    yale = any(fit_of(numbers, *row) for row in rows)
    body: list[list[str]] = []
    for reading, how in rows:
        cells = [reading if how == own else how]
        cells += [plain(numbers.find("reading", q, subject=reading, option=how),
                        within=LIMITS.get(q, SIGNED)) for q in quantities]
        cells.append(percent(numbers.find("reading", "test error", option=how))
                     if how != own else "")
        idle = numbers.find("reading", "saturated or dead maps", subject=reading, option=how)
        cells.append(f"{mean(idle):.1f}" if len(idle) else "")
        if yale:
            fit = fit_of(numbers, reading, how)
            cells += [f"{fit.inside}", f"{fit.distance:.0f}" if np.isfinite(fit.distance) else "–"
                      ] if fit else ["", ""]
        body.append(cells)
    return Section(
        title,
        ["First every reading of the study's own networks: rank correlation with the default, "
         "which is the first. Then networks from the same first weights that were trained in "
         f"another way, for the first {OTHERWISE} seeds: on standardised images; from first "
         "weights of the maps that are three times larger; on one image at a time, with a "
         "tenth of the learning rate; on a split with the same share of each person in both parts "
         "(stratified), and on one with images that are the same on one side (twins).",
         *["Of ten statistics of the printed Table III: how many are in the range of the networks, "
           "and the sum of the squared differences to their means, in standard deviations. The "
           "better a reading fits, the smaller it is."] * yale],
        caption="Means over identities and networks, with 95 % intervals over the networks.",
        table=(("option", *quantities, "test error", "saturated or dead maps",
                *("statistics in range", "distance") * yale), body))


def grid(numbers: Numbers) -> tuple[list[str], list[str]]:
    """The readings that combine all choices, and the trainings for all of them; first this study's
    own."""
    named = [name for name in numbers.subjects("reading", "overall error, area")
             if name.startswith("o: ")]
    trainings = [how for how in _trainings(numbers) if not how.startswith("split")]
    return [DEFAULT, *(name for name in named if name != DEFAULT)], trainings


def claim_of(quantity: str) -> Claim | None:
    """The claim that is tested by this number of the default reading; None if there is none."""
    return next((entry.claim for entry in CLAIMS
                 if (entry.analysis, entry.quantity) == NUMBERS[quantity][:2]
                 and (entry.where.get("subject"), entry.where.get("option"))
                 == (PAPER, "strongest")), None)


def fit_of(numbers: Numbers, reading: str, how: str, networks: int | None = None
           ) -> table_iii.Fit | None:
    """How well the first networks fit the printed table; None if they show other faces."""
    names = list(table_iii.statistics(table_iii.TABLE_III))
    found = numbers.together("reading", names, subject=reading, option=how)[:networks]
    return table_iii.fit([dict(zip(names, row, strict=True)) for row in found]
                         ) if len(found) else None


def _trainings(numbers: Numbers) -> list[str]:
    """All ways to train, the study's own first: its part has all readings."""
    options = {r.option: r.subject for r in reversed(numbers.rows) if r.analysis == "reading"}
    own = [r.option for r in numbers.rows if r.subject == "images: training"][:1]
    return [*own, *(how for how in reversed(options) if how not in own)]


def _learnt(numbers: Numbers) -> Numbers:
    return Numbers(r for r in numbers.rows if r.seed not in numbers.idle)
