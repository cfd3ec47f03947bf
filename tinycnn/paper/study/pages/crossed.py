"""The page of a study: what makes its networks differ."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ....analysis.measures import PAPER
from ....output.page import Section
from ..parts.crossed import OTHER, OWN, QUANTITIES, SECANT
from ..rows import Numbers, mean


def crossed(numbers: Numbers, out: Path) -> Section:
    """How far a number moves if only the first weights, the order or the split are others."""
    learnt = Numbers(r for r in numbers.rows if r.seed not in numbers.idle)
    options = {r.option: 0 for r in learnt.rows if r.analysis == "crossed"}
    changed = [option for option in options if option != OWN]
    title, body, n = "What makes networks differ", [], 0
    for subject, quantity in (("", "test error"), *((measure, quantity)
                              for measure in (PAPER, SECANT) for quantity in QUANTITIES)):
        found: dict[str, dict[int, float]] = {option: {} for option in options}
        for r in learnt.rows:
            if (r.analysis, r.subject, r.quantity) == ("crossed", subject, quantity):
                found[r.option][r.seed] = r.value
        own = found.get(OWN, {})
        if len(own) < 2:
            continue
        n = len(own)
        body.append([f"{quantity}, {subject}".removesuffix(", "),
                     f"{np.std([*own.values()], ddof=1):.3f}",
                     *(f"{alone(own, found[option]):.3f}".replace("nan", "–")
                       for option in changed)])
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
                "So few networks show the order of size only: by chance, one thing may seem to "
                "matter more than everything.",
        table=(("number", "everything", *changed), body))


def alone(own: Mapping[int, float], other: Mapping[int, float]) -> float:
    """The standard deviation that one thing makes, from {seed: number} of networks that differ in
    it alone; of some seeds the other one may be missing, if its training diverged."""
    squares = [(own[seed] - value) ** 2 for seed, value in other.items() if seed in own]
    return (mean(squares) / 2) ** 0.5
