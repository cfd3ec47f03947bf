"""Which files are files of arrays, and the images and labels in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from ..output.text import harmless, listing, times
from .idx import images_and_labels, is_idx, plain, read_cifar, read_idx, unpacked
from .matlab import read_mat
from .named import LABELS, Arrays, part_of, pick
from .numpy_file import read_npy, read_npz
from .refused import reason
from .table import is_table, read_table

BESIDE = {".txt", ".md", ".html", ".htm", ".pdf", ".info", ".json", ".log", ".py", ".m", ".xml"}


def files_of(folder: Path) -> list[Path]:
    """The files in a folder but those that only describe it, or its only folder; [] if others."""
    try:
        inside = sorted(folder.iterdir())
    except OSError:     # explained where pictures are read
        return []
    entries = [entry for entry in inside
               if not entry.name.startswith((".", "__MACOSX")) and not (
                   entry.is_file() and (
                       entry.suffix.lower() in BESIDE or entry.name.lower().startswith(
                           ("readme", "license")) or entry.name.lower() == "labels.csv"))]
    if len(entries) == 1 and not entries[0].is_symlink():
        return entries
    names: dict[str, Path] = {}
    for entry in entries:
        if not entry.is_file() or kind_of(entry) is None:
            return []
        names.setdefault(plain(entry), entry)       # a file and its .gz are one
    return list(names.values())


def kind_of(path: Path) -> str | None:
    """npz, npy, mat, idx, table, cifar or refused; None if it is no file of arrays."""
    try:
        start = unpacked(path, 16)
    except (OSError, DataError):        # explained where pictures are read
        start = b""
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
    if re.search(r"idx\d-(ubyte|byte|int|short|float|double)", path.name.lower()):
        return "idx"
    return "idx" if is_idx(start[:4]) else None


def arrays_in(path: Path, files: list[Path], kinds: Sequence[str | None], has_labels: bool
           ) -> list[Arrays]:
    """The arrays of all files."""
    if "refused" in kinds:
        file = files[kinds.index("refused")]
        raise DataError(reason(file, unpacked(file, 16)) or "")
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
        kind = kind_of(file)
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
        if entry != file and entry.suffix in (".npy", ".csv", ".txt") \
                and entry.stem.lower() in map(str.lower, near):
            return [Arrays(images, labels_in(entry), str(file),
                           notes=[f"labels from {harmless(entry.name)}"])]
    raise DataError(f"{file}: expected labels for the images {times(images.shape)}: a file "
                    f"{near[0]}.npy or labels.npy (.csv, .txt) beside it, or labels=, an "
                    "array or a file with the class of each image")


def labels_in(file: Path) -> np.ndarray:
    """The labels in a .npy, .csv or .txt file: one in each line, below a header or not."""
    if not file.is_file():
        raise DataError(f"labels: expected a file with the class of each image, but there is no "
                        f"{file}")
    if kind_of(file) == "npy":
        return read_npy(file)
    if kind_of(file) == "idx":
        return read_idx(file)
    rows = [re.split(r"[,;\t]", line.strip())
            for line in file.read_text("utf-8-sig", "replace").splitlines() if line.strip()]
    if not rows or any(len(row) != 1 for row in rows):
        raise DataError(f"{file}: expected one label in each line, for images that have no names, "
                        f"got {rows[:1]}")
    texts = [row[0].strip().strip("'\"") for row in rows]
    return np.array(texts[1:] if texts[0].lower() in LABELS else texts)


def _of_table(file: Path) -> list[Arrays]:
    table = read_table(file)
    part: str | np.ndarray = ""
    if table.parts is not None:
        part = np.array(["test" if "test" in word else "train" if "train" in word else word
                         for word in table.parts.tolist()])
    return [Arrays(table.images, table.labels, str(file), part, table.names, table.notes)]


def _of_mat(file: Path) -> list[Arrays]:
    """Flat pictures stand column by column in what MATLAB wrote and in the files with fea and gnd;
    row by row in what SciPy wrote, whose header names the system as Python does."""
    arrays = read_mat(file)
    with file.open("rb") as start:
        scipys = re.search(rb"Platform: (posix|nt)\b", start.read(116)) is not None
    return pick(arrays, str(file), by_columns={"fea", "gnd"} <= arrays.keys() or not scipys)


def _of_cifar(file: Path) -> list[Arrays]:
    images, labels, names = read_cifar(file)
    return [Arrays(images, labels, str(file), part_of(file.name)[1], names)]


_READ = {"npz": lambda file: pick(read_npz(file), str(file)),
         "mat": _of_mat, "table": _of_table, "cifar": _of_cifar}
