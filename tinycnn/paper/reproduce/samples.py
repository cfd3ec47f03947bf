"""Which people a figure shows if there are too many for a page, and how that is said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...analysis.choice import spread
from .experiment import Results

ALL, PEOPLE = 40, 20    # up to 40 people, a figure shows all; of more, 20
LISTED = 20             # names or pairs in a sentence


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
