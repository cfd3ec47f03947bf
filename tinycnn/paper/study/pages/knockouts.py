"""The page of a study: knockouts beside their controls, and networks trained without the maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .... import figures
from ....analysis.claims import FEWEST
from ....analysis.intervals import ratio
from ....analysis.measures import PAPER
from ....figures import save
from ....output.page import Section
from ..parts.knockout_table import DRAWS
from ..parts.knockouts import GREEDY, SECANT
from ..parts.retrained import REMOVED
from ..rows import Numbers
from .text import Ends, dots, ends, mean

ONE_LAYER = "All features are of one layer, so random maps of the same layers are random maps."
SAME = "random maps of the same layers"


def one_layer(numbers: Numbers) -> bool:
    """Whether there is no control of the same layers."""
    return not numbers.subjects("knockout", "overall error, gain on same layers")


def controls(numbers: Numbers, out: Path) -> Section:
    """Fig. 2 with bands for the controls."""
    lines = {"the paper's ranking": (PAPER, ""), SECANT: (SECANT, ""), "greedy knockout":
             (GREEDY, ""), "the paper's ranking of others": (PAPER, ", others' orders")}
    panels: list[Any] = []
    for kind in ("class error", "overall error"):
        for option in ("strongest", "weakest"):
            curves = {shown: numbers.curve("knockout", kind + which, subject=name, option=option)
                      for shown, (name, which) in lines.items()}
            bands = {shown: np.stack([numbers.curve("knockout", f"{kind}, {which}{end}",
                                                    subject=subject, option=curve).mean(axis=0)
                                      for end in (", 5 %", "", ", 95 %")], axis=1)
                     for shown, which, subject, curve in (
                         ("random features", "random", "", "strongest"),
                         ("random features of the same layers", "same layers", PAPER, option))
                     [:1 if one_layer(numbers) else 2]}
            panels.append((f"{kind}, {option} removed",
                           {shown: curve for shown, curve in curves.items() if curve.size}, bands))
    constant = mean(numbers.find("training", "error", option="always the same answer"))
    path = save(figures.knockout_controls(panels, chance=constant), out / "controls.png")
    return Section(
        "Knockouts beside their controls (Fig. 2)",
        ["The paper shows how the error grows as one identity's strongest features are removed. "
         + (f"A control shows how much of that random maps do too. {ONE_LAYER}"
            if one_layer(numbers) else
            "Two controls show how much of that other maps do too: random maps, and random maps "
            "of the same layers in the same order. The gap between the paper's curve and the "
            "second band is specific to the maps.")
         + " The class error is also shown with the orders of all other identities, one at a time: "
         "the gap between both curves is specific to the identity.",
         "Two other rankings are beside the paper's. Secant x activation is what a map's outputs "
         "add to the logit, with secants for tangents. Greedy knockout tries all maps that are "
         "left, and removes the one without which the identity's y_k falls most."],
        path, f"Errors averaged over identities. Bands: 5th to 95th percentile of {DRAWS} "
              "random orders, the same draw for all identities; percentiles averaged over the "
              "networks.")


def measures(numbers: Numbers, out: Path) -> Section:
    """All measures side by side."""
    def number(measure: str, quantity: str) -> np.ndarray:
        return numbers.find("knockout", f"overall error, {quantity}", subject=measure,
                            option="strongest")

    def drawn(measure: str, quantity: str) -> Ends:
        return (mean(number(measure, quantity)), mean(number(measure, f"{quantity}, 5 %")),
                mean(number(measure, f"{quantity}, 95 %")))
    control = "random" if one_layer(numbers) else "same layers"
    order = sorted(numbers.subjects("knockout", "overall error, area", "strongest"),
                   key=lambda name: -mean(number(name, "area")))
    path = save(figures.measure_areas([{
        "name": name, "areas": number(name, "area"), "matched": drawn(name, "area, same layers"),
        "share": _share(number(name, "gain on same layers"), number(name, "gain on random"))}
        for name in order],
        random=drawn(PAPER, "area, random"),
        xlabel="mean overall error over the removals (%)"), out / "measures.png")
    table = []
    for name in order:
        cells: list[Any] = [name]
        for option in ("strongest", "strongest, test"):
            for kind in ("class error", "overall error"):
                found = {quantity: numbers.find("knockout", f"{kind}, {quantity}", subject=name,
                                                option=option)
                         for quantity in ("area", f"gain on {control}")}
                cells.append("{:.2f} ({:+.2f})".format(*map(mean, found.values()))
                             .replace("nan (+nan)", "–"))
        for quantity in ("half step", "precision", "attractor share"):
            values = numbers.find("knockout", quantity, subject=name, option="strongest")
            cells.append(f"{mean(values):.2f}".replace("nan", "–"))
        table.append(cells)
    return Section(
        "Every measure beside the paper's",
        ["Each measure's strongest features are removed; the damage is measured on all images. "
         f"In the table, in brackets: beyond {'random maps' if control == 'random' else SAME}. "
         "Half step: removals until the class error passes one half, one more than all if it never "
         "does. Precision: of the images that are called the identity, the share that show it. "
         "Attractor: the most frequent answer after ten removals. What each measure is: "
         "tutorials/add_a_measure.md, at its end."],
        path, "Mean overall error over the first ten removals. The map-specific share is the part "
              f"of the gain on random orders that is left if the control is {SAME}. "
              f"Intervals: 95 %.{f' {ONE_LAYER}' * (control == 'random')}",
        (("measure", "class, strongest", "overall, strongest", "class, ranked on training images, "
          "measured on test", "overall, the same", "half step", "precision",
          "attractor's share"), table))


def _share(gains: np.ndarray, of: np.ndarray) -> Ends | None:
    """The ratio of mean gains, with its interval; None if there is no gain to take a share of."""
    found = ratio(gains, of) if len(gains) else None
    return ends(found) if found and found.n >= FEWEST and np.isfinite(found.mean) else None


def retrained(numbers: Numbers, out: Path) -> Section:
    """Remove and retrain."""
    title = "Remove and retrain"
    if reasons := numbers.subjects("retrain", "impossible"):
        return Section(title, [f"Not measured: {'; '.join(reasons)}."])
    names = ("nothing", "random, same layers", "strongest")
    groups = [("before training again",
               [(name, *dots(numbers.find("retrain", "test error before", subject=name)))
                for name in names[1:]]),
              ("trained again without them",
               [(name, *dots(numbers.find("retrain", "test error", subject=name)))
                for name in names])]
    path = save(figures.intervals(groups, "test error", xlim=(0, 1)), out / "retrained.png")
    return Section(title,
                   [f"{REMOVED} of the maps, or half of those that the layers can spare if this is "
                    "less, are removed for good, and the network is trained again from the same "
                    "initial weights. If it is then as good as before, the removed "
                    "features were used, but not needed. Every layer keeps at least one map."],
                   path, "Ranked over all classes, on the training images. Intervals: 95 %.")
