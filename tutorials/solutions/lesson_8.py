"""Solutions to lesson 8, a leak in the data.

Each has the same name as in the lesson.
"""

from itertools import combinations

import numpy as np


def same_pixels(images):
    """One look at each image: those with the same bytes go into the same list."""
    groups = {}
    for i, image in enumerate(images):
        groups.setdefault(image.tobytes(), []).append(i)
    return sorted(pair for group in groups.values() for pair in combinations(group, 2))


def expected_torn(n_pairs, n_train, n_test):
    """First a test image and then a training image, or the other way round: equally likely."""
    n = n_train + n_test
    return n_pairs * 2 * n_train * n_test / (n * (n - 1))


def standard_errors_apart(wrong_a, n_a, wrong_b, n_b):
    """The variances of independent numbers add; the standard error is the root of the sum."""
    a, b = wrong_a / n_a, wrong_b / n_b
    return (a - b) / np.sqrt(a * (1 - a) / n_a + b * (1 - b) / n_b)


def nearest_distance(test_images, train_images):
    """One test image against all training images, and the smallest of the distances."""
    return np.array([np.sqrt(((train_images - image) ** 2).mean(axis=(1, 2))).min()
                     for image in test_images])


def grouped_test_part(group_of, order, n_test):
    """A group that is too large is skipped, because a smaller one may still fit."""
    chosen = []
    for group in order:
        images = np.flatnonzero(group_of == group)
        if len(chosen) + len(images) <= n_test:
            chosen.extend(images)
    return np.sort(chosen)
