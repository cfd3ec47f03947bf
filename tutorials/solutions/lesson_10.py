"""Solutions to lesson 10, one line changed.

Each has the same name as in the lesson.
"""

import numpy as np


def my_share(a):
    """The tangent predicts its slope times a. For a = 1.5 that is 30 % of the true fall."""
    return a * (1 - np.tanh(a) ** 2) / np.tanh(a)


def secant(layer, z, o, dy, cache):
    """At z = 0, o / z is 0 / 0. There tangent and secant meet, and the tangent of tanh has 1."""
    return dy * np.where(z == 0, 1, o / np.where(z == 0, 1, z))


def products(o, g, t):
    """Units of a map may cancel each other, since all are removed together. Images may not: one
    image whose logit rises does not help another whose logit falls."""
    each = np.abs((o * g).sum(axis=(2, 3)))
    return np.array([each[t == k].mean(axis=0) for k in range(t.max() + 1)])


def effects(four):
    """Without an effect beyond the sum, the last number would be norm + alone + alone."""
    norm, secant_norm, product, both = four
    alone = secant_norm - norm, product - norm
    return *alone, both - norm - sum(alone)


def my_factors():
    """An output that is 16 times as large needs a 16th of the gradient for the same effect, so the
    product of both is as before."""
    return 1 / 16, 1


def my_sentences(beyond, beyond_mean):
    """a and b are about these three networks, and can be read from the numbers. d needs one ranking
    that finds such maps. c is a reason, which two of the controls contradict. e leaves out what is
    asked."""
    a = (beyond[:, 3] > beyond[:, 2]).all()
    b = (beyond_mean[:, 1] > beyond_mean[:, 0]).all()
    d = (beyond[:, 3] > 0).all()
    return ["yes" if a else "no", "yes" if b else "no", "no", "yes" if d else "no", "no"]
