"""CSV files of others, read as they come and written back as they were: delimiter, mark, line ends.

    table = read_table(Path("worksheet.csv"))
    table.rows[0][table.column("grade")] = "37.5"
    Path("filled.csv").write_bytes(table.as_bytes())
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..layers import DataError

MARK = "\ufeff"         # Excel and Moodle begin UTF-8 with it


@dataclass
class Table:
    """A table of text.

    Attributes:
        path: where it was read.
        header, rows: its cells; a row may be shorter than the header.
        delimiter, mark, newline: how it was written.
    """

    path: Path
    header: list[str]
    rows: list[list[str]]
    delimiter: str = ","
    mark: str = ""
    newline: str = "\n"

    def column(self, *names: str) -> int | None:
        """The first column with one of these names, by letters only; None if there is none."""
        plain = [plain_header(cell) for cell in self.header]
        return next((plain.index(name) for name in map(plain_header, names) if name in plain), None)

    def as_bytes(self) -> bytes:
        """The file, in UTF-8."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.newline)
        writer.writerows([self.header, *self.rows])
        return (self.mark + text.getvalue()).encode("utf-8")


def plain_header(text: str) -> str:
    """The letters and digits of a column's name: "E-mail address" and "email_address" are one."""
    return re.sub(r"[\W_]+", "", text.casefold())


def read_table(path: Path) -> Table:
    """A CSV file with a header; the cells are separated by commas, semicolons or tabs.

    Raises:
        DataError: it is no such file.
    """
    try:
        text = _text(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    mark = MARK if text.startswith(MARK) else ""
    text = text.removeprefix(MARK)
    try:
        delimiter = max(",;\t", key=lambda d: len(next(_reader(text, d), [])))
        rows = [row for row in _reader(text, delimiter) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DataError(f"{path} is not a CSV file: {error}") from error
    if len(rows) < 2:
        raise DataError(f"{path}: expected a CSV file with a line of column names, and a line for "
                        "each student")
    return Table(path, rows[0], rows[1:], delimiter, mark, "\r\n" if "\r\n" in text else "\n")


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _text(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or else what Excel calls CSV on Windows."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
