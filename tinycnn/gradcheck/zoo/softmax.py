"""Softmaxes with a mistake each."""

from functools import partial

from .entries import bug
from .textbook import Softmax

wrong = partial(bug, "softmax", Softmax)
DX = "y * (dy - (dy * y).sum(axis=1, keepdims=True))"

BUGS = (
    # --- in forward ---------------------------------------------------------------------------
    wrong("SoftmaxOverflows", "overflow", "The largest logit is not subtracted: exp overflows.",
          forward=("x - x.max(axis=1, keepdims=True)", "x")),
    wrong("SoftmaxShiftsByBatchMaximum", "overflow",
          "The largest logit of the batch is subtracted; a row far below it becomes 0 / 0.",
          forward=("x.max(axis=1, keepdims=True)", "x.max()")),
    wrong("SoftmaxOverBatch", "softmax_axis", "Normalised over the images, not over the classes.",
          forward=(("x.max(axis=1, keepdims=True)", "x.max(axis=0)"),
                   ("e.sum(axis=1, keepdims=True)", "e.sum(axis=0)"))),
    wrong("SoftmaxNotNormalised", "not_normalised", "Exponentials are not divided by their sum.",
          forward=("return y, y", "return e, y")),
    wrong("SoftmaxAddsEpsilon", "slightly_off",
          "A small number is added to the sum, against a division by 0 that cannot happen.",
          forward=("e / e.sum(axis=1, keepdims=True)",
                   "e / (e.sum(axis=1, keepdims=True) + 1e-6)")),
    # --- in backward --------------------------------------------------------------------------
    wrong("SoftmaxDiagonalOnly", "diagonal_only",
          "backward takes the diagonal of the Jacobian, y (1 - y), as if it were a sigmoid.",
          backward=(DX, "dy * y * (1 - y)")),
    wrong("SoftmaxAddsTheSum", "off_diagonal_sign", "The Jacobian's off-diagonal sign is wrong.",
          backward=("dy - (", "dy + (")),
    wrong("SoftmaxForgetsProbability", "y_forgotten", "The first factor y is missing.",
          backward=(DX, "dy - (dy * y).sum(axis=1, keepdims=True)")),
    wrong("SoftmaxSumsOverBatch", "softmax_axis", "backward sums over images, not over classes.",
          backward=("axis=1", "axis=0")),
    wrong("SoftmaxContainsTheLoss", "loss_in_softmax",
          "backward uses dy as the target and gives the gradient of the loss.",
          backward=(DX, "y - dy")),
    wrong("SoftmaxUsesLogits", "logits_for_probabilities",
          "The cache holds the logits, and backward uses them as probabilities.",
          forward=("return y, y", "return y, x")),
    wrong("SoftmaxPassesThrough", "derivative_forgotten",
          "backward returns dy unchanged, as if the softmax were part of the loss.",
          backward=(DX, "dy.copy()")),
)
