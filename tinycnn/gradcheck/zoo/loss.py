"""Losses with a mistake each. Right is `loss_from_logits`: L and (y - onehot) / N."""

from __future__ import annotations

import numpy as np

from .entries import bugs

Array = np.ndarray


def loss_not_averaged(logits: Array, t: Array) -> tuple[float, Array]:
    """The sum over the images instead of their mean."""
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    y, target = e / e.sum(axis=1, keepdims=True), np.eye(logits.shape[1], dtype=logits.dtype)[t]
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(e.sum(axis=1)) - (shifted * target).sum(axis=1)
    return float(losses.sum()), y - target


def loss_gradient_not_averaged(logits: Array, t: Array) -> tuple[float, Array]:
    """The loss is a mean, its gradient is that of the sum: 1/N is missing in one of the two."""
    n, rows = len(t), np.arange(len(t))
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(logs)
    gradient[rows, t] -= 1
    return float(-logs[rows, t].sum() / n), gradient


def loss_averaged_twice(logits: Array, t: Array) -> tuple[float, Array]:
    """Mean and gradient are divided by N once more."""
    n, rows = len(t), np.arange(len(t))
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(logs) / n
    gradient[rows, t] -= 1 / n
    return float(-logs[rows, t].mean() / n), gradient / n


def loss_averaged_over_classes(logits: Array, t: Array) -> tuple[float, Array]:
    """The mean runs over all N·K entries of the one-hot table, most of them 0."""
    target = np.eye(logits.shape[1], dtype=logits.dtype)[t]
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-(target * logs).mean()), (np.exp(logs) - target) / logits.size


def loss_forgets_target(logits: Array, t: Array) -> tuple[float, Array]:
    """The gradient is y / N: the target is not subtracted."""
    n, rows = len(t), np.arange(len(t))
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-logs[rows, t].mean()), np.exp(logs) / n


def loss_counts_labels_from_one(logits: Array, t: Array) -> tuple[float, Array]:
    """The labels are taken to begin at 1, so every target is at the class before."""
    n, rows = len(t), np.arange(len(t))
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(logs) / n
    gradient[rows, t - 1] -= 1 / n
    return float(-logs[rows, t - 1].mean()), gradient


def loss_gradient_sign(logits: Array, t: Array) -> tuple[float, Array]:
    """The gradient is target minus y: the sign is wrong."""
    n, rows = len(t), np.arange(len(t))
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = -np.exp(logs) / n
    gradient[rows, t] += 1 / n
    return float(-logs[rows, t].mean()), gradient


def loss_in_bits(logits: Array, t: Array) -> tuple[float, Array]:
    """The logarithm is taken to base 2, the gradient is that of the natural one."""
    n, rows = len(t), np.arange(len(t))
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(logs) / n
    gradient[rows, t] -= 1 / n
    return float(-logs[rows, t].mean() / np.log(2)), gradient


def loss_of_first_image(logits: Array, t: Array) -> tuple[float, Array]:
    """The loss is that of the first image, the gradient that of the batch."""
    n, rows = len(t), np.arange(len(t))
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(logs) / n
    gradient[rows, t] -= 1 / n
    return float(-logs[0, t[0]]), gradient


def loss_softmax_over_batch(logits: Array, t: Array) -> tuple[float, Array]:
    """The softmax runs over the images, not over the classes."""
    n, rows = len(t), np.arange(len(t))
    shifted = logits - logits.max(axis=0)
    logs = shifted - np.log(np.exp(shifted).sum(axis=0))
    gradient = np.exp(logs) / n
    gradient[rows, t] -= 1 / n
    return float(-logs[rows, t].mean()), gradient


def loss_overflows(logits: Array, t: Array) -> tuple[float, Array]:
    """exp of logits as they are: infinite for large ones."""
    n, rows = len(t), np.arange(len(t))
    y = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss = -np.log(y[rows, t]).mean()
    y[rows, t] -= 1
    return float(loss), y / n


def loss_gradient_of_probabilities(logits: Array, t: Array) -> tuple[float, Array]:
    """The gradient with respect to y, -1 / (N y_t), not with respect to the logits."""
    n, rows = len(t), np.arange(len(t))
    shifted = logits - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.zeros_like(logits)
    gradient[rows, t] = -1 / (n * np.exp(logs[rows, t]))
    return float(-logs[rows, t].mean()), gradient


def loss_overwrites_logits(logits: Array, t: Array) -> tuple[float, Array]:
    """The largest logit is taken off in place, in the array of whoever called."""
    n, rows = len(t), np.arange(len(t))
    logits -= logits.max(axis=1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    gradient = np.exp(logs) / n
    gradient[rows, t] -= 1 / n
    return float(-logs[rows, t].mean()), gradient


BUGS = bugs("loss", {
    loss_not_averaged: "loss_not_averaged", loss_gradient_not_averaged: "loss_not_averaged",
    loss_averaged_twice: "loss_averaged_twice", loss_averaged_over_classes: "loss_over_classes",
    loss_forgets_target: "target_missing", loss_counts_labels_from_one: "target_missing",
    loss_gradient_sign: "sign", loss_in_bits: "log_base",
    loss_of_first_image: "first_sample_only", loss_softmax_over_batch: "softmax_axis",
    loss_overflows: "overflow", loss_gradient_of_probabilities: "derivative_forgotten",
    loss_overwrites_logits: "argument_overwritten"})
