"""The known wrong values and gradients of a loss."""

from __future__ import annotations

import numpy as np

from ...layers.base import Array

Mistakes = dict[tuple[str, str], Array]      # {(key of the cause, which form of it): the answer}


def wrong_answers(logits: Array, t: Array) -> tuple[Mistakes, Mistakes]:
    """The known wrong values of L, and of ∂L/∂logits."""
    (n, k), rows, logs = logits.shape, np.arange(len(t)), _log_softmax(logits, 1)
    y, target, losses = np.exp(logs), np.eye(k)[t], -logs[rows, t]
    L, right = losses.mean(), (y - target) / n
    values: Mistakes = {}
    gradients: Mistakes = {}
    for key, detail, factor in (
            ("loss_not_averaged", "", n), ("loss_averaged_twice", "", 1 / n),
            ("loss_over_classes", "divided by N·K", 1 / k), ("loss_over_classes", "times K", k),
            ("loss_over_classes", "divided by K, not by N", n / k),
            ("sign", "", -1), ("sign", "and not averaged", -n), ("zero", "", 0),
            ("log_base", "base 2", 1 / np.log(2)), ("log_base", "base 10", 1 / np.log(10))):
        values[key, detail], gradients[key, detail] = factor * L, factor * right
    first, last = rows == 0, rows == n - 1
    for key, detail, weights in (       # weights of the images
            ("first_sample_only", "", n * first), ("first_sample_only", "divided by N", 1 * first),
            ("last_sample_only", "", n * last), ("last_sample_only", "divided by N", 1 * last),
            ("one_sample_missing", "the first", ~first), ("one_sample_missing", "the last", ~last)):
        values[key, detail] = (weights * losses).mean()
        gradients[key, detail] = weights[:, None] * right
    for detail, label in (("the class before the label", (t - 1) % k),
                          ("the class after the label", (t + 1) % k),
                          ("the likeliest class", logs.argmax(axis=1)), ("the first class", 0 * t)):
        values["target_missing", detail] = -logs[rows, label].mean()
        gradients["target_missing", detail] = (y - np.eye(k)[label]) / n
    for key, detail, other in (         # logarithms of other probabilities
            ("softmax_axis", "over the images", _log_softmax(logits, 0)),
            ("softmax_axis", "over everything", _log_softmax(logits, None)),
            ("activation_twice", "a softmax of y", _log_softmax(y, 1)),
            ("not_normalised", "", logits - logits.max(axis=1, keepdims=True))):
        values[key, detail] = -other[rows, t].mean()
        gradients[key, detail] = (np.exp(other) - target) / n
    return values | _wrong_values(logits, t, logs), gradients | _wrong_gradients(logits, y, target)


def _wrong_values(logits: Array, t: Array, logs: Array) -> Mistakes:
    """Other numbers than the mean of -log y_t."""
    (n, k), rows, y = logits.shape, np.arange(len(t)), np.exp(logs)
    target, losses = np.eye(k)[t], -logs[rows, t]
    square = ((y - target) ** 2).sum()
    logistic = -np.where(target, logs, np.log1p(-y)).sum()
    found = {
        ("loss_over_classes", "the sum over all classes"): -logs.sum() / n,
        ("loss_over_classes", "the mean over all classes"): -logs.mean(),
        ("target_missing", "only log Σ exp"): np.logaddexp.reduce(logits, axis=1).mean(),
        ("not_normalised", "-logit"): -logits[rows, t].mean(),
    } | {("other_function", detail): value for detail, value in {
        "1 - y: no logarithm": (1 - y[rows, t]).mean(), "-y: no logarithm": -y[rows, t].mean(),
        "y: no logarithm": y[rows, t].mean(),
        "the logarithm of the mean": -np.log(y[rows, t].mean()), "log²": (losses ** 2).mean(),
        "1 / y": np.exp(losses).mean(), "the entropy of y": -(y * logs).sum() / n,
        "the share of errors": (logs.argmax(axis=1) != t).mean(),
        "a logistic loss for each class": logistic / n,
        "the mean of logistic losses": logistic / (n * k),
        "a squared error": square / n, "half of a squared error": square / (2 * n),
        "a mean squared error": square / (n * k), "a sum of squared errors": square,
        "half of a sum of squared errors": square / 2}.items()}
    for eps in 10.0 ** np.arange(-16, -2):
        found["slightly_off", f"log(y + {eps:g})"] = -np.log(y + eps)[rows, t].mean()
        found["clipped", f"y at {eps:g}"] = -np.log(np.maximum(y, eps))[rows, t].mean()
        found["clipped", f"y at {eps:g} and at 1 - {eps:g}"] = -np.log(
            np.clip(y, eps, 1 - eps))[rows, t].mean()
    return found


def _wrong_gradients(logits: Array, y: Array, target: Array) -> Mistakes:
    """Other numbers than (y - onehot) / N."""
    (n, k), right, of_y = logits.shape, (y - target) / len(y), -target / y
    jacobian = np.einsum("nj,jk->njk", y, np.eye(k)) - np.einsum("nj,nk->njk", y, y)
    return {
        ("loss_over_classes", "the sum over all classes"): (k * y - 1) / n,
        ("sign", "y + target"): (y + target) / n,
        ("first_sample_only", "for all"): np.broadcast_to(right[0], right.shape),
        ("last_sample_only", "for all"): np.broadcast_to(right[-1], right.shape),
        ("samples_mixed", "the mean"): np.broadcast_to(right.mean(axis=0), right.shape),
        ("samples_mixed", "the sum"): np.broadcast_to(right.sum(axis=0), right.shape),
        ("target_missing", "y / N"): y / n, ("target_missing", "y"): y,
        ("target_missing", "1 taken from every class"): (y - 1) / n,
        ("target_missing", "1 taken from every class, not averaged"): y - 1,
        ("target_missing", "1 taken at the labels of all images"): (y - target.max(axis=0)) / n,
        ("target_missing", "the target not divided by N"): y / n - target,
        ("target_missing", "only the target divided by N"): y - target / n,
        ("logits_for_probabilities", ""): (logits - target) / n,
        ("logits_for_probabilities", "not averaged"): logits - target,
        ("derivative_forgotten", "with respect to y, not to the logits"): of_y / n,
        ("derivative_forgotten", "with respect to y, not averaged"): of_y,
        ("derivative_forgotten", "with respect to y, 1 / y"): -of_y / n,
        ("diagonal_only", ""): target * (y - 1) / n, ("y_forgotten", "-target / N"): -target / n,
        ("y_forgotten", "-target"): -target, ("absolute", ""): np.abs(right),
        ("squared", ""): right ** 2, ("factor_extra", "times y"): right * y,
        ("factor_extra", "through the softmax twice"): np.einsum("njk,nk->nj", jacobian, right),
        ("other_function", "a squared error's"): 2 * np.einsum("njk,nk->nj", jacobian, right),
    }


def _log_softmax(logits: Array, axis: int | None) -> Array:
    shifted = logits - logits.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
