"""Which of several named arrays are the images, which the labels, and of which part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..layers.errors import DataError
from ..output.text import harmless, listing, times

IMAGES = {"images", "image", "x", "data", "faces", "face", "imgs", "img", "pictures", "fea",
          "features", "pixels", "inputs", "arr0"}
LABELS = {"labels", "label", "y", "t", "target", "targets", "gnd", "classes", "class", "identities",
          "identity", "ids", "person", "persons", "subject", "subjects", "digit", "letter",
          "arr1"}
NAMES = {"targetnames", "classnames", "labelnames", "names"}
PARTS = ("train", "val", "test")
PART = re.compile(r"(?<![a-z])(train|test|val)(ing|idation|id)?"
                  r"(?=images?|labels?|data|[xyt]?$|[^a-z])|(?<=^[xyt])(train|test|val)$")


@dataclass
class Arrays:
    """Images and labels as they stand in a source; `axes` tells which form they may have."""

    images: np.ndarray
    labels: np.ndarray | None
    what: str                           # the array of images in errors, as "faces.npz: x"
    part: str | np.ndarray = ""         # one of PARTS, or one for each image; "" if not said
    names: tuple[str, ...] | None = None                # of the classes 0, 1, ...
    notes: list[str] = field(default_factory=list)      # how they were found
    by_columns: bool = False            # pictures are kept as MATLAB does


def part_of(name: str) -> tuple[str, str]:
    """(rest of the name, "train", "test", "val" or "") of x_train, test_images, t10k-images."""
    name = name.lower().replace("t10k", "test").replace("_", " ").replace("-", " ")
    found = PART.search(name)
    rest = re.sub(r"[^a-z0-9]", "", PART.sub("", name, count=1))
    return rest, part_in(found[0]) if found else ""


def part_in(text: str) -> str:
    """Which of PARTS is in training, publictest, ...; "" if none."""
    return next((part for part in PARTS if part in text), "")


def pick(arrays: Mapping[str, np.ndarray], what: str) -> list[Arrays]:
    """The images and labels among named arrays: one for each part (x_train and y_train, ...); a
    DataError lists the arrays if it is not certain which they are."""
    images: dict[str, list[str]] = {}       # of each part
    labels: dict[str, list[str]] = {}
    names = None
    for name, array in arrays.items():
        word, part = part_of(name)
        if array.dtype.kind in "biuf" and array.ndim >= 2 and word in IMAGES:
            images.setdefault(part, []).append(name)
        elif array.dtype.kind in "biufSU" and word in LABELS:
            labels.setdefault(part, []).append(name)
        elif array.dtype.kind == "U" and word in NAMES and array.ndim == 1:
            names = tuple(array.tolist())
    notes = []
    if not images and not labels:       # the only array of images and the only one of labels
        flat = [name for name, a in arrays.items() if a.size == max(a.shape, default=0) > 1]
        deep = [name for name, a in arrays.items() if a.dtype.kind in "biuf" and a.ndim > 1
                and name not in flat]
        if len(deep) == 1 and len(flat) <= 1:
            images, labels = {"": deep}, {"": flat} if flat else {}
            notes = [f"{harmless(name)!r} is read as the {kind}" for name, kind in
                     zip(deep + flat, ("images", "labels"), strict=False)]
    there = "there are " + (listing(f"{harmless(name)} ({times(array.shape)} {array.dtype})"
                                    for name, array in [*arrays.items()][:20]) or "none")
    if not images:
        raise DataError(f"{what}: expected arrays of images and labels, as x and y, or images and "
                        f"labels; {there}")
    found = []
    for part, candidates in images.items():
        most = max(arrays[name].ndim for name in candidates)    # they may be there as rows, too
        candidates = [name for name in candidates if arrays[name].ndim == most]
        own = labels.get(part, [])
        if len(candidates) > 1 or len(own) > 1:
            raise DataError(f"{what}: expected one array of images and one of labels; cannot tell "
                            f"which they are; {there}")
        found.append(Arrays(arrays[candidates[0]], arrays[own[0]] if own else None,
                            f"{what}: {harmless(candidates[0])}", part, names, notes))
    return found
