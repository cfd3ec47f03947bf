"""Reading a folder, a zip or a tar: the Yale database, or any pictures with their classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from ..output.text import harmless, listing
from .archive import checked_path, contents, read_files
from .arrays import read_arrays
from .classes import Reading, read_classes
from .dataset import Dataset
from .flat import LAYOUTS
from .labels import read_labels
from .names import YALE_CONDITIONS, distinct, natural
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
from .remarks import class_notes, dark_note
from .selection import Selection, is_table
from .sizes import check_sizes, resize_note
from .words import examples, share, some


@dataclass
class Read:
    """A picture of the data set."""

    file: str
    shape: tuple[int, ...]      # in the file
    levels: np.ndarray          # pixels, then as the network sees them
    greyed: bool
    cut_out: bool
    top: int | None = None      # the highest level, of a picture of 16 bits
    digest: str = ""
    who: tuple[str, str] = ("", "")     # class and condition
    is_test: bool = False

    def to_levels(self, size: tuple[int, int] | None, grey: str, white: int = 65535) -> None:
        """From pixels to what the network sees; `white` is that of 16 bits."""
        pixels = self.levels if self.levels.dtype == np.uint8 else to_8_bits(self.levels, white)
        self.digest = digest(pixels)
        self.levels = to_grey_levels(pixels, size or pixels.shape[:2], grey)


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
    size = None if size is None else image_size(size)
    if not isinstance(label, (str, type(None))) or not all(isinstance(p, str) for p in exclude):
        raise DataError(f"label={label!r}, exclude={exclude!r}: expected a text, such as "
                        "'folder:1', and a list of texts")
    if label is not None and labels is not None:
        raise DataError("label and labels: expected one of them, since each tells the classes")
    arrays = read_arrays(path, size=size, grey=grey, colour=colour, labels=labels)
    if arrays is not None:
        if label is not None or exclude:
            raise DataError(f"{path}: label and exclude choose among files of pictures, and this "
                            f"is a file of arrays; --labels (Python: labels=) takes the class of "
                            f"each image")
        return arrays
    try:
        return _load(path, size, grey, colour, label, labels, exclude, resize)
    except DataError as problem:        # a name may have bytes that no terminal can show
        raise DataError(harmless(str(problem))) from problem


def _load(path: Path, size: tuple[int, int] | None, grey: str, colour: bool, label: str | None,
          labels: object, exclude: Sequence[str], resize: bool) -> Dataset:
    selection, tables = Selection(exclude), {}
    pictures: list[Read] = []
    white = 0       # of pictures of 16 bits, if one tells it
    for name, data in read_files(path, selection):
        if is_table(name):
            tables[name] = data
            continue
        pixels, greyed, cut_out = read_picture(data, f"{path}/{name}", colour)
        pictures.append(Read(name, pixels.shape, pixels, greyed, cut_out))
        if pixels.dtype == np.uint16:
            pictures[-1].top = int(pixels.max())
            white = 65535 if pictures[-1].top > 16383 else white
        if white or pixels.dtype == np.uint8:       # others wait until the white of all is known
            pictures[-1].to_levels(size, grey)
    selection.check(path)
    if not pictures:
        raise _no_pictures(path, selection)
    told: list[str] | None = None
    notes: list[str] = []
    if labels is not None:
        pictures, told, notes = _labelled(pictures, labels, path)
    files = [own.file for own in pictures]
    if size is None or not resize:
        check_sizes(path, files, [own.shape for own in pictures])
    try:
        reading = read_classes(files, label=label, told=told, tables=tables)
    except DataError as problem:
        passed = f"; passed over: {some(selection.passed)}" * bool(selection.passed)
        raise DataError(f"{path}: {problem}{passed}") from problem
    table = Path(labels).as_posix() if isinstance(labels, (str, PathLike)) else reading.table
    notes += reading.notes + selection.notes(table) + _deep_to_levels(pictures, size, grey, white)
    n_dark = sum(own.top is not None and own.top < 4096 for own in pictures)
    if white and n_dark >= len(pictures) / 4:
        notes.append(f"{share(n_dark, len(pictures))} had 16 bits and no level above 4095, and "
                     f"others had: 65535 is white for all, and these are dark")
    for i, own in enumerate(pictures):
        own.who = reading.who[i]
        own.is_test = reading.test_part is not None and bool(reading.test_part[i])
    pictures.sort(key=lambda own: (*map(natural, own.who), own.file))
    pictures, copies = _without_copies(path, pictures)
    notes += copies + _pixel_notes(pictures, size, colour)
    return _dataset(path, pictures, reading, notes)


def _labelled(pictures: Sequence[Read], labels: object, path: Path
              ) -> tuple[list[Read], list[str], list[str]]:
    """The pictures that have a class in `labels`, their classes, and notes."""
    found = read_labels(labels, [own.file for own in pictures], path)
    pairs = [(own, name) for own, name in zip(pictures, found, strict=True) if name is not None]
    without = [own.file for own, name in zip(pictures, found, strict=True) if name is None]
    notes = [f"{some(without)} left out: no class in --labels (Python: labels=)"] * bool(without)
    notes.append(f"the classes are those in --labels ({examples(name for _, name in pairs)})")
    return [own for own, _ in pairs], [name for _, name in pairs], notes


def _no_pictures(path: Path, selection: Selection) -> DataError:
    others = selection.excluded + selection.damaged + selection.passed
    where = contents(path) if path.is_dir() else \
        "Arrays and archives in it have to be unpacked first" if others else "It has no files"
    return DataError(f"{path}: no pictures. Looked through all folders in it for files that may be "
                     f"{', '.join(FORMATS)}" + f", and passed over {some(others)}" * bool(others)
                     + f"; {LAYOUTS}. {where}")


def _deep_to_levels(pictures: Sequence[Read], size: tuple[int, int] | None, grey: str,
                    white: int) -> list[str]:
    """Pictures of 16 bits as the network sees them; a note if they use fewer bits.

    white: 65535 if a picture had such levels, else 0.
    """
    deep = [own for own in pictures if own.levels.dtype == np.uint16]
    white = white or white_of([own.levels for own in deep])
    for own in deep:
        own.to_levels(size, grey, white)
    if white == 65535:
        return []
    return [f"{share(len(deep), len(pictures))} had 16 bits and used {white.bit_length()} of them "
            f"(no level is above {white}): {white} is white"]


def _without_copies(path: Path, pictures: Sequence[Read]) -> tuple[list[Read], list[str]]:
    """One picture for each class and condition, and notes on what was left out."""
    kept: dict[tuple[str, str], Read] = {}
    notes = []
    for own in pictures:
        first = kept.setdefault(own.who, own)
        if first is own:
            continue
        if own.digest != first.digest:
            person, condition = own.who
            raise DataError(f"{path}/{first.file} and {path}/{own.file}: expected one picture of "
                            f"{person!r} under {condition!r}, got two that differ. Likely cause: "
                            f"the same picture in two versions; remove, exclude or rename one")
        notes.append(f"{own.file} is there twice and taken once" if own.file == first.file else
                     f"{own.file} left out: it is a copy of {first.file}")
    if len(notes) > 3:
        notes = [f"{len(notes)} files left out: each is a copy of another with the same class and "
                 f"condition, the first of them: {notes[0]}"]
    return list(kept.values()), notes


def _pixel_notes(pictures: Sequence[Read], size: tuple[int, int] | None, colour: bool
                 ) -> list[str]:
    """What was done to sizes, colours and transparent parts, and whether all are black."""
    notes = [] if size is None else resize_note([own.shape for own in pictures], size)
    if n_greyed := sum(own.greyed for own in pictures):
        notes.append(f"{share(n_greyed, len(pictures))} had colours and became grey")
    if cut_out := [own.file for own in pictures if own.cut_out]:
        notes.append(f"{some(cut_out)} had transparent parts: what was fully transparent became "
                     f"white, elsewhere transparency is ignored")
    grey = [own.file for own in pictures if colour and (own.levels == own.levels[0]).all()]
    if grey:
        notes.append(f"{share(len(grey), len(pictures))} had no colours, so the three channels are "
                     f"equal: {examples(grey)}")
    return notes + dark_note(max(float(own.levels.max()) for own in pictures))


def _dataset(path: Path, pictures: Sequence[Read], reading: Reading, notes: list[str]) -> Dataset:
    """The data set of sorted pictures, with names that can be shown."""
    there = dict.fromkeys(own.who for own in pictures)
    raw = list(dict.fromkeys(person for person, _ in there))
    if len(raw) == 1:
        raise DataError(f"{path}: expected at least two people or classes, got {len(pictures)} "
                        f"pictures all of {raw[0]!r}; {LAYOUTS}. Likely cause: the folder of one "
                        f"class was given, or the names of the files do not begin with the class "
                        f"(--label, --labels tell it)")
    for person in raw if reading.yale else ():
        if missing := [word for word in YALE_CONDITIONS if (person, word) not in there]:
            notes.append(f"{person} has no picture under {', '.join(missing)}")
    people, conditions = distinct(raw), distinct(condition for _, condition in there)
    files = distinct(own.file for own in pictures)
    if changed := [new for old, new in (people | files).items() if old != new]:
        notes.append(f"{len(changed)} names of classes and files had bytes that are no UTF-8, or "
                     f"signs that cannot be shown; \N{REPLACEMENT CHARACTER} stands for each "
                     f"({listing(changed[:2])})")
    place = {person: k for k, person in enumerate(raw)}
    t = np.array([place[own.who[0]] for own in pictures], np.int64)
    test_part = None if reading.test_part is None else np.array([own.is_test for own in pictures])
    name = harmless(path.name or path.resolve().name)
    return Dataset(
        name="Yale faces" if reading.yale and "yale" in name.lower() else name,
        images=_stacked(pictures),
        labels=t,
        people=tuple(people.values()),
        conditions=tuple(conditions[own.who[1]] for own in pictures),
        files=tuple(files[own.file] for own in pictures),
        digests=tuple(own.digest for own in pictures),
        notes=tuple(map(harmless, notes + class_notes(t, list(people.values()), test_part))),
        test_part=test_part)


def _stacked(pictures: Sequence[Read]) -> np.ndarray:
    """(N, C, H, W); each picture is forgotten when it is copied, so there is no second copy."""
    first = pictures[0].levels
    images = np.empty((len(pictures), *first.reshape(-1, *first.shape[-2:]).shape), np.float32)
    for row, own in zip(images, pictures, strict=True):
        row[:] = own.levels
        own.levels = row
    return images
