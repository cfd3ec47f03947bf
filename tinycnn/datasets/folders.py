"""What the folders of pictures say: which level names the class, and which the test part."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from ..layers.errors import DataError
from .names import natural, stem
from .selection import some

Levels = list[tuple[str, ...]]

SIDE = re.compile(r"(?P<before>.*[_ -])?(?P<side>train|test|val|eval|dev)(ing|id|idation|uation)?"
                  r"([_ -]?(sets?|images?|imgs?|data|faces|pictures|\d\d?)|(?P<more>[_ -].+))?",
                  re.IGNORECASE)
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

    def side_notes(self) -> list[str]:
        """How the folders train, test and val were understood."""
        if self.test_part is None:
            return []
        counts = Counter(self.sides)
        test = {name for name, is_test in zip(self.sides, self.test_part, strict=True) if is_test}
        train, others = sorted(set(counts) - test), sorted(test)
        return [f"the folders say what is tested: {_counted(counts, train)} to train on, "
                f"{_counted(counts, others)} to test (split 'given'; 'random' mixes them)"]


def read_layout(files: Sequence[str]) -> Layout:
    """The levels of folders of all files (paths inside the data set)."""
    levels = _once(_that_differ([PurePosixPath(file).parts[:-1] for file in files]))
    sides: list[str] = []
    while (found := _side_level(levels)) is not None:
        names = [folders[found] for folders in levels]
        if sides and [_side(name) for name in names] != [_side(name) for name in sides]:
            break
        sides = sides or names
        levels = _that_differ([(*own[:found], *own[found + 1:]) for own in levels])
    return Layout(levels, sides)


def class_level(files: Sequence[str], layout: Layout) -> int | None:
    """The level (from 0) whose folders are the classes; None if all are in one folder.

    1. The outermost level whose names, with letters or long numbers, begin the names of the files:
       bob/bob_1.png.
    2. Else the first. But the next is looked at if this one is called batch1, session2 and the
       like, or if its folders are groups: their sub-folders have letters in their names, and each
       is under one folder only (women/anna, men/bob).

    Raises:
        DataError: some files are beside the folders of the others.
    """
    shortest = min(map(len, layout.levels))
    if shortest == 0:
        outside = [file for file, own in zip(files, layout.levels, strict=True) if not own]
        if len(outside) == len(files):
            return None
        raise DataError(f"{outside[0]}: is beside the folders of the classes, not in one of them "
                        f"({some(outside)} of {len(files)}). Likely cause: files that do not "
                        f"belong to the classes; exclude leaves them out, labels= tells their "
                        f"class" + _unlabelled(layout))
    stems = [stem(file).lower() for file in files]
    check_other_sides(layout)
    for level in range(shortest):
        if all(len(own[level]) < 3 and own[level].isdigit() for own in layout.levels) or (
                level and any(_has(own[level], own[level - 1]) for own in layout.levels)):
            continue            # 0/0.png says nothing, and 4a/train_4a/train_4a_1.png speaks of 4a
        begins = [_begins(name, own[level].lower())
                  for name, own in zip(stems, layout.levels, strict=True)]
        if sum(begins) >= 0.9 * len(files):
            return level
    level = 0
    while level + 1 < shortest and (_are_groups(layout.levels, level) or
                                    all(PART.fullmatch(own[level]) for own in layout.levels)):
        level += 1
    return level


def level_notes(layout: Layout, level: int) -> list[str]:
    """How the level of the classes was chosen, if there were others."""
    depths = {len(own) for own in layout.levels}
    if max(depths) == 1:
        if not all(PART.fullmatch(own[0]) for own in layout.levels):
            return []
        return [f"the classes are the names of the folders "
                f"({examples(own[0] for own in layout.levels)}); if these are only parts of the "
                f"data, --labels FILE.csv or --label 'REGULAR EXPRESSION' tells the classes"]
    other = level + 1 if level + 1 < min(depths) or level == 0 else level - 1
    what = f"the classes are the names of the folders of level {level + 1} of {max(depths)} " \
           f"({examples(own[level] for own in layout.levels)}); "
    if other < min(depths):
        if all(own[other] == own[level] for own in layout.levels):
            return []
        return [f"{what}label folder:{other + 1} takes those of level {other + 1} "
                f"({examples(own[other] for own in layout.levels)})"]
    return [f"{what}label folder:-1 takes the innermost "
            f"({examples(own[-1] for own in layout.levels)})"]


def check_other_sides(layout: Layout) -> None:
    """A DataError if one or two folders lie beside train and test, or beside train with folders in
    all: these cannot be classes then."""
    names = {own[0] for own in layout.levels if own}
    others = sorted(name for name in names if not SIDE.fullmatch(name))
    sides = {_side(name) for name in names if SIDE.fullmatch(name)}
    deep = min(map(len, layout.levels)) > 1
    if not layout.sides and 0 < len(others) <= 2 and (len(sides) > 1 or (deep and sides)):
        raise DataError(f"{others[0]}: expected only train, test and val on one level of folders, "
                        f"got {examples(names)}. Likely cause: pictures that belong to none of "
                        f"them; exclude={others[0]!r} (--exclude) leaves them out, and "
                        f"label='folder:1' takes these folders as classes")


def check_sides(layout: Layout, classes: Sequence[str]) -> None:
    """A DataError if pictures under test/ or val/ have none of the classes of those under train/.
    """
    of: dict[str, set[str]] = {}
    for side, name in zip(layout.sides, classes, strict=bool(layout.sides)):
        of.setdefault(side, set()).add(name)
    trained = set().union(*(own for side, own in of.items() if _side(side) == "train"))
    for side, own in of.items():
        if trained and not own & trained:
            raise DataError(f"{side}: expected the classes of the training pictures "
                            f"({examples(trained)}), got {examples(own)}. Likely cause: test "
                            f"pictures whose class is not told, or other people than in the "
                            f"training; exclude={side!r} leaves them out")


def examples(names: object) -> str:
    """`anna, bob, carl, ...`: the first names of all different ones, in their natural order."""
    different = sorted(set(names), key=natural)     # type: ignore[call-overload]
    return ", ".join(different[:3] + ["..."] * (len(different) > 3))


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
    """The level whose names are all train, test, val and the like, with two of them."""
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
    """train, test or val."""
    match = SIDE.fullmatch(name)
    assert match is not None
    side = match["side"].lower()
    return side if side in ("train", "test") else "val"


def _begins(name: str, folder: str) -> bool:
    """Whether a file's name begins with the folder's, and not with a longer number or word."""
    next_one, last = name[len(folder):len(folder) + 1], folder[-1]
    return name.startswith(folder) and next_one != "" and not (
        (last.isdigit() and next_one.isdigit()) or (last.isalpha() and next_one.isalpha()))


def _are_groups(levels: Levels, level: int) -> bool:
    """Whether this level has groups (women, men), and the next one the classes in them."""
    parents: dict[str, set[str]] = {}
    for own in levels:
        parents.setdefault(own[level + 1], set()).add(own[level])
    return all(len(above) == 1 and re.search(r"[^\W\d_]", name)
               and not name.lower().startswith(min(above).lower()) and not _has(name, min(above))
               for name, above in parents.items())


def _has(name: str, word: str) -> bool:
    """Whether a name has another one in it, as train_4a has 4a."""
    return re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", name, re.IGNORECASE) is not None


def _counted(counts: Counter[str], names: Sequence[str]) -> str:
    return " and ".join(f"{counts[name]} in {name}" for name in names) or "none"


def _unlabelled(layout: Layout) -> str:
    """If files beside the folders of the classes are under test/: what to leave out."""
    sides = {side for side, own in zip(layout.sides, layout.levels, strict=False) if not own}
    return "".join(f", --exclude {side}" for side in sorted(sides))
