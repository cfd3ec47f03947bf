"""Names: those of the Yale database, extensions, the order that people expect, and what to show."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from ..layers.errors import DataError
from ..output.text import harmless

YALE_CONDITIONS = ("centerlight", "glasses", "happy", "leftlight", "noglasses", "normal",
                   "rightlight", "sad", "sleepy", "surprised", "wink")

EXTENSIONS = ("gif", "png", "jpg", "jpeg", "jpe", "jfif", "pgm", "ppm", "pnm", "pbm", "bmp", "tif",
              "tiff", "webp")

# The number and the rest of subject01.happy.gif.
YALE_NAME = re.compile(r"subject(\d{1,9})\.(.+)", re.IGNORECASE | re.ASCII)


def is_yale(files: Sequence[str]) -> bool:
    """Whether the files are named as in the Yale database: subject01.happy.

    A few may have a typing error or be foreign (`yale_name` has an error for them). Many others,
    as subject0.1 or subject01.neutral, show that somebody else uses the word subject.
    """
    known = foreign = 0
    for file in files:
        number, word = _number_and_word(file)
        if number and word in YALE_CONDITIONS:
            known += 1
        elif not (number and (not word or _closest(word))):
            foreign += 1
    return known > 0 and foreign <= max(1, len(files) // 20)


def yale_name(file: str) -> tuple[str, str]:
    """Person and condition of a file of the Yale database, in upper or lower case.

    Extensions are ignored, so that `subject01.happy`, `subject01.happy.png` and
    `subject01.happy.gif.jpg` are the same. If nothing else is left, the condition is
    centerlight: the database as distributed has this one under the name `subject01.gif`.
    """
    number, word = _number_and_word(file)
    if not number:
        raise DataError(f"{file}: expected a name such as subject01.happy, as other files here "
                        f"have. Likely cause: a file that does not belong to the Yale faces "
                        f"(exclude leaves it out, label tells the class otherwise)")
    word = word or "centerlight"
    if word not in YALE_CONDITIONS:
        raise DataError(f"{file}: {word!r} is not a condition of the Yale faces; expected one of "
                        f"{', '.join(YALE_CONDITIONS)}. Likely cause: a typing error in the name"
                        + "".join(f"; did you mean {guess!r}?" for guess in _closest(word)))
    return f"subject{number:02}", word


def _number_and_word(file: str) -> tuple[int, str]:
    """7 and "happy" of subject07.happy.gif; 0 and "" of other names."""
    match = YALE_NAME.fullmatch(PurePosixPath(file).name)
    if not match:
        return 0, ""
    word = ".".join(part for part in match[2].lower().split(".") if part not in EXTENSIONS)
    return int(match[1]), word


def _closest(word: str) -> list[str]:
    """The condition that a word with a typing error stands for, if any."""
    return difflib.get_close_matches(word, YALE_CONDITIONS, n=1, cutoff=0.75)


def natural(name: str) -> tuple[list[str | tuple[int, str]], str]:
    """A key to sort by, so that s2 comes before s10."""
    parts = re.split(r"([0-9]+)", name.lower())
    return [_number_key(part) if i % 2 else part for i, part in enumerate(parts)], name


def _number_key(digits: str) -> tuple[int, str]:
    """Orders numbers by value. A name may have more digits than int() takes."""
    digits = digits.lstrip("0")
    return len(digits), digits


def stem(file: str) -> str:
    """The name without folders and without a picture's extension."""
    name = PurePosixPath(file).name
    first, _, extension = name.rpartition(".")
    return first if first and extension.lower() in EXTENSIONS else name


def distinct(names: Iterable[str]) -> dict[str, str]:
    """Each name as it can be shown (`harmless`); two that become equal stay two."""
    shown: dict[str, str] = dict.fromkeys(names, "")
    taken: set[str] = set()
    for name in sorted(shown, key=lambda name: harmless(name) != name):     # good ones first
        clean, n = harmless(name), 1
        while clean in taken:
            clean, n = f"{harmless(name)} ({n + 1})", n + 1
        taken.add(clean)
        shown[name] = clean
    return shown
