"""Tables of pixels: a .csv with one image in each line, as Kaggle's MNIST and FER2013."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from ..output.text import listing
from .numpy_file import within
from .table_lines import (
    as_saved,
    fields_of,
    is_number,
    numbers_in,
    read_lines,
    separator_of,
    word_of,
)

LABEL = {"label", "labels", "class", "target", "y", "emotion", "digit", "person", "subject",
         "identity"}
PART = {"usage", "split", "set"}
INDEX = {"", "id", "index", "unnamed: 0"}
EMOTIONS = ("Angry", "Disgust", "Fear", "Happy", "Sad", "Surprise", "Neutral")      # FER2013's
FEWEST = 16         # pixels; a line with fewer numbers is no picture


@dataclass
class Table:
    """What stands in a table of pixels: `images` (N, D), `labels` (N,) texts, `parts` (N,)."""

    images: np.ndarray
    labels: np.ndarray | None
    parts: np.ndarray | None
    names: tuple[str, ...] | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class _Columns:
    """Where in a line the label and the part stand, and which other columns are no pixels."""

    label: int | None
    part: int | None
    skipped: tuple[int, ...]
    pixels: int | None      # FER2013's single column of pixels
    header: list[str] | None
    separator: str


def is_table(path: Path) -> bool:
    """Whether a .csv has one image in each line, and is no list of files."""
    first = list(zip(range(2), read_lines(path), strict=False))
    if not first:
        return False
    separator = separator_of(first[0][1][1])
    header = [*map(word_of, fields_of(first[0][1][1], separator))]
    if "pixels" in header:
        return True
    fields = fields_of(first[-1][1][1], separator)
    return len(fields) > FEWEST and sum(map(is_number, fields)) >= len(fields) - 3


def read_table(path: Path) -> Table:
    """The images, labels and parts of a table; a DataError names the line that is no image."""
    lines = read_lines(path)
    number, first = next(lines)
    first = as_saved(first)
    columns = _columns(path, first)
    rows: list[np.ndarray] = []
    labels, parts = [], []
    if columns.header is None:
        lines = _again(number, first, lines)
    total = 0
    for number, line in lines:
        label, part, pixels = _row(path, number, line, columns)
        if rows and len(pixels) != len(rows[0]):
            raise DataError(f"{path}, line {number}: expected {len(rows[0])} pixels, as in the "
                            f"lines before, got {len(pixels)}. Likely cause: a file that was cut "
                            "short or edited")
        total += pixels.nbytes
        within(path, total)
        rows.append(pixels)
        labels.append(label)
        parts.append(part)
    if not rows:
        raise DataError(f"{path}: expected a table with an image in each line, got a header only")
    fer = columns.header is not None and "emotion" in map(word_of, columns.header)
    notes = []
    if columns.header is None:
        notes.append("no header: the first column is read as the label of each image")
    elif columns.label is not None and columns.pixels is None:
        notes.append(f"the column {columns.header[columns.label]!r} is read as the labels")
    elif columns.label is None:
        notes.append("none of the columns is called label: "
                     + listing(map(repr, columns.header[:9])))
    notes += [f"the column {columns.header[i]!r} is left out" for i in columns.skipped
              if columns.header is not None]
    return Table(np.stack(rows), None if columns.label is None else np.array(labels),
                 None if columns.part is None else np.array(parts), EMOTIONS if fer else None,
                 notes)


def _row(path: Path, number: int, line: str, columns: _Columns) -> tuple[str, str, np.ndarray]:
    """(label, part, pixels) of a line."""
    fields = fields_of(line, columns.separator)
    if columns.header is not None and len(fields) != len(columns.header):
        raise DataError(f"{path}, line {number}: expected {len(columns.header)} columns as in the "
                        f"header, got {len(fields)}. Likely cause: a file that was cut short")
    apart = {columns.label, columns.part, *columns.skipped}
    texts = [text for i, text in enumerate(fields) if i not in apart]
    pixels = numbers_in(" ".join(texts) if columns.pixels is None else fields[columns.pixels])
    if len(pixels) != len(texts) and (columns.pixels is None or not len(pixels)):
        if columns.pixels is not None:
            texts = fields[columns.pixels].split()
        wrong = next((i for i, text in enumerate(texts) if not is_number(text)), 0)
        raise DataError(f"{path}, line {number}: expected numbers as pixels, got "
                        f"{texts[wrong] if texts else ''!r:.60} as number {wrong + 1} of "
                        f"{len(texts)}. Likely cause: a missing value, or a column that is no "
                        "pixel")
    fits = pixels.dtype == np.int64 and 0 <= pixels.min() <= pixels.max() < 256
    label = "" if columns.label is None else fields[columns.label]
    return (label, "" if columns.part is None else word_of(fields[columns.part]),
            pixels.astype(np.uint8 if fits else np.float32))


def _columns(path: Path, first: str) -> _Columns:
    """What the columns are, from the first line."""
    separator = separator_of(first)
    fields = fields_of(first, separator)
    words = [*map(word_of, fields)]
    numbers = [word for word in words if is_number(word)]
    counted = [str(int(float(numbers[0])) + i) for i in range(len(numbers))] if numbers else []
    if numbers != counted and len(numbers) >= len(words) - 1 and not set(words) & LABEL:
        return _Columns(0, None, (), None, None, separator)
    found = [i for i, word in enumerate(words) if word in LABEL]
    if len(found) > 1:
        raise DataError(f"{path}: expected one column of labels, got "
                        f"{listing(repr(fields[i]) for i in found)}. Delete the others")
    if not found:       # the only column that is not called like the others: p0, p1, ...
        stems = [re.sub(r"[\d.]", "", word) for word in words]
        apart = [i for i, word in enumerate(words) if stems.count(stems[i]) == 1
                 and word not in PART | INDEX | {"pixels"}]
        found = apart if len(apart) == 1 else []
    part = next((i for i, word in enumerate(words) if word in PART), None)
    pixels = words.index("pixels") if "pixels" in words else None
    skipped = tuple(i for i, word in enumerate(words) if word in INDEX)
    return _Columns(found[0] if found else None, part, skipped, pixels, fields, separator)


def _again(number: int, first: str, lines: Iterator[tuple[int, str]]
           ) -> Iterator[tuple[int, str]]:
    yield number, first
    yield from lines
