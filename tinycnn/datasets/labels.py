"""The class of each picture from a table of files and classes, or a dict."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

from ..layers.errors import DataError
from .names import stem
from .selection import some

# What the column with the classes is called in well-known tables, the best word first.
HEADERS = ("label", "labels", "class", "classes", "identity", "person", "subject", "name",
           "emotion", "expression", "category", "breed", "species", "target", "y")


def read_labels(labels: object, files: Sequence[str], where: Path) -> list[str]:
    """The class of each file.

    Args:
        labels: a table, .csv or .txt (`classes_in`), or a dict {file: class}. Files may be named
            with or without folders and extension.
        files: paths inside the data set.
        where: the data set, for errors; a table is also looked for in it.

    Raises:
        DataError: no table, or not every file has a class in it.
    """
    if isinstance(labels, Mapping):
        what, cells = "labels", {str(key): str(value) for key, value in labels.items()}
    elif isinstance(labels, (str, PathLike)):
        path = Path(labels).expanduser()
        path = path if path.is_file() or not (where / path).is_file() else where / path
        what = str(path)
        try:
            content = path.read_bytes()
        except OSError as problem:
            raise DataError(f"{what}: expected a table of files and classes, got: "
                            f"{problem.strerror}") from problem
        if content.startswith(b"\x93NUMPY"):
            raise DataError(f"{what}: is an array, which has no names of files; expected a table "
                            f"of files and classes (.csv), or a dict {{file: class}}")
        cells = classes_in(content, files, what)
    else:
        raise DataError(f"labels: expected a table of files and classes (.csv), or a dict {{file: "
                        f"class}}, got {type(labels).__name__}. An array fits images in a file of "
                        f"arrays, or tc.dataset(images, labels)")
    found = _matched(cells, files)
    missing = [file for file, own in zip(files, found, strict=True) if own is None]
    if missing:
        raise DataError(f"{what}: expected a class for each of {len(files)} pictures, but "
                        f"{some(missing)} have none; {len(cells)} are in it, such as "
                        f"{', '.join(map(repr, list(cells)[:2])) or 'none'}. --exclude (exclude=) "
                        f"leaves pictures out")
    return [own or "" for own in found]


def table_covers(content: bytes, files: Sequence[str], what: str) -> list[str | None]:
    """The class of each file in a table; None for one without. A DataError if it is no such table.
    """
    return _matched(classes_in(content, files, what), files)


def classes_in(content: bytes, files: Sequence[str], what: str) -> dict[str, str]:
    """{file: class} of a table, with or without a header.

    Its cells are separated by commas, semicolons, tabs or spaces. The column with the files is the
    one whose cells name the most of `files`; the classes are in the other one, or in the one whose
    header says so.
    """
    rows = _rows(content)
    keys = _keys(files)
    width = max(map(len, rows), default=0)
    hits = [sum(column < len(row) and _find(row[column], keys) is not None for row in rows)
            for column in range(width)]
    if not any(hits):
        raise DataError(f"{what}: expected a table with a row for each picture, the name of its "
                        f"file and its class; no cell is the name of one of {some(files)}")
    file_column = hits.index(max(hits))
    header = next(iter(rows)) if _find(rows[0][file_column] if file_column < len(rows[0]) else "",
                                       keys) is None else []
    others = [column for column in range(width) if column != file_column]
    names = [re.sub(r"[\W_]+", "", cell.lower()) for cell in header]
    named = [column for word in HEADERS for column in others
             if column < len(names) and names[column] == word]
    if not named and len(others) != 1:
        raise DataError(f"{what}: expected one column of classes beside the files, got "
                        f"{len(others)}" + (f" ({', '.join(header[:8])})" if header else "")
                        + ". To do: keep two columns, the files and the classes, or call one of "
                          "them label")
    column = named[0] if named else others[0]
    return {row[file_column]: row[column] for row in rows[bool(header):]
            if len(row) > max(file_column, column) and row[column]}


def _rows(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = [line for line in text.replace("\0", "").splitlines() if line.strip()]
    sign = max(",;\t", key=lambda sign: sum(sign in line for line in lines[:100]))
    if sum(sign in line for line in lines[:100]) <= len(lines[:100]) / 2:
        return [line.split() for line in lines]
    try:
        reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=sign)
        return [[cell.strip() for cell in row] for row in reader if row]
    except csv.Error:
        return []


def _keys(files: Sequence[str]) -> dict[str, int | None]:
    """What a table may call each file: its path, the end of it, both also without extension.
    None for what is true of several files."""
    keys: dict[str, int | None] = {}
    for i, file in enumerate(files):
        parts = file.split("/")
        for start in range(len(parts)):
            tail = "/".join(parts[start:])
            bare = tail[:len(tail) - len(parts[-1])] + stem(file)
            for key in {tail, bare}:
                keys[key] = i if keys.get(key, i) == i else None
    return keys


def _find(cell: str, keys: dict[str, int | None]) -> int | None:
    """Which file a cell names; its path may begin further out than the data set does."""
    cell = cell.strip().replace("\\", "/").removeprefix("./")
    while True:
        if cell in keys:
            return keys[cell]
        _, slash, cell = cell.partition("/")
        if not slash:
            return None


def _matched(cells: Mapping[str, str], files: Sequence[str]) -> list[str | None]:
    found: list[str | None] = [None] * len(files)
    keys = _keys(files)
    for cell, name in cells.items():
        if (i := _find(cell, keys)) is not None:
            found[i] = name
    return found
