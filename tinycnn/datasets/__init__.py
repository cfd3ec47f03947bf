"""Images to learn from: drawn faces, the Yale database, any folder, archive or file of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..output.text import listing
from .dataset import Dataset
from .drawn import drawn_faces
from .folder import load_folder
from .handwritten import digits
from .pixels import Size, image_size

__all__ = ["Dataset", "drawn_faces", "load_faces", "load_folder", "load_images",
           "read_data"]

Labels = str | PathLike[str] | Mapping[str, object] | np.ndarray


def load_faces(data: str | PathLike[str] | None = None, size: Size = 60, grey: str = "unit",
               colour: bool = False, *, label: str | None = None, labels: Labels | None = None,
               exclude: Sequence[str] = ()) -> Dataset:
    """The faces in a folder or archive, all of one size, or the drawn ones if no path is given.

    Args:
        data: a folder, a .zip or a .tar: the Yale faces as distributed, or one sub-folder for
            each person, or the person in the file names. None for the drawn faces.
        size: (rows, columns) that every image is resized to, or one number; "28x40" as text.
        grey: "unit" for grey levels in [0, 1], "standardised" for each image's levels minus their
            mean, divided by their standard deviation.
        colour: (N, 3, H, W) images: red, green and blue. A grey file gets three equal channels.
        label, labels, exclude: as in `load_images`.

    Raises:
        DataError: a file cannot be read or does not belong there, or pictures differ in size; the
            message names it.
    """
    if data is not None:
        return load_folder(data, size, grey, colour, label=label, labels=labels, exclude=exclude)
    drawn = drawn_faces(image_size(size), grey=grey)
    return replace(drawn, images=drawn.images.repeat(3, axis=1),
                   notes=("the drawn faces are grey, so their three colours are equal",)
                   ) if colour else drawn


def load_images(path: str | PathLike[str], *, size: Size | None = None, colour: bool = False,
                grey: str = "unit", label: str | None = None, labels: Labels | None = None,
                exclude: Sequence[str] = ()) -> Dataset:
    """The pictures in a folder, a zip, a tar or a file of arrays, with their classes.

    Args:
        path: a folder, an archive, or arrays: .npz, .npy, .mat, .csv, idx-ubyte (or .gz of it).
        size: as in `load_faces`; pictures of other sizes are resized too. None: their own size,
            which has to be the same for all.
        colour, grey: as in `load_faces`.
        label: where a picture's class stands in its path: "folder:1", counted from 1 among the
            levels of folders that differ (negative: from the innermost), or a regular expression
            (its first group, or all that it finds). None: see `classes.read_classes`.
        labels: the class of each file: a table (.csv, .txt) or a dict {file: class}; files
            without one are left out. For arrays also an array or a .npy file.
        exclude: shell patterns (`*_4.pgm`) of files or folders to leave out.

    Raises:
        DataError: a file cannot be read, or the classes cannot be told; the message names it.
    """
    return load_folder(path, size, grey, colour, label=label, labels=labels, exclude=exclude,
                       resize=size is not None)


def read_data(data: str | PathLike[str] | None, size: Size = 60, grey: str = "unit",
              colour: bool = False, *, resize: bool = True, **classes: Any) -> Dataset:
    """What --data names: as in `load_images`; the word digits; or None for the drawn faces.

    Args:
        resize: whether pictures of different sizes are resized; otherwise they are an error.
        classes: label, labels and exclude of `load_images`.
    """
    known = data is None or (data == "digits" and not Path(data).exists())
    if known and (chosen := choices(classes)):
        raise ValueError(f"{listing(chosen)}: for images of your own, but the data are "
                         f"{data or 'the drawn faces'}. Likely cause: a missing --data")
    if data is None:
        return load_faces(None, size, grey, colour)
    if known:
        return digits(size, grey=grey, colour=colour)
    return load_folder(data, size, grey, colour, resize=resize, **classes)


def choices(classes: Mapping[str, Any]) -> list[str]:
    """Those of label, labels and exclude that are not None or empty."""
    return [name for name, value in classes.items()
            if value is not None and not (isinstance(value, (str, list, tuple)) and not value)]
