"""Tables of pixels: a .csv with one image in each line, as Kaggle's MNIST and FER2013."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from ..layers.errors import DataError
from ..output.text import listing
from .idx import unpacked
from .labels import HEADERS
from .named import LABELS, Arrays, part_in

LABEL = {*HEADERS, *LABELS}
PART = {"usage", "split", "set"}
INDEX = {"", "id", "index", "unnamed: 0"}
EMOTIONS = ("Angry", "Disgust", "Fear", "Happy", "Sad", "Surprise", "Neutral")      # FER2013's
FEWEST = 16         # pixels; a line with fewer numbers is no picture
START = 2**20       # bytes that hold the first two lines


def is_table(path: Path) -> bool:
    """Whether a .csv has one image in each line, and is no list of files."""
    try:
        first = list(islice(filter(None, _reader(unpacked(path, START))), 2))
    except csv.Error:
        return False
    return bool(first) and ("pixels" in map(_word, first[0]) or
                            FEWEST < len(first[-1]) <= sum(map(_is_number, first[-1])) + 3)


def read_table(path: Path) -> Arrays:
    """The images, labels and parts of a table; a DataError names the line that is no image."""
    reader = _reader(unpacked(path))
    rows: Iterator[list[str]] = filter(None, reader)
    header = next(rows)
    words = [*map(_word, header)]
    if no_header := _is_image(words):
        words, rows = ["label"] + ["pixel"] * (len(words) - 1), chain([header], rows)
    label, part = ([i for i, word in enumerate(words) if word in known] for known in (LABEL, PART))
    if len(label) > 1 or len(part) > 1:
        raise DataError(f"{path}: expected one column of labels, got "
                        f"{listing(repr(header[i]) for i in label + part)}. Delete the others")
    if no_header:
        notes = ["no header: the first column is read as the label of each image"]
    else:
        notes = [f"the column {name!r} is left out"
                 for name, word in zip(header, words, strict=True) if word in INDEX]
        notes.append(f"the column {header[label[0]]!r} is read as the labels" if label else
                     f"none of the columns is called label: {listing(map(repr, header[:9]))}")
    pixels = [i for i, word in enumerate(words) if word == "pixels"] or [
        i for i, word in enumerate(words) if word not in LABEL | PART | INDEX]
    images, labels, parts = [], [], []
    try:
        for row in rows:
            if len(row) != len(words):
                raise ValueError(f"{len(row)} columns where the first line has {len(words)}")
            texts = [row[i] for i in pixels]
            images.append(_numbers(texts if len(texts) > 1 else texts[0].split()))
            labels += [row[i] for i in label]
            parts += [part_in(row[i].lower()) for i in part]
            if len(images[-1]) != len(images[0]):
                raise ValueError(f"{len(images[-1])} pixels where others have {len(images[0])}")
    except (ValueError, csv.Error) as problem:
        raise DataError(f"{path}, line {reader.line_num}: expected the pixels of an image, got: "
                        f"{problem}. Likely cause: a missing value, a column that is no pixel, or "
                        "a file that was cut short or edited") from problem
    if not images:
        raise DataError(f"{path}: expected a table with an image in each line, got a header only")
    if no_header and [own.dtype == np.uint8 for own in images[:3]] == [False, True, True]:
        raise DataError(f"{path}: expected whole numbers from 0 to 255 in the first image as in "
                        "the next, got others. Likely cause: pandas took it for a header and "
                        "numbered its columns; delete the line")
    return Arrays(np.stack(images), np.array(labels) if label else None, str(path),
                  np.array(parts) if part else "", EMOTIONS if "emotion" in words else None, notes)


def _reader(content: bytes) -> Any:
    """The fields of each line; what parts them is what the first line has most of."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", "replace", newline="")
    first = text.readline()
    text.seek(0)
    csv.field_size_limit(max(csv.field_size_limit(), 2**24))    # a field may hold a whole image
    return csv.reader(text, delimiter=max(",;\t", key=first.count))


def _is_image(words: Sequence[str]) -> bool:
    """Whether a first line is an image: numbers but for the label, and not 0, 1, 2, ... as pandas
    numbers columns."""
    numbers = [float(word) for word in words if _is_number(word)]
    return len(numbers) >= len(words) - 1 and not LABEL & {*words} \
        and bool((np.diff(numbers) != 1).any())


def _numbers(texts: Sequence[str]) -> np.ndarray:
    """uint8 if all are whole numbers from 0 to 255, else float32; a ValueError names what is none.
    """
    try:
        return np.frombuffer(bytes(map(int, texts)), np.uint8)
    except ValueError:
        return np.array(texts, np.float32)


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _word(text: str) -> str:
    return text.strip().lower()
