"""Solutions to lesson 9, your own network.

Each has the same name as in the lesson. Where the lesson asks for words, the solution is a function
that gives them from what the lesson gives to `check`.
"""

import numpy as np
from scipy import stats


def adam_step(w, g, m, v, n):
    """The corrected means are used for the step, and then thrown away."""
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g ** 2
    m_hat, v_hat = m / (1 - 0.9 ** n), v / (1 - 0.999 ** n)
    return w - 0.01 * m_hat / (np.sqrt(v_hat) + 1e-8), m, v


def fixed_norm(gamma, beta, mean, variance):
    """The mean goes into the bias, multiplied by the same factor as x."""
    a = gamma / np.sqrt(variance + 1e-5)
    return a, beta - a * mean


def reported(validation_error, test_error):
    """`argmin` takes the first of equal ones. The test error only reports, it does not choose."""
    return test_error[np.argmin(validation_error)]


def class_errors(confusion):
    """Row by row: the share that is not on the diagonal."""
    return 1 - confusion.diagonal() / confusion.sum(axis=1)


def my_reports():
    """Only the last one could be repeated on one single new image, with the same answer."""
    return [
        "not frozen",                   # an answer depends on the other images of its batch
        "chosen by the test",           # the lowest of many errors is too low
        "frozen on the test images",    # the network is made from the images that test it
        "honest",
    ]


def my_sentences(beyond_random, beyond_same):
    """a and b: all three numbers are above 0. c: the whole interval is, too."""
    n = len(beyond_same)
    half = stats.t.ppf(0.975, n - 1) * beyond_same.std(ddof=1) / np.sqrt(n)
    found = [beyond_random.min() > 0, beyond_same.min() > 0, beyond_same.mean() - half > 0]
    return [*("yes" if it else "no" for it in found),
            "no",       # d: an untrained network was not asked, and it may give such a ranking, too
            "no"]       # e: the same 13 people wrote all digits, training and test
