"""Which class each picture has, and under which condition: the rules, in their order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from ..layers.errors import DataError
from .flat import Who, read_names
from .folders import Layout, check_sides, class_level, level_notes, read_layout
from .labels import table_classes
from .names import is_yale, stem, yale_name
from .words import examples, option, share, some


class Reading(NamedTuple):
    """What the names say of N pictures."""

    who: Who
    test_part: np.ndarray | None
    notes: list[str]
    yale: bool = False
    table: str = ""         # the table in the data set that was used


def read_classes(files: Sequence[str], *, label: str | None = None,
                 told: Sequence[str] | None = None, tables: Mapping[str, bytes] | None = None
                 ) -> Reading:
    """The class and the condition of each picture, from its path inside the data set.

    Folders called train, test or val are no classes: they say what is tested (`read_layout`).
    Of the others, the first rule that applies is used:

    1. `told`: a table or a dict that the user gave (`read_labels`).
    2. `label`: "folder:N", or a regular expression that is searched in the path.
    3. All files are named as in the Yale database, subject01.happy (`is_yale`).
    4. A table in the data set has a class for each picture, and is called labels or the pictures
       are in one folder (`_by_table`).
    5. The pictures are in several folders: one level of these is the classes (`class_level`). It is
       the one that the names of the files begin with (bob/bob_1.png); otherwise the outermost, but
       for parts of the data (batch1/bob) and groups (men/bob).
    6. All are in one folder: their names begin with the class (`read_names`). It is the first word
       in which they differ, and further words that belong to names (George_W_Bush_0001).

    Where rule 5 or 6 has another reading, a note tells the `label` for it.

    Args:
        files: N paths inside the data set.
        told: N classes.
        tables: content of tables that lie beside the pictures.

    Raises:
        DataError: no rule tells the class of each picture.
    """
    layout = read_layout(files)
    notes, yale, table = layout.notes(), False, ""
    if told is not None:
        who = _with_conditions(told, files, layout)
    elif label is not None:
        by = _by_folder if label.startswith("folder:") else _by_expression
        who = _with_conditions(by(label, files, layout), files, layout)
    elif is_yale(files):
        who, yale = [yale_name(file) for file in files], True
    else:
        names, table, more = _by_table(tables or {}, files, layout)
        notes += more
        if table:
            who = _with_conditions(names, files, layout)
        elif (level := class_level(files, layout)) is not None:
            notes += level_notes(layout, level)
            names = [own[level] for own in layout.levels]
            ends = _without_class(files, names)
            who = [(own[level], "/".join((*own[:level], *own[level + 1:], end)))
                   for own, end in zip(layout.levels, ends, strict=True)]
        else:
            try:
                who, found = read_names(files, layout.sides)
            except DataError as problem:    # the classes may be in a table that was not used
                raise DataError("; ".join([str(problem), *more])) from problem
            notes += found
    check_sides(layout, [name for name, _ in who])
    if layout.sides and len(set(who)) < len(who):     # the same name under train/ and test/
        who = [(name, f"{side} {condition}")
               for (name, condition), side in zip(who, layout.sides, strict=True)]
    return Reading(who, layout.test_part, notes, yale, table)


def _without_class(files: Sequence[str], names: Sequence[str]) -> list[str]:
    """The names of the files without the class, if all begin with it: P00A of yaleB01_P00A."""
    pairs = [(stem(file), len(name) + 1, name) for file, name in zip(files, names, strict=True)]
    cut = all(end.startswith(name) and len(end) > n and end[n - 1] in "_. -"
              for end, n, name in pairs)
    return [end[n * cut:] for end, n, _ in pairs]


def _by_folder(label: str, files: Sequence[str], layout: Layout) -> list[str]:
    """The class of each picture for label="folder:N"."""
    depth = min(map(len, layout.levels))
    try:
        n = int(label.removeprefix("folder:"))
    except ValueError:
        n = 0
    if 0 < abs(n) <= depth:
        return [own[n - 1 if n > 0 else n] for own in layout.levels]
    if not any(layout.levels):
        raise DataError(f"label={label!r}: the pictures are not in folders that differ (train and "
                        f"test are not counted); expected a regular expression for their names")
    short = [file for file, own in zip(files, layout.levels, strict=True) if len(own) < abs(n)]
    raise DataError(f"label={label!r}: expected folder:N with N from 1 to {depth}, or from -1 (the "
                    f"innermost) to -{depth}: the pictures are under {depth} levels of folders "
                    f"that differ (train and test are not counted)"
                    + f"; {some(short)} had no such folder" * bool(short))


def _by_expression(label: str, files: Sequence[str], _: Layout) -> list[str]:
    """The class of each picture for a regular expression."""
    try:
        expression = re.compile(label)
    except re.error as problem:
        raise DataError(f"label={label!r}: expected folder:N or a regular expression, got one that "
                        f"is not valid: {problem}") from problem
    found = [expression.search(file) for file in files]
    names = [(match[bool(expression.groups)] or "") if match else "" for match in found]
    missing = [file for file, name in zip(files, names, strict=True) if not name]
    if missing:
        raise DataError(f"label={label!r} finds no class in {some(missing)} of {len(files)} paths. "
                        f"Likely cause: another expression is needed, or --exclude (Python: "
                        f"exclude=) has to leave these files out")
    return names


def _by_table(tables: Mapping[str, bytes], files: Sequence[str], layout: Layout
              ) -> tuple[list[str], str, list[str]]:
    """The classes from a table beside the pictures, its name if it is used, and notes.

    Of several, the one that is called labels.
    """
    whole: dict[str, list[str]] = {}
    notes = []
    for table, content in tables.items():
        try:
            found = table_classes(content, files, table)
        except DataError as problem:
            if _called_labels(table) or "one column of classes" in str(problem):
                notes.append(f"{table} is not used as the table of classes: "
                             f"{str(problem).removeprefix(f'{table}: ')}")
            continue
        names = [name for name in found if name is not None]
        if len(names) == len(files):
            whole[table] = names
        else:
            notes.append(f"{table} is not used: it has a class for "
                         f"{share(len(names), len(files))}; {option('labels', table)} with "
                         f"--exclude uses it")
    chosen = [*filter(_called_labels, whole)] or list(whole)
    if len(chosen) == 1 and (_called_labels(chosen[0]) or not any(layout.levels)):
        names = whole[chosen[0]]
        return names, chosen[0], [f"the classes are those in {chosen[0]} ({examples(names)}); "
                                  f"--label (Python: label=) takes them from the paths instead"]
    return [], "", notes + [f"{table} is not used; {option('labels', table)} takes its classes "
                            f"({examples(names)})" for table, names in whole.items()]


def _called_labels(table: str) -> bool:
    return "label" in PurePosixPath(table).name.lower()


def _with_conditions(names: Sequence[str], files: Sequence[str], layout: Layout) -> Who:
    """(class, condition) with the end of the path as condition: the shortest that is unique."""
    sides = layout.sides or [""] * len(files)
    for end_of in (stem, lambda file: PurePosixPath(file).name):
        ends = [end_of(file) for file in files]
        for levels in ([()] * len(files), layout.levels):
            who = [(name, "/".join((*own, end)))
                   for name, own, end in zip(names, levels, ends, strict=True)]
            if len(set(zip(who, sides, strict=True))) == len(who):
                return who
    return list(zip(names, files, strict=True))
