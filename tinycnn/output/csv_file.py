"""Tables as CSV files, for spreadsheets and for checking the numbers of a figure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .whole_file import whole_file


def write_csv(path: str | Path, header: Sequence[str], rows: Iterable[Sequence[Any]], *,
              encoding: str = "utf-8") -> None:
    """Write a header and rows; numbers keep all their digits."""
    with whole_file(path) as draft, open(draft, "w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
