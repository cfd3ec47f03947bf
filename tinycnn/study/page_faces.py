"""The page of a study: profiles of people, problematic units, mistakes, and twins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .. import figures
from ..figures import Section, save
from .page_text import dots, percent, plain
from .profiles import PERMUTATIONS
from .rows import Numbers


def profiles(numbers: Numbers, out: Path) -> Section:
    """Table II's claim, for all pairs of images."""
    kinds = numbers.subjects("consistency", "auc")
    kinds = [kind for kind in kinds if kind]
    groups = [(f"{option}", [(kind, *dots(numbers.find("consistency", "auc", subject=kind,
                                                        option=option)))
                             for kind in kinds
                             if len(numbers.find("consistency", "auc", subject=kind,
                                                 option=option))])
              for option in ("raw, all images", "centred, all images", "raw, without twins",
                             "raw, test images")]
    path = out / "profiles.png"
    save(figures.intervals(groups, "chance that a pair of one person is more alike",
                           [(0.5, "guessing")]), path)
    table = [(kind, option, *(plain(numbers.find("consistency", quantity, subject=kind,
                                                 option=option))
                              for quantity in ("within", "between", "auc", "nearest", "chance")),
              f"{np.max(numbers.find('consistency', 'p', subject=kind, option=option)):.3f}")
             for option in ("raw, all images", "centred, all images", "raw, without twins",
                            "centred, without twins", "raw, test images", "centred, test images")
             for kind in kinds
             if len(numbers.find("consistency", "p", subject=kind, option=option))]
    return Section(
        "Does each person have a profile? (section V-A, Table II)",
        ["A profile is the row of convolutional gradients of one image. If the paper is right, "
         "two images of one person have profiles with a larger cosine than images of two people. "
         "Pixels and activations say how far one gets without gradients. A profile asks for the "
         "image's own y_t, so those of two people are gradients of two different outputs; \"same "
         "output\" asks all images for the same one. In an untrained network "
         "the gradients hardly depend on the image: what its profiles tell apart are the "
         "outputs."],
        path, "Centred: the mean profile is subtracted. Nearest: images whose most similar other "
              "image is of the same person. p: the largest over the networks, of "
              f"{PERMUTATIONS} permutations (99 for each output).",
        (("profile", "how", "cosine within", "between", "auc", "nearest", "by chance", "p"), table))


def units(numbers: Numbers, out: Path) -> Section:
    """Section V-E over all networks."""
    counted = [(name, plain(numbers.find("units", name))) for name in (
        "weak for all", "weak for most", "disputed", "weak ones not needed", "others not needed",
        "weak ones dead or saturated")]
    found = [r for r in numbers.rows if r.analysis == "units" and r.quantity == "verdict"]
    tally: dict[str, int] = {}
    for r in found:
        tally[r.subject] = tally.get(r.subject, 0) + 1
    return Section("Problematic units (section V-E)",
                   [f"{words}: {count} maps." for words, count in
                    sorted(tally.items(), key=lambda item: -item[1])],
                   caption="Maps of a network, and shares of maps; `tinycnn reproduce` shows each "
                           "map of one network.",
                   table=(("", "mean over the networks"), counted))


def mistakes(numbers: Numbers, out: Path) -> Section:
    """Section III-A's other elements."""
    counted = {name: plain(numbers.find("mistakes", name)) for name in (
        "wrong", "nearly", "repaired by the first culprit", "repaired by a random map",
        "push and effect")}
    faces: dict[tuple[Any, ...], dict[str, float]] = {}
    for r in numbers.rows:
        if r.analysis == "mistakes" and r.feature:
            key = (r.seed, r.subject, r.identity, r.option, r.feature)
            faces.setdefault(key, {})[r.quantity] = r.value
    body = [(seed, file, identity, option.removeprefix("taken for "), f"{f['lead']:+.2f}", feature,
             f"{f['push']:+.2f}", f"{f['effect']:+.2f}", "yes" if f["repaired"] else "no")
            for (seed, file, identity, option, feature), f in faces.items() if f["lead"] > 0]
    return Section(
        "Why it errs (section III-A)",
        ["For a face of t that is taken for j, Σ o (∂y_j/∂o - ∂y_t/∂o) over a map is what it adds "
         f"to the lead of j, to first order. Per network {counted['wrong']} faces are wrong and "
         f"{counted['nearly']} nearly. Of the wrong ones, a share of "
         f"{counted['repaired by the first culprit']} is right without the map that pushes most; "
         f"without a random map, {counted['repaired by a random map']}. "
         "Pushes and the true effects of knocking out rank the maps alike by "
         f"{counted['push and effect']}."],
        caption="Misclassified faces: lead of the wrong answer, the map that pushes most (layer, "
                "unit), its push, how the lead changes without it, and whether that repairs the "
                "answer.",
        table=(("seed", "face", "is", "taken for", "lead", "map", "push", "without it", "repaired"),
               body))


def leaks(numbers: Numbers, out: Path) -> Section:
    """Twins across the split."""
    body = [(name, percent(numbers.find("leak", "test error", subject=name)))
            for name in ("with twins", "without the leaked twins", "the leaked twins alone")]
    body.append(("trained anew, twins on one side",
                 percent(numbers.find("choice", "test error", subject="split: twins together"))))
    pairs = numbers.find("leak", "pairs across the split")
    return Section("A leak in the data",
                   [f"On average {plain(pairs)} pairs of images that are the same pixel for pixel "
                    "lie on both sides of the random split."],
                   caption="Test errors. Profiles with and without twins are above.",
                   table=(("images", "test error"), body))
