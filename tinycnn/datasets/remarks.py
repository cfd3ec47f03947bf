"""What a reader should know about any data set before anything is learnt of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from .words import examples

DARK = 1 / 8


def class_notes(labels: np.ndarray, names: Sequence[str], test_part: np.ndarray | None = None
                ) -> list[str]:
    """Notes on classes with one picture, of very different size, or with nearly the same name.

    Args:
        labels: (N,) the class of each image, 0 to K-1.
        names: of the K classes.
        test_part: (N,) bool, if the data say which images are test images.
    """
    counts = np.bincount(labels, minlength=len(names))
    notes = []
    single = [names[k] for k in np.flatnonzero(counts == 1).tolist()]
    if single:
        have = "have" if len(single) > 1 else "has"
        notes.append(f"{len(single)} of {len(names)} classes {have} one picture "
                     f"({examples(single)}): it is either trained on or tested, so nothing that is "
                     f"learnt of them can be tested")
    if counts.max() >= 10 * counts.min():
        small, large = names[int(counts.argmin())], names[int(counts.argmax())]
        share = counts.max() / counts.sum()
        notes.append(f"classes are of very different size: from {counts.min()} ({small}) to "
                     f"{counts.max()} pictures ({large})" + (
                         f"; always to answer {large} is right for {share:.0%} of them"
                         if share > 0.25 else ""))
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(unicodedata.normalize("NFC", name).casefold(), []).append(name)
    alike = [" and ".join(same) for same in folded.values() if len(same) > 1]
    if alike:
        notes.append(f"names that differ only in capital letters, or in how accents are written, "
                     f"are different classes: {examples(alike)}")
    if test_part is not None:
        for what, chosen in (("tested but not trained on", test_part),
                             ("trained on but not tested", ~test_part)):
            only = np.setdiff1d(labels[chosen], labels[~chosen])
            if len(only):
                notes.append(f"{len(only)} of {len(names)} classes are {what} "
                             f"({examples(names[k] for k in only.tolist())})")
    return notes


def dark_note(top: float) -> list[str]:
    """A note if `top`, the highest level of all images, is nearly black (1 is white)."""
    if top >= DARK:
        return []
    return [f"all images are nearly black: no level is above {top:.2g}, and 1 is white. Likely "
            f"cause: levels that were divided twice, or 12 bits in files with 16 for each colour, "
            f"of which the upper 8 are read; save them brighter"]
