"""The form of every data set: images, labels, conditions, and how to split them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, count, islice
from math import comb

import numpy as np

from ..layers.errors import DataError
from ..output.text import first_of, harmless
from .levels import scale
from .pixels import digest
from .remarks import class_notes

Split = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Dataset:
    """Images of K people, each under several conditions.

    Attributes:
        name: what the data set is called in reports.
        images: (N, 1, H, W) float32, grey levels in [0, 1] (or standardised, image by image); or
            (N, 3, H, W): red, green and blue.
        labels: (N,) int64, the identity t of each image, 0 to K-1.
        people: the K names; `people[labels[i]]` is the person on image i.
        conditions: N words such as "happy": how each image was taken.
        files: N names, where each image came from.
        digests: N strings; two are equal exactly if the original pixels of their images are.
        notes: decisions of the loader that a reader should know (skipped files, and why).
        test_part: (N,) bool, the images that their source itself gives as test images; None if it
            does not say.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    people: tuple[str, ...]
    conditions: tuple[str, ...]
    files: tuple[str, ...]
    digests: tuple[str, ...] = field(repr=False)
    notes: tuple[str, ...] = ()
    test_part: np.ndarray | None = field(default=None, repr=False)

    @property
    def n_classes(self) -> int:
        """K, the number of people."""
        return len(self.people)

    @property
    def of_people(self) -> bool:
        """Whether the classes are known to be people: they have the names of the Yale faces."""
        return all(re.fullmatch(r"subject\d+", person) for person in self.people)

    @property
    def usual_split(self) -> str:
        """The kind of split if nobody asks for another: "given" if the data have one, else
        "random"."""
        return "random" if self.test_part is None else "given"

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        height, width = self.images.shape[2:]
        return (f"Dataset({self.name!r}: {len(self)} images of {self.n_classes} "
                f"{'people' if self.of_people else 'classes'}, {height} x {width})")

    def find(self, person: int, condition: str) -> int:
        """The index of the image of `person` (0-based) under `condition`; DataError if none."""
        for i, (label, word) in enumerate(zip(self.labels, self.conditions, strict=True)):
            if label == person and word == condition:
                return i
        raise DataError(f"{self.name}: no image of {self.people[person]} under {condition!r}; "
                        f"there are {sorted(set(self.conditions))}")

    @property
    def n_twins(self) -> int:
        """How many pairs of images are the same pixel for pixel."""
        return sum(comb(len(group), 2) for group in self._same_pixels())

    def twins(self, most: int | None = None) -> list[tuple[int, int]]:
        """These pairs (i, j), i < j, or the first `most` of them: n equal images have n²/2."""
        pairs = (pair for group in self._same_pixels() for pair in combinations(group, 2))
        return list(islice(pairs, most))

    def twins_across(self, split: Split) -> int:
        """How many pairs of twins have one image in the training part and one in the test part."""
        test = set(split[1].tolist())
        tested = [(len(group), sum(i in test for i in group)) for group in self._same_pixels()]
        return sum(n_test * (n - n_test) for n, n_test in tested)

    def split(self, kind: str | None = None, *, seed: int = 0, test: float = 0.25) -> Split:
        """Indices (train, test), both ascending; 165 images give 124 and 41 (section IV-B).

        Kinds (without one, the `usual_split`):
            "random": any image may be in either part, as in the paper.
            "stratified": every class gives the same number of test images, or one more, but at most
                half of its images.
            "twins": random, but images with the same pixels stay in the same part.
            "given": the test part that the data themselves give (`test_part`).
            "leave:CONDITION": all images of one condition are the test part.
        The last two do not use `test` and `seed`.
        """
        rng = np.random.default_rng(seed)
        kind = kind or self.usual_split
        if kind == "random":
            chosen = rng.permutation(len(self))[:self._n_test(test)]
        elif kind == "stratified":
            chosen = self._one_of_each_in_turn(rng)[:self._n_test(test)]
            if not len(chosen):
                raise ValueError(f"{self.name}: expected two images of a class or more, so that "
                                 "one can be a test image, got one of each")
        elif kind == "twins":
            chosen = self._whole_groups(rng, self._n_test(test))
        elif kind == "given":
            if self.test_part is None:
                raise ValueError("split 'given': the data do not say which images are test images "
                                 "(folders train and test would); 'random' draws them")
            chosen = np.flatnonzero(self.test_part)
        elif kind.startswith("leave:"):
            word = kind.removeprefix("leave:")
            chosen = np.flatnonzero(np.array(self.conditions) == word)
            if not 0 < len(chosen) < len(self):
                there = sorted(set(self.conditions))
                raise ValueError(f"split {kind!r}: no condition {word!r} to leave out; there are "
                                 f"{', '.join(first_of(there, 20))}")
        else:
            raise ValueError(f"split {kind!r}: expected 'random', 'stratified', 'twins', 'given' "
                             f"or 'leave:CONDITION'")
        is_test = np.zeros(len(self), bool)
        is_test[chosen] = True
        return np.flatnonzero(~is_test), np.flatnonzero(is_test)

    def _n_test(self, test: float) -> int:
        """How many test images a share of all is."""
        n_test = len(self) - round((1 - test) * len(self))
        if not 0 < n_test < len(self):
            if 0 < test < 1:
                raise ValueError(f"{self.name}: expected more images to divide into a training and "
                                 f"a test part, got {len(self)}")
            raise ValueError(f"test={test} leaves {len(self) - n_test} images to train on and "
                             f"{n_test} to test; expected a share between 0 and 1")
        return n_test

    def _one_of_each_in_turn(self, rng: np.random.Generator) -> np.ndarray:
        """One image of each class, then a second of each, ... up to half of a class."""
        queues = [rng.permutation(np.flatnonzero(self.labels == k)) for k in
                  rng.permutation(self.n_classes)]
        longest = max(map(len, queues))
        return np.array([queue[turn] for turn in range(longest // 2) for queue in queues
                         if turn < len(queue) // 2], np.intp)

    def _whole_groups(self, rng: np.random.Generator, n_test: int) -> np.ndarray:
        """n_test random images in all; those with the same pixels are chosen together."""
        groups = self._same_pixels()
        chosen: list[int] = []
        for g in rng.permutation(len(groups)):
            if len(chosen) + len(groups[g]) <= n_test:
                chosen += groups[g]
        return np.array(chosen)

    def _same_pixels(self) -> list[list[int]]:
        """All images, those with the same pixels in one group; most groups have one member."""
        groups: dict[str, list[int]] = {}
        for i, own in enumerate(self.digests):
            groups.setdefault(own, []).append(i)
        return list(groups.values())


def dataset(images: np.ndarray, labels: np.ndarray, *,
            names: Sequence[str] | None = None) -> Dataset:
    """A data set of your own arrays.

    Args:
        images: (N, H, W), (N, 1, H, W) or (N, 3, H, W). uint8 and other whole numbers above 1 are
            divided by the white that holds them (15, 16, 255, 4095 or 65535), and a note says so;
            the rest stays.
        labels: (N,) the class of each image, counted from 0; or its name.
        names: of the K classes; "0", "1", ... without it.

    Raises:
        DataError: the arrays do not fit; the message says what to call on them.
    """
    x, t = np.asarray(images), np.asarray(labels)
    if x.ndim == 3:
        x = x[:, None]
    if t.dtype.kind == "U" and t.shape == x.shape[:1] and names is None:
        found, t = np.unique(t, return_inverse=True)
        names = found.tolist()
    k = int(t.max(initial=-1)) + 1 if names is None and t.dtype.kind in "biu" else len(names or ())
    if x.ndim != 4 or t.shape != x.shape[:1] or t.dtype.kind not in "iu" or k < 2 \
            or not len(t) or t.min() < 0 or t.max() >= k or _channels_last(x):
        raise DataError("dataset: expected (N, H, W) or (N, C, H, W) images and N labels from 0 to "
                        f"K - 1, got {x.shape} and {t.shape} {t.dtype} of {k} classes"
                        + _what_to_call(x, t))
    if names is not None and len({*map(str, names)}) < k:
        raise DataError("dataset: expected another name for each class, got two that are equal: "
                        f"{', '.join(map(str, names))}"[:300])
    white, notes = scale(x, "dataset")
    if not (t == 0).any() and names is None:
        notes.append("no image is of class 0; if the labels are counted from 1, labels - 1 counts "
                     "them from 0")
    return of_levels("images", np.divide(x, white, dtype=np.float32, casting="unsafe"), t,
                     map(str, range(k) if names is None else names), x, notes)


def of_levels(name: str, levels: np.ndarray, labels: np.ndarray, people: Iterable[str],
              pixels: np.ndarray, notes: Iterable[str], parts: Sequence[str] = (),
              test_part: np.ndarray | None = None) -> Dataset:
    """The data set of images that came in arrays: they have numbers instead of names.

    name, levels (as images), labels, people, notes and test_part are as in `Dataset`; pixels are
    the images as they came, and parts the part of the source ("train", "") that each is in.
    """
    people = tuple(map(harmless, people))
    parts = parts or [""] * len(labels)
    return Dataset(
        name=harmless(name), images=levels, labels=labels.astype(np.int64), people=people,
        conditions=tuple(map(str, _numbered(labels.tolist()))),
        files=tuple(f"{part} image {i}".strip()
                    for part, i in zip(parts, _numbered(parts), strict=True)),
        digests=tuple(map(digest, pixels)),
        notes=tuple(map(harmless, [*notes, *class_notes(labels, people, test_part)])),
        test_part=test_part)


def _numbered(kinds: Sequence[object]) -> list[int]:
    """For each entry how many equal ones come before it."""
    numbers: defaultdict[object, count[int]] = defaultdict(count)
    return [next(numbers[kind]) for kind in kinds]


def _channels_last(x: np.ndarray) -> bool:
    return x.ndim == 4 and x.shape[3] in (1, 3, 4) and x.shape[1] not in (1, 3, 4)


def _what_to_call(x: np.ndarray, t: np.ndarray) -> str:
    """The likely cause, and what makes the arrays fit; "" if unknown."""
    if _channels_last(x):
        hint = ("the channels are the last axis; images"
                + "[..., :3]" * (x.shape[3] == 4)       # without transparency
                + ".transpose(0, 3, 1, 2) makes them the second")
    elif x.ndim == 2:
        hint = "pictures as flat rows; images.reshape(-1, height, width) makes them pictures again"
    elif t.ndim == 2 and t.size == len(x):
        hint = "labels.ravel() makes them (N,)"
    elif t.ndim == 2 and len(t) == len(x):
        hint = "one-hot rows; labels.argmax(axis=1) makes them classes"
    elif t.dtype.kind == "f" and t.shape == x.shape[:1]:
        hint = "labels.astype(int) makes whole numbers of them, if they are whole"
    else:
        return ""
    return f". Likely cause: {hint}"
