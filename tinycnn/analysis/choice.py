"""Whom to show: the paper's five identities, or five that cover the range of other data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ..gradients import FeatureScores
from .published import FLOW_IDENTITY, IDENTITIES

if TYPE_CHECKING:       # so that `import tinycnn` does not wait for Pillow
    from ..datasets import Dataset


def is_yale(data: Dataset) -> bool:
    """Whether the identities are those of the paper: the 15 people of the Yale faces."""
    return data.name == "Yale faces" and data.n_classes == 15


def names_of(data: Dataset) -> list[str]:
    """The people as the paper calls them, by number ("7" for subject07), or by their names.

    All have their whole names if two would have the same number.
    """
    names = [re.sub(r"^subject0*(\d+)$", r"\1", person) for person in data.people]
    return names if len(set(names)) == len(names) else list(data.people)


def spread(n: int, most: int) -> np.ndarray:
    """All of n places, or `most` of them, spread evenly from the first to the last."""
    return np.linspace(0, n - 1, min(n, most)).round().astype(int)


def choose_identities(data: Dataset, scores: FeatureScores, n: int = 5) -> list[int]:
    """The identities of Table III and Fig. 2, counted from 0; those without scores are left out.

    For the Yale faces they are those of the paper. For other data they are `n` people spread evenly
    over the range of their largest gradients, from the largest to the smallest.
    """
    largest = scores.scores.max(axis=1)
    if is_yale(data):
        return [k - 1 for k in IDENTITIES if np.isfinite(largest[k - 1])]
    known = [k for k in np.argsort(-largest, kind="stable").tolist() if np.isfinite(largest[k])]
    return [known[place] for place in spread(len(known), n)]


def choose_flow(data: Dataset, identities: list[int]) -> int:
    """The identity of Fig. 3: on the Yale faces the paper's choice, else the middle one."""
    paper = FLOW_IDENTITY - 1
    return paper if is_yale(data) and paper in identities else identities[len(identities) // 2]


def choose_faces(data: Dataset, person: int, n: int) -> list[int]:
    """`n` images of a person, first those under Yale's ordinary conditions, if there are any."""
    wanted = ("normal", "happy", "glasses", "surprised", "centerlight")
    own = np.flatnonzero(data.labels == person).tolist()
    own.sort(key=lambda i: wanted.index(data.conditions[i]) if data.conditions[i] in wanted
             else len(wanted))
    return own[:n]
