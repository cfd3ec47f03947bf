"""Networks to step through: every kind of layer, awkward shapes, several images."""

import re

import numpy as np

import tinycnn as tc


def every_kind(seed=0):
    """All kinds of layer, strides and paddings in pairs, overlapping windows."""
    rng = np.random.default_rng(seed)
    net = tc.Network(
        (2, 13, 11),
        conv1=tc.Conv2D(2, 3, (3, 2), stride=(2, 1), padding=(1, 0), rng=rng), tanh1=tc.Tanh(),
        pool1=tc.MaxPool2D(3, 2), conv2=tc.Conv2D(3, 4, 2, padding=1, rng=rng), relu2=tc.ReLU(),
        pool2=tc.MaxPool2D((2, 1)), flatten=tc.Flatten(), dense3=tc.Dense(40, 6, rng=rng),
        tanh3=tc.Tanh(), dense4=tc.Dense(6, 5, rng=rng), softmax=tc.Softmax()).astype(np.float64)
    for name, w in net.params.items():
        if name.endswith(".b"):
            w[...] = rng.normal(0, 0.1, w.shape)
    return net


def images(n=3, seed=0):
    rng = np.random.default_rng([seed, 1])
    return rng.normal(size=(n, 2, 13, 11)), rng.integers(0, 5, n)


def same_but_for_rounding(a, b, rtol=2e-4):
    """Whether two texts differ only in the last digits of their numbers.

    Another processor rounds differently, and a transcript shows six digits. Columns may shift.
    """
    number = r"-?\d+\.?\d*(?:e[+-]\d+)?"
    # The number of small nonzero terms depends on which of the equal units wins a pooling window.
    a, b = (re.sub(r"\d+ (?=smaller term)", "some ", text) for text in (a, b))
    words = [re.sub(number, "#", text).split() for text in (a, b)]
    values = [[float(v) for v in re.findall(number, text)] for text in (a, b)]
    return words[0] == words[1] and np.allclose(values[0], values[1], rtol, 0)
