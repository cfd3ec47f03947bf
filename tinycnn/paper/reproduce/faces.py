"""The images at a glance: a sheet of them, or of a sample that is said, and how they were read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ... import figures
from ...analysis.choice import spread
from ...figures import save
from ...output.page import Section
from ...output.text import first_of, times
from .experiment import Results
from .samples import LISTED, shown_people, which_people

PICTURES = 12           # of each person on the contact sheet
SIDE = 200              # pixels; of larger pictures the sheet has every second, third, ... one


def faces(r: Results, out: Path) -> Section:
    """The data set at a glance."""
    data, people = r.data, shown_people(r)
    step = -(-max(data.images.shape[2:]) // SIDE)
    every = [np.flatnonzero(data.labels == k) for k in people]
    chosen = [own[spread(len(own), PICTURES)] for own in every]
    path = save(figures.contact_sheet(
        _sheet(data.images[..., ::step, ::step], chosen), [r.people[k] for k in people],
        column_names([[r.labels[data.conditions[i]] for i in own] for own in chosen])),
        out / "faces.png")
    text = [f"{len(data):,} images of {data.n_classes:,} {r.words.people}" + (
        f"; {len(r.train):,} to train on and {len(r.test):,} to test."
        if r.settings.model is None else "."), *_twins(r)]
    if legend := figures.legend(r.labels):
        text.append(f"{legend}.")
    return Section(f"The {r.words.faces}", text, path,
                   f"{_sample(r, len(people) == data.n_classes, step)} as the network sees them: "
                   f"{times(data.images.shape[2:])} pixels, {_levels(r)}.",
                   (("how the images were read",), [(note,) for note in data.notes])
                   if data.notes else None)


def column_names(conditions: list[list[str]]) -> list[str]:
    """The conditions if they are the same for everybody; otherwise the columns' numbers."""
    if all(row == conditions[0] for row in conditions):
        return conditions[0]
    return [str(i + 1) for i in range(max(map(len, conditions)))]


def _sheet(images: np.ndarray, chosen: Sequence[np.ndarray]) -> np.ndarray:
    """(people, pictures, H, W[, 3]) of the chosen images; NaN where a person has fewer."""
    some = figures.pictures(images[:1])
    sheet = np.full((len(chosen), max(map(len, chosen)), *some.shape[1:]), np.nan)
    for row, own in zip(sheet, chosen, strict=True):
        row[:len(own)] = figures.pictures(images[own])
    return sheet


def _sample(r: Results, all_people: bool, step: int) -> str:
    """What of the data is on the sheet: the beginning of a sentence."""
    most = int(np.bincount(r.data.labels).max())
    parts = [which_people(r)] * (not all_people)
    if most > PICTURES:
        parts.append(f"{PICTURES} of up to {most:,} images each, spread evenly")
    which = f"A sample ({'; '.join(parts)})" if parts else "All images"
    return which + f" with one in {step} of their rows and columns," * (step > 1)


def _twins(r: Results) -> list[str]:
    """What is to be said of equal images, if there are any."""
    data, n = r.data, r.data.n_twins
    if not n:
        return []
    pairs = [f"{data.files[i]} = {data.files[j]}" for i, j in data.twins(LISTED + 1)]
    text = (f"{n} pairs of images are" if n > 1 else "One pair of images is"
            ) + f" the same pixel for pixel: {'; '.join(first_of(pairs, LISTED))}."
    if r.settings.model is None:
        across = data.twins_across((r.train, r.test))
        text += (f" This split puts {across} of these pairs on both sides: the test image of such "
                 "a pair was seen in training." if across else
                 " This split keeps such images on one side.")
    return [text]


def _levels(r: Results) -> str:
    """How the numbers of the images came about."""
    levels = {1: "grey levels", 3: "colours"}.get(r.data.images.shape[1], "levels")
    if r.grey == "unit":
        return f"{levels} from 0 to 1"
    if r.grey == "standardised":
        return "each with mean 0 and standard deviation 1"
    return f"{levels} from {r.data.images.min():.3g} to {r.data.images.max():.3g}"
