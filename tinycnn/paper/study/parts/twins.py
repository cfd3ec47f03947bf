"""Twins, images that are the same pixel for pixel: what those across the split do to the error."""

from __future__ import annotations

import numpy as np

from ..rows import Row, mean, row
from ..subject import Subject


def leaks(s: Subject) -> list[Row]:
    """Test errors with and without leaked twins, test images with an identical training image."""
    x, t, (train_part, test_part) = s.data.images, s.data.labels, s.split
    pixels = np.array(s.data.digests)
    leaked = np.isin(pixels[test_part], pixels[train_part])
    wrong = s.net.predict(x[test_part]) != t[test_part]
    errors = {"with twins": wrong.mean(), "without the leaked twins": mean(wrong[~leaked]),
              "the leaked twins alone": mean(wrong[leaked])}
    flattery = errors["without the leaked twins"] - errors["with twins"]
    return [row(s.seed, "leak", "test error", error, subject=name)
            for name, error in errors.items()] + [
        row(s.seed, "leak", "pairs across the split", s.data.twins_across(s.split)),
        row(s.seed, "leak", "without minus with", flattery if leaked.any() else np.nan)]
