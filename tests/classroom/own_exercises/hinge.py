"""The hinge loss of a support vector machine."""
import numpy as np


def hinge_loss(scores, t):
    """scores (N, K), labels t (N,) -> (L, ∂L/∂scores).

    L is the mean over the images of Σ over k ≠ t of max(0, scores_k - scores_t + 1).
    """
    rows = np.arange(len(t))
    margins = np.maximum(0, scores - scores[rows, t][:, None] + 1)
    margins[rows, t] = 0
    dscores = (margins > 0).astype(scores.dtype)
    dscores[rows, t] = -dscores.sum(axis=1)
    return margins.sum() / len(t), dscores / len(t)


EXAMPLES = {"hinge_loss": [lambda rng: (rng.normal(size=(5, 4)), rng.integers(4, size=5))]}
