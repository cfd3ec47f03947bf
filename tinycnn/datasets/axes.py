"""Which axis of an array of images is what, and which class each label means."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from ..layers.errors import DataError
from ..output.text import listing, times
from .names import natural
from .pixels import Size, image_size

WORDS = {"N": "images", "C": "channels", "H": "rows", "W": "columns", "D": "pixels"}
READINGS = {2: ("ND", "DN"), 3: ("NHW", "HWN"), 4: ("NCHW", "NHWC", "HWCN")}


def image_axes(x: np.ndarray, n: int, what: str, by_columns: bool = False,
               size: Size | None = None) -> tuple[np.ndarray, list[str]]:
    """The images in x as a view (N, C, H, W), and notes on how they were read.

    Args:
        x: (N, H, W), (N, C, H, W), (N, H, W, C), (H, W, N), (H, W, C, N) or one flat row (column)
            for each image; C is 1 or 3.
        n: the number of images, N, as their labels say.
        what: the array in errors, as "faces.npz: x".
        by_columns: flat pictures are read column by column, as MATLAB keeps them.
        size: of flat pictures that are not square; as in `image_size`.

    Raises:
        DataError: no reading fits, or more than one.
    """
    fitting = [letters for letters in READINGS.get(x.ndim, ()) if _fits(letters, x.shape, n)]
    if not fitting:
        raise DataError(f"{what}: expected images, (N, H, W), (N, C, H, W) or (N, H, W, C) with 1 "
                        f"or 3 channels C, or one row of pixels for each, got {times(x.shape)} "
                        f"with {n} labels. Likely cause: {_why_none(x.shape, n)}")
    if len(fitting) > 1:
        both = listing((f"({', '.join(letters)})" for letters in fitting), "or")
        raise DataError(f"{what}: {times(x.shape)} with {n} labels may be {both}, and which it is "
                        "cannot be told. Save it as (N, H, W) or (N, C, H, W) with other sides, "
                        "or call tc.dataset(images, labels)")
    letters = fitting[0]
    notes = [] if letters[0] == "N" else [
        "the array of images is read as " + " x ".join(WORDS[axis] for axis in letters)]
    if "D" in letters:
        return _unrolled(x if letters == "ND" else x.T, what, by_columns, size, notes)
    x = np.expand_dims(x, 0) if "C" not in letters else x
    letters = letters if "C" in letters else "C" + letters
    return x.transpose([letters.index(axis) for axis in "NCHW"]), notes


def _fits(letters: str, shape: tuple[int, ...], n: int) -> bool:
    """Whether this reading of the axes gives n images of 1 or 3 channels."""
    sizes = dict(zip(letters, shape, strict=True))
    return (sizes["N"] == n and sizes.get("C", 1) in (1, 3)
            and min(sizes.get("H", 2), sizes.get("W", 2)) >= 2)


def _why_none(shape: tuple[int, ...], n: int) -> str:
    """The likely cause if no reading fits."""
    if n not in shape:
        return "images and labels that do not belong together: as many labels as images are needed"
    if len(shape) == 4 and shape[0] == n and {shape[1], shape[3]} & {2, 4}:
        return ("a channel of transparency; images[..., :3] leaves it out where channels are the "
                "last axis")
    return "another kind of data, or an axis too many"


def _unrolled(x: np.ndarray, what: str, by_columns: bool, size: Size | None, notes: list[str]
              ) -> tuple[np.ndarray, list[str]]:
    """(N, C, H, W) of the flat rows (N, D)."""
    n, d = x.shape
    channels, h, w = _sides(d, size) or (0, 0, 0)
    if not channels:
        raise DataError(f"{what}: expected rows of s·s or 3·s·s pixels, got {d} numbers in each. "
                        "Likely cause: pictures that are not square (then give size=, their rows "
                        "x columns), or no pictures")
    first, second = (w, h) if by_columns else (h, w)
    how = ("column by column as in MATLAB; if it lies on its side, it was saved row by row, as "
           "NumPy does: save it as .npy" if by_columns else "row by row")
    read = f"each row of {d} numbers is read as a picture of {h} x {w}"
    if channels == 1:
        x, notes = x.reshape(n, 1, first, second), [*notes, f"{read}, {how}"]
        return (x.transpose(0, 1, 3, 2) if by_columns else x), notes
    planes = x.reshape(n, 3, first, second)
    mixed = x.reshape(n, first, second, 3).transpose(0, 3, 1, 2)
    rough = [_roughness(reading[:100]) for reading in (planes, mixed)]
    if max(rough) <= 1.3 * min(rough):
        raise DataError(f"{what}: rows of {d} numbers may be three planes of {h} x {w}, or "
                        f"{h} x {w} pixels of three colours each, and which it is cannot be "
                        "told. Save it as (N, 3, H, W) or (N, H, W, 3)")
    x = planes if rough[0] < rough[1] else mixed
    notes = [*notes, f"{read} in " + ("three planes, red, green and blue" if x is planes else
                                      "turn red, green and blue")
             + f" (neighbours differ least this way), {how}"]
    return (x.transpose(0, 1, 3, 2) if by_columns else x), notes


def _sides(d: int, size: Size | None) -> tuple[int, int, int] | None:
    """(channels, rows, columns) of pictures of d numbers: square ones, or of the size asked for."""
    for channels in (1, 3):
        side = math.isqrt(d // channels)
        if side > 3 and channels * side * side == d:
            return channels, side, side
    rows, columns = (0, 0) if size is None else image_size(size)
    return next(((c, rows, columns) for c in (1, 3) if c * rows * columns == d), None)


def _roughness(x: np.ndarray) -> float:
    """The mean difference of neighbours, along rows and along columns of (N, 3, s, s)."""
    x = x.astype(np.float32)
    return float(sum(np.abs(np.diff(x, axis=axis)).mean() for axis in (2, 3)))


def class_labels(labels: np.ndarray, what: str, names: Sequence[str] | None = None
                 ) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    """(N,) int64 labels from 0 to K - 1, the K names, and notes.

    Args:
        labels: (N,), (N, 1) or (1, N) whole numbers or texts: the classes are the distinct values;
            or (N, K) one-hot rows.
        what: the array in errors.
        names: names[v] is the class of the whole number v; without it, names are the numbers.

    Raises:
        DataError: they are no classes, or all the same.
    """
    t, notes = np.asarray(labels), []
    if t.ndim == 2 and min(t.shape) > 1:
        t, notes = _from_one_hot(t, what), ["the labels are one-hot rows; the class is the "
                                            "column of the 1"]
    if t.size == 0 or t.size != max(t.shape, default=0):
        raise DataError(f"{what}: expected one label for each image, got {times(t.shape)}")
    t = t.ravel()
    if t.dtype.kind == "S":
        t = np.array([value.decode("utf-8", "replace") for value in t.tolist()])
    if t.dtype.kind == "U" and all(re.fullmatch(r"\s*-?\d{1,18}\s*", value) and not re.match(
            r"\s*-?0\d", value) for value in set(t.tolist())):
        t = t.astype(np.int64)      # but 007 is a name
    if t.dtype.kind == "U":
        classes = sorted(set(map(str.strip, t.tolist())), key=natural)
        if "" in classes:
            raise DataError(f"{what}: expected a label for each image, got an empty one for image "
                            f"{[*map(str.strip, t.tolist())].index('')} (counted from 0)")
        number = {name: k for k, name in enumerate(classes)}
        return _two(np.array([number[value.strip()] for value in t.tolist()]), what), (
            *classes,), notes
    numbers = t.dtype.kind in "biuf"
    wrong = t[~((t == np.rint(t)) & (abs(t) < 2**53))] if t.dtype.kind == "f" else t[:not numbers]
    if len(wrong):
        raise DataError(f"{what}: expected whole numbers or names as labels, got {t.dtype} such "
                        f"as {wrong[:1].tolist()}. Likely cause: not the labels, or a missing one")
    values, t = np.unique(t.astype(np.int64), return_inverse=True)
    known = names is not None and values[0] >= 0 and values[-1] < len(names)
    return _two(t, what), tuple(str(names[v]) if known and names is not None else str(v)
                                for v in values.tolist()), notes


def _two(t: np.ndarray, what: str) -> np.ndarray:
    """t as int64, if there are two classes."""
    if t.max() == 0:
        raise DataError(f"{what}: expected at least two classes, got {len(t)} labels that are all "
                        "the same")
    return t.astype(np.int64)


def _from_one_hot(t: np.ndarray, what: str) -> np.ndarray:
    """(N,) the columns of the ones in (N, K); DataError if rows are not one-hot."""
    if t.dtype.kind not in "biuf" or not ((t == 0) | (t == 1)).all() or (t.sum(1) != 1).any():
        raise DataError(f"{what}: expected one label for each image, got {times(t.shape)}, and its "
                        "rows are not one-hot. Likely cause: several attributes of each image; "
                        "save one column of them as labels")
    return t.argmax(axis=1)
