"""Files of arrays as data sets: .npz, .npy, .mat, idx-ubyte and tables of pixels."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..layers.errors import DataError
from ..output.text import harmless, harmless_lines, listing, times
from .array_files import arrays_in, kinds_of, labels_in
from .axes import class_labels, image_axes
from .dataset import Dataset, of_levels
from .levels import as_levels
from .named import PARTS, Arrays
from .pixels import Size


def read_arrays(path: Path, *, size: Size | None = None, grey: str = "unit", colour: bool = False,
                labels: Any = None) -> Dataset | None:
    """The data set in a file of arrays, or in a folder of one or its train and test parts; None if
    it is none of these.

    path, size, grey, colour, labels: as in `load_images`. A DataError is raised for a file of
    arrays that cannot be read as images and labels.
    """
    kinds = kinds_of(path)
    if not kinds and path.is_file() and path.suffix.lower() in (".csv", ".tsv"):
        raise DataError(f"{harmless(str(path))}: expected a table with an image in each line, its "
                        "label and its pixels, got other lines. Likely cause: a list of files; "
                        "then give their folder, and this table as --labels (Python: labels=)")
    if not kinds:
        return None
    try:
        parts = arrays_in(path, kinds, labels is not None)
        if labels is not None:
            _replace_labels(path, parts, labels)
        for part in parts:
            if 0 in (np.ndim(part.images), 1 if part.labels is None else np.ndim(part.labels)):
                raise DataError(f"{part.what}: expected arrays of images and of labels, one for "
                                "each image, got a single number")
        return _joined(path, parts, size, grey, colour)
    except OSError as problem:
        raise DataError(harmless(f"{path}: expected a file that you may read, got: {problem}")
                        ) from problem
    except DataError as problem:        # a name may have bytes that no terminal can show
        raise DataError(harmless_lines(str(problem))) from problem


def _replace_labels(path: Path, parts: list[Arrays], labels: Any) -> None:
    """Give the parts the labels of an array or a file, in the order of the images."""
    if isinstance(labels, Mapping):
        raise DataError(f"{path}: expected labels as an array or a file with one for each image, "
                        "got a dict: images in arrays have no file names")
    t = np.atleast_1d(labels_in(Path(labels)) if isinstance(labels, (str, PathLike)) else labels)
    ends = np.cumsum([len(np.atleast_1d(part.images)) for part in parts])[:-1]
    for part, own in zip(parts, np.split(t, ends), strict=True):
        part.labels = own


def _joined(path: Path, parts: list[Arrays], size: Size | None, grey: str, colour: bool
            ) -> Dataset:
    """The data set of all parts together, the test part last."""
    given = [part for part in parts if part.labels is not None]
    if not given:
        raise DataError(f"{parts[0].what}: expected labels for the images "
                        f"{times(parts[0].images.shape)}; there are none with them. Give --labels "
                        "(Python: labels=), an array or a file with the class of each image"
                        + "".join(f"; {note}" for note in parts[0].notes))
    given.sort(key=lambda part: PARTS.index(part.part) if isinstance(part.part, str)
               and part.part in PARTS else 0)
    notes = [f"{part.what} left out: it has no labels" for part in parts if part.labels is None]
    if len(given) > 1:
        notes.append(f"joined from {listing(part.what for part in given)}")
    images, labels, words = [], [], []
    for part in given:
        t = np.asarray(part.labels)
        t = t.ravel() if t.size == max(t.shape, default=0) else t
        x, own = image_axes(part.images, len(t), part.what, part.by_columns, size)
        notes += [note for note in (*part.notes, *own) if note not in notes]
        images.append(x)
        labels.append(t)
        words.append(np.broadcast_to(part.part, len(t)))
    what = given[0].what if len(given) == 1 else str(path)
    x, t, word = (_one(arrays, what) for arrays in (images, labels, words))
    t, people = class_labels(t, what, given[0].names)
    levels, more = as_levels(x, what, size=size, grey=grey, colour=colour)
    test = word == ("test" if "test" in word else "val")
    test_part = test if test.any() and not test.all() else None
    if {"val", "test"} <= {*word.tolist()}:
        more.append("the validation images are part of the training images")
    if test_part is not None:
        more.append(f"the source gives {test.sum()} images as test images")
    return of_levels(path.name or path.resolve().name, levels, t, people, x, [*notes, *more],
                     word.tolist(), test_part)


def _one(arrays: list[np.ndarray], what: str) -> np.ndarray:
    """The arrays of all parts as one."""
    if len({array.shape[1:] for array in arrays}) > 1:
        raise DataError(f"{what}: expected images of one size and labels of one form, got "
                        f"{listing(times(array.shape) for array in arrays)}")
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
