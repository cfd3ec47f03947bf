"""Solutions to lesson 6, the paper's experiments.

Each has the same name as in the lesson.
"""

import numpy as np


def rank_correlation(a, b):
    """Places instead of numbers, and then the usual correlation.

    `argsort` lists which map is at each place. Applied to that list, it lists the place of each
    map.
    """
    return np.corrcoef(a.argsort().argsort(), b.argsort().argsort())[0, 1]


def strongest(scores, n):
    """Sort by -score: a stable sort leaves equal scores in the order in which they came.

    Sorting by the score and reversing the result would reverse the equal ones as well.
    """
    return np.argsort(-scores, kind="stable")[:n]


def without(net, x, layer, number):
    """Axis 0 counts images, axis 1 maps. The next layers get 0, for any bias."""
    o = x
    for name in net.layers:
        o, _ = net[name].forward(o)
        if name == layer:
            o[:, number] = 0
    return o


def two_errors(labels, t, k):
    """The person's own images are columns of `labels`; for them, right is k."""
    return (labels[:, t == k] != k).mean(axis=1), (labels != t).mean(axis=1)


def constant_error(t):
    """The best constant answer is the person with the most images. It is wrong for all others."""
    return 1 - np.bincount(t).max() / len(t)


def modes(labels, t, K):
    """`bincount` counts each label, and `argmax` takes the first of the largest: the lowest label.
    """
    return np.array([np.bincount(labels[t == k]).argmax() for k in range(K)])
