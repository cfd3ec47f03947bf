"""Which axis of an array of images is what, and which class each label means."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..layers.errors import DataError
from ..output.text import listing, times
from .names import natural
from .pixels import Size, image_size

WORDS = {"N": "images", "C": "channels", "H": "rows", "W": "columns", "D": "pixels"}
READINGS = {2: ("ND", "DN"), 3: ("NHW", "HWN"), 4: ("NCHW", "NHWC", "HWCN")}


def image_axes(x: np.ndarray, n: int, what: str, by_columns: bool = False,
               size: Size | None = None) -> tuple[np.ndarray, list[str]]:
    """The images in x as a view (N, C, H, W), and notes; a DataError if they cannot be read so.

    Args:
        x: (N, H, W), (N, C, H, W), (N, H, W, C), (H, W, N), (H, W, C, N) or one flat row (column)
            for each image; C is 1 or 3. If two readings fit, N is first as in NumPy, or last for
            pictures (not rows) of MATLAB's.
        n: the number of labels.
        what: the array in errors.
        by_columns: pictures are kept column by column, as MATLAB does.
        size: of flat pictures that are not square; as in `image_size`.
    """
    fitting = [letters for letters in READINGS.get(x.ndim, ()) if _fits(letters, x.shape, n)]
    if not fitting:
        cause = ("another kind of data, or channels that are neither 1 nor 3 (images[..., :3] "
                 "leaves transparency out)" if n in x.shape else
                 "images and labels that do not belong together")
        raise DataError(f"{what}: expected images, (N, H, W), (N, C, H, W) or (N, H, W, C) with 1 "
                        f"or 3 channels C, or one row of pixels for each, got {times(x.shape)} "
                        f"with {n} labels. Likely cause: {cause}")
    letters = fitting.pop(-1 if by_columns and x.ndim > 2 else 0)
    notes = []
    if fitting or letters[0] != "N":
        read, *others = (" x ".join(WORDS[axis] for axis in axes) for axes in (letters, *fitting))
        notes = [f"the array of images is read as {read}" + (
            f"; {times(x.shape)} with {n} labels may be {listing(others, 'or')}, too: transpose "
            "it for that" if others else "")]
    if "D" in letters:
        x, note = _unrolled(x if letters == "ND" else x.T, what, by_columns, size)
        return x, [*notes, note]
    if "C" not in letters:
        x, letters = x[None], "C" + letters
    return x.transpose([letters.index(axis) for axis in "NCHW"]), notes


def _fits(letters: str, shape: tuple[int, ...], n: int) -> bool:
    """Whether this reading of the axes gives n images of 1 or 3 channels."""
    sizes = dict(zip(letters, shape, strict=True))
    return (sizes["N"] == n and sizes.get("C", 1) in (1, 3)
            and min(sizes.get("H", 2), sizes.get("W", 2)) >= 2)


def _unrolled(x: np.ndarray, what: str, by_columns: bool, size: Size | None
              ) -> tuple[np.ndarray, str]:
    """(N, 1, H, W) of the flat rows (N, D), square or of the size asked for, and a note."""
    n, d = x.shape
    h = w = math.isqrt(d)
    if h * w != d and size is not None:
        h, w = image_size(size)
    if h * w != d or d < 16:
        side = math.isqrt(d // 3)
        cause = (f"colours: images.reshape(-1, 3, {side}, {side}) makes pictures of them if all "
                 f"red comes first as in CIFAR, images.reshape(-1, {side}, {side}, 3) if it is "
                 "pixel by pixel" if 3 * side * side == d else
                 "pictures that are not square (--size, in Python size=, tells their rows x "
                 "columns), or no pictures")
        raise DataError(f"{what}: expected rows of s·s pixels, got {d} numbers in each. Likely "
                        f"cause: {cause}")
    read = f"each row of {d} numbers is read as a picture of {h} x {w}"
    if by_columns:
        return x.reshape(n, 1, w, h).transpose(0, 1, 3, 2), (
            f"{read}, column by column as in MATLAB; if it lies on its side, it was saved row by "
            "row, as NumPy does: save it as .npy")
    return x.reshape(n, 1, h, w), f"{read}, row by row"


def class_labels(labels: np.ndarray, what: str, names: Sequence[str] | None = None
                 ) -> tuple[np.ndarray, list[str]]:
    """(N,) int64 labels from 0 to K - 1, and the K names: the distinct values in order.

    The labels are (N,), (N, 1) or (1, N) whole numbers or texts; names[v] is the class of the whole
    number v. A DataError is raised if they are no classes, or all the same.
    """
    if labels.size == 0 or labels.size != max(labels.shape, default=0):
        raise DataError(f"{what}: expected one label for each image, got {times(labels.shape)}. "
                        "Likely cause: one-hot rows (labels.argmax(axis=1) makes classes of them), "
                        "or several attributes of each image")
    values = _ints_or_texts(labels.ravel(), what)
    texts = isinstance(values[0], str)
    classes = sorted(set(values), key=natural if texts else None)
    if len(classes) == 1:
        raise DataError(f"{what}: expected at least two classes, got {len(values)} labels that are "
                        "all the same")
    number = {value: k for k, value in enumerate(classes)}
    if names is not None and not texts and classes[0] >= 0 and classes[-1] < len(names):
        classes = [names[value] for value in classes]
    return np.array([number[value] for value in values], np.int64), [*map(str, classes)]


def _ints_or_texts(t: np.ndarray, what: str) -> list[Any]:
    if t.dtype.kind == "S":
        t = np.char.decode(t, "utf-8", "replace")
    values = t.tolist()
    if all(isinstance(value, str) for value in values):
        values = [value.strip() for value in values]
        if "" in values:
            raise DataError(f"{what}: expected a label for each image, got an empty one for image "
                            f"{values.index('')} (counted from 0)")
        numbers = all(re.fullmatch(r"-?(0|[1-9]\d*)", value) for value in values)
        return [*map(int, values)] if numbers else values       # 007 is a name
    # NaN and infinity leave NaN
    wrong = [value for value in values if t.dtype.kind not in "biuf" or value % 1 != 0]
    if wrong:
        raise DataError(f"{what}: expected whole numbers or names as labels, got {t.dtype} such "
                        f"as {wrong[:1]}. Likely cause: not the labels, or a missing one")
    return [*map(int, values)]
