"""The class of each picture from a table of files and classes, or a dict."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path

from ..layers.errors import DataError
from .names import stem
from .words import examples, some

# What the column with the classes is called in well-known tables, the best word first.
HEADERS = ("label", "labels", "class", "classes", "classid", "identity", "person", "subject",
           "name", "emotion", "expression", "category", "breed", "species", "target", "y")


def read_labels(labels: object, files: Sequence[str], where: Path) -> list[str | None]:
    """The class of each file; None for one that has none.

    Args:
        labels: a table, .csv or .txt (`table_classes`), or a dict {file: class}. Files may be named
            with or without folders and extension.
        files: paths inside the data set.
        where: the data set, for errors; a table is also looked for in it.

    Raises:
        DataError: no table, no file has a class in it, or one has two.
    """
    if isinstance(labels, Mapping):
        found = _matched(((str(key), str(value)) for key, value in labels.items()), _Files(files),
                         "labels")
        if not any(found):
            raise DataError(f"labels: expected a class for {some(files)}, got names of other "
                            f"files: {examples(map(str, labels))}")
        return found
    if isinstance(labels, (str, PathLike)):
        path = Path(labels).expanduser()
        path = path if path.is_file() or not (where / path).is_file() else where / path
        try:
            return table_classes(path.read_bytes(), files, str(path))
        except OSError as problem:
            raise DataError(f"{path}: expected a table of files and classes, got: "
                            f"{problem.strerror}") from problem
    raise DataError(f"labels: expected a table of files and classes (.csv), or a dict {{file: "
                    f"class}}, got {type(labels).__name__}. An array fits images in a file of "
                    f"arrays, or tc.dataset(images, labels)")


def table_classes(content: bytes, files: Sequence[str], what: str) -> list[str | None]:
    """The class of each file in a table, with or without a header; None for a file without one.

    The column with the files is the one whose cells name the most of `files`; the classes are in
    the other one, or in the one whose header says so (HEADERS).

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
                        f"file and its class; no cell names exactly one of {some(files)}")
    file_column = hits.index(max(hits))
    others = [column for column in range(width) if column != file_column]
    header = rows[0] + [""] * (width - len(rows[0]))
    if names.find(header[file_column]) is not None:
        header = []
    words = [re.sub(r"[\W_]+", "", cell.lower()) for cell in header]      # Class_Id is classid
    called = [words.index(word) for word in HEADERS if word in words]
    if not called and len(others) != 1:
        raise DataError(f"{what}: expected one column of classes beside the files, got "
                        f"{len(others)}" + f" ({', '.join(header[:8])})" * bool(header)
                        + ". To do: keep two columns, the files and the classes, or call one of "
                          "them label")
    column = called[0] if called else others[0]
    return _matched(((row[file_column], row[column]) for row in rows[bool(header):]
                     if len(row) > max(file_column, column) and row[column]), names, what)


def _rows(content: bytes) -> list[list[str]]:
    """The cells of each line: between commas, semicolons or tabs if most lines have them, otherwise
    between spaces."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = [line for line in text.replace("\0", "").splitlines() if line.strip()]
    n_with = {sign: sum(sign in line for line in lines[:100]) for sign in ",;\t"}
    sign = max(n_with, key=n_with.__getitem__)
    if n_with[sign] <= len(lines[:100]) / 2:
        return [line.split() for line in lines]
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=sign)]
    except csv.Error:
        return []


class _Files:
    """Finds the file that a table means: by its path or the end of it, with or without extension
    and capital letters."""

    def __init__(self, files: Sequence[str]):
        self.files = files
        self.place: dict[str, int | None] = {}      # None: several files
        for i, file in enumerate(files):
            *folders, name = _one_form(file).split("/")
            for start in range(len(folders) + 1):
                for last in {name, stem(name)}:
                    key = "/".join((*folders[start:], last))
                    self.place[key] = i if self.place.get(key, i) == i else None

    def find(self, cell: str) -> int | None:
        """The index of a file. The path in a table may begin further out than the data set does."""
        cell = _one_form(cell).replace("\\", "/").removeprefix("./")
        while cell and cell not in self.place:
            cell = cell.partition("/")[2]
        return self.place.get(cell)


def _one_form(name: str) -> str:
    """Without capital letters; a Mac writes an accent as a letter of its own."""
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _matched(cells: Iterable[tuple[str, str]], names: _Files, what: str) -> list[str | None]:
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
