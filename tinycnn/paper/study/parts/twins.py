"""Twins, images that are the same pixel for pixel: what those across the split do to the error."""

from __future__ import annotations

import numpy as np

from ....datasets import Dataset
from ....layers import NotFiniteError
from ..rows import Row, mean, row
from ..subject import Subject


def one_of_each(data: Dataset) -> np.ndarray:
    """All images but one of two that are the same: (n,) indices, ascending."""
    return np.sort(np.unique(data.digests, return_index=True)[1])


def leaks(s: Subject) -> list[Row]:
    """What leaked twins do: test images of which the network has seen the same pixels in training.

    The network is trained again, from the same weights, without the training images that are the
    same as a test image. The error on the leaked images without them, minus that with them, is what
    the leak hides. (Leaving the leaked images out of the test instead would measure on others,
    which may be harder or easier.)
    """
    x, t, (train_part, test_part) = s.data.images, s.data.labels, s.split
    pixels = np.array(s.data.digests)
    leaked = np.isin(pixels[test_part], pixels[train_part])
    wrong = s.net.predict(x[test_part]) != t[test_part]
    errors = {"with twins": wrong.mean(), "without the leaked twins": mean(wrong[~leaked]),
              "the leaked twins alone": mean(wrong[leaked])}
    rows, again = [], np.nan
    if leaked.any():
        kept = train_part[~np.isin(pixels[train_part], pixels[test_part])]
        try:
            net = s.trained(s.fresh(), s.data, kept)
            images = test_part[leaked]
            again = (net.predict(x[images]) != t[images]).mean()
        except NotFiniteError:
            rows.append(s.diverged("leak: trained without the twins"))
    errors["the leaked twins, not seen in training"] = again
    return [*rows, *(row(s.seed, "leak", "test error", error, subject=name)
                     for name, error in errors.items()),
            row(s.seed, "leak", "pairs across the split", s.data.twins_across(s.split)),
            row(s.seed, "leak", "leaked images", leaked.sum()),
            row(s.seed, "leak", "without minus with", again - errors["the leaked twins alone"])]
