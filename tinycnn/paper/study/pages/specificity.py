"""The page of a study: are a person's strongest maps that person's own?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .... import figures
from ....analysis.measures import PAPER
from ....figures import save
from ....output.page import Section
from ..claims.entry import SIGNED
from ..parts.knockouts import GREEDY, SECANT
from ..rows import Numbers
from .knockouts import SAME, one_layer
from .text import dots, mean, plain

OPTIONS = {"strongest": "all images", "strongest, test": "ranked on training images, measured on "
           "test", "strongest, to the mean": "to the mean", "strongest, to samples": "to samples"}


def specificity(numbers: Numbers, out: Path) -> Section:
    """The swap control of every measure."""
    def own(name: str, option: str = "strongest") -> np.ndarray:
        return numbers.find("swap", "own minus others", subject=name, option=option)

    def cell(name: str, quantity: str) -> str:
        return short(numbers.find("swap", quantity, subject=name, option="strongest"))
    order = sorted(numbers.subjects("swap", "own minus others", "strongest"),
                   key=lambda name: -mean(own(name)))
    path = save(figures.intervals([("", [(name, *dots(own(name), SIGNED)) for name in order])],
                                  "class error, own order minus those of others",
                                  [(0, "nothing of its own")]), out / "specificity.png")
    paper, secant, greedy = (plain(own(name)) for name in (PAPER, SECANT, GREEDY))
    table = [(name, cell(name, "own"), cell(name, "others"), cell(name, "percentile of own"),
              *(plain(own(name, option)) for option in OPTIONS)) for name in order]
    return Section(
        "Are a person's strongest maps that person's own?",
        ["A ranking of maps for each identity promises that its first maps matter to this identity "
         "more than to others. So the maps of one identity are removed, and the error of another "
         "one is looked at. If the error is the same with anybody's order, the ranking knows which "
         "maps the network needs, but nothing about who needs them.",
         f"The paper's ranking: {paper}. Secant x activation, which needs one backward pass, "
         f"too: {secant}. That some maps are needed by one identity more than by others is shown "
         "by the greedy order, which tries all maps at each step, and so looks at what it wants to "
         f"foretell: {greedy}. A Shapley value does so too. Both are references, not rivals: they "
         "cost hundreds of knockouts."],
        path, "Class error, averaged over ten removals, under the identity's own order minus under "
              "the orders of all others; averaged over identities. Intervals: 95 %. Table: both "
              "means; the share of the others' orders that do less damage than its own (one half: "
              "nothing of its own); and the difference with other knockouts.",
        (("measure", "own order", "others'", "percentile of own",
          *(f"own minus others, {shown}" for shown in OPTIONS.values())), table))


def gentle(numbers: Numbers, out: Path) -> Section:
    """Knockouts to the mean, and to the outputs for other images."""
    options = ("strongest", "strongest, to the mean", "strongest, to samples")

    def number(name: str, quantity: str, option: str) -> str:
        return short(numbers.find("knockout", quantity, subject=name, option=option))
    rows = [(name, *(number(name, f"{kind}, area", option)
                     for kind in ("class error", "overall error") for option in options))
            for name in numbers.subjects("knockout", "overall error, area", options[1])]
    control = {which: [plain(numbers.find("knockout", f"overall error, area, {which}",
                                          subject=PAPER, option=option), within=(0, 1))
                       for option in options]
               for which in ("same layers", "random")}
    return Section(
        "Other ways to knock out",
        ["Set to 0, a map has a value that it may never have otherwise. Set to its mean over all "
         "images, it says nothing new. Set to what it is for another image, it says something "
         "that is usual, and wrong. The overall error with 0, with the mean and with samples is "
         + "; ".join(f"{values[0]}, {values[1]} and {values[2]} for {words}" for words, values in (
             (f"{SAME} as the paper's ranking", control["same layers"]),
             ("fully random orders", control["random"]))[one_layer(numbers):]) + "."],
        caption="Mean error over ten removals of the strongest features.",
        table=(("measure", "class error, to 0", "to the mean", "to samples",
                "overall error, to 0", "to the mean", "to samples"), rows))


def short(values: np.ndarray) -> str:
    """The mean without its interval."""
    return f"{mean(values):.2f}".replace("nan", "–")
