"""Mistakes that are common in public code, planted into the textbook: found, and named first."""

from typing import ClassVar

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.gradcheck import check_class, check_update
from tinycnn.gradcheck.zoo import textbook
from tinycnn.gradcheck.zoo.entries import bug
from tinycnn.layers.kinds import KINDS


def planted(kind, cause, **changes):
    right = getattr(textbook, KINDS[kind].layer.__name__)
    return bug(kind, right, f"{right.__name__}_{cause}", cause, "A mistake.", **changes)


SENT = 'self.window(dx, p, q)[...] += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)'
GRADIENT = "dy[:, :, p, q], self.window(padded, p, q))"
BUGS = {
    "kernel turned by 90° in forward": planted(
        "conv2d", "kernel_rotated", forward=("windows, W)", "windows, np.rot90(W, 1, (2, 3)))")),
    "kernel turned by 90° in backward": planted(
        "conv2d", "kernel_rotated", backward=("q], W)", "q], np.rot90(W, 3, (2, 3)))")),
    "cropped along channels and rows": planted(
        "conv2d", "padding_cropped_off", backward=(
            "return self.crop(dx)",
            "ph, pw = self.padding\n        return dx[:, ph:-ph or None, pw:-pw or None]")),
    "cropped along images and channels": planted(
        "conv2d", "padding_cropped_off", backward=(
            "return self.crop(dx)",
            "ph, pw = self.padding\n        return dx[ph:-ph or None, pw:-pw or None]")),
    "return in the loop of backward": planted(
        "conv2d", "loop_left", backward=(SENT, f"{SENT}\n            return self.crop(dx)")),
    "return in the loop of dW": planted(
        "conv2d", "loop_left", parameter_gradients=(
            GRADIENT, f"{GRADIENT}\n            break")),
    "return in the loop of a pool": planted(
        "maxpool2d", "loop_left", forward=(
            "window.max()", "window.max()\n            return y, x")),
    "x of the first channel for all": planted(
        "conv2d", "channels_mixed", parameter_gradients=(
            "self.window(padded, p, q))", "self.window(padded, p, q)[:, :1])")),
    "all channels into the first": planted(
        "conv2d", "channels_mixed", backward=(
            SENT, SENT.replace("[...]", "[:, 0]").replace("->ncij", "->nij"))),
    "dense updated before dx": planted(
        "dense", "updated_first", backward=(
            "return", "W -= 0.3 * cache.T @ dy\n        return")),
    "convolution updated before dx": planted(
        "conv2d", "updated_first", backward=(
            "x, W = cache, self.params",
            'grads = self.parameter_gradients(dy, cache)\n'
            '        self.params["W"] -= 0.01 * grads["W"] / len(dy)\n'
            '        x, W = cache, self.params')),
    "winners by a tolerance": planted(
        "maxpool2d", "ties_nearly", backward=(
            "np.unravel_index(window.argmax(), window.shape)",
            "window.max() - window < 1e-5")),
    "winners in 8 bits": planted(
        "maxpool2d", "winner_misplaced", backward=(
            "window.argmax()", "window.argmax() % 256")),
    "off below a thousandth": planted(
        "relu", "threshold", forward=("np.maximum(x, 0)", "x * (x > 1e-3)"),
        backward=("x > 0", "x > 1e-3")),
}


@pytest.mark.parametrize("planted", BUGS.values(), ids=BUGS)
def test_it_is_found_and_named(planted):
    report = check_class(planted.subject, planted.kind)
    assert not report.numbers_right
    said = [cause.key for cause in report.diagnosis if cause.key != "parameters_changed"]
    assert said[0] == planted.cause, report.text
    assert "unknown" not in said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("least", [0.3, 1e-3])
@pytest.mark.parametrize("in_place", [True, False])
def test_small_entries_of_dy_that_count_as_0_are_found(kind, least, in_place):
    own = KINDS[kind].layer

    def backward(self, dy, cache):
        if in_place:
            dy[np.abs(dy) < least] = 0
        return own.backward(self, np.where(np.abs(dy) < least, 0, dy).astype(dy.dtype), cache)

    report = check_class(type(own.__name__, (own,), {"backward": backward}), kind)
    assert not report.checks["input_gradient"]
    assert "upstream_not_linear" in [cause.key for cause in report.diagnosis], report.text
    assert ("argument_overwritten" in [cause.key for cause in report.diagnosis]) == in_place


def test_params_that_are_made_in_the_class_are_found():
    class Dense(tc.Dense):
        shared: ClassVar = {}

        def __init__(self, n_in, n_out):
            super().__init__(n_in, n_out)
            self.params = Dense.shared.setdefault((n_in, n_out), self.params)

    report = check_class(Dense, "dense")
    assert report.numbers_right
    assert report.diagnosis[0].key == "params_shared"
    assert "contract: a second layer has the same params" in " ".join(report.text.split())


def test_an_update_that_pairs_weights_and_gradients_by_position_is_found():
    def update(params, grads, learning_rate):
        for w, grad in zip(params.values(), grads.values(), strict=True):
            w -= learning_rate * grad

    report = check_update(update)
    assert not report.numbers_right
    assert [cause.key for cause in report.diagnosis] == ["wrong_gradient"]
