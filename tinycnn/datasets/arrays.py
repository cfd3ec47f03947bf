"""Files of arrays as data sets: .npz, .npy, .mat, idx-ubyte and tables of pixels."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from ..layers.errors import DataError
from ..output.text import harmless, listing, times
from .axes import class_labels, image_axes
from .dataset import Dataset
from .idx import images_and_labels, is_idx, plain, read_cifar, read_idx, unpacked
from .levels import as_levels
from .matlab import read_mat
from .named import LABELS, Arrays, part_of, pick
from .numpy_file import read_npy, read_npz
from .pixels import Size, digest
from .refused import reason
from .table import is_table, read_table

BESIDE = {".txt", ".md", ".html", ".htm", ".pdf", ".info", ".json", ".log", ".py", ".m", ".xml"}


def read_arrays(path: Path, *, size: Size | None = None, grey: str = "unit", colour: bool = False,
                labels: Any = None) -> Dataset | None:
    """The data set in a file of arrays (or a folder of such files); None if it is none of these.

    Args:
        path: .npz, .npy, .mat, .csv of pixels, idx-ubyte (also .gz), or a folder with one of them,
            or with their train and test parts.
        size: (rows, columns) to resize to; None for the arrays' own size.
        grey: "unit" or "standardised".
        colour: (N, 3, H, W) instead of (N, 1, H, W).
        labels: the class of each image: an array, or a .npy, .csv or .txt file with one for each;
            else the file's.

    Raises:
        DataError: it is a file of arrays, but cannot be read as images and labels.
    """
    files = [path] if path.is_file() else _files_of(path) if path.is_dir() else []
    if not files or (len(files) == 1 and files[0].is_dir()):
        return read_arrays(files[0], size=size, grey=grey, colour=colour,
                           labels=labels) if files else None
    kinds = [_kind(file) for file in files]
    if None in kinds:
        return None
    parts = _parts(path, files, kinds, labels is not None)
    if labels is not None:
        _replace_labels(path, parts, labels)
    return _joined(path, parts, size, grey, colour)


def _files_of(folder: Path) -> list[Path]:
    """The files in a folder but those that only describe it, or its only folder; [] if others."""
    entries = [entry for entry in sorted(folder.iterdir())
               if not entry.name.startswith((".", "__MACOSX")) and not (
                   entry.is_file() and (entry.suffix.lower() in BESIDE or entry.name.lower()
                                        .startswith(("readme", "license"))))]
    if len(entries) == 1 and not entries[0].is_symlink():
        return entries
    names: dict[str, Path] = {}
    for entry in entries:
        if not entry.is_file() or _kind(entry) is None:
            return []
        names.setdefault(plain(entry), entry)       # a file and its .gz are one
    return list(names.values())


def _kind(path: Path) -> str | None:
    """npz, npy, mat, idx, table, cifar or refused; None if it is no file of arrays."""
    with path.open("rb") as file:
        start = file.read(16)
    kind = path.suffix.lower().lstrip(".")
    if kind in ("npz", "npy", "mat"):
        return kind
    if reason(path, start) is not None:
        return "refused"
    if start.startswith(b"\x93NUMPY"):
        return "npy"
    if kind == "bin":
        return "cifar"
    if re.search(r"\.(csv|tsv)(\.gz)?$", path.name.lower()):
        return "table" if is_table(path) else None
    if "idx" in path.name.lower():
        return "idx"
    if start.startswith(b"\x1f\x8b") and kind == "gz" and not path.stem.endswith(".tar"):
        try:
            start = unpacked(path, 4)
        except DataError:
            return None
    return "idx" if is_idx(start[:4]) else None


def _parts(path: Path, files: list[Path], kinds: Sequence[str | None], has_labels: bool
           ) -> list[Arrays]:
    """The arrays of all files."""
    if "refused" in kinds:
        file = files[kinds.index("refused")]
        raise DataError(reason(file, file.read_bytes()[:16]) or "")
    if set(kinds) == {"npy"}:
        return _of_npy(path, files, has_labels)
    if "idx" in kinds:
        images = [file for file, kind in zip(files, kinds, strict=True) if kind == "idx"
                  and (len(files) == 1 or "labels" not in file.name)]
        files, kinds = images or files[:1], ["idx"]
    elif len(files) > 1 and (len(set(kinds)) > 1 or len({re.sub(r"\d", "", part_of(
            file.name)[0]).replace("data", "") for file in files}) > 1):
        raise DataError(f"{path}: expected one file of arrays, or its train and test parts, got "
                        f"{listing(file.name for file in files[:20])}. Give one of them")
    parts = []
    for file in files:
        kind = _kind(file)
        found = _of_idx(file, has_labels) if kind == "idx" else _READ[str(kind)](file)
        for arrays in found:
            if isinstance(arrays.part, str) and not arrays.part and len(files) > 1:
                arrays.part = part_of(file.name)[1]
        parts += found
    return parts


def _of_idx(file: Path, has_labels: bool) -> list[Arrays]:
    if has_labels:
        return [Arrays(read_idx(file), None, str(file))]
    images, labels, notes = images_and_labels(file)
    return [Arrays(images, labels, str(file), notes=notes)]


def _of_npy(path: Path, files: list[Path], has_labels: bool) -> list[Arrays]:
    """.npy files of a folder by their names; a single one with its labels beside it."""
    if len(files) > 1:
        return pick({file.stem: read_npy(file) for file in files}, str(path))
    file, images = files[0], read_npy(files[0])
    if has_labels:
        return [Arrays(images, None, str(file))]
    near = [f"{file.stem}_labels", f"{file.stem}_target", "labels",
            re.sub("images", "labels", file.stem), re.sub("^x|x$", "y", file.stem.lower())]
    for entry in sorted(file.parent.iterdir()):
        if entry != file and entry.suffix == ".npy" and entry.stem.lower() in map(str.lower, near):
            return [Arrays(images, read_npy(entry), str(file),
                           notes=[f"labels from {harmless(entry.name)}"])]
    raise DataError(f"{file}: expected labels for the images {times(images.shape)}: a file "
                    f"{near[0]}.npy or labels.npy beside it, or labels=, an array or a file with "
                    "the class of each image")


def _of_table(file: Path) -> list[Arrays]:
    table = read_table(file)
    part: str | np.ndarray = ""
    if table.parts is not None:
        part = np.array(["test" if "test" in word else "train" if "train" in word else word
                         for word in table.parts.tolist()])
    return [Arrays(table.images, table.labels, str(file), part, table.names, table.notes)]


def _of_cifar(file: Path) -> list[Arrays]:
    images, labels, names = read_cifar(file)
    return [Arrays(images, labels, str(file), part_of(file.name)[1], names)]


_READ = {"npz": lambda file: pick(read_npz(file), str(file)),
         "mat": lambda file: pick(read_mat(file), str(file), by_columns=True),
         "table": _of_table, "cifar": _of_cifar}


def _replace_labels(path: Path, parts: list[Arrays], labels: Any) -> None:
    """Give the parts the labels of an array or a file, in the order of the images."""
    if isinstance(labels, dict):
        raise DataError(f"{path}: expected labels as an array or a file with one for each image, "
                        "got a dict: images in arrays have no file names")
    t = _labels_in(Path(labels)) if isinstance(labels, (str, Path)) else np.asarray(labels)
    counts = [len(part.images) for part in parts]
    if len(parts) > 1 and len(t) != sum(counts):
        raise DataError(f"{path}: expected {sum(counts)} labels for {listing(map(str, counts))} "
                        f"images, got {len(t)}")
    for part, end in zip(parts, np.cumsum(counts).tolist(), strict=True):
        part.labels = t if len(parts) == 1 else t[end - len(part.images):end]


def _labels_in(file: Path) -> np.ndarray:
    """The labels in a .npy, .csv or .txt file: one in each line, below a header or not."""
    if not file.is_file():
        raise DataError(f"labels: expected a file with the class of each image, but there is no "
                        f"{file}")
    if _kind(file) == "npy":
        return read_npy(file)
    if _kind(file) == "idx":
        return read_idx(file)
    rows = [re.split(r"[,;\t]", line.strip())
            for line in file.read_text("utf-8-sig", "replace").splitlines() if line.strip()]
    if not rows or any(len(row) != 1 for row in rows):
        raise DataError(f"{file}: expected one label in each line, for images that have no names, "
                        f"got {rows[:1]}")
    texts = [row[0].strip().strip("'\"") for row in rows]
    return np.array(texts[1:] if texts[0].lower() in LABELS else texts)


def _joined(path: Path, parts: list[Arrays], size: Size | None, grey: str, colour: bool
            ) -> Dataset:
    """The data set of all parts together."""
    given = [part for part in parts if part.labels is not None]
    if not given:
        raise DataError(f"{parts[0].what}: expected labels for the images "
                        f"{times(parts[0].images.shape)}; there are none with them. Give labels=, "
                        "an array or a file with the class of each image")
    notes = [f"{part.what} left out: it has no labels" for part in parts if part.labels is None]
    given.sort(key=lambda part: isinstance(part.part, str) and part.part == "test")
    if len(given) > 1:
        notes.append(f"joined from {listing(part.what for part in given)}")
    pixels, labels, words = [], [], []
    for part in given:
        t = np.asarray(part.labels)
        t = t.ravel() if t.size == max(t.shape, default=0) else t
        x, own = image_axes(part.images, len(t), part.what, part.by_columns)
        notes += [note for note in (*part.notes, *own) if note not in notes]
        pixels.append(x)
        labels.append(t)
        words.append(np.full(len(t), part.part) if isinstance(part.part, str) else part.part)
    shapes = {x.shape[1:] for x in pixels}
    if len(shapes) > 1:
        raise DataError(f"{path}: expected images of one size, got "
                        f"{listing(times(shape) for shape in sorted(shapes))}")
    what = given[0].what if len(given) == 1 else str(path)
    x = pixels[0] if len(pixels) == 1 else np.concatenate(pixels)
    t, people, own = class_labels(np.concatenate(labels), what, given[0].names)
    levels, more = as_levels(x, what, size=size, grey=grey, colour=colour)
    word = np.concatenate(words)
    test = word == "test"
    if "val" in word.tolist():
        more.append("the validation images are part of the training images")
    if test.any() and not test.all():
        more.append(f"the source gives {test.sum()} images as test images")
    return Dataset(
        name=harmless(path.name or path.resolve().name), images=levels, labels=t,
        people=tuple(map(harmless, people)), conditions=_numbered(t.tolist()),
        files=tuple(f"{part} image {i}".strip() for part, i in zip(
            word.tolist(), _numbered(word.tolist()), strict=True)),
        digests=tuple(map(digest, x)), notes=tuple(map(harmless, (*notes, *own, *more))),
        test_part=test if test.any() and not test.all() else None)


def _numbered(kinds: list[Any]) -> tuple[str, ...]:
    """For each entry how many equal ones come before it."""
    numbers: defaultdict[Any, count[int]] = defaultdict(count)
    return tuple(str(next(numbers[kind])) for kind in kinds)
