"""The class of a picture from the name of its file, if all pictures are in one folder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from ..layers.errors import DataError
from .folders import SIDE
from .names import EXTENSIONS
from .selection import is_picture
from .words import examples, option, some

LAYOUTS = ("expected one sub-folder for each class (anna/1.png), the class in the name of the file "
           "(anna_1.png), Yale's names (subject01.happy), or --labels=FILE.csv (Python: labels=)")

# What a camera or a phone makes of itself: IMG_1000, IMG-20230101-WA0001, 20230101_120000, 0001.
CAMERA = re.compile(
    r"(img|image|bild|foto|photo|picture|pic|dsc[nf]?|dcim|pxl|mvimg|gopr|dji|sam|scan|frame|"
    r"images|downloads?|unnamed|untitled|screen ?shot|whatsapp image|snapchat|signal|received|"
    r"fb_img|burst|capture|webcam)"
    r"[\W_]*(\d|[\W_]|wa(?=\d)|at |am\b|pm\b|copy|mp\b|cover)*|"
    r"\d+|(19|20)\d{6}[_-]\d{6}[\W_\d]*", re.IGNORECASE)
# Where it may begin after the name of a person: at a letter or a date.
CAMERA_START = re.compile(r"[-_. ](?=[^\W\d]|(19|20)\d{6}[_-]\d{6})")
# The dash of `Jo Li-1`: before the number at the end, if the name has other separators, too.
DASH = re.compile(r"[_. ][^\W\d_]+(-)\d+$")
# The name before the first extension of a picture: x2_1 of x2_1.jpg.chip.jpg.
BEFORE_EXTENSION = re.compile(rf"(.+?)\.({'|'.join(EXTENSIONS)})(\..*)?", re.IGNORECASE | re.DOTALL)
SEXES = ("m", "f", "w", "male", "female", "man", "woman", "men", "women")

Who = list[tuple[str, str]]     # (class, condition) of each picture


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
               ) -> tuple[Who, list[str]]:
    """The (class, condition) of each file, and notes.

    A name is cut into words (`_parts`). Its class is the first word in which names differ, and what
    stands before it (face_anna_1, face_bob_1), with these exceptions; the rest is the condition.

    1. 17_frog: a word after a number that counts the files (`_counted_word`).
    2. George_W_Bush_0001: words that belong to the name of a class are added (`_class_ends`).
    3. anna: the whole name, if others begin with it as their class (anna_2).

    Args:
        files: paths inside the data set.
        sides: the folder of each that says train or test, if there is one.

    Raises:
        DataError: the names do not tell a class.
    """
    parts = [_parts(file) for file in files]
    _check_not_numbered_only(files, parts, sides)
    first = 0
    while all(len(own.words) > first + 1 and own.words[first] == parts[0].words[first]
              for own in parts):
        first += 1
    firsts = {own.words[first] for own in parts}
    if len(firsts) > 1 and all(map(SIDE.fullmatch, firsts)):
        raise _tells_nothing(files, len(files), ": it says train and test only")
    if first and all(len(own.words) == first + 1 for own in parts):
        first -= 1          # anna_1, anna_2: all are of one class
    if (place := _counted_word(parts, first, sides)) is not None:
        who = [(own.words[place], f"{own.until(place - 1)}{own.name[own.ends[place]:]}")
               for own in parts]
        return who, _note(files, parts, who, f"word {place + 1}", first, "the number before it")
    ends = _class_ends(parts, first)
    who = _cut(files, parts, ends)
    return who, _notes(files, parts, first, ends, who)


def _parts(file: str) -> Parts:
    """The words of a name without its extension. What a camera made is one word (Anna-IMG_1000).

    It is cut at each `_`, dot or space; if it has none of them, at each `-` (anna-happy); if it has
    no `-`, before the number at its end (anna1).
    """
    name = PurePosixPath(file).name
    before = BEFORE_EXTENSION.fullmatch(name)
    name = before[1] if before else name
    camera = next((sign for sign in CAMERA_START.finditer(name)
                   if CAMERA.fullmatch(name, sign.end())), None)
    dash = DASH.search(name)
    end = camera.start() if camera else dash.start(1) if dash else len(name)
    for signs in ("_. ", "-"):
        found = [*re.compile(f"[^{signs}]+").finditer(name, 0, end),
                 *re.compile(".+", re.DOTALL).finditer(name, end + 1)]
        if len(found) > 1:
            return Parts(name, [word[0] for word in found], [word.end() for word in found], signs)
    number = re.fullmatch(r"(.*\D)(\d+[a-z]?)", name, re.DOTALL)
    if number:
        return Parts(name, [number[1], number[2]], [number.end(1), number.end(2)], "")
    return Parts(name, [name], [len(name)], "")


def _check_not_numbered_only(files: Sequence[str], parts: list[Parts], sides: Sequence[str]
                             ) -> None:
    """A DataError if all names are a camera's, or some are only a number."""
    silent = [i for i, own in enumerate(parts) if len(own.words) < 2 and own.name.isdigit()]
    if all(CAMERA.fullmatch(own.name) for own in parts):
        silent = list(range(len(files)))
    if silent:
        where = {sides[i] for i in silent} if sides else set()
        why = f", all under {min(where)}: {option('exclude', min(where))} leaves them out" \
            if len(where) == 1 else ""
        raise _tells_nothing([files[i] for i in silent], len(files), why)


def _counted_word(parts: list[Parts], first: int, sides: Sequence[str]) -> int | None:
    """The word that is the class if the one before it only counts the files: 17_frog.

    It has no digits, and two pictures or more for each. The number differs in all files; with
    train/ and test/ it need not, since people's numbers would be in a folder each.
    """
    shortest = min(len(own.words) for own in parts)
    numbers = {own.words[first] for own in parts}
    if shortest < first + 2 or not all(map(str.isdigit, numbers)) or (
            not sides and len(numbers) < len(parts)):
        return None
    return next((i for i in range(first + 1, shortest)
                 if not _has_digits(words := {own.words[i] for own in parts})
                 and 1 < len(words) <= len(parts) / 2), None)


def _class_ends(parts: list[Parts], first: int) -> list[int]:
    """For each name the last word of its class, which is never the last word of the name.

    The words after the first that differs are added one by one, while they have no digits and

    1. are the same in all names, or
    2. follow each at most half of the classes so far: a surname follows few first names, but an
       expression follows nearly everybody's name; or
    3. are written as names are, `Anna Li 1`, and do not follow each all of the classes.

    After a sex (m-001-01) the next word is always added.
    """
    ends = [min(first, len(own.words) - 1) for own in parts]
    for place in range(first + 1, max(len(own.words) for own in parts)):
        longer = [i for i, own in enumerate(parts)
                  if ends[i] == place - 1 and place < len(own.words) - 1]
        if place > first + 1 or any(own.words[first].lower() not in SEXES for own in parts):
            longer = [i for i in longer if not _has_digits([parts[i].words[place]])
                      and not parts[i].words[first].isdigit()]
            pairs = {(parts[i].until(place - 1), parts[i].words[place]) for i in longer}
            n_words = len({word for _, word in pairs})
            n_classes = len({own.until(end) for own, end in zip(parts, ends, strict=True)})
            same = n_words == 1 and len(longer) == len(parts)
            written = all(re.fullmatch(r" \w.*", parts[i].name[parts[i].ends[first]:])
                          and parts[i].words[first][0].isupper()
                          and parts[i].words[place][0].isupper() for i in longer)
            if not (same or len(pairs) <= n_words * n_classes / 2
                    or (written and len(pairs) < n_words * n_classes)):
                break
        for i in longer:
            ends[i] = place
    return ends


def _has_digits(words: Sequence[str] | set[str]) -> bool:
    return any(re.search(r"\d", word) for word in words)


def _cut(files: Sequence[str], parts: list[Parts], ends: list[int]) -> Who:
    """(class, condition) of each name; a name that is all of a class' name belongs to this class.
    """
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
    if len(files) > 5 and len({name for name, _ in who}) == len(files):
        raise _tells_nothing(files, len(files), ": each would be a class of its own")
    return who


def _tells_nothing(silent: Sequence[str], n: int, why: str = "") -> DataError:
    return DataError(f"{silent[0]}: the name does not tell the class ({some(silent)} of {n}){why}; "
                     f"{LAYOUTS}. Likely cause: names that a camera gave, all pictures of one "
                     f"class in a folder without the others, or files that do not belong here. "
                     f"{option('label', 'REGULAR EXPRESSION')} finds the class in names, --exclude "
                     f"leaves files out")


def _notes(files: Sequence[str], parts: list[Parts], first: int, ends: list[int], who: Who
           ) -> list[str]:
    """What was taken, if another reading is likely, and the regular expression for it:

    1. the first word, if there are more in a class, and most classes have one picture;
    2. the word after the class, if more follow, or if it occurs with several classes and neither is
       numbered (happy_anna), or only the classes are (01_anna);
    3. all but the last, if some names have more words than others.
    """
    if len({own.signs for own in parts}) > 1:
        return []
    counts = Counter(name for name, _ in who)
    place, lengths = max(ends) + 1, [len(own.words) for own in parts]
    if place > first + 1 and [*counts.values()].count(1) > len(counts) / 2:
        return _note(files, parts, who, "the beginning", first, "the first part")
    if min(lengths) > place + 1:
        return _note(files, parts, who, "the beginning", place, "the next part")
    if max(n - end for n, end in zip(lengths, ends, strict=True)) > 2:
        return _note(files, parts, who, "the beginning", None, "all but the last part")
    if min(lengths) > place:
        pairs = {(name, own.words[place]) for (name, _), own in zip(who, parts, strict=True)}
        words = {word for _, word in pairs}
        numbers = all(map(str.isdigit, counts)) and not any(map(str.isdigit, words))
        if 1 < len(words) < len(pairs) and (numbers or not _has_digits({*words, *counts})):
            return _note(files, parts, who, "the beginning", place, "the next part")
    return []


def _note(files: Sequence[str], parts: list[Parts], who: Who, taken: str, word: int | None,
          other: str) -> list[str]:
    """The note with an expression for a word (from 0), or for all but the last (None). Without
    backslashes, it can be copied into Python, too."""
    signs = "".join(sorted({own.signs for own in parts}))
    expression = f"([^/]*)[{signs}][^/{signs}]*" + "[.][A-Za-z]+$" * all(map(is_picture, files))
    if word is not None:
        expression = f"[^{signs}/]+[{signs}]+" * word + f"([^{signs}/]+)"
        deep = all("/" in file for file in files)
        expression = f"/{expression}[^/]*$" if deep else f"^{expression}"
    found = [own.until(len(own.words) - 2) if word is None else own.words[word] for own in parts]
    return [f"the class is {taken} of each file's name ({examples(name for name, _ in who)}); "
            f"{option('label', expression)} takes {other} ({examples(found)})"]
