"""What the folders of pictures say: which level names the class, and which the test part."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from ..layers.errors import DataError
from .names import stem
from .words import examples, option, some

Levels = list[tuple[str, ...]]

# A folder that says what is tested: train, Testing, validation, faces_test, test1, Training_Set,
# and with more words training-synthetic.
SIDE = re.compile(r"(?P<before>.*[_ -])?(?P<side>train|test|val|eval|dev)(ing|id|idation|uation)?"
                  r"([_ -]?(sets?|images?|imgs?|data|faces|pictures|\d\d?)|(?P<more>[_ -].+))?",
                  re.IGNORECASE)
# A folder that is likely a part of the data without a meaning: batch1, images_part_2, Session-3.
PART = re.compile(r"(.*[\W_])?(part|images?|imgs?|batch|chunk|shard|dvd|cd|dis[ck]|vol(ume)?|"
                  r"folder|dir|fold|session|sess|seq(uence)?|day|week|visit|trial|cam(era)?)s?"
                  r"[_ -]?\d+", re.IGNORECASE)


@dataclass
class Layout:
    """The folders of N pictures, without what says nothing about their classes.

    Attributes:
        levels: for each picture the names of its folders, outermost first. Levels where all have
            the same name are dropped, and the level of train and test.
        sides: for each picture the name of its folder train, test or val; empty if there is none.
    """

    levels: Levels
    sides: list[str]

    @property
    def test_part(self) -> np.ndarray | None:
        """(N,) bool, the pictures under test/; those under val/ if there is no test/."""
        if not self.sides:
            return None
        kinds = np.array([_side(name) for name in self.sides])
        return kinds == ("test" if "test" in kinds else "val")

    def notes(self) -> list[str]:
        """How the folders train, test and val were understood."""
        if self.test_part is None:
            return []
        test = Counter(np.array(self.sides)[self.test_part].tolist())
        train = Counter(self.sides) - test
        counts = [" and ".join(f"{n} in {name}" for name, n in sorted(own.items())) or "none"
                  for own in (train, test)]
        return [f"the folders say what is tested: {counts[0]} to train on, {counts[1]} to test "
                f"(split 'given'; 'random' mixes them)"]


def read_layout(files: Sequence[str]) -> Layout:
    """The levels of folders of all files (paths inside the data set)."""
    levels = _once(_that_differ([PurePosixPath(file).parts[:-1] for file in files]))
    sides: list[str] = []
    while (found := _side_level(levels)) is not None:
        names = [own[found] for own in levels]
        if sides and [*map(_side, names)] != [*map(_side, sides)]:
            break
        sides = sides or names
        levels = _that_differ([(*own[:found], *own[found + 1:]) for own in levels])
    return Layout(levels, sides)


def class_level(files: Sequence[str], layout: Layout) -> int | None:
    """The level (from 0) whose folders are the classes; None if all are in one folder.

    1. bob/bob_1.png: the outermost level that the names of 9 in 10 files begin with.
    2. Otherwise the outermost level that has no parts (batch1/bob) and no groups (men/bob).

    Raises:
        DataError: some files are beside the folders of the others, or one folder beside train.
    """
    outside = [file for file, own in zip(files, layout.levels, strict=True) if not own]
    if len(outside) == len(files):
        return None
    if outside:
        sides = {side for side, own in zip(layout.sides, layout.levels, strict=False) if not own}
        leave = [option("exclude", side) for side in sorted(sides)] or ["--exclude"]
        raise DataError(f"{outside[0]}: is beside the folders of the classes, not in one of them "
                        f"({some(outside)} of {len(files)}). Likely cause: files that do not "
                        f"belong to the classes; {' and '.join(leave)} leaves them out, --labels "
                        f"tells their class")
    _check_beside_train(layout)
    depth = min(map(len, layout.levels))
    for level in range(depth):
        if _names_begin_with(level, files, layout.levels):
            return level
    level = 0
    while level + 1 < depth and (_are_parts(layout.levels, level)
                                 or _are_groups(layout.levels, level)):
        level += 1
    return level


def level_notes(layout: Layout, level: int) -> list[str]:
    """How the level of the classes was chosen, if there were others."""
    depths = [len(own) for own in layout.levels]
    names = examples(own[level] for own in layout.levels)
    if max(depths) == 1:
        return [f"the classes are the names of the folders ({names}); if these are only parts of "
                f"the data, {option('labels', 'FILE.csv')} tells the classes"
                ] if _are_parts(layout.levels, level) else []
    other = level + 1 if level + 1 < min(depths) or level == 0 else level - 1
    which, number = f"those of level {other + 1}", other + 1
    if other >= min(depths):
        which, number, other = "the innermost", -1, -1
    if all(own[other] == own[level] for own in layout.levels):
        return []
    return [f"the classes are the names of the folders of level {level + 1} of {max(depths)} "
            f"({names}); {option('label', f'folder:{number}')} takes {which} "
            f"({examples(own[other] for own in layout.levels)})"]


def check_sides(layout: Layout, classes: Sequence[str]) -> None:
    """A DataError if pictures under test/ or val/ have none of the classes of those under train/.
    """
    of: dict[str, set[str]] = {}
    for side, name in zip(layout.sides, classes, strict=False):
        of.setdefault(side, set()).add(name)
    trained = set().union(*(own for side, own in of.items() if _side(side) == "train"))
    for side, own in of.items():
        if trained and not own & trained:
            raise DataError(f"{side}: expected the classes of the training pictures "
                            f"({examples(trained)}), got {examples(own)}. Likely cause: test "
                            f"pictures whose class is not told, or other people than in the "
                            f"training; {option('exclude', side)} leaves them out")


def _check_beside_train(layout: Layout) -> None:
    """A DataError if one or two folders are beside train, and it has a test or folders in it: then
    train is no class. (A person may be called Test or Dev, but not Train.)"""
    names = {own[0] for own in layout.levels}
    others = sorted(name for name in names if not _side(name))
    sides = {_side(name) for name in names}
    deep = min(map(len, layout.levels)) > 1
    if "train" in sides and len(others) in (1, 2) and (deep or len(sides) > 2):
        raise DataError(f"{others[0]}: expected only train, test and val on one level of folders, "
                        f"got {examples(names)}. Likely cause: pictures that belong to none of "
                        f"them; {option('exclude', others[0])} leaves them out, and "
                        f"{option('label', 'folder:1')} takes these folders as classes")


def _that_differ(levels: Levels) -> Levels:
    """Without the levels where all have the same name."""
    shortest = min(map(len, levels))
    differ = [j for j in range(shortest) if len({own[j] for own in levels}) > 1]
    return [(*(own[j] for j in differ), *own[shortest:]) for own in levels]


def _once(levels: Levels) -> Levels:
    """Without a folder that has all others in it once more: cells/cells beside cells/a, cells/b."""
    inside: dict[str, set[str]] = {}
    for own in levels if all(levels) else ():
        inside.setdefault(own[0], set()).add(own[1] if len(own) > 1 else "")
    for name, names in inside.items():
        if len(names) == len(inside) - 1 > 1 and names == inside.keys() - {name}:
            return [own[1:] if own[0] == name else own for own in levels]
    return levels


def _side_level(levels: Levels) -> int | None:
    """The level whose names are all train, test, val and the like, at least two of these, with the
    same word before and no other after them (train_red, train_blue, test_red are classes)."""
    for j in range(min(map(len, levels))):
        names = {own[j] for own in levels}
        found = [match for name in names if (match := SIDE.fullmatch(name))]
        sides = {match["side"].lower() for match in found}
        if len(found) == len(names) and len(sides) > 1 \
                and len({match["before"] for match in found}) == 1 \
                and (len(names) == len(sides) or not any(match["more"] for match in found)):
            return j
    return None


def _side(name: str) -> str:
    """train, test or val; "" if the name says none of them."""
    match = SIDE.fullmatch(name)
    side = match["side"].lower() if match else ""
    return side if side in ("train", "test", "") else "val"


def _names_begin_with(level: int, files: Sequence[str], levels: Levels) -> bool:
    """Whether nearly all files have names that begin with their folder's, and go on after the end
    of its last word or number. It does not count that 0/0.png does, or 4a/train_4a/train_4a_1.png
    with train_4a."""
    if all(len(own[level]) < 3 and own[level].isdigit() for own in levels) or (
            level and any(_has(*names) for names in {own[level - 1:level + 1] for own in levels})):
        return False
    n = 0
    for file, own in zip(files, levels, strict=True):
        name, folder = stem(file).lower(), own[level].lower()
        edge = name[len(folder) - 1:len(folder) + 1]
        n += name.startswith(folder) and len(edge) == 2 and not (edge.isdigit() or edge.isalpha())
    return n >= 0.9 * len(files)


def _are_parts(levels: Levels, level: int) -> bool:
    return all(PART.fullmatch(name) for name in {own[level] for own in levels})


def _are_groups(levels: Levels, level: int) -> bool:
    """Whether this level has groups (women, men) of the next one's classes (anna, bob): these have
    letters, are in one group each, and do not repeat its name (s1/s1_left)."""
    pairs = {own[level:level + 2] for own in levels}
    return len({name for _, name in pairs}) == len(pairs) and all(
        re.search(r"[^\W\d_]", name) and not name.lower().startswith(group.lower())
        and not _has(group, name) for group, name in pairs)


def _has(word: str, name: str) -> bool:
    """Whether a name has a word in it, as train_4a has 4a."""
    word, name = (re.sub(r"[\W_]+", " ", f" {text.lower()} ") for text in (word, name))
    return word in name
