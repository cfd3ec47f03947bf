"""Pictures of different sizes: the error that says how to go on, and the note on resizing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path, PurePosixPath

from ..layers.errors import DataError
from .words import share

Shape = tuple[int, ...]


def check_sizes(path: Path, files: Sequence[str], shapes: Sequence[Shape]) -> None:
    """Raise a DataError unless all pictures have the same size.

    If the others have a pattern in their names, the error tells it: `*_Ambient.pgm`.
    """
    of_size: dict[Shape, list[str]] = {}
    for file, shape in zip(files, shapes, strict=True):
        of_size.setdefault(shape[:2], []).append(file)
    if len(of_size) == 1:
        return
    usual = max(of_size, key=lambda shape: (len(of_size[shape]), shape))
    kept = of_size.pop(usual)
    odd, got = next((file, shape) for file, shape in zip(files, shapes, strict=True)
                    if shape[:2] != usual)
    patterns = [_pattern(own, kept) for own in of_size.values()]
    n_odd = len(files) - len(kept)
    leave = "--exclude=PATTERN (Python: exclude=) leaves some out"
    if all(patterns) and len(of_size) <= 3:
        options = " ".join(f"--exclude={pattern!r}" for pattern in dict.fromkeys(patterns))
        leave = f"{options} (Python: exclude=) leaves " + (
            f"these {n_odd} out" if n_odd > 1 else "this one out")
    raise DataError(f"{path}/{odd}: expected {_sides(usual)} pixels (width x height) as "
                    f"{share(len(kept), len(files))} have, got {_sides(got)}. "
                    f"{leave}; --size=60 of reproduce and study, or load_images(size=60), resizes "
                    f"all")


def resize_note(shapes: Sequence[Shape], size: tuple[int, int]) -> list[str]:
    """What was resized, and whether the ratio of its sides changed."""
    others = [shape[:2] for shape in shapes if shape[:2] != size]
    if not others:
        return []
    sizes = sorted(set(others), key=lambda shape: (shape[0] * shape[1], shape))
    which = _sides(sizes[0]) if len(sizes) == 1 else \
        f"{len(sizes)} sizes, from {_sides(sizes[0])} to {_sides(sizes[-1])}"
    n = sum(abs(rows * size[1] / size[0] / columns - 1) > 0.02 for rows, columns in others)
    how = "; this stretches " + ("them" if n == len(others) else f"{n} of them") if n else ""
    return [f"{share(len(others), len(shapes))}, {which} (width x height), resized to "
            f"{_sides(size)}{how}"]


def _sides(shape: Shape) -> str:
    return f"{shape[1]} x {shape[0]}"


def _start(names: Sequence[str]) -> str:
    """What all names begin with: what the first and the last in their order begin with."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(min(names), max(names), strict=False))
    return "".join(one for one, _ in same)


def _pattern(files: Sequence[str], others: Sequence[str]) -> str:
    """A short pattern that fits all of `files` and none of `others`; "" if there is none found."""
    names = [PurePosixPath(file).name for file in files]
    other_names = [PurePosixPath(file).name for file in others]
    if len(files) == 1:
        return names[0] if names[0] not in other_names else files[0]
    start, end = _start(names), _start([name[::-1] for name in names])[::-1]
    word = re.sub(r"^[^_.-]*", "", end)         # the end from its first whole word
    for pattern in (f"*{word}", f"*{end}", f"{start}*"):
        if len(pattern) > 1 and not any(fnmatchcase(name, pattern) for name in other_names):
            return pattern
    folders = set.intersection(*({*file.split("/")[:-1]} for file in files)).difference(
        *(file.split("/")[:-1] for file in others))
    return min(folders, default="")
