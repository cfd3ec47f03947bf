"""The page of a study: do rankings agree, and are they about what was learnt?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .... import figures
from ....analysis.measures import CHEAP, MEASURES, PAPER
from ....figures import save
from ....output.page import Section
from ..rows import Numbers
from .text import mean, percent, plain


def agreement(numbers: Numbers, out: Path) -> Section:
    """Which measures agree, and how sure a ranking is."""
    names = list(MEASURES)
    matrix = np.array([[mean(numbers.find("agreement", "rank correlation", subject=a, option=b))
                        for b in names] for a in names])
    path = save(figures.rank_agreement(matrix, names), out / "agreement.png")
    half, whole = (plain(numbers.find("sanity", what, subject=PAPER))
                   for what in ("split half", "split half, all images"))
    table = [(name, *(plain(numbers.find("agreement", what, subject=name))
                      for what in ("between classes", "between classes, layers alone")),
              plain(numbers.find("sanity", "split half", subject=name))) for name in names]
    return Section("Do measures agree?",
                   ["How much does a class's ranking depend on which of its images are used? Its "
                    "images are divided into two halves, without twins. The paper's rankings from "
                    f"the two halves have a correlation of {half}. From two samples that are each "
                    f"as large as the whole, {whole} is to be expected (Spearman and Brown's "
                    "formula)."],
                   path, "Spearman's rank correlation, averaged over classes and networks. Table: "
                         "between the rankings of two classes by the same measure, 1 if a map that "
                         "is weak for one is weak for all; what is left of it if the scores are "
                         "shuffled within each layer, class by class; and between the rankings "
                         "from two halves of a class's images.",
                   (("measure", "between classes", "layers alone", "between halves"), table))


def foretold(numbers: Numbers, out: Path) -> Section:
    """How well a gradient predicts a knockout, to first order."""
    ranking, specific = (plain(numbers.find("first order", what)) for what in (
        "rank correlation with knockout alone", "the same, class-specific"))
    panels = []
    for gate in ("gate 0.9", "gate 0.5", "gate 0"):
        points = [(r.quantity, r.value) for r in numbers.rows
                  if r.analysis == "first order" and r.subject == gate]
        found = {name: np.array([value for quantity, value in points if quantity == name])
                 for name in ("predicted", "true")}
        r = numbers.find("first order", "correlation", subject=gate)
        panels.append((gate, found["predicted"].tolist(), found["true"].tolist(),
                       f"r = {plain(r)}"))
    path = save(figures.first_order(panels), out / "first_order.png")
    return Section("Does a gradient predict a knockout?",
                   ["To first order, a map's gate changes y_t by (gate - 1) Σ o ∂y_t/∂o. A "
                    "gradient says no more than that, and a knockout is not a small change.",
                    "The paper ranks maps by the norm of the gradient, which leaves out their "
                    "outputs. The rank correlation of its ranking with the fall of y_t if each map "
                    f"is removed alone, averaged over the classes, is {ranking}. Without what all "
                    f"classes have in common (each map's mean rank), it is {specific}."],
                   path, "Predicted and true change of y_t for single maps and images; r is the "
                         "correlation over all, with its 95 % interval over the networks.")


def learnt(numbers: Numbers, out: Path) -> Section:
    """Sanity checks."""
    first = [r for r in numbers.rows if (r.quantity, r.subject) == ("shuffled weights", PAPER)]
    steps = [r.option for r in sorted({r.step: r for r in first}.values(),
                                      key=lambda r: int(r.step))]
    curves = {name: np.array([numbers.find("sanity", "shuffled weights", subject=name, option=word,
                                           step=step) for step, word in enumerate(steps)]).T
              for name in CHEAP}
    path = save(figures.cascade(curves, steps), out / "shuffled.png")
    table = [(name, *(plain(numbers.find("sanity", quantity, subject=name))
                      for quantity in ("shuffled labels", "untrained network")))
             for name in CHEAP]
    taught = {part: percent(numbers.find("sanity", "shuffled labels, error",
                                                   option=part)) for part in ("train", "test")}
    return Section("Is the ranking about what was learnt?",
                   ["A ranking is not about what was learnt if one of these networks has it too: "
                    "one with shuffled weights; one with the same initial weights that was "
                    f"taught shuffled labels (training error {taught['train']}, test error "
                    f"{taught['test']}); the network before training.",
                    "Correlations are within each layer, averaged over the layers. A ranking that "
                    "only puts one layer before another has 0 here; over all maps, it would have "
                    "much in common with that of any such network."],
                   path, "Rank correlation with the trained network, within layers, as the weights "
                         "of each layer are shuffled, beginning with the last layer.",
                   (("measure", "with shuffled labels", "with the untrained network"), table))
