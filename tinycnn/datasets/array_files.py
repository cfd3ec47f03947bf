"""Which files are files of arrays, and the images and labels in them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from ..output.text import harmless, listing, times
from .idx import is_idx, plain, read_idx, read_images, unpacked
from .named import LABELS, Arrays, part_of, pick
from .refused import reason
from .selection import ABOUT, ABOUT_DATA, SYSTEM_FILES, is_systems
from .stored import read_mat, read_npy, read_npz
from .table import is_table, read_table
from .words import some


def kinds_of(path: Path) -> dict[Path, str]:
    """The kind of the file of arrays, or of all files in a folder (or in its only folder) but those
    that only describe it; {} if some are no files of arrays. "other" is a .csv without pixels."""
    if path.is_file():
        kind = kind_of(path)
        return {path: kind} if kind else {}
    try:
        inside = sorted(path.iterdir())
    except OSError:     # explained where pictures are read
        return {}
    entries = [entry for entry in inside if not is_systems(entry.name) and not (
        entry.is_file() and (SYSTEM_FILES.fullmatch(entry.name.lower())
                             or entry.suffix.lower()[1:] in ABOUT_DATA
                             or ABOUT.fullmatch(entry.name.lower())
                             or entry.name.lower() == "labels.csv"))]
    if len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink():
        return kinds_of(entries[0])
    kinds: dict[str, tuple[Path, str]] = {}
    for entry in entries:
        kind = kind_of(entry) if entry.is_file() else None
        if kind is None and entry.suffix.lower() != ".csv":
            return {}
        kinds.setdefault(plain(entry), (entry, kind or "other"))    # a file and its .gz are one
    return {} if all(kind == "other" for _, kind in kinds.values()) else dict(kinds.values())


def kind_of(path: Path) -> str | None:
    """npz, npy, mat, idx, table or refused; None if it is no file of arrays."""
    try:
        start = unpacked(path, 16)
    except (OSError, DataError):        # explained where pictures are read
        start = b""
    kind = path.suffix.lower().lstrip(".")
    if kind in ("npz", "npy", "mat"):
        return kind
    if reason(path, start):
        return "refused"
    if re.search(r"\.(csv|tsv)(\.gz)?$", path.name.lower()):
        return "table" if is_table(path) else None
    return "idx" if is_idx(start) else None


def arrays_in(path: Path, kinds: dict[Path, str], has_labels: bool) -> list[Arrays]:
    """The images and labels in the files at path; `has_labels`: the user gives others."""
    others = [file.name for file in kinds if kinds[file] == "other"]
    kinds = {file: kind for file, kind in kinds.items() if kind != "other"}
    files = list(kinds)
    for file in files:
        if kinds[file] == "refused":
            raise DataError(reason(file, unpacked(file, 16)))
    if {*kinds.values()} == {"npy"}:
        return _of_npy(path, files, has_labels)
    if "idx" in kinds.values():
        files = [file for file in files if kinds[file] == "idx"
                 and (len(files) == 1 or "labels" not in file.name)] or files[:1]
    elif len({(kinds[file], re.sub(r"\d", "", part_of(file.name)[0])) for file in files}) > 1:
        raise DataError(f"{path}: expected one file of arrays, or its train and test parts, got "
                        f"{listing(file.name for file in files[:20])}. Give one of them")
    parts = []
    for file in files:
        kind, own = kinds[file], part_of(file.name)[1] if len(files) > 1 else ""
        found = (read_npz(file) if kind == "npz" else read_mat(file) if kind == "mat" else
                 [read_table(file) if kind == "table" else read_images(file, has_labels)])
        for arrays in found:
            if isinstance(arrays.part, str):
                arrays.part = arrays.part or own
        parts += found
    if others:
        kept = next((part for part in parts if part.labels is not None), parts[0])
        kept.notes.append(f"{some(others)} passed over: no labels and pixels in it")
    return parts


def _of_npy(path: Path, files: list[Path], has_labels: bool) -> list[Arrays]:
    """.npy files of a folder by their names; a single one with its labels beside it."""
    if len(files) > 1:
        return pick({file.stem: read_npy(file) for file in files}, str(path))
    file, images = files[0], read_npy(files[0])
    if has_labels:
        return [Arrays(images, None, str(file))]
    near = [f"{file.stem}_labels", f"{file.stem}_target", "labels",
            file.stem.replace("images", "labels"), re.sub("^x|x$", "y", file.stem.lower())]
    for entry in sorted(file.parent.iterdir()):
        if entry != file and entry.suffix in (".npy", ".csv", ".txt") \
                and entry.stem.lower() in map(str.lower, near):
            return [Arrays(images, labels_in(entry), str(file),
                           notes=[f"labels from {harmless(entry.name)}"])]
    raise DataError(f"{file}: expected labels for the images {times(images.shape)}: a file "
                    f"{near[0]}.npy or labels.npy (.csv, .txt) beside it, or --labels (Python: "
                    "labels=), an array or a file with the class of each image")


def labels_in(file: Path) -> np.ndarray:
    """The labels in a .npy, .csv, .txt or idx file: one in each line, below a header or not."""
    kind = kind_of(file)
    if kind in ("npy", "idx"):
        return read_npy(file) if kind == "npy" else read_idx(file)
    lines = file.read_text("utf-8-sig", "replace").splitlines()
    texts = [line.strip("'\"") for line in map(str.strip, lines) if line]
    if not texts or re.search(r"[,;\t]", "".join(texts)):
        raise DataError(f"{file}: expected one label in each line, for images that have no names, "
                        f"got {texts[:1]}")
    return np.array(texts[1:] if texts[0].lower() in LABELS else texts)
