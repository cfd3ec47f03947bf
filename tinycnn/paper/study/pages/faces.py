"""The page of a study: profiles of people, problematic units, mistakes, and twins."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from .... import figures
from ....analysis.problematic import COSTLY
from ....figures import save
from ....output.page import Section
from ..parts.profiles import PERMUTATIONS
from ..rows import Numbers
from .text import count, dots, mean, percent, plain

LISTED = 200        # mistakes in the table


def profiles(numbers: Numbers, out: Path) -> Section:
    """Table II's claim, for all pairs of images."""
    def found(kind: str, option: str, quantity: str = "auc") -> np.ndarray:
        return numbers.find("consistency", quantity, subject=kind, option=option)
    kinds = [kind for kind in numbers.subjects("consistency", "auc") if kind]
    shown = {option: [kind for kind in kinds if len(found(kind, option))]
             for images in ("all images", "without twins", "test images")
             for option in (f"raw, {images}", f"centred, {images}")}
    groups = [(option, [(kind, *dots(found(kind, option))) for kind in present])
              for option, present in shown.items() if present and option.startswith("raw")]
    title = "Does each person have a profile? (section V-A, Table II)"
    if not groups:
        return Section(title, ["Not measured: no person has two images."])
    path = save(figures.intervals(groups, "chance that a pair of one class is more alike",
                           [(0.5, "guessing")]), out / "profiles.png")
    table = [(kind, option,
              *(f"{mean(found(kind, option, what)):.3f}" for what in ("within", "between")),
              plain(found(kind, option)), f"{mean(found(kind, option, 'nearest')):.2f}",
              f"{np.max(found(kind, option, 'p')):.3f}")
             for option, present in shown.items() for kind in present]
    chance = mean(found("pixels", "raw, all images", "chance"))
    return Section(
        title,
        ["A profile is the row of the gradients of all maps, for one image. If the paper is right, "
         "two images of one person have profiles with a larger cosine than images of two people. "
         "Pixels and activations show how well this works without gradients.",
         "A profile has the gradients of the image's own y_t, so profiles of two people are about "
         "two different outputs. \"Same output\" takes the same output for all images. Before "
         "training, the gradients of the paper's network hardly depend on the image: its profiles "
         "tell the outputs apart."],
        path, "Centred: the mean profile is subtracted. Auc: the chance that a pair of one person "
              "is more alike than a pair of two people. Nearest: share of images whose most "
              f"similar other image is of the same person, {chance:.2f} by chance. p: the largest "
              f"over the networks; {PERMUTATIONS} permutations of the labels (99 for each output).",
        (("profile", "how", "cosine within", "between", "auc", "nearest", "p"), table))


def units(numbers: Numbers, out: Path) -> Section:
    """Section V-E over all networks."""
    counts = ("weak for all", "weak for most", "disputed")
    shares = ("weak ones not needed", "others not needed", "weak ones dead or saturated")
    body = [(name, count(numbers.find("units", name))) for name in counts]
    body += [(name, percent(numbers.find("units", name))) for name in shares]
    tally = Counter(r.subject for r in numbers.rows
                    if r.analysis == "units" and r.quantity == "verdict")
    found = "; ".join(f"{words}: {count}" for words, count in tally.most_common())
    return Section("Problematic units (section V-E)",
                   [f"What was found for the maps of all networks: {found or 'nothing'}.",
                    "A map is disputed if its gradients, outputs and knockouts contradict each "
                    "other. tinycnn reproduce shows every map of one network."],
                   caption="Maps in a network, and shares of such maps, with 95 % intervals over "
                           "the networks. Needed: without this one map, more than "
                           f"{COSTLY:.0%} of the answers become wrong.",
                   table=(("maps", "mean"), body))


def mistakes(numbers: Numbers, out: Path) -> Section:
    """The other elements of ∂y/∂o (section III-A)."""
    def number(name: str) -> np.ndarray:
        return numbers.find("mistakes", name)
    faces: dict[tuple[Any, ...], dict[str, float]] = {}
    for r in numbers.rows:
        if r.analysis == "mistakes" and r.feature:
            key = (r.seed, r.subject, r.identity, r.option, r.feature)
            faces.setdefault(key, {})[r.quantity] = r.value
    body = [(seed, file, identity, option.removeprefix("taken for "), f"{f['lead']:+.2f}", feature,
             f"{f['push']:+.2f}", f"{f['effect']:+.2f}", "yes" if f["repaired"] else "no")
            for (seed, file, identity, option, feature), f in faces.items() if f["lead"] > 0]
    nearly, wrong = count(number("nearly")), bool(body)
    return Section(
        "Why it errs (section III-A)",
        ["For one face of t that is mistaken for j, Σ o (∂y_j/∂o - ∂y_t/∂o) over a map is what the "
         "map adds to the lead of j, to first order. A network has "
         f"{count(number('wrong'))} misclassified faces"
         f"{f', and {nearly} that are nearly so' if number('nearly').any() else ''}.",
         *[f"Without the map that pushes most, {percent(number('repaired by the first culprit'))} "
           "of the misclassified ones become right; without a random map, "
           f"{percent(number('repaired by a random map'))}. The rank correlation between pushes and"
           f" the true effects of knocking out is {plain(number('push and effect'))}."] * wrong],
        caption=("Misclassified faces: lead of the wrong answer, the map that pushes most (layer, "
                 "unit), its push, how the lead changes without it, and whether that repairs the "
                 "answer." + f" The first {LISTED} of {len(body):,}; study.csv has all."
                 * (len(body) > LISTED)) * wrong,
        table=(("seed", "face", "is", "mistaken for", "lead", "map", "push", "without it",
                "repaired"), body[:LISTED]) if wrong else None)


def leaks(numbers: Numbers, out: Path) -> Section:
    """Twins across the split."""
    body = [(name, percent(numbers.find("leak", "test error", subject=name)))
            for name in ("with twins", "without the leaked twins", "the leaked twins alone")]
    body.append(("trained again, twins on one side",
                 percent(numbers.find("choice", "test error", subject="split: twins together"))))
    pairs = numbers.find("leak", "pairs across the split")
    if not pairs.any():
        return Section("A leak in the data", ["No image is on both sides of the random split."])
    return Section("A leak in the data",
                   [f"On average {count(pairs)} pairs of images that are the same pixel for pixel "
                    "have one image on each side of the random split."],
                   caption="Test errors. Profiles with and without twins are above.",
                   table=(("images", "test error"), body))
