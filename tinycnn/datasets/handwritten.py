"""The small handwritten digits of scikit-learn: images of no faces, without any download."""

from __future__ import annotations

from dataclasses import replace

from ..layers.errors import DataError
from .dataset import Dataset, of_levels
from .levels import as_levels
from .pixels import Size


def digits(size: Size | None = None, *, grey: str = "unit", colour: bool = False) -> Dataset:
    """1,797 handwritten digits, (1, 8, 8), grey levels in [0, 1]; about 180 of each.

    size, grey, colour: as in `load_images`.

    The test part of a UCI data set (Alpaydin and Kaynak, 1998). 13 people wrote them; who wrote
    which is not said, so a random split has digits of one hand on both sides. A DataError tells
    what to install.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise DataError(f"digits: expected scikit-learn, which brings the images, got: {error}. "
                        "Likely cause: it is not installed; pip install \"tinycnn[digits]\", or "
                        "pip install scikit-learn") from error
    levels, labels = load_digits(return_X_y=True)       # whole numbers from 0 to 16
    pixels = levels.reshape(-1, 1, 8, 8)
    images, notes = as_levels(pixels, "digits", size=size, grey=grey, colour=colour)
    return replace(of_levels("digits", images, labels, map(str, range(10)), pixels, notes),
                   files=tuple(f"digit {i}" for i in range(len(labels))))
