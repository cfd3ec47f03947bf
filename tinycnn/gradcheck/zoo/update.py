"""Updates with a mistake each. Right is w ← w - λ ∂L/∂w, written into the arrays of `params`."""

from __future__ import annotations

import numpy as np

from .entries import bugs

Params = dict[str, np.ndarray]

_velocity: Params = {}


def update_climbs(params: Params, grads: Params, learning_rate: float) -> None:
    """Up the gradient: a plus for the minus, as in the paper's formula."""
    for name, w in params.items():
        w += learning_rate * grads[name]


def update_forgets_rate(params: Params, grads: Params, learning_rate: float) -> None:
    """The whole gradient is subtracted, without the learning rate."""
    for name, w in params.items():
        w -= grads[name]


def update_makes_new_arrays(params: Params, grads: Params, learning_rate: float) -> None:
    """New arrays are put into the dictionary; the layers keep the old ones."""
    for name in params:
        params[name] = params[name] - learning_rate * grads[name]


def update_changes_nothing(params: Params, grads: Params, learning_rate: float) -> None:
    """The loop's variable is bound to a new array, which nobody ever sees."""
    for name, w in params.items():
        w = w - learning_rate * grads[name]


def update_scales_gradients(params: Params, grads: Params, learning_rate: float) -> None:
    """The gradients are multiplied with the learning rate in place."""
    for name, w in params.items():
        grads[name] *= learning_rate
        w -= grads[name]


def update_leaves_out_biases(params: Params, grads: Params, learning_rate: float) -> None:
    """Only arrays of two or more axes learn, so the biases stay."""
    for name, w in params.items():
        if w.ndim > 1:
            w -= learning_rate * grads[name]


def update_stops_after_first(params: Params, grads: Params, learning_rate: float) -> None:
    """The return stands inside of the loop."""
    for name, w in params.items():
        w -= learning_rate * grads[name]
        return


def update_mixes_up_gradients(params: Params, grads: Params, learning_rate: float) -> None:
    """Gradients are matched by shape: of two alike, the first one's serves for both."""
    for w in params.values():
        for grad in grads.values():
            if grad.shape == w.shape:
                w -= learning_rate * grad
                break


def update_has_momentum(params: Params, grads: Params, learning_rate: float) -> None:
    """Half of the step before is added, which a global dictionary remembers."""
    for name, w in params.items():
        step = learning_rate * grads[name]
        if name in _velocity and _velocity[name].shape == w.shape:
            step = step + 0.5 * _velocity[name]
        _velocity[name] = step
        w -= step.astype(w.dtype)


def update_decays_weights(params: Params, grads: Params, learning_rate: float) -> None:
    """A regulariser that was not asked for draws the weights towards 0."""
    for name, w in params.items():
        w -= learning_rate * (grads[name] + 0.01 * w)


def update_uses_sign(params: Params, grads: Params, learning_rate: float) -> None:
    """Every weight moves by the learning rate, whatever the size of its gradient."""
    for name, w in params.items():
        w -= learning_rate * np.sign(grads[name])


BUGS = bugs("update", {
    update_climbs: "climbs", update_forgets_rate: "rate_forgotten",
    update_makes_new_arrays: "not_in_place", update_changes_nothing: "not_in_place",
    update_scales_gradients: "gradients_changed", update_leaves_out_biases: "parameter_left_out",
    update_stops_after_first: "parameter_left_out", update_mixes_up_gradients: "wrong_gradient",
    update_has_momentum: "momentum", update_decays_weights: "weight_decay",
    update_uses_sign: "upstream_sign"})
