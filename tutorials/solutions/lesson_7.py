"""Solutions to lesson 7, curves and their controls.

Each has the same name as in the lesson.
"""

import numpy as np
from scipy import stats


def percentile(value, draws):
    """Equal draws count one half: if all draws are equal to the value, the result is one half."""
    return (draws < value).mean() + (draws == value).mean() / 2


def own_minus_others(areas):
    """The sum of a column without its diagonal is that of the K - 1 others."""
    own = areas.diagonal()
    others = (areas.sum(axis=0) - own) / (len(areas) - 1)
    return (own - others).mean()


def share(of_maps, all_of_it):
    """The mean of the ratios would let a network that gains nearly nothing decide."""
    return of_maps.mean() / all_of_it.mean()


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


def matched_auc(alike, t, c):
    """The rivals have the condition of b, so that the condition is no help and no harm."""
    won = total = 0
    for a in range(len(t)):
        for b in np.flatnonzero((t == t[a]) & (c != c[a])):
            rivals = alike[a, (t != t[a]) & (c == c[b])]
            won += (rivals < alike[a, b]).sum() + (rivals == alike[a, b]).sum() / 2
            total += len(rivals)
    return won / total


def my_controls():
    """Each control changes one thing: which maps, in which layers, whose, in how many networks,
    what was learnt, and under which conditions images are compared."""
    return ["random maps", "same layers", "maps of others", "more networks", "untrained network",
            "equal conditions"]
