"""The class of each picture from a table of files and classes, or a dict."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path

from ..layers.errors import DataError
from .names import stem
from .words import some

# What the column with the classes is called in well-known tables, the best word first.
HEADERS = ("label", "labels", "class", "classes", "identity", "person", "subject", "name",
           "emotion", "expression", "category", "breed", "species", "target", "y")


def read_labels(labels: object, files: Sequence[str], where: Path) -> list[str]:
    """The class of each file.

    Args:
        labels: a table, .csv or .txt (`table_classes`), or a dict {file: class}. Files may be named
            with or without folders and extension.
        files: paths inside the data set.
        where: the data set, for errors; a table is also looked for in it.

    Raises:
        DataError: no table, or not every file has one class in it.
    """
    if isinstance(labels, Mapping):
        what = "labels"
        found = _matched([(str(key), str(value)) for key, value in labels.items()],
                         _Files(files), what)
    elif isinstance(labels, (str, PathLike)):
        path = Path(labels).expanduser()
        path = path if path.is_file() or not (where / path).is_file() else where / path
        what = str(path)
        try:
            content = path.read_bytes()
        except OSError as problem:
            raise DataError(f"{what}: expected a table of files and classes, got: "
                            f"{problem.strerror}") from problem
        found = table_classes(content, files, what)
    else:
        raise DataError(f"labels: expected a table of files and classes (.csv), or a dict {{file: "
                        f"class}}, got {type(labels).__name__}. An array fits images in a file of "
                        f"arrays, or tc.dataset(images, labels)")
    missing = [file for file, own in zip(files, found, strict=True) if own is None]
    if missing:
        raise DataError(f"{what}: expected a class for each of {len(files)} pictures, but "
                        f"{some(missing)} have none. --exclude (exclude=) leaves pictures out")
    return [own or "" for own in found]


def table_classes(content: bytes, files: Sequence[str], what: str) -> list[str | None]:
    """The class of each file in a table, with or without a header; None for a file without one.

    Its cells are separated by commas, semicolons, tabs or spaces. The column with the files is the
    one whose cells name the most of `files`; the classes are in the other one, or in the one whose
    header says so.

    Args:
        what: the table, for errors.

    Raises:
        DataError: it is no such table, or a file has two classes.
    """
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"\x93NUMPY")):
        raise DataError(f"{what}: expected a table of files and classes as text (.csv), got "
                        + ("an array, which has no names of files" if content[:1] == b"\x93" else
                           "a spreadsheet. To do: save it as .csv"))
    rows, names = _rows(content), _Files(files)
    width = max(map(len, rows), default=0)
    hits = [len({names.find(row[column]) for row in rows if column < len(row)} - {None})
            for column in range(width)]
    if not any(hits):
        raise DataError(f"{what}: expected a table with a row for each picture, the name of its "
                        f"file and its class; no cell is the name of one of {some(files)}")
    file_column = hits.index(max(hits))
    first = rows[0][file_column] if file_column < len(rows[0]) else ""
    header = [] if names.find(first) is not None else [
        re.sub(r"[\W_]+", "", cell.lower()) for cell in rows[0]]
    others = [column for column in range(width) if column != file_column]
    called = [column for word in HEADERS for column in others
              if column < len(header) and header[column] == word]
    if not called and len(others) != 1:
        raise DataError(f"{what}: expected one column of classes beside the files, got "
                        f"{len(others)}" + f" ({', '.join(rows[0][:8])})" * bool(header)
                        + ". To do: keep two columns, the files and the classes, or call one of "
                          "them label")
    column = called[0] if called else others[0]
    return _matched([(row[file_column], row[column]) for row in rows[bool(header):]
                     if len(row) > max(file_column, column) and row[column]], names, what)


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


class _Files:
    """Finds the file that a table means: by its path, the end of it, both also without extension,
    and if nothing else fits without capital letters."""

    def __init__(self, files: Sequence[str]):
        self.files = files
        self.exact: dict[str, int | None] = {}      # None: true of several files
        self.folded: dict[str, int | None] = {}
        for i, file in enumerate(files):
            parts = _one_form(file).split("/")
            bare = stem(parts[-1])
            for start in range(len(parts)):
                for last in {parts[-1], bare}:
                    key = "/".join((*parts[start:-1], last))
                    for keys, form in ((self.exact, key), (self.folded, key.casefold())):
                        keys[form] = i if keys.get(form, i) == i else None

    def find(self, cell: str) -> int | None:
        """The index of a file. The path in a table may begin further out than the data set does."""
        cell = _one_form(cell).strip().replace("\\", "/").removeprefix("./")
        while cell:
            for keys, form in ((self.exact, cell), (self.folded, cell.casefold())):
                if form in keys:
                    return keys[form]
            cell = cell.partition("/")[2]
        return None


def _one_form(name: str) -> str:
    """A Mac writes an accent as a letter of its own."""
    return unicodedata.normalize("NFC", name)


def _matched(cells: Sequence[tuple[str, str]], names: _Files, what: str) -> list[str | None]:
    """The class of each file, from (file, class) of each row."""
    found: list[str | None] = [None] * len(names.files)
    for cell, name in cells:
        if (i := names.find(cell)) is None:
            continue
        if found[i] not in (None, name):
            raise DataError(f"{what}: expected one class for {names.files[i]}, got {found[i]!r} "
                            f"and {name!r}")
        found[i] = name
    return found
