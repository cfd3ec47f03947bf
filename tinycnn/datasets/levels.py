"""From the numbers in an array of images to the levels that the network sees."""

from __future__ import annotations

import numpy as np

from ..layers.errors import DataError
from ..output.text import number
from .pixels import Size, image_size, to_grey_levels
from .remarks import dark_note
from .sizes import resize_note

WHITE = (15, 16, 255, 4095, 65535)   # the most of 4, 8, 12, 16 bits; 16 of scikit-learn's digits
LUMA = np.array([0.299, 0.587, 0.114], np.float32)      # of red, green and blue in grey, as in JPEG
BLOCK = 1000    # images at a time: no second array of all of them in another type


def scale(x: np.ndarray, what: str) -> tuple[int, list[str]]:
    """What to divide the numbers of x by, so that they are levels in [0, 1], and notes.

    Whole numbers above 1 are divided by the smallest of 15, 16, 255, 4095 and 65535 that holds
    them. Fractions and negative numbers stay as they are.

    Raises:
        DataError: x is empty, or not finite numbers.
    """
    if x.dtype.kind not in "biuf" or not x.size:
        raise DataError(f"{what}: expected finite numbers as images, got {x.dtype} {x.shape}")
    wrong = [i for i in range(len(x)) if not np.isfinite(x[i]).all()] if x.dtype.kind == "f" else []
    if wrong:
        raise DataError(f"{what}: expected finite numbers as images, got NaN or infinity in "
                        f"{len(wrong)} images; the first is image {wrong[0]} (counted from 0). "
                        "Likely cause: missing values, or a division by 0")
    low, high = x.min(), x.max()
    span = f"levels from {number(float(low))} to {number(float(high))}"
    whole = x.dtype.kind != "f" or all((x[i] == np.rint(x[i])).all() for i in range(len(x)))
    if low >= 0 and high <= 1:
        return 1, ([f"all images are of one level, {number(float(low))}"] if low == high else
                   dark_note(float(high)) if x.dtype.kind == "f" else
                   [f"{span} ({x.dtype}) stay as they are: 1 is white"])
    if low >= 0 and whole and high <= WHITE[-1]:
        white = next(white for white in WHITE if high <= white)
        return white, [f"{span} divided by {white}, so that they are in [0, 1]"]
    return 1, [f"{span} stay as they are: they are neither in [0, 1] nor whole numbers from 0 to "
               f"{WHITE[-1]}"]


def as_levels(x: np.ndarray, what: str, *, size: Size | None, grey: str, colour: bool
              ) -> tuple[np.ndarray, list[str]]:
    """The images as the network sees them: (N, 1 or 3, rows, columns) float32, and notes.

    x: (N, 1 or 3, H, W), numbers of any type; what: the array in errors; the others are as in
    `load_images`.
    """
    white, notes = scale(x, what)
    n, channels, *sides = x.shape
    rows, columns = sides if size is None else image_size(size)
    notes += resize_note([tuple(sides)] * n, (rows, columns))
    if colour and channels == 1:
        notes.append("the images are grey, so their three colours are equal")
    if not colour and channels == 3:
        notes.append("colours made grey: 0.299 red + 0.587 green + 0.114 blue")
    levels = np.empty((n, 3 if colour else 1, rows, columns), np.float32)
    for start in range(0, n, BLOCK):
        part = np.divide(x[start:start + BLOCK], white, dtype=np.float32, casting="unsafe")
        if channels == 3 and not colour:
            part = np.einsum("nchw,c->nhw", part, LUMA)[:, None]
        if [rows, columns] != sides or grey != "unit":
            part = np.stack([to_grey_levels(np.moveaxis(image, 0, 2), (rows, columns), grey)
                             for image in part])
        levels[start:start + BLOCK] = part
    return levels, notes
