"""Which people and pictures a figure shows if there are too many for a page, and how that is said.

The people of Table III come first. The others are spread evenly over the list, and so are the
pictures of one person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ...analysis.cost import spread
from .experiment import Results

ALL, PEOPLE = 40, 20    # up to 40 people, a figure shows all; of more, 20
PICTURES = 12           # of each person on the contact sheet
SIDE = 200              # pixels; of larger pictures the sheet has every second, third, ... one
ANSWERS = 8             # in Fig. 3, of the people shown: those that are most often the answer
LISTED = 20             # names or pairs in a sentence
KEPT = 20_000           # images in knockout.csv, which then has about 100 MB


def shown_people(r: Results, first: Sequence[int] = ()) -> list[int]:
    """The people in a figure, in the order of the data: Table III's, `first`, and others."""
    if r.data.n_classes <= ALL:
        return list(range(r.data.n_classes))
    chosen = list(dict.fromkeys([*r.identities, *first]))
    others = np.setdiff1d(np.arange(r.data.n_classes), chosen)
    return sorted(chosen + others[spread(len(others), PEOPLE - len(chosen))].tolist())


def which_people(r: Results, more: str = "") -> str:
    """The same in words: "20 of 5,749 people: those of Table III, and others spread ..."."""
    return (f"{PEOPLE} of {r.data.n_classes:,} {r.words.people}: those of Table III{more}, and "
            "others spread evenly over the list")


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
    most = int(np.bincount(r.data.labels).max())
    parts = [which_people(r)] * (r.data.n_classes > ALL)
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
    answers = Counter(modes[modes >= 0].tolist())
    people = shown_people(r, [k for k, _ in answers.most_common(ANSWERS)])
    row_of = np.full(modes.shape[1], len(people))
    row_of[people] = np.arange(len(people))
    rows = np.where(modes[:, people] < 0, -1, row_of[modes[:, people]])
    others = ["others"] * bool((rows == len(people)).any())
    return people, rows, [*(r.people[k] for k in people), *others]


def kept_images(r: Results) -> np.ndarray:
    """The indices of the images whose answers are in knockout.csv."""
    return spread(len(r.data), KEPT)


def listed(words: Sequence[str]) -> list[str]:
    """The first words of a long list, and "..."."""
    return [*words[:LISTED], *["..."] * (len(words) > LISTED)]


def _step(r: Results) -> int:
    return -(-max(r.data.images.shape[2:]) // SIDE)
