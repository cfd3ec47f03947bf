"""What a row of the table is: a data set, how it is asked for, and what has to come out.

The expectations are what a user would call true, and were written before the program was run on
them. Where two readings are honest, either passes, but a note or an error has to say how to choose
the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .files import Files

CHOOSE = r"label"          # what a note or an error says where the reader can choose


@dataclass(frozen=True)
class Right:
    """What has to come out.

    Attributes:
        names: of all people or classes, in any order.
        images: how many; None for one a file.
        test: how many of them are the test images that the source gives; None if it does not say.
        note: words (a regular expression) that a note has to have; without them, no note may
            speak of another reading.
    """

    names: tuple[str, ...]
    images: int | None = None
    test: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Row:
    """One data set, how it is asked for, and each outcome that is right: a Right, or the words
    that the error has to have."""

    files: Files
    outcomes: tuple[Right | str, ...]
    options: dict[str, Any] = field(default_factory=dict)   # of load_images; load_faces without
    path: str = ""                                          # inside the folder


def faces(files: Files, names: str, images: int | None = None, *others: Right | str,
          note: str = "") -> Row:
    """`names` (with a bar between two) and as many images as files, from load_faces."""
    return Row(files, (Right(tuple(names.split("|")), images, None, note), *others))


def images(files: Files, names: str, n: int | None = None, *others: Right | str,
           test: int | None = None, note: str = "", path: str = "", **options: Any) -> Row:
    """The same from load_images."""
    return Row(files, (Right(tuple(names.split("|")), n, test, note), *others),
               {"size": None, **options}, path)


def error(files: Files, words: str) -> Row:
    """What load_faces refuses."""
    return Row(files, (words,))
