"""The lines of a table of pixels: their fields, and the numbers in them."""

from __future__ import annotations

import csv
import gzip
import re
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from .numpy_file import within

LONGEST = 2**24     # characters in a line


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number, text) of each line that is not empty."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    number, total = 0, 0
    with (gzip.open if packed else open)(path, "rt", encoding="utf-8-sig", errors="replace"
                                         ) as text:
        try:
            while line := text.readline(LONGEST):
                number, total = number + 1, total + len(line)
                if packed:
                    within(path, total)
                if len(line) == LONGEST:
                    raise DataError(f"{path}, line {number}: expected the pixels of an image, got "
                                    f"more than {LONGEST} characters")
                if line.strip():
                    yield number, line.strip("\r\n")
        except (OSError, EOFError, zlib.error) as problem:
            raise DataError(f"{path}: expected a whole .gz, got: {problem}. Likely cause: a "
                            "download that was cut short") from problem


def separator_of(line: str) -> str:
    """A comma, a semicolon or a tab: what is there most often."""
    return max(",;\t", key=line.count)


def fields_of(line: str, separator: str) -> list[str]:
    """The fields of a line; one in quotes may hold the separator."""
    if '"' not in line:
        return line.split(separator)
    fields = line.replace('"', "").split(separator)
    if max(map(len, fields)) > csv.field_size_limit() // 2:     # a quoted column of pixels
        return fields
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return fields


def word_of(text: str) -> str:
    """A name in a header, without quotes and capital letters."""
    return text.strip().strip("'\"").lower()


def is_number(text: str) -> bool:
    """Whether a field is a finite number."""
    return re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*", text, re.I) is not None


def numbers_in(text: str) -> np.ndarray:
    """The numbers in a text, as int64 if all are whole and float32 if not; none if it has others.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")      # how NumPy says that it could not go on
        for kind in (np.int64, np.float32):     # whole numbers are read ten times as fast
            try:
                return np.fromstring(text, kind, sep=" ")
            except (ValueError, DeprecationWarning):
                pass
    return np.zeros(0)


def as_saved(line: str) -> str:
    """A first line of pixels that pandas took for a header and wrote again: in 0, 7, 0.1, 0.2, 7.1
    it had numbered the equal ones."""
    separator = separator_of(line)
    words, seen = line.split(separator), Counter[str]()
    values = [word.split(".")[0] for word in words]
    for word, value in zip(words, values, strict=True):
        if word != (f"{value}.{seen[value]}" if seen[value] else value) or not value.isdecimal():
            return line
        seen[value] += 1
    return separator.join(values)
