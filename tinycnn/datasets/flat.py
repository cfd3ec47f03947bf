"""The class of a picture from the name of its file, if all pictures are in one folder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from ..layers.errors import DataError
from .folders import SIDE, examples
from .names import EXTENSIONS, stem
from .selection import is_picture, some

LAYOUTS = ("expected one sub-folder for each class (anna/1.png), the class in the name of the file "
           "(anna_1.png), Yale's names (subject01.happy), or labels=FILE.csv (--labels)")

# What a camera or a phone makes of itself: IMG_1000, IMG-20230101-WA0001, 20230101_120000, 0001.
CAMERA = re.compile(
    r"(img|image|bild|foto|photo|picture|pic|dsc[nf]?|dcim|pxl|mvimg|gopr|dji|sam|scan|frame|"
    r"screen ?shot|whatsapp image|snapchat|signal|received|fb_img|burst|capture|webcam)"
    r"[\W_]*(\d|[\W_]|wa(?=\d)|at |am\b|pm\b|copy|mp\b|cover)*|"
    r"\d+|(19|20)\d{6}[_-]\d{6}[\W_\d]*", re.IGNORECASE)
AGES = re.compile(r"\d{1,3}_\d_\d_\d{8,}")      # of UTKFace: age_gender_race_date


class Parts(NamedTuple):
    """A file's name in parts."""

    name: str               # without folders and extension
    words: list[str]
    ends: list[int]         # of the words in the name
    signs: str              # that stand between words

    def until(self, i: int) -> str:
        """The name up to the end of word i."""
        return self.name[:self.ends[i]]


def read_names(files: Sequence[str], sides: Sequence[str] = ()
               ) -> tuple[list[tuple[str, str]], list[str]]:
    """The (class, condition) of each file, and notes.

    The name without its extension is cut at each `_`, dot or space; if it has none of them, at
    each `-` (`anna-happy`); if it has no `-`, before the number at its end (`anna1`). The class is
    the first word in which names differ, and what stands before it; words that belong to the name
    of a class are added (`George_W_Bush_0001`, see `_class_end`). The rest is the condition.

    Args:
        files: paths inside the data set.
        sides: the folder of each that says train or test, if there is one.

    Raises:
        DataError: the names do not tell a class.
    """
    parts = [_parts(file) for file in files]
    silent = [file for file, own in zip(files, parts, strict=True)
              if len(own.words) < 2 and own.name.isdigit()]
    if all(CAMERA.fullmatch(own.name) for own in parts):
        silent = list(files)
    if silent:
        chosen = set(silent)
        where = {side for side, file in zip(sides, files, strict=False) if file in chosen}
        why = "".join(f", all under {side}: exclude={side!r} leaves them out"
                      for side in where if len(where) == 1)
        raise _tells_nothing(silent, len(files), why)
    first = 0
    while all(len(own.words) > first + 1 and own.words[first] == parts[0].words[first]
              for own in parts):
        first += 1
    if all(SIDE.fullmatch(own.words[first]) for own in parts) and len(
            {own.words[first] for own in parts}) > 1:
        raise _tells_nothing(files, len(files), ": it says train and test only")
    if first and all(len(own.words) == first + 1 for own in parts):
        first -= 1          # anna_1, anna_2: all are of one class
    if (index := _index_first(files, parts, first, sides)) is not None:
        who = [(own.words[index], f"{own.until(index - 1)}{own.name[own.ends[index]:]}")
               for own in parts]
        return who, [f"the class is word {index + 1} of each file's name "
                     f"({examples(name for name, _ in who)}), since the number before it "
                     f"differs in all; label 'REGULAR EXPRESSION' takes another part"]
    ends = _class_end(parts, first)
    who = _cut(files, parts, ends)
    if len(files) > 5 and len({name for name, _ in who}) == len(files):
        raise _tells_nothing(files, len(files), ": each would be a class of its own")
    return who, _notes(files, parts, ends, who)


def _parts(file: str) -> Parts:
    """The words of a name. It ends before the first extension of a picture: x.jpg.chip.jpg."""
    name = PurePosixPath(file).name
    cut = re.fullmatch(rf"(.+?)\.({'|'.join(EXTENSIONS)})(\..*)?", name, re.IGNORECASE | re.DOTALL)
    name = cut[1] if cut else stem(file)
    camera = next((sign for sign in re.finditer(r"[-_. ](?=[^\W\d])", name)
                   if CAMERA.fullmatch(name, sign.end())), None)      # Anna-IMG_1000
    dash = re.search(r"[_. ][^\W\d_]+(-)\d+$", name)       # Jo Li-1
    end = camera.start() if camera else dash.start(1) if dash else len(name)
    for signs in ("_. ", "-"):
        found = [*re.compile(f"[^{signs}]+").finditer(name, 0, end),
                 *re.compile(".+", re.DOTALL).finditer(name, end + 1)]
        if len(found) > 1:
            return Parts(name, [match[0] for match in found], [match.end() for match in found],
                         signs)
    if match := re.fullmatch(r"(.*\D)(\d+[a-z]?)", name, re.DOTALL):
        return Parts(name, [match[1], match[2]], [match.end(1), match.end(2)], "")
    return Parts(name, [name], [len(name)], "")


def _index_first(files: Sequence[str], parts: list[Parts], first: int, sides: Sequence[str]
                 ) -> int | None:
    """The word that is the class, if the one before it only numbers the files: 17_frog."""
    shortest = min(len(own.words) for own in parts)
    if shortest < first + 2 or not all(own.words[first].isdigit() for own in parts):
        return None
    place = next((i for i in range(first + 1, shortest)
                  if not any(re.search(r"\d", own.words[i]) for own in parts)
                  and 1 < len({own.words[i] for own in parts}) <= len(parts) / 2), None)
    numbers = {(side, own.words[first]) for side, own in zip(sides or [""] * len(parts), parts,
                                                             strict=True)}
    if place is None or len(numbers) == len(parts):
        return place
    if sides:
        number, word = (_regular(files, parts, i) for i in (first, place))
        raise DataError(f"{files[0]}: the name has a number and a word, and either may be the "
                        f"class. label='{number}' (--label) takes the number, label='{word}' the "
                        f"word")
    return None


def _class_end(parts: list[Parts], first: int) -> list[int]:
    """For each name the last word of its class.

    After the first word that differs, further words without digits belong to the class while they
    are parts of names: all have the same, or each occurs with at most half of the classes (a
    surname follows few first names, but an expression follows nearly everybody's name); or they
    are written as names are, with capital letters and spaces, and do not follow all. The last word
    never does. If that leaves one picture for most classes, and the first word alone does not,
    and the numbers do not begin again in each class, the class is the first word.
    """
    ends = [min(first, len(own.words) - 1) for own in parts]
    for place in range(first + 1, max(len(own.words) for own in parts)):
        longer = [i for i, own in enumerate(parts)
                  if ends[i] == place - 1 and place < len(own.words) - 1
                  and not re.search(r"\d", own.words[place]) and not own.words[first].isdigit()]
        if place == first + 1 and all(own.words[first].lower() in SEXES for own in parts):
            longer = [i for i, own in enumerate(parts) if place < len(own.words) - 1]   # m-001-01
        else:
            before: dict[str, set[str]] = {}
            for i in longer:
                before.setdefault(parts[i].words[place], set()).add(parts[i].until(place - 1))
            classes = {own.until(end) for own, end in zip(parts, ends, strict=True)}
            same = len(before) == 1 and len(longer) == len(parts)
            pairs = sum(map(len, before.values()))
            full = all(re.fullmatch(r" \w.*", own.name[own.ends[first]:]) and
                       own.words[first][0].isupper() and own.words[place][0].isupper()
                       for own in (parts[i] for i in longer))      # Anna Li 1: as one writes names
            if not before or not (same or pairs <= len(before) * len(classes) / 2
                                  or (full and pairs < len(before) * len(classes))):
                break
        for i in longer:
            ends[i] = place
    short = [min(first, end) for end in ends]
    if _mostly_single(parts, ends) and not _mostly_single(parts, short) \
            and not _numbered(parts, ends):
        return short
    return ends


SEXES = ("m", "f", "w", "male", "female", "man", "woman", "men", "women")


def _mostly_single(parts: list[Parts], ends: list[int]) -> bool:
    counts = Counter(own.until(end) for own, end in zip(parts, ends, strict=True)).values()
    return sum(count == 1 for count in counts) > len(counts) / 2


def _numbered(parts: list[Parts], ends: list[int]) -> bool:
    """Whether the pictures of each class are numbered from the same number, 0 or 1."""
    lowest: dict[str, int] = {}
    for own, end in zip(parts, ends, strict=True):
        if not re.fullmatch(r"[0-9]{1,9}", own.words[-1]) or end != len(own.words) - 2:
            return False
        number, name = int(own.words[-1]), own.until(end)
        lowest[name] = min(number, lowest.get(name, number))
    return set(lowest.values()) in ({0}, {1})


def _cut(files: Sequence[str], parts: list[Parts], ends: list[int]) -> list[tuple[str, str]]:
    """(class, condition) of each name. A name that is all of a class' name, as anna beside anna_2,
    belongs to this class."""
    names = {own.until(end) for own, end in zip(parts, ends, strict=True)
             if end < len(own.words) - 1 and re.search(r"[_. -]", own.name[own.ends[end]:])}
    who, silent = [], []
    for file, own, end in zip(files, parts, ends, strict=True):
        if own.name in names:
            who.append((own.name, own.name))
        elif end < len(own.words) - 1:
            who.append((own.until(end), own.name[own.ends[end]:].lstrip("_. -") or own.name))
        else:
            silent.append(file)
    if silent:
        raise _tells_nothing(silent, len(files))
    return who


def _tells_nothing(silent: Sequence[str], n: int, why: str = "") -> DataError:
    return DataError(f"{silent[0]}: the name does not tell the class ({some(silent)} of {n}){why}; "
                     f"{LAYOUTS}. Likely cause: names that a camera gave, all pictures of one "
                     f"class in a folder without the others, or files that do not belong here. "
                     f"--label 'REGULAR EXPRESSION' finds the class in names, --exclude leaves "
                     f"files out")


def _regular(files: Sequence[str], parts: list[Parts], word: int) -> str:
    """A regular expression for paths whose group is this word (from 0) of the file's name."""
    signs = "".join(sorted({own.signs for own in parts}))
    one, between = f"[^{signs}/]+", f"[{signs}]+"
    path = f"{one}{between}" * word + f"({one})"
    return f"/{path}[^/]*$" if all("/" in file for file in files) else f"^{path}"


def _notes(files: Sequence[str], parts: list[Parts], ends: list[int],
           who: list[tuple[str, str]]) -> list[str]:
    """What was taken, if names have words enough for another reading."""
    what = f"the class is the beginning of each file's name ({examples(name for name, _ in who)})"
    if all(AGES.match(own.name) for own in parts):
        start = "/" if all("/" in file for file in files) else "^"
        return [rf"{what}: in UTKFace's names these are ages; label '{start}\d+_(\d)' takes men "
                rf"and women, label '{start}\d+_\d+_(\d)' the next number"]
    rest = [len(own.words) - end for own, end in zip(parts, ends, strict=True)]
    if max(rest) < 3 or len({own.signs for own in parts}) > 1:
        return []
    place = max(ends) + 1
    if min(len(own.words) for own in parts) >= place + 2:
        others = examples(own.words[place] for own in parts)
        return [f"{what}; label '{_regular(files, parts, place)}' takes the next part ({others})"]
    signs = parts[0].signs
    expression = rf"([^/]*)[{signs}][^/{signs}]*" + r"\.\w+$" * all(map(is_picture, files))
    others = examples(own.until(len(own.words) - 2) for own in parts)
    return [f"{what}; label '{expression}' takes all but the last part ({others})"]
