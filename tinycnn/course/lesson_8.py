"""Lesson 8, a leak in the data: what is right, and what usually goes wrong."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from .exercise import Exercise, Written

Array = np.ndarray
Cases = list[tuple[Any, ...]]
Pairs = list[tuple[int, int]]


def _same_pixels(images: Array) -> Pairs:
    """Every image compared with every other one."""
    return [(i, j) for i, j in combinations(range(len(images)), 2)
            if np.array_equal(images[i], images[j])]


def _same_sums(images: Array) -> Pairs:
    return [(i, j) for i, j in combinations(range(len(images)), 2)
            if np.isclose(images[i].sum(), images[j].sum())]


def _same_as_first(images: Array) -> Pairs:
    first: dict[bytes, int] = {}
    found = [(first.setdefault(image.tobytes(), i), i) for i, image in enumerate(images)]
    return sorted((i, j) for i, j in found if i < j)


def _image_cases(rng: np.random.Generator) -> Cases:
    """Two equal neighbours, three equal images that are far apart, and a mirror image."""
    cases: Cases = []
    for n, size in ((7, 4), (9, 5), (12, 3)):
        kinds = rng.normal(size=(n - 3, size, size))
        kinds[1] = kinds[0, :, ::-1]
        order = rng.permutation([0, 0, *range(1, n - 3), 2, 2])
        order = np.concatenate([[3, 3], order[order != 3]])
        cases.append((kinds[order],))
    return cases


def _expected_torn(n_pairs: int, n_train: int, n_test: int) -> float:
    """Counted over all pairs of places in a shuffled list."""
    is_test = np.arange(n_train + n_test) < n_test
    torn = (is_test[:, None] != is_test).sum()
    places = len(is_test) * (len(is_test) - 1)
    return float(n_pairs * torn / places)


def _standard_errors(wrong_a: int, n_a: int, wrong_b: int, n_b: int) -> float:
    """From the images, one by one: 1 is wrong, 0 is right."""
    a, b = (np.arange(n) < wrong for wrong, n in ((wrong_a, n_a), (wrong_b, n_b)))
    return float((a.mean() - b.mean()) / np.sqrt(a.var() / n_a + b.var() / n_b))


def _spread(wrong: int, n: int) -> float:
    return float(np.sqrt(wrong / n * (1 - wrong / n) / n))


def _nearest(test_images: Array, train_images: Array) -> Array:
    """Image by image."""
    return np.array([min(np.sqrt(((image - other) ** 2).mean()) for other in train_images)
                     for image in test_images])


def _squares(test_images: Array, train_images: Array) -> Array:
    return (test_images[:, None] - train_images) ** 2


def _two_sets(rng: np.random.Generator) -> Cases:
    return [(rng.normal(size=(m, h, w)), rng.normal(size=(n, h, w)))
            for m, n, h, w in ((3, 5, 4, 4), (4, 2, 3, 5), (2, 6, 5, 3))]


def _grouped(group_of: Array, order: Array, n_test: int, then: str = "") -> Array:
    """Group by group, as `Dataset.split("twins")` does it; with a mistake, if `then` is given."""
    chosen: list[int] = []
    for group in order:
        images = np.flatnonzero(group_of == group).tolist()
        if len(chosen) + len(images) <= n_test or (then == "beyond" and len(chosen) < n_test):
            chosen += images
        elif then == "stop":
            break
    return np.array(sorted(chosen))


def _group_cases(rng: np.random.Generator) -> Cases:
    """Groups of 1 to 3 images; a large one comes when one place is left, and small ones follow."""
    cases: Cases = []
    for singles, n_test in ((6, 4), (8, 5), (9, 7)):
        sizes = [1] * singles + [3, 2, 3]
        names = rng.permutation(len(sizes))
        group_of = rng.permutation(np.repeat(names, sizes))
        first = names[:n_test - 1]
        rest = rng.permutation(names[n_test - 1:singles])
        cases.append((group_of, np.concatenate([first, names[singles:], rest]), n_test))
    return cases


EXERCISES: dict[str, Exercise] = {
    "8.1": Written(
        _same_pixels, _image_cases,
        {"only neighbours in the list are compared":
            lambda images: [(i, j) for i, j in _same_pixels(images) if j == i + 1],
         "each pair is there twice, as (i, j) and as (j, i)":
            lambda images: sorted(p for i, j in _same_pixels(images) for p in ((i, j), (j, i))),
         "three equal images make three pairs; the second and the third are a pair too":
            _same_as_first,
         "the key is a sum or a mean, but a mirror image has the same one": _same_sums}),
    "8.2": Written(
        _expected_torn,
        lambda rng: [(int(rng.integers(2, 30)), a, b) for a, b in ((124, 41), (9, 3), (50, 50))],
        {"the second image is drawn from the N - 1 that are left":
            lambda n, a, b: 2 * n * a * b / (a + b) ** 2,
         "the factor 2 is missing: either of the two may be the test image":
            lambda n, a, b: n * a * b / (a + b) / (a + b - 1),
         "those are the pairs that stay whole": lambda n, *of: n - _expected_torn(n, *of),
         "that is the chance of one pair": lambda n, a, b: _expected_torn(1, a, b)}),
    "8.3": Written(
        _standard_errors,
        lambda rng: [(1, 41, 5, 41), (int(rng.integers(5, 9)), 38, int(rng.integers(1, 4)), 41),
                     (int(rng.integers(10, 20)), 100, 3, 41)],
        {"the standard errors are added, but their squares should be added":
            lambda a, n, b, m: (a / n - b / m) / (_spread(a, n) + _spread(b, m)),
         "that is the difference of the counts of mistakes, not of the errors":
            lambda a, n, b, m: (a - b) / np.hypot(_spread(a, n), _spread(b, m)),
         "the spread is that of one image: the variance of a share is divided by n":
            lambda a, n, b, m: (a / n - b / m) / np.hypot(_spread(a, n) * n ** 0.5,
                                                          _spread(b, m) * m ** 0.5),
         "the sign is lost: b can be the larger error": lambda *case: abs(_standard_errors(*case)),
         "the spread of only one of the two errors is taken":
            lambda a, n, b, m: (a / n - b / m) / _spread(a, n)}),
    "8.4": Written(
        _nearest, _two_sets,
        {"the root is missing": lambda a, b: _squares(a, b).mean(axis=(2, 3)).min(axis=1),
         "it is the sum over the pixels, not the mean":
            lambda a, b: np.sqrt(_squares(a, b).sum(axis=(2, 3))).min(axis=1),
         "that is the mean distance to all training images, not the smallest":
            lambda a, b: np.sqrt(_squares(a, b).mean(axis=(2, 3))).mean(axis=1),
         "there is one distance for each training image": lambda a, b: _nearest(b, a)}),
    "8.5": Written(
        _grouped, _group_cases,
        {"it stops at the first group that does not fit, but later ones may fit":
            lambda of, order, n: _grouped(of, order, n, "stop"),
         "the last group goes beyond n_test": lambda of, order, n: _grouped(of, order, n, "beyond"),
         "those are the training images": lambda group_of, *rest:
            np.setdiff1d(np.arange(len(group_of)), _grouped(group_of, *rest)),
         "groups are torn: images are taken one by one":
            lambda group_of, order, n: np.sort(np.argsort(np.argsort(order)[group_of],
                                                          kind="stable")[:n]),
         "the order of the groups is not used":
            lambda group_of, order, n: _grouped(group_of, np.sort(order), n)}),
}
