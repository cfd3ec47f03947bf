"""idx-ubyte files, as MNIST is distributed."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np

from ..layers.errors import DataError
from .named import Arrays
from .stored import explained, within

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def is_idx(start: bytes) -> bool:
    """Whether a file's first (unpacked) bytes are those of an idx file."""
    return len(start) >= 4 and start[:2] == b"\0\0" and start[2] in TYPES and 1 <= start[3] <= 4


def unpacked(path: Path, n_bytes: int = -1) -> bytes:
    """The first n_bytes of a file, or all of it; unpacked, if it is a .gz and no bomb."""
    with path.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            file.seek(0)
            return file.read(n_bytes)
    with explained(path, "a whole .gz"), gzip.open(path) as packed:
        if n_bytes >= 0:
            return packed.read(n_bytes)
        chunks, total = [], 0
        while chunk := packed.read(2**24):
            chunks.append(chunk)
            within(path, total := total + len(chunk))
        return b"".join(chunks)


def read_idx(path: Path) -> np.ndarray:
    """The array in an idx file, plain or .gz; a DataError if it is damaged or another file."""
    data = unpacked(path)
    if not is_idx(data):
        raise DataError(f"{path}: expected an idx file as MNIST's, got one that begins with "
                        f"{data[:8]!r}. Likely cause: another kind of file, or a damaged one")
    with explained(path, "as many numbers as its header says"):
        n_axes = data[3]
        shape = np.frombuffer(data, ">u4", n_axes, offset=4).tolist()
        return np.frombuffer(data, TYPES[data[2]], offset=4 + 4 * n_axes).reshape(shape)


def read_images(path: Path, has_labels: bool) -> Arrays:
    """The images in an idx file and, if there are no others, the labels in the file beside it."""
    images, notes = read_idx(path), []
    if images.ndim == 1:
        raise DataError(f"{path}: expected the file of images, got one of {len(images)} labels. "
                        f"Likely cause: its partner was meant, "
                        f"{path.name.replace('labels', 'images').replace('idx1', 'idx3')}")
    if "emnist" in path.name.lower() and images.ndim == 3:
        images = images.transpose(0, 2, 1)
        notes = ["EMNIST keeps its pictures column by column; they are turned upright"]
    labels = None if has_labels else read_idx(labels_beside(path))
    return Arrays(images, labels, str(path), notes=notes)


def labels_beside(path: Path) -> Path:
    """The file with the labels of an idx file of images: train-labels-idx1-ubyte for
    train-images-idx3-ubyte, with . or -, packed or not; a DataError names it if there is none."""
    expected = re.sub(r"idx\d", "idx1", path.name.replace("images", "labels"))
    for entry in sorted(path.parent.iterdir()):
        if plain(entry) == plain(Path(expected)) != plain(path):
            return entry
    name = expected.removesuffix(".gz")
    raise DataError(f"{path}: expected the file of its labels beside it, {name} or {name}.gz; "
                    "there is none. Likely cause: only one of the two files was downloaded; or "
                    "give --labels (Python: labels=), an array or the file of one")


def plain(path: Path) -> str:
    """The name of an idx file without what differs between copies of it."""
    return path.name.lower().removesuffix(".gz").replace(".", "-")
