"""Faces to learn from: the drawn ones, the Yale database, or any folder of your own."""

from __future__ import annotations

from pathlib import Path

from .dataset import Dataset
from .drawn import drawn_faces
from .folder import load_folder

__all__ = ["Dataset", "drawn_faces", "load_faces", "load_folder"]


def load_faces(data: str | Path | None = None, size: int | tuple[int, int] = 60,
               grey: str = "unit") -> Dataset:
    """The faces in a folder or archive, or the drawn ones if no path is given.

    Args:
        data: a folder, a .zip or a .tar: the Yale faces as distributed, or one sub-folder for
            each person, or the person in the file names. None for the drawn faces.
        size: (rows, columns) that every image is resized to, or one number.
        grey: "unit" for grey levels in [0, 1], "standardised" for each image's levels minus their
            mean, divided by their standard deviation.

    Raises:
        DataError: a file cannot be read or does not belong there; the message names it.
    """
    return drawn_faces(size, grey=grey) if data is None else load_folder(data, size, grey)
