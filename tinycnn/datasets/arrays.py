"""Files of arrays as data sets: .npz, .npy, .mat, idx-ubyte and tables of pixels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .dataset import Dataset
from .pixels import Size


def read_arrays(path: Path, *, size: Size | None = None, grey: str = "unit", colour: bool = False,
                labels: Any = None) -> Dataset | None:
    """The data set in a file of arrays (or a folder of such files); None if it is none of these.

    Args:
        path: .npz, .npy, .mat, .csv of pixels, idx-ubyte (also .gz), or a folder with one of them.
        size: (rows, columns) to resize to; None for the arrays' own size.
        grey: "unit" or "standardised".
        colour: (N, 3, H, W) instead of (N, 1, H, W).
        labels: the class of each image: an array, or a .npy, .csv or .txt file; else the file's.

    Raises:
        DataError: it is a file of arrays, but cannot be read as images and labels.
    """
    return None
