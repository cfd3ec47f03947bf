"""Which class each picture has, and under which condition: the rules, in their order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from ..layers.errors import DataError
from .flat import read_names
from .folders import Layout, check_sides, class_level, examples, level_notes, read_layout
from .labels import read_labels, table_classes
from .names import is_yale, stem, yale_name
from .selection import some


class Reading(NamedTuple):
    """What the names say of N pictures: (class, condition) of each, and more."""

    who: list[tuple[str, str]]
    test_part: np.ndarray | None
    notes: list[str]
    yale: bool = False
    table: str = ""         # the table in the data set that was used


def read_classes(files: Sequence[str], where: Path, *, label: str | None = None,
                 labels: object = None, tables: Mapping[str, bytes] | None = None) -> Reading:
    """The class and the condition of each picture, from its path inside the data set.

    The first of these rules that applies is used. Folders called train, test or val are no classes:
    they say what is tested (`folders.read_layout`).

    1. `labels`: a table or a dict (`labels.read_labels`).
    2. `label`: "folder:N", or a regular expression that is searched in the path.
    3. All files are named as in the Yale database, `subject01.happy` (`names.is_yale`).
    4. A table in the data set has a class for each picture, and is called labels or the pictures
       are in one folder.
    5. The pictures are in several folders: one level of them is the classes (`class_level`).
    6. All are in one folder: their names begin with the class (`flat.read_names`).

    Args:
        files: N paths inside the data set.
        where: the data set, for errors.
        tables: content of tables that lie beside the pictures.
    """
    layout = read_layout(files)
    test_part, notes = layout.test_part, layout.side_notes()
    yale, used = False, ""
    if labels is not None:
        who = _with_conditions(read_labels(labels, files, where), files, layout)
    elif label is not None:
        names = _by_folder(label, files, layout) if label.startswith("folder:") else \
            _by_expression(label, files)
        who = _with_conditions(names, files, layout)
    elif is_yale(list(files)):
        who, yale = [yale_name(file) for file in files], True
    else:
        names, used, more = _by_table(tables or {}, files, layout)
        notes += more
        if used:
            who = _with_conditions(names, files, layout)
        elif (level := class_level(files, layout)) is not None:
            notes += level_notes(layout, level)
            who = [(own[level], "/".join((*own[:level], *own[level + 1:], stem(file))))
                   for own, file in zip(layout.levels, files, strict=True)]
        else:
            try:
                who, told = read_names(files, layout.sides)
            except DataError as problem:    # the classes may be in a table that was not used
                raise DataError("; ".join([str(problem), *more])) from problem
            notes += told
    check_sides(layout, [name for name, _ in who])
    if layout.sides and len(set(who)) < len(who):     # the same name under train/ and test/
        who = [(name, f"{side} {condition}")
               for (name, condition), side in zip(who, layout.sides, strict=True)]
    return Reading(who, test_part, notes, yale, used)


def _by_folder(label: str, files: Sequence[str], layout: Layout) -> list[str]:
    """The class of each picture for label="folder:N"."""
    depths = [len(own) for own in layout.levels]
    try:
        n = int(label.removeprefix("folder:"))
    except ValueError:
        n = 0
    short = [file for file, depth in zip(files, depths, strict=True) if depth < abs(n)]
    if n == 0 or short:
        if max(depths) == 0:
            raise DataError(f"label={label!r}: the pictures are not in folders that differ (train "
                            f"and test are not counted); expected a regular expression for their "
                            f"names")
        without = f"; {some(short)} have no such folder" if short and n else ""
        raise DataError(f"label={label!r}: expected folder:N with N from 1 to {min(depths)}, or "
                        f"from -1 (the innermost) to -{min(depths)}: the pictures are under "
                        f"{min(depths)} levels of folders that differ (train and test are not "
                        f"counted){without}")
    return [own[n - 1 if n > 0 else n] for own in layout.levels]


def _by_expression(label: str, files: Sequence[str]) -> list[str]:
    """The class of each picture for a regular expression."""
    try:
        expression = re.compile(label)
    except re.error as problem:
        raise DataError(f"label={label!r}: expected folder:N or a regular expression, got one that "
                        f"is not valid: {problem}") from problem
    names, missing = [], []
    for file in files:
        match = expression.search(file)
        name = (match[1] if expression.groups else match[0]) if match else ""
        names.append(name or "")
        if not name:
            missing.append(file)
    if missing:
        raise DataError(f"label={label!r} finds no class in {some(missing)} of "
                        f"{len(files)} paths. Likely cause: another expression is needed, or "
                        f"exclude= (--exclude) has to leave these files out")
    return names


def _by_table(tables: Mapping[str, bytes], files: Sequence[str], layout: Layout
              ) -> tuple[list[str], str, list[str]]:
    """The classes from a table beside the pictures, its name if it is used, and notes."""
    whole: dict[str, list[str]] = {}
    notes = []
    for table, content in tables.items():
        try:
            found = table_classes(content, files, table)
        except DataError as problem:
            if _called(table) or "one column of classes" in str(problem):
                notes.append(f"{table} is not used as the table of classes: "
                             f"{str(problem).removeprefix(f'{table}: ')}")
            continue
        names = [name for name in found if name is not None]
        if len(names) == len(files):
            whole[table] = names
        else:
            notes.append(f"{table} is not used: it has a class for {len(names)} of {len(files)} "
                         f"pictures; labels={table} with exclude= uses it")
    chosen = [table for table in whole if _called(table)] or list(whole)
    if len(chosen) == 1 and (_called(chosen[0]) or not any(layout.levels)):
        names = whole[chosen[0]]
        return names, chosen[0], [f"the classes are those in {chosen[0]} ({examples(names)}); "
                                  f"label= (--label) takes them from the paths instead"]
    return [], "", notes + [
        f"{table} is not used; --labels {table} (labels=) takes its classes ({examples(names)})"
        for table, names in whole.items()]


def _called(table: str) -> bool:
    return "label" in PurePosixPath(table).name.lower()


def _with_conditions(names: Sequence[str], files: Sequence[str], layout: Layout
                     ) -> list[tuple[str, str]]:
    """(class, condition) with the end of the path as condition: the shortest that is unique."""
    stems, whole = [stem(file) for file in files], [PurePosixPath(file).name for file in files]
    sides = layout.sides or [""] * len(files)
    for ends in (stems, whole):
        for levels in ([()] * len(files), layout.levels):
            who = [(name, "/".join((*own, end)))
                   for name, own, end in zip(names, levels, ends, strict=True)]
            if len(set(zip(who, sides, strict=True))) == len(who):
                return who
    return list(zip(names, files, strict=True))
