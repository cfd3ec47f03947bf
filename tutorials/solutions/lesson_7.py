"""Solutions to lesson 7, curves and their controls.

Each has the same name as in the lesson.
"""

import numpy as np
from scipy import stats


def damage(error):
    """Step 0 says how good the network was, and nothing about the ranking."""
    return error[1:].mean()


def percentile(value, draws):
    """Equal draws count one half: if all draws are equal to the value, the result is one half."""
    return (draws < value).mean() + (draws == value).mean() / 2


def gone(layers, L):
    """One column for each layer: 1 where its map is removed, summed; a row of zeros comes first."""
    steps = (layers[:, None] == np.arange(L)).cumsum(axis=0)
    return np.vstack([np.zeros(L, int), steps])


def t_interval(values):
    """Few numbers give only a rough standard deviation; Student's t corrects for that."""
    n = len(values)
    half = stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)
    return values.mean() - half, values.mean() + half


def verdict(low, high, holds, partly):
    """The lower end shows that something holds, the upper end that it does not."""
    if low >= holds:
        return "holds"
    if high < partly:
        return "does not hold"
    return "holds in part" if low >= partly else "cannot be told"


def chance(within, between):
    """All pairs of pairs; `[:, None]` puts one set into rows and the other into columns."""
    larger, equal = within[:, None] > between, within[:, None] == between
    return larger.mean() + equal.mean() / 2
