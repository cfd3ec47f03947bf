"""Reading a folder, a zip or a tar: the Yale database, or any pictures with their classes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from ..output.text import harmless, listing
from .archive import contents, read_files
from .arrays import read_arrays
from .classes import read_classes
from .dataset import Dataset
from .flat import LAYOUTS
from .names import YALE_CONDITIONS, natural
from .pixels import (
    FORMATS,
    Size,
    digest,
    image_size,
    read_picture,
    to_8_bits,
    to_grey_levels,
    white_of,
)
from .remarks import class_notes
from .selection import Selection, is_table, some
from .sizes import check_sizes, resize_note


def load_folder(path: str | PathLike[str], size: Size | None = 60, grey: str = "unit",
                colour: bool = False, *, label: str | None = None, labels: object = None,
                exclude: Sequence[str] = (), resize: bool = False) -> Dataset:
    """Read the pictures in a folder, a zip or a tar, sorted by class and condition.

    Args:
        path: the Yale database in any packing, or pictures of your own; a file of arrays is read
            by `arrays.read_arrays`.
        size, grey, colour, label, labels, exclude: as in `load_images`.
        resize: whether pictures may differ in size.

    Raises:
        DataError: a file is not a whole picture, the classes cannot be told (`read_classes`),
            pictures differ in size, two different pictures have the same class and condition, or
            all are of one class.
    """
    path = checked_path(path)
    if size is not None:
        size = image_size(size)
    arrays = read_arrays(path, size=size, grey=grey, colour=colour, labels=labels)
    if arrays is not None:
        if label is not None or exclude:
            raise DataError(f"{path}: label and exclude choose among files of pictures, and this "
                            "is a file of arrays; labels= takes the class of each image")
        return arrays
    try:
        return _load(path, size, grey, colour, label, labels, exclude, resize)
    except DataError as problem:        # a name may have bytes that no terminal can show
        raise DataError(harmless(str(problem))) from problem


def checked_path(path: str | PathLike[str]) -> Path:
    """The path that a user means; a DataError or a TypeError if it can be none."""
    if not isinstance(path, (str, PathLike)):
        raise TypeError(f"path: expected a folder or a file, got {type(path).__name__}. "
                        f"tc.dataset(images, labels) takes arrays")
    text = os.fspath(path)
    if not text.strip():
        raise DataError("expected the path of a folder or a file, got an empty text. Likely cause: "
                        "a variable that is not set (the current folder is .)")
    if re.match(r"(https?|ftp|s3|gs|file):/", text):
        raise DataError(f"{text}: expected a folder or a file on this computer, got an address. "
                        f"To do: download it first, then give the file")
    try:
        return Path(text).expanduser()
    except RuntimeError:                # no such user: a folder of that name
        return Path(text)


def _load(path: Path, size: tuple[int, int] | None, grey: str, colour: bool, label: str | None,
          labels: object, exclude: Sequence[str], resize: bool) -> Dataset:
    selection, tables = Selection(exclude), {}
    files: list[str] = []
    shapes: list[tuple[int, ...]] = []
    levels: list[np.ndarray] = []       # uint16 pixels wait for `white_of` all of them
    digests: list[str] = []
    greyed: list[bool] = []
    cut_out: list[str] = []
    for name, data in read_files(path, selection):
        if is_table(name):
            tables[name] = data
            continue
        picture = read_picture(data, f"{path}/{name}", colour)
        pixels, deep = picture.pixels, picture.pixels.dtype != np.uint8
        files.append(name)
        shapes.append(pixels.shape)
        levels.append(pixels if deep else to_grey_levels(pixels, size or pixels.shape[:2], grey))
        digests.append("" if deep else digest(pixels))
        greyed.append(picture.greyed)
        cut_out += [name] * picture.cut_out
    selection.check(path)
    if not files:
        others = selection.excluded + selection.damaged + selection.passed
        where = contents(path) if path.is_dir() else \
            "Arrays and archives in it have to be unpacked first" if others else "It has no files"
        raise DataError(f"{path}: no pictures. Looked through all folders in it for files that "
                        f"may be {', '.join(FORMATS)}"
                        + f", and passed over {some(others)}" * bool(others)
                        + f"; {LAYOUTS}. {where}")
    if size is None or not resize:
        check_sizes(path, files, shapes)

    try:
        reading = read_classes(files, path, label=label, labels=labels, tables=tables)
    except DataError as problem:
        raise DataError(f"{path}: {problem}") from problem
    who, notes = reading.who, list(reading.notes)
    notes += selection.notes(reading.table)
    notes += _to_levels(levels, shapes, digests, size, grey)
    order = sorted(range(len(files)), key=lambda i: (*map(natural, who[i]), files[i]))
    order, copies = _drop_copies(path, order, who, files, digests)
    if size is not None:
        notes += resize_note([shapes[i] for i in order], size)
    notes += copies
    if n_greyed := sum(greyed[i] for i in order):
        notes.append(f"{n_greyed} of {len(order)} pictures are in colour and became grey; "
                     f"colour=True (--colour) keeps their colours")
    if cut_out:
        notes.append(f"{some(cut_out)} have transparent parts: what is fully transparent became "
                     f"white, elsewhere transparency is ignored")
    grey_ones = [files[i] for i in order if colour and (levels[i] == levels[i][0]).all()]
    if grey_ones:
        notes.append(f"{len(grey_ones)} of {len(order)} pictures are grey, so their three colours "
                     f"are equal: {grey_ones[0]}" + (", ..." if len(grey_ones) > 1 else ""))
    raw = list(dict.fromkeys(who[i][0] for i in order))
    if len(raw) == 1:
        raise DataError(f"{path}: expected at least two people or classes, got {len(order)} "
                        f"pictures all of {raw[0]!r}; {LAYOUTS}. Likely cause: the folder of one "
                        f"class was given, or the names of the files do not begin with the class "
                        f"(--label, --labels tell it)")
    people = distinct(raw)
    if reading.yale:
        notes += _missing_conditions({who[i] for i in order}, raw)
    conditions, names = distinct(who[i][1] for i in order), distinct(files[i] for i in order)
    changed = [new for old, new in (people | names).items() if old != new]
    if changed:
        notes.append(f"{len(changed)} names of classes and files have bytes that are no UTF-8, or "
                     f"signs that cannot be shown; \N{REPLACEMENT CHARACTER} stands for each "
                     f"({listing(changed[:2])})")
    place = {person: k for k, person in enumerate(raw)}
    t = np.array([place[who[i][0]] for i in order], np.int64)
    test_part = None if reading.test_part is None else reading.test_part[order]
    name = harmless(path.name or path.resolve().name)
    return Dataset(
        name="Yale faces" if reading.yale and "yale" in name.lower() else name,
        images=_stacked(levels, order),
        labels=t,
        people=tuple(people.values()),
        conditions=tuple(conditions[who[i][1]] for i in order),
        files=tuple(names[files[i]] for i in order),
        digests=tuple(digests[i] for i in order),
        notes=tuple(map(harmless, notes + class_notes(t, list(people.values()), test_part))),
        test_part=test_part)


def distinct(names: Iterable[str]) -> dict[str, str]:
    """Each name as it can be shown (`harmless`); two that become equal stay two."""
    shown: dict[str, str] = dict.fromkeys(names, "")
    taken: set[str] = set()
    for name in sorted(shown, key=lambda name: harmless(name) != name):     # good ones first
        clean, n = harmless(name), 1
        while clean in taken:
            clean, n = f"{harmless(name)} ({n + 1})", n + 1
        taken.add(clean)
        shown[name] = clean
    return shown


def _to_levels(levels: list[np.ndarray], shapes: list[tuple[int, ...]], digests: list[str],
               size: tuple[int, int] | None, grey: str) -> list[str]:
    """Put levels in place of the pictures with 16 bits; a note if they use fewer."""
    deep = [i for i, own in enumerate(levels) if own.dtype == np.uint16]
    white = white_of([levels[i] for i in deep])
    for i in deep:
        pixels = to_8_bits(levels[i], white)
        digests[i] = digest(pixels)
        levels[i] = to_grey_levels(pixels, size or pixels.shape[:2], grey)
    if white == 65535:
        return []
    return [f"{len(deep)} of {len(levels)} pictures have 16 bits and use {white.bit_length()} of "
            f"them (no level is above {white}): {white} is white"]


def _stacked(levels: list[np.ndarray], order: list[int]) -> np.ndarray:
    """(N, C, H, W); each picture is forgotten when it is copied, so there is no second copy."""
    images = np.empty((len(order), *np.atleast_3d(levels[0].T).T.shape), np.float32)
    for row, i in zip(images, order, strict=True):
        row[:] = levels[i]
        levels[i] = row
    return images


def _drop_copies(path: Path, order: list[int], who: list[tuple[str, str]], files: list[str],
                 digests: list[str]) -> tuple[list[int], list[str]]:
    """`order` with one picture for each class and condition, and notes on what was left out."""
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
                            f"the same picture in two versions; remove, exclude or rename one")
        notes.append(f"{files[i]} is there twice and taken once" if files[i] == files[first] else
                     f"{files[i]} left out: it is a copy of {files[first]}")
    if len(notes) > 3:
        notes = [f"{len(notes)} files left out: each is a copy of another with the same class and "
                 f"condition, the first of them: {notes[0]}"]
    return list(kept.values()), notes


def _missing_conditions(there: set[tuple[str, str]], people: Sequence[str]) -> list[str]:
    """A note for each person who does not have all conditions of the Yale database."""
    notes = []
    for person in people:
        missing = [word for word in YALE_CONDITIONS if (person, word) not in there]
        if missing:
            notes.append(f"{person} has no picture under {', '.join(missing)}")
    return notes
