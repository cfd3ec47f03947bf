"""Finds the person and the condition of a picture from the name of its file."""

from __future__ import annotations

import difflib
import re
from pathlib import PurePosixPath

from ..layers.errors import DataError

YALE_CONDITIONS = ("centerlight", "glasses", "happy", "leftlight", "noglasses", "normal",
                   "rightlight", "sad", "sleepy", "surprised", "wink")

EXTENSIONS = ("gif", "png", "jpg", "jpeg", "jfif", "pgm", "ppm", "pnm", "pbm", "bmp", "tif",
              "tiff", "webp")

LAYOUTS = ("expected Yale's names (subject01.happy), one sub-folder for each person "
           "(anna/1.png), or the person in the name of the file (anna_1.png)")

YALE_NAME = re.compile(r"subject(\d+)\.(.+)", re.IGNORECASE)


def who_is_on(files: list[str]) -> list[tuple[str, str]]:
    """The (person, condition) of each picture, from the file names with their folders.

    The first of these rules that fits the whole data set is used:

    1. If any file is named as in the Yale database, `subject01.happy`, all have to be.
       See `yale_name`.
    2. If the files are in several folders, each folder is a person, and the name of the file
       without its extension is the condition: `s1/7.pgm` is person s1 under condition 7.
    3. If all are in one folder, the name of the file gives both. See `flat_name`.
    """
    if is_yale(files):
        return [yale_name(file) for file in files]
    folders = {PurePosixPath(file).parent for file in files}
    if len(folders) == 1:
        return [flat_name(file) for file in files]
    outer_folders = {outer for folder in folders for outer in folder.parents}
    for file in files:
        if PurePosixPath(file).parent in outer_folders:
            raise DataError(f"{file}: is beside the folders of the people, not in one of them; "
                            f"{LAYOUTS}. Likely cause: a file that does not belong to the faces")
    return [(PurePosixPath(file).parent.name, _stem(file)) for file in files]


def is_yale(files: list[str]) -> bool:
    """Whether any file has a name in the style of the Yale database."""
    return any(YALE_NAME.fullmatch(PurePosixPath(file).name) for file in files)


def yale_name(file: str) -> tuple[str, str]:
    """Person and condition of a file of the Yale database, in upper or lower case.

    Extensions are ignored, so that `subject01.happy`, `subject01.happy.png` and
    `subject01.happy.gif.jpg` are the same. If nothing else is left, the condition is
    centerlight: the database as distributed has this one under the name `subject01.gif`.
    """
    match = YALE_NAME.fullmatch(PurePosixPath(file).name)
    if not match:
        raise DataError(f"{file}: expected a name such as subject01.happy, as other files here "
                        f"have. Likely cause: a file that does not belong to the Yale faces")
    number, rest = match.groups()
    word = ".".join(part for part in rest.lower().split(".") if part not in EXTENSIONS)
    word = word or "centerlight"
    if word not in YALE_CONDITIONS:
        closest = difflib.get_close_matches(word, YALE_CONDITIONS, n=1)
        raise DataError(f"{file}: {word!r} is not a condition of the Yale faces; expected one of "
                        f"{', '.join(YALE_CONDITIONS)}. Likely cause: a typing error in the name"
                        + "".join(f"; did you mean {guess!r}?" for guess in closest))
    return f"subject{int(number):02}", word


def flat_name(file: str) -> tuple[str, str]:
    """Person and condition of a file in a folder that has the files of all people.

    The name without its extension is cut at the last `_`, dot or space (`George_W_Bush_0001`);
    if it has none of them, at the last `-` (`anna-happy`); if it has no `-`, before the number at
    its end (`anna1`).
    """
    for rule in (r"(.+)[_. ](.+)", r"(.+)-(.+)", r"(.*\D)(\d+)"):
        if match := re.fullmatch(rule, _stem(file)):
            return match[1], match[2]
    raise DataError(f"{file}: the name does not tell the person and the condition; {LAYOUTS}. "
                    f"Likely cause: all pictures of one person in a folder without the others, "
                    f"or a file that does not belong to the faces")


def natural(name: str) -> tuple[list[str | int], str]:
    """A key to sort by, so that s2 comes before s10."""
    parts = re.split(r"(\d+)", name.lower())
    return [int(part) if part.isdecimal() else part for part in parts], name


def _stem(file: str) -> str:
    """The name without folders and without the extension of a picture."""
    name = PurePosixPath(file).name
    stem, _, extension = name.rpartition(".")
    return stem if stem and extension.lower() in EXTENSIONS else name
