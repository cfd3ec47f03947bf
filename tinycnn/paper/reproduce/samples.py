"""Which people and pictures a figure shows if there are too many for a page, and how that is said.

The people of Table III come first. The others are spread evenly over the list, and so are the
pictures of one person.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...analysis.cost import spread
from .experiment import Results

SHEET, PICTURES = 40, 12    # people on the contact sheet, and pictures of each
SIDE = 200                  # pixels; of larger pictures the sheet has every second, third, ... one
PEOPLE = 30                 # in the other figures
ANSWERS = 10                # of them, in Fig. 3: those that are most often the answer
LISTED = 20                 # names or pairs in a sentence


def shown_people(r: Results, most: int, first: Sequence[int] = ()) -> list[int]:
    """At most so many people, in the order of the data: Table III's, `first`, and others."""
    chosen = list(dict.fromkeys([*r.identities, *first]))[:most]
    if r.data.n_classes <= most:
        return list(range(r.data.n_classes))
    others = np.setdiff1d(np.arange(r.data.n_classes), chosen)
    return sorted(chosen + others[spread(len(others), most - len(chosen))].tolist())


def shown_pictures(r: Results, person: int) -> np.ndarray:
    """The indices of the pictures of a person that are on the contact sheet."""
    own = np.flatnonzero(r.data.labels == person)
    return own[spread(len(own), PICTURES)]


def sheet_of(r: Results, chosen: Sequence[np.ndarray]) -> np.ndarray:
    """(people, pictures, H, W[, 3]) of the chosen images; NaN where a person has fewer."""
    from ...figures import pictures
    images = r.data.images[..., ::_step(r), ::_step(r)]
    some = pictures(images[:1])
    sheet = np.full((len(chosen), max(map(len, chosen)), *some.shape[1:]), np.nan)
    for row, own in zip(sheet, chosen, strict=True):
        row[:len(own)] = pictures(images[own])
    return sheet


def sheet_caption(r: Results) -> str:
    """What of the data is on the contact sheet: the beginning of a sentence."""
    n, most = r.data.n_classes, int(np.bincount(r.data.labels).max())
    parts = []
    if n > SHEET:
        parts.append(f"{SHEET} of {n:,} {r.words.people}: those of Table III, and others spread "
                     "evenly over the list")
    if most > PICTURES:
        parts.append(f"{PICTURES} of up to {most:,} images each, spread evenly")
    which = f"A sample ({'; '.join(parts)})" if parts else "All images"
    if (step := _step(r)) > 1:
        which += f" with one in {step} of their rows and columns,"
    return which


def flow_rows(r: Results, modes: np.ndarray) -> tuple[list[int], np.ndarray, list[str]]:
    """Fig. 3 of many people.

    Args:
        modes: (steps, K), the most frequent answers for each person.

    Returns:
        the people shown, the rows (steps, people) that their lines go through, and the rows' names:
        the people shown, and "others" where an answer is none of them.
    """
    often = np.argsort(-np.bincount(modes[modes >= 0], minlength=modes.shape[1]), kind="stable")
    people = shown_people(r, PEOPLE, often[:ANSWERS].tolist())
    row_of = np.full(modes.shape[1], len(people))
    row_of[people] = np.arange(len(people))
    rows = np.where(modes[:, people] < 0, -1, row_of[modes[:, people]])
    others = ["others"] * bool((rows == len(people)).any())
    return people, rows, [*(r.people[k] for k in people), *others]


def listed(words: Sequence[str]) -> list[str]:
    """The first words of a long list, and "..."."""
    return [*words[:LISTED], *["..."] * (len(words) > LISTED)]


def _step(r: Results) -> int:
    return -(-max(r.data.images.shape[2:]) // SIDE)
