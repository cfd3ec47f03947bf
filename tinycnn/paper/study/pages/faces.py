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
from ..parts.profiles import ALIKE, PERMUTATIONS, SAME, UNTRAINED
from ..rows import Numbers
from .text import count, dots, mean, percent, plain

LISTED = 200        # mistakes in the table


def profiles(numbers: Numbers, out: Path) -> Section:
    """Table II's claim, for all pairs of images."""
    def found(kind: str, option: str, quantity: str = "auc") -> np.ndarray:
        return numbers.find("consistency", quantity, subject=kind, option=option)
    title = "Does each person have a profile? (section V-A, Table II)"
    kinds = [kind for kind in numbers.subjects("consistency", "auc") if kind]
    if not kinds:
        return Section(title, ["Not measured: no person has two images."])
    known = bool(numbers.subjects("consistency", "auc", "matched, all images"))
    fair = "matched" if known else "raw"
    options = [f"{fair}, all images", *["raw, all images"] * known, "centred, all images",
               f"{fair}, without twins", f"{fair}, test images"]
    shown = {option: present for option in options
             if (present := [kind for kind in kinds if len(found(kind, option))])}
    path = save(figures.intervals(
        [(_pairs(option), [(kind, *dots(found(kind, option))) for kind in present])
         for option, present in shown.items() if option in ("matched, all images",
                                                            "raw, all images")],
        "chance that the image of the same person is more alike", [(0.5, "guessing")]),
        out / "profiles.png")
    table = [(kind, _pairs(option), plain(found(kind, option), within=(0, 1)),
              f"{np.max(found(kind, option, 'p')):.3f}",
              *(f"{mean(found(kind, option, what)):.{digits}f}".replace("nan", "–")
                for what, digits in (("within", 3), ("between", 3), ("nearest", 2))))
             for option, present in shown.items() for kind in present]
    guessed = mean(found("pixels", "raw, all images", "chance"))
    return Section(
        title, [
            "A profile is the row of the gradients of all maps, for one image. If the paper is "
            "right, two images of one person have profiles with a larger cosine than images of two "
            "people. Pixels and activations show how well this works without gradients.",
            ("Two images of one person differ in their condition, such as the light or glasses, "
             "while many pairs of two people share it. So over all pairs, what sees the light "
             "looks worse than it is. At equal conditions, an image is compared with one of the "
             "same person and one of another person, and both of these are under one other "
             "condition." if known else "The conditions of the images are not known, so all pairs "
             "are compared: what sees the light looks worse there than it is.")
            + " The auc of gradients minus that of pixels is "
            f"{plain(numbers.find('consistency', 'auc beyond pixels'))}.",
            "A profile has the gradients of the image's own y_t. So it shows whose output it is, "
            "before training and for images of noise, too. To see what comes from the images and "
            "from training, the same output is asked of all images, one output after the other. "
            "The auc of these gradients minus that of pixels is "
            f"{plain(numbers.find('consistency', 'auc beyond pixels, same output'))}; trained "
            "minus untrained it is "
            f"{plain(numbers.find('consistency', 'auc beyond the untrained network'))}.",
            *_alike(numbers)],
        path, "Auc: the chance that an image of the same person is more alike than one of another "
              "person. p: how often it (at equal conditions), or the gap between the cosines, is "
              f"as large with shuffled people, {PERMUTATIONS} times, within each condition or "
              "among all; the largest over the networks. Centred: the mean profile is subtracted. "
              "Within, between: mean cosine of two images of one person, and of two people. "
              f"Nearest: images whose most similar other image is of the same person, {guessed:.2f}"
              " by chance.",
        (("profile", "pairs", "auc", "p", "within", "between", "nearest"), table))


def _pairs(option: str) -> str:
    """"matched, all images" in words."""
    way, images = option.split(", ")
    words = {"matched": "at equal conditions", "raw": "all pairs", "centred": "all pairs, centred"}
    return words[way] + ("" if images == "all images" else f", {images}")


def _alike(numbers: Numbers) -> list[str]:
    """Whether similar classes have similar profiles."""
    own, same, untrained = (numbers.find("consistency", ALIKE, subject=kind)
                            for kind in ("", SAME, UNTRAINED))
    if not np.isfinite(own).any():
        return []
    p = numbers.find("consistency", f"{ALIKE}, p")
    return ["Similar classes often induce similar patterns, says section I. Over all pairs of "
            "people, the rank correlation between the likeness of their mean images and the "
            f"likeness of their class profiles is {plain(own)}; it is larger than with shuffled "
            f"people (p < 0.05) in {(p < 0.05).sum()} of {len(p)} networks. With the same output "
            f"for all people it is {plain(same)}, and {plain(untrained)} before training: in any "
            "network, similar images have similar gradients, so that would be no sign of "
            "learning."]


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
    title = "A leak in the data"
    pairs, leaked = (numbers.find("leak", what) for what in ("pairs across the split",
                                                             "leaked images"))
    if not pairs.any():
        return Section(title, ["No image is on both sides of the random split."])
    gap = numbers.find("leak", "without minus with")
    return Section(
        title,
        [f"On average {count(pairs)} pairs of images that are the same pixel for pixel have one "
         f"image on each side of the random split, so that {count(leaked)} test images were seen "
         "in training.",
         "How much that flatters the network is seen on the same images: it is trained again, "
         "from the same weights, without the training images that are also test images. Without "
         f"them minus with them, the error on the leaked images is {plain(gap, '{:+.1%}')}, over "
         "the networks with a leak. The error on the other test images does not show this: they "
         "may be easier or harder."],
        caption="Test errors. Profiles with and without twins are above.",
        table=(("images", "test error"), [
            (name, percent(numbers.find("leak", "test error", subject=name)))
            for name in numbers.subjects("leak", "test error")]))
