"""Files of arrays as data sets: .npz, .npy, .mat, idx-ubyte and tables of pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import count
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..layers.errors import DataError
from ..output.text import harmless, listing, times
from .array_files import arrays_in, files_of, kind_of, labels_in
from .axes import class_labels, image_axes
from .dataset import Dataset
from .levels import as_levels
from .named import Arrays
from .pixels import Size, digest
from .remarks import class_notes


def read_arrays(path: Path, *, size: Size | None = None, grey: str = "unit", colour: bool = False,
                labels: Any = None) -> Dataset | None:
    """The data set in a file of arrays (or a folder of such files); None if it is none of these.

    Args:
        path: .npz, .npy, .mat, .csv of pixels, idx-ubyte (also .gz), or a folder with one of them,
            or with their train and test parts.
        size: (rows, columns) to resize to; None for the arrays' own size.
        grey: "unit" or "standardised".
        colour: (N, 3, H, W) instead of (N, 1, H, W).
        labels: the class of each image: an array, or a .npy, .csv or .txt file with one for each;
            else the file's.

    Raises:
        DataError: it is a file of arrays or a table, but cannot be read as images and labels.
    """
    files = [path] if path.is_file() else files_of(path) if path.is_dir() else []
    if files and files[0].is_dir():
        return read_arrays(files[0], size=size, grey=grey, colour=colour, labels=labels)
    kinds = [kind_of(file) for file in files]
    if files == [path] and kinds == [None] and path.suffix.lower() in (".csv", ".tsv"):
        raise DataError(f"{harmless(str(path))}: expected a table with an image in each line, its "
                        "label and its pixels, got other lines. Likely cause: a list of files; "
                        "then give their folder, and this table as labels= (--labels)")
    if not files or None in kinds:
        return None
    try:
        parts = arrays_in(path, files, kinds, labels is not None)
        if labels is not None:
            _replace_labels(path, parts, labels)
        return _joined(path, parts, size, grey, colour)
    except OSError as problem:
        raise DataError(harmless(f"{path}: expected a file that you may read, got: {problem}")
                        ) from problem
    except DataError as problem:        # a name may have bytes that no terminal can show
        raise DataError("\n".join(map(harmless, str(problem).split("\n")))) from problem


def _replace_labels(path: Path, parts: list[Arrays], labels: Any) -> None:
    """Give the parts the labels of an array or a file, in the order of the images."""
    if isinstance(labels, Mapping):
        raise DataError(f"{path}: expected labels as an array or a file with one for each image, "
                        "got a dict: images in arrays have no file names")
    t = labels_in(Path(labels)) if isinstance(labels, (str, PathLike)) else np.asarray(labels)
    if t.ndim == 0:
        raise DataError(f"{path}: expected a label for each image, got {labels!r:.100}")
    counts = [len(part.images) for part in parts]
    if len(parts) > 1 and len(t) != sum(counts):
        raise DataError(f"{path}: expected {sum(counts)} labels for {listing(map(str, counts))} "
                        f"images, got {len(t)}")
    for part, end in zip(parts, np.cumsum(counts).tolist(), strict=True):
        part.labels = t if len(parts) == 1 else t[end - len(part.images):end]


def _joined(path: Path, parts: list[Arrays], size: Size | None, grey: str, colour: bool
            ) -> Dataset:
    """The data set of all parts together."""
    given = [part for part in parts if part.labels is not None]
    if not given:
        raise DataError(f"{parts[0].what}: expected labels for the images "
                        f"{times(parts[0].images.shape)}; there are none with them. Give labels=, "
                        "an array or a file with the class of each image"
                        + "".join(f"; {note}" for note in parts[0].notes))
    notes = [f"{part.what} left out: it has no labels" for part in parts if part.labels is None]
    given.sort(key=lambda part: ("val", "test").index(part.part) + 1
               if isinstance(part.part, str) and part.part in ("val", "test") else 0)
    if len(given) > 1:
        notes.append(f"joined from {listing(part.what for part in given)}")
    pixels, labels, words = [], [], []
    for part in given:
        t = np.asarray(part.labels)
        t = t.ravel() if t.size == max(t.shape, default=0) else t
        x, own = image_axes(part.images, len(t), part.what, part.by_columns, size)
        notes += [note for note in (*part.notes, *own) if note not in notes]
        pixels.append(x)
        labels.append(t)
        words.append(np.full(len(t), part.part) if isinstance(part.part, str) else part.part)
    if len({t.shape[1:] for t in labels}) > 1:
        raise DataError(f"{path}: expected labels of one form, got "
                        f"{listing(times(t.shape) for t in labels)}")
    shapes = {x.shape[1:] for x in pixels}
    if len(shapes) > 1:
        raise DataError(f"{path}: expected images of one size, got "
                        f"{listing(times(shape) for shape in sorted(shapes))}")
    what = given[0].what if len(given) == 1 else str(path)
    x = pixels[0] if len(pixels) == 1 else np.concatenate(pixels)
    t, people, own = class_labels(np.concatenate(labels), what, given[0].names)
    levels, more = as_levels(x, what, size=size, grey=grey, colour=colour)
    word = np.concatenate(words)
    test = word == ("test" if "test" in word.tolist() else "val")
    if {"val", "test"} <= set(word.tolist()):
        more.append("the validation images are part of the training images")
    test_part = None
    if test.any() and not test.all():
        more.append(f"the source gives {test.sum()} images as test images")
        test_part = test
    people = tuple(map(harmless, people))
    more += class_notes(t, people, test_part)
    return Dataset(
        name=harmless(path.name or path.resolve().name), images=levels, labels=t,
        people=people, conditions=_numbered(t.tolist()),
        files=tuple(f"{part} image {i}".strip() for part, i in zip(
            word.tolist(), _numbered(word.tolist()), strict=True)),
        digests=tuple(map(digest, x)), notes=tuple(map(harmless, (*notes, *own, *more))),
        test_part=test_part)


def _numbered(kinds: list[Any]) -> tuple[str, ...]:
    """For each entry how many equal ones come before it."""
    numbers: defaultdict[Any, count[int]] = defaultdict(count)
    return tuple(str(next(numbers[kind])) for kind in kinds)
