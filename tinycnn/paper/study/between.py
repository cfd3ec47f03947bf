"""What only many networks show: how a network compares with the others, and with the paper's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...analysis.claims import FEWEST
from ...analysis.measures import PAPER
from ...analysis.sanity import spearman
from .rows import Numbers, Row, row

PAPERS_ERROR = 0.0488       # 2 of 41 test images (IV-B)
ROBUSTNESS = {"robustness of identities": "half step",
              "robustness of identities, area": "class error, area"}


def between_networks(rows: Sequence[Row]) -> list[Row]:
    """The rows that follow from those of all networks of a study.

    "at most 4.88 %" is 1 for a network whose error is the paper's or less, and 0 for others: on the
    test images, and on all images.

    "robustness of identities" is about V-D: does the number of strong features that can be removed
    depend on the identity? For each network, Spearman's correlation over the identities of its half
    steps (removals until the class error passes one half) with the mean of those of all other
    networks; with ", area", of the mean class errors over the removals. Without anything that the
    networks have in common the mean is 0. Each network is in the others' means, so the numbers are
    not quite independent. NaN for networks that have not learnt, and for fewer than three networks
    or identities.
    """
    numbers = Numbers(rows)
    errors = [r for r in rows if r[1:3] == ("training", "") and r.quantity == "error"]
    found = [row(r.seed, "training", "at most 4.88 %", r.value <= PAPERS_ERROR, option=r.option)
             for r in errors if r.option in ("test", "all")]
    for name, quantity in ROBUSTNESS.items():
        table = _by_identity(numbers, quantity)
        rest = {seed: [values for other, values in table.items() if other != seed]
                for seed in table}
        enough = len(table) >= FEWEST and all(len(values) >= 3 for values in table.values())
        found += [row(seed, "between networks", name,
                      spearman(table[seed], np.mean(rest[seed], axis=0))
                      if enough and seed in table else np.nan)
                  for seed in sorted({r.seed for r in errors})]
    return found


def _by_identity(numbers: Numbers, quantity: str) -> dict[int, np.ndarray]:
    """The numbers (identities,) of each network that has learnt, for the identities of all."""
    found: dict[int, dict[str, float]] = {}
    for r in numbers.rows:
        if ((r.analysis, r.subject, r.option, r.quantity) == ("knockout", PAPER, "strongest",
                                                              quantity)
                and r.identity and r.step == "" and r.seed not in numbers.idle):
            found.setdefault(r.seed, {})[r.identity] = r.value
    common = sorted(set.intersection(*map(set, found.values()))) if found else []
    return {seed: np.array([values[name] for name in common]) for seed, values in found.items()}
