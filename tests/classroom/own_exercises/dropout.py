"""Dropout that draws from a seed of its own, so that it can be graded."""
import numpy as np


def dropout(x, p, seed):
    """x, scaled, with each entry 0 with probability p -> (out, mask).

    Draw with np.random.default_rng(seed).random(x.shape); an entry is kept where the number is at
    least p. mask is 0 or 1 / (1 - p), so that out = x * mask.
    """
    rng = np.random.default_rng(seed)
    mask = (rng.random(x.shape) >= p) / (1 - p)
    return x * mask, mask


EXAMPLES = {"dropout": [lambda rng: (rng.normal(size=(4, 6)), 0.5, 3),
                        lambda rng: (rng.normal(size=(2, 3, 4)), 0.25, int(rng.integers(1000)))]}
