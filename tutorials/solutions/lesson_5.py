"""Solutions to lesson 5, prediction gradients.

Each has the same name as in the lesson. Where the lesson asks for a number, the solution is a
function that computes it from what the lesson gives to `check`.
"""

import numpy as np


def seed_of_training(y, t):
    """L = -1/N Σ_n log y[n, t_n], so only the true class's entry is not 0: -1/(N y_t)."""
    images = np.arange(len(y))
    seed = np.zeros_like(y)
    seed[images, t] = -1 / (len(y) * y[images, t])
    return seed


def all_classes(net, x, layer):
    """Seeded with e_k, Σ_j seed_j · ∂y_j/∂o is ∂y_k/∂o; one trace is enough for all K passes."""
    trace = net.forward(x)
    gradients = []
    for k in range(trace.y.shape[1]):
        seed = np.zeros_like(trace.y)
        seed[:, k] = 1
        gradients.append(net.backward(trace, seed)[layer])
    return np.stack(gradients, axis=1)


def gradient_for_free(dL_do, y, t):
    """∂L/∂o = -1/(N y_t) · ∂y_t/∂o for each image of the batch, solved for ∂y_t/∂o."""
    y_t = y[np.arange(len(y)), t]
    return -len(y) * y_t[:, None, None, None] * dL_do


def my_passes(K):
    """Training gives the true class's entry. All sum to 0, so the last is minus the others' sum."""
    return K - 2


def convolutional_gradient(dy_do, t):
    """The mean over a class's images first, then the norm over the units of each map."""
    means = np.array([dy_do[t == k].mean(axis=0) for k in range(t.max() + 1)])
    return np.sqrt((means ** 2).sum(axis=(2, 3)))


def my_factor(a, b):
    """∂y_t/∂z_t = y_t (1 - y_t), which goes to 0 as the network becomes sure."""
    return a * (1 - a) / (b * (1 - b))
