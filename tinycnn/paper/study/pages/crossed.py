"""The page of a study: what makes its networks differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ....analysis.measures import PAPER
from ....output.page import Section
from ..parts.crossed import OTHER, OWN, QUANTITIES, SECANT
from ..rows import Numbers


def crossed(numbers: Numbers, out: Path) -> Section:
    """How far a number moves if only the first weights, the order or the split are others."""
    learnt = Numbers(r for r in numbers.rows if r.seed not in numbers.idle)
    options = {r.option: 0 for r in learnt.rows if r.analysis == "crossed"}
    changed = [option for option in options if option != OWN]
    title, body, n = "What makes networks differ", [], 0
    for subject, quantity in (("", "test error"), *((measure, quantity)
                              for measure in (PAPER, SECANT) for quantity in QUANTITIES)):
        found = {option: learnt.find("crossed", quantity, subject=subject, option=option)
                 for option in options}
        if len(found.get(OWN, ())) < 2:
            continue
        n = len(found[OWN])
        body.append([f"{quantity}, {subject}".removesuffix(", "), f"{found[OWN].std(ddof=1):.3f}",
                     *(f"{alone(found[OWN], found[option]):.3f}" for option in changed)])
    if not body:
        return Section(title, ["Not measured: it needs two networks that were trained again with "
                               "one thing of another seed."])
    return Section(
        title,
        ["A seed decides the first weights, the order of the images and, if the data do not give "
         "it, the split. Each network was trained again with one of these of another seed. Numbers "
         "as in the scorecard, all images; fewer draws."],
        caption=f"Standard deviations over {n} networks: of networks that differ in everything, "
                f"and of two that differ in one thing only (the other seed is larger by {OTHER}). "
                "So few networks show the order of size.",
        table=(("number", "everything", *changed), body))


def alone(own: np.ndarray, other: np.ndarray) -> float:
    """The standard deviation that one thing makes: of pairs (n,), (n,) that differ in it alone."""
    if len(own) != len(other):          # a training diverged
        return float("nan")
    return float(np.sqrt(np.mean((own - other) ** 2) / 2))
