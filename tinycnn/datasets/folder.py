"""Reading faces from a folder, a zip or a tar: the Yale database, or any faces of your own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from .archive import contents, read_files
from .dataset import Dataset
from .names import LAYOUTS, YALE_CONDITIONS, is_yale, natural, who_is_on
from .pixels import FORMATS, Size, digest, read_pixels, to_grey_levels


def load_folder(path: str | PathLike[str], size: Size | None = 60, grey: str = "unit",
                colour: bool = False, *, label: str | None = None, labels: object = None,
                exclude: Sequence[str] = (), resize: bool = False) -> Dataset:
    """Read the pictures of faces in a folder, a zip or a tar, sorted by person and condition.

    Args:
        path: the Yale database in any packing, or faces of your own: one sub-folder for each
            person, or the person in the name of each file. `names.who_is_on` has the rules.
        size, grey, colour: as in `load_faces`.

    Raises:
        DataError: a file is not a whole picture or its name does not fit, pictures differ in size,
            two different pictures have the same person and condition, or all show one person.
    """
    path = Path(path)
    files, images, shapes, digests = [], [], [], []
    for name, data in read_files(path):
        pixels = read_pixels(data, f"{path}/{name}", colour)
        files.append(name)
        images.append(to_grey_levels(pixels, size or pixels.shape[:2], grey))
        shapes.append(pixels.shape)
        digests.append(digest(pixels))
    if not files:
        where = contents(path) if path.is_dir() else "It has only hidden files, texts and folders"
        raise DataError(f"{path}: no pictures. Looked through all folders in it for files that "
                        f"may be {', '.join(FORMATS)}; {LAYOUTS}. {where}")
    _check_shapes(path, files, shapes)

    who = who_is_on([f"{path}/{name}" for name in files])
    order = sorted(range(len(files)), key=lambda i: (*map(natural, who[i]), files[i]))
    order, notes = _drop_copies(path, order, who, files, digests)
    grey_ones = [files[i] for i in order if colour and (images[i] == images[i][0]).all()]
    if grey_ones:
        notes.append(f"{len(grey_ones)} of {len(order)} pictures are grey, so their three colours "
                     f"are equal: {grey_ones[0]}" + (", ..." if len(grey_ones) > 1 else ""))
    people = tuple(dict.fromkeys(who[i][0] for i in order))
    if len(people) == 1:
        raise DataError(f"{path}: expected at least two people, got {len(order)} pictures all of "
                        f"{people[0]!r}; {LAYOUTS}. Likely cause: the folder of one person was "
                        f"given, or the names of the files do not begin with the person")
    yale = is_yale(files)
    if yale:
        notes += _missing_conditions({who[i] for i in order}, people)
    name = path.name or path.resolve().name
    return Dataset(
        name="Yale faces" if yale and "yale" in name.lower() else name,
        images=np.stack([images[i] for i in order]).reshape(len(order), -1, *images[0].shape[-2:]),
        labels=np.array([people.index(who[i][0]) for i in order], np.int64),
        people=people,
        conditions=tuple(who[i][1] for i in order),
        files=tuple(files[i] for i in order),
        digests=tuple(digests[i] for i in order),
        notes=tuple(notes))


def _check_shapes(path: Path, files: list[str], shapes: list[tuple[int, ...]]) -> None:
    """Raise a DataError unless all pictures have the same size."""
    usual, count = Counter(shapes).most_common(1)[0]
    for file, shape in zip(files, shapes, strict=True):
        if shape != usual:
            raise DataError(f"{path}/{file}: expected {usual[1]} x {usual[0]} pixels (width x "
                            f"height) as {count} of {len(files)} pictures have, got {shape[1]} x "
                            f"{shape[0]}. Likely cause: a picture from elsewhere; if not, crop or "
                            f"resize all to one size first")


def _drop_copies(path: Path, order: list[int], who: list[tuple[str, str]], files: list[str],
                 digests: list[str]) -> tuple[list[int], list[str]]:
    """`order` with one picture for each person and condition, and notes on what was left out."""
    kept: dict[tuple[str, str], int] = {}
    notes = []
    for i in order:
        first = kept.setdefault(who[i], i)
        if first == i:
            continue
        person, condition = who[i]
        if digests[i] != digests[first]:
            raise DataError(f"{path}/{files[first]} and {path}/{files[i]}: expected one picture of "
                            f"{person!r} under {condition!r}, got two that differ. Likely cause: "
                            f"the same picture in two versions; remove or rename one")
        notes.append(f"{files[i]} left out: it is a copy of {files[first]}")
    return list(kept.values()), notes


def _missing_conditions(there: set[tuple[str, str]], people: tuple[str, ...]) -> list[str]:
    """A note for each person who does not have all conditions of the Yale database."""
    notes = []
    for person in people:
        missing = [word for word in YALE_CONDITIONS if (person, word) not in there]
        if missing:
            notes.append(f"{person} has no picture under {', '.join(missing)}")
    return notes
