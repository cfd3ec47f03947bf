"""Pictures of different sizes: the error that says how to go on, and the note on resizing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from ..layers.errors import DataError

Shape = tuple[int, ...]


def check_sizes(path: Path, files: Sequence[str], shapes: Sequence[Shape]) -> None:
    """Raise a DataError unless all pictures have the same size.

    If the others have a pattern in their names, the error tells it: `*_Ambient.pgm`.
    """
    counts = Counter(shape[:2] for shape in shapes)
    usual = max(counts, key=lambda shape: (counts[shape], shape))
    odd = [file for file, shape in zip(files, shapes, strict=True) if shape[:2] != usual]
    if not odd:
        return
    of_size: dict[Shape, list[str]] = {}
    for file, shape in zip(files, shapes, strict=True):
        of_size.setdefault(shape[:2], []).append(file)
    kept = of_size.pop(usual)
    patterns = [_pattern(own, kept) for own in of_size.values()]
    options = " ".join(f"--exclude '{pattern}'" for pattern in dict.fromkeys(patterns))
    width, height = usual[1], usual[0]
    shape = shapes[files.index(odd[0])]
    these = f"these {len(odd)}" if len(odd) > 1 else "this one"
    leave = f"{options} (exclude=) leaves {these} out" \
        if all(patterns) and len(of_size) <= 3 else "--exclude PATTERN (exclude=) leaves some out"
    raise DataError(f"{path}/{odd[0]}: expected {width} x {height} pixels (width x height) as "
                    f"{counts[usual]} of {len(files)} pictures have, got {shape[1]} x {shape[0]}. "
                    f"{leave}; --size 60, or load_images(size=60), resizes all")


def resize_note(shapes: Sequence[Shape], size: tuple[int, int]) -> list[str]:
    """What was resized, and whether the ratio of its sides changed."""
    others = [shape[:2] for shape in shapes if shape[:2] != size]
    if not others:
        return []
    sizes = sorted(set(others), key=lambda shape: (shape[0] * shape[1], shape))
    span = [f"{columns} x {rows}" for rows, columns in sizes]
    which = span[0] if len(sizes) == 1 else f"{len(sizes)} sizes, from {span[0]} to {span[-1]}"
    ratio = size[1] / size[0]
    stretched = sum(abs(rows * ratio / columns - 1) > 0.02 for rows, columns in others)
    how = "" if not stretched else "; this stretches " + (
        "them" if stretched == len(others) else f"{stretched} of them")
    return [f"{len(others)} of {len(shapes)} pictures, {which} (width x height), resized to "
            f"{size[1]} x {size[0]}{how}"]


def _start(names: Sequence[str]) -> str:
    """What all names begin with."""
    low, high = min(names), max(names)
    n = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[:n]


def _pattern(files: Sequence[str], others: Sequence[str]) -> str:
    """A short pattern that fits all of `files` and none of `others`; "" if there is none found."""
    names = [PurePosixPath(file).name for file in files]
    other_names = [PurePosixPath(file).name for file in others]
    if len(files) == 1:
        return names[0] if names[0] not in other_names else files[0]
    start, end = _start(names), _start([name[::-1] for name in names])[::-1]
    folders = set.intersection(*({*file.split("/")[:-1]} for file in files)).difference(
        *(file.split("/")[:-1] for file in others))
    word = re.sub(r"^[^_.-]*", "", end)         # the end from its first whole word
    for pattern, candidates in ((f"*{word}", other_names), (f"*{end}", other_names),
                                (f"{start}*", other_names)):
        if len(pattern) > 1 and not any(fnmatchcase(name, pattern) for name in candidates):
            return pattern
    return min(folders, default="")
