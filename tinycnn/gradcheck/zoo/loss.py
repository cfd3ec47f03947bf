"""Losses with a mistake each."""

from functools import partial

from .entries import bug
from .textbook import loss_from_logits

wrong = partial(bug, "loss", loss_from_logits)

BUGS = (
    wrong("loss_not_averaged", "loss_not_averaged", "The sum over the images, not their mean.",
          function=((".mean()", ".sum()"), ("gradient / n", "gradient"))),
    wrong("loss_gradient_not_averaged", "loss_not_averaged",
          "The loss is a mean, but its gradient is the gradient of the sum: 1/N is missing there.",
          function=("gradient / n", "gradient")),
    wrong("loss_averaged_twice", "loss_averaged_twice", "Loss and gradient are divided by N twice.",
          function=((".mean()", ".mean() / n"), ("gradient / n", "gradient / n ** 2"))),
    wrong("loss_averaged_over_classes", "loss_over_classes",
          "The mean goes over all N·K entries of the one-hot table, most of them 0.",
          function=((".mean()", ".sum() / logits.size"),
                    ("gradient / n", "gradient / logits.size"))),
    wrong("loss_forgets_target", "target_missing", "The gradient is y / N, without the target.",
          function=("    gradient[rows, t] -= 1\n", "")),
    wrong("loss_counts_labels_from_one", "target_missing",
          "The labels are assumed to begin at 1, so every target is at the class before.",
          function=("    shifted =", "    t = t - 1\n    shifted =")),
    wrong("loss_gradient_sign", "sign", "The gradient is target minus y: the sign is wrong.",
          function=("gradient / n", "-gradient / n")),
    wrong("loss_in_bits", "log_base", "The loss uses base 2, its gradient the natural logarithm.",
          function=(".mean()", ".mean() / np.log(2)")),
    wrong("loss_of_first_image", "first_sample_only",
          "The loss is computed from the first image, the gradient from the batch.",
          function=("-logs[rows, t].mean()", "-logs[0, t[0]]")),
    wrong("loss_softmax_over_batch", "softmax_axis", "The softmax is over images, not classes.",
          function=((".max(axis=1, keepdims=True)", ".max(axis=0)"),
                    (".sum(axis=1, keepdims=True)", ".sum(axis=0)"))),
    wrong("loss_overflows", "overflow", "exp of logits as they are: infinite for large ones.",
          function=("logits - logits.max(axis=1, keepdims=True)", "logits")),
    wrong("loss_gradient_of_probabilities", "derivative_forgotten",
          "The gradient with respect to y, -1 / (N y_t), not with respect to the logits.",
          function=(("np.exp(logs)", "np.zeros_like(logits)"),
                    ("gradient[rows, t] -= 1", "gradient[rows, t] = -np.exp(-logs[rows, t])"))),
    wrong("loss_overwrites_logits", "argument_overwritten",
          "The largest logit is subtracted in place, in the caller's array.",
          function=("shifted = logits - ", "shifted = logits\n    shifted -= ")),
)
