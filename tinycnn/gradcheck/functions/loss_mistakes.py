"""What a loss answers if it is wrong in one of the known ways."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
Mistakes = dict[tuple[str, str], Array]      # {(key of the cause, which form of it): the answer}


def wrong_values(logits: Array, t: Array) -> Mistakes:
    """The losses that are known to be wrong."""
    (n, k), rows = logits.shape, np.arange(len(t))
    logs, over_images, over_all = (_log_softmax(logits, axis) for axis in (1, 0, None))
    y, target, losses = np.exp(logs), np.eye(k)[t], -logs[rows, t]
    square, logistic = ((y - target) ** 2).sum(), _logistic(logs, target)
    found = {
        ("loss_not_averaged", ""): losses.sum(),
        ("loss_averaged_twice", ""): losses.mean() / n,
        ("loss_over_classes", "divided by N·K"): losses.mean() / k,
        ("loss_over_classes", "times K"): losses.mean() * k,
        ("loss_over_classes", "divided by K, not by N"): losses.sum() / k,
        ("loss_over_classes", "the sum over all classes"): -logs.sum() / n,
        ("loss_over_classes", "the mean over all classes"): -logs.mean(),
        ("sign", ""): -losses.mean(),
        ("sign", "and not averaged"): -losses.sum(),
        ("log_base", "base 2"): losses.mean() / np.log(2),
        ("log_base", "base 10"): losses.mean() / np.log(10),
        ("first_sample_only", ""): losses[0],
        ("first_sample_only", "divided by N"): losses[0] / n,
        ("last_sample_only", ""): losses[-1],
        ("last_sample_only", "divided by N"): losses[-1] / n,
        ("one_sample_missing", "the first"): losses[1:].sum() / n,
        ("one_sample_missing", "the last"): losses[:-1].sum() / n,
        ("target_missing", "the class before the label"): -logs[rows, t - 1].mean(),
        ("target_missing", "the class after the label"): -logs[rows, (t + 1) % k].mean(),
        ("target_missing", "the likeliest class"): -logs.max(axis=1).mean(),
        ("target_missing", "the first class"): -logs[:, 0].mean(),
        ("target_missing", "log Σ exp alone"): np.logaddexp.reduce(logits, axis=1).mean(),
        ("not_normalised", "-logit"): -logits[rows, t].mean(),
        ("not_normalised", "-logit, less the largest"): (logits.max(1) - logits[rows, t]).mean(),
        ("softmax_axis", "over the images"): -over_images[rows, t].mean(),
        ("softmax_axis", "over everything"): -over_all[rows, t].mean(),
        ("activation_twice", "a softmax of y"): -_log_softmax(y, 1)[rows, t].mean(),
        ("zero", ""): 0.0,
        ("other_function", "1 - y: no logarithm"): (1 - y[rows, t]).mean(),
        ("other_function", "-y: no logarithm"): -y[rows, t].mean(),
        ("other_function", "y: no logarithm"): y[rows, t].mean(),
        ("other_function", "the logarithm of the mean"): -np.log(y[rows, t].mean()),
        ("other_function", "log²"): (losses ** 2).mean(),
        ("other_function", "1 / y"): np.exp(losses).mean(),
        ("other_function", "the entropy of y"): -(y * logs).sum() / n,
        ("other_function", "the share of errors"): (logs.argmax(axis=1) != t).mean(),
        ("other_function", "a logistic loss for each class"): logistic / n,
        ("other_function", "the mean of logistic losses"): logistic / (n * k),
        ("other_function", "a squared error"): square / n,
        ("other_function", "half of a squared error"): square / (2 * n),
        ("other_function", "a mean squared error"): square / (n * k),
        ("other_function", "a sum of squared errors"): square,
        ("other_function", "half of a sum of squared errors"): square / 2,
    }
    for eps in 10.0 ** np.arange(-16, -2):
        found["slightly_off", f"log(y + {eps:g})"] = -np.log(y + eps)[rows, t].mean()
        found["clipped", f"y at {eps:g}"] = -np.log(np.maximum(y, eps))[rows, t].mean()
        found["clipped", f"y at {eps:g} and at 1 - {eps:g}"] = -np.log(
            np.clip(y, eps, 1 - eps))[rows, t].mean()
    return {name: np.asarray(value) for name, value in found.items()}


def wrong_gradients(logits: Array, t: Array) -> Mistakes:
    """The gradients with respect to the logits that are known to be wrong."""
    (n, k), rows, logs = logits.shape, np.arange(len(t)), _log_softmax(logits, 1)
    y, target = np.exp(logs), np.eye(k)[t]
    right = (y - target) / n
    first, last = (rows == 0)[:, None], (rows == n - 1)[:, None]
    of_y = -target / y
    jacobian = np.einsum("nj,jk->njk", y, np.eye(k)) - np.einsum("nj,nk->njk", y, y)
    shifted = logits - logits.max(axis=1, keepdims=True)
    return {
        ("loss_not_averaged", ""): y - target,
        ("loss_averaged_twice", ""): right / n,
        ("loss_over_classes", "divided by N·K"): right / k,
        ("loss_over_classes", "times K"): right * k,
        ("loss_over_classes", "divided by K, not by N"): right * n / k,
        ("loss_over_classes", "the sum over all classes"): (k * y - 1) / n,
        ("sign", ""): -right,
        ("sign", "and not averaged"): target - y,
        ("sign", "y + target"): (y + target) / n,
        ("log_base", "base 2"): right / np.log(2),
        ("log_base", "base 10"): right / np.log(10),
        ("first_sample_only", "others 0"): right * first,
        ("first_sample_only", "others 0, not averaged"): n * right * first,
        ("first_sample_only", "for all"): np.broadcast_to(right[0], right.shape),
        ("last_sample_only", "others 0"): right * last,
        ("last_sample_only", "others 0, not averaged"): n * right * last,
        ("last_sample_only", "for all"): np.broadcast_to(right[-1], right.shape),
        ("one_sample_missing", "the first"): right * ~first,
        ("one_sample_missing", "the last"): right * ~last,
        ("samples_mixed", "the mean"): np.broadcast_to(right.mean(axis=0), right.shape),
        ("samples_mixed", "the sum"): np.broadcast_to(right.sum(axis=0), right.shape),
        ("target_missing", "y / N"): y / n,
        ("target_missing", "y"): y,
        ("target_missing", "1 taken from every class"): (y - 1) / n,
        ("target_missing", "1 taken from every class, not averaged"): y - 1,
        ("target_missing", "1 taken at the labels of all images"): (y - target.max(axis=0)) / n,
        ("target_missing", "the class before the label"): (y - np.roll(target, -1, 1)) / n,
        ("target_missing", "the class after the label"): (y - np.roll(target, 1, 1)) / n,
        ("target_missing", "the likeliest class"): (y - np.eye(k)[logs.argmax(axis=1)]) / n,
        ("target_missing", "the first class"): (y - np.eye(k)[0 * t]) / n,
        ("target_missing", "the target not divided by N"): y / n - target,
        ("target_missing", "only the target divided by N"): y - target / n,
        ("softmax_axis", "over the images"): (np.exp(_log_softmax(logits, 0)) - target) / n,
        ("softmax_axis", "over everything"): (np.exp(_log_softmax(logits, None)) - target) / n,
        ("activation_twice", "a softmax of y"): (np.exp(_log_softmax(y, 1)) - target) / n,
        ("not_normalised", ""): (np.exp(shifted) - target) / n,
        ("logits_for_probabilities", ""): (logits - target) / n,
        ("logits_for_probabilities", "not averaged"): logits - target,
        ("derivative_forgotten", "with respect to y, not to the logits"): of_y / n,
        ("derivative_forgotten", "with respect to y, not averaged"): of_y,
        ("derivative_forgotten", "with respect to y, 1 / y"): -of_y / n,
        ("diagonal_only", ""): target * (y - 1) / n,
        ("y_forgotten", "-target / N"): -target / n,
        ("y_forgotten", "-target"): -target,
        ("zero", ""): np.zeros_like(right),
        ("absolute", ""): np.abs(right),
        ("squared", ""): right ** 2,
        ("factor_extra", "times y"): right * y,
        ("factor_extra", "through the softmax twice"): np.einsum("njk,nk->nj", jacobian, right),
        ("other_function", "a squared error's"): 2 * np.einsum("njk,nk->nj", jacobian, right),
    }


def _logistic(logs: Array, target: Array) -> float:
    """-Σ target log y + (1 - target) log(1 - y), over images and classes."""
    return float(-np.where(target, logs, np.log1p(-np.exp(logs))).sum())


def _log_softmax(logits: Array, axis: int | None) -> Array:
    shifted = logits - logits.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
