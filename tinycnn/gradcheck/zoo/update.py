"""Updates with a mistake each."""

from functools import partial

from .entries import bug
from .textbook import sgd_update

wrong = partial(bug, "update", sgd_update)

BUGS = (
    wrong("update_climbs", "climbs", "Up the gradient: + for -, as in the paper's formula.",
          function=("-=", "+=")),
    wrong("update_forgets_rate", "rate_forgotten", "The gradient is not multiplied by the rate.",
          function=("learning_rate * ", "")),
    wrong("update_makes_new_arrays", "not_in_place",
          "New arrays are put into the dictionary; the layers keep the old ones.",
          function=("w -= ", "params[name] = w - ")),
    wrong("update_changes_nothing", "not_in_place",
          "The loop's variable is bound to a new array, which nobody ever sees.",
          function=("w -= ", "w = w - ")),
    wrong("update_scales_gradients", "gradients_changed", "The gradients are scaled in place.",
          function=("w -= learning_rate * grads[name]",
                    "grads[name] *= learning_rate\n        w -= grads[name]")),
    wrong("update_leaves_out_biases", "parameter_left_out", "Only arrays of 2 or more axes learn.",
          function=("w -= ", "w -= (w.ndim > 1) * ")),
    wrong("update_stops_after_first", "parameter_left_out", "The return is inside the loop.",
          function=("grads[name]", "grads[name]\n        return")),
    wrong("update_mixes_up_gradients", "wrong_gradient",
          "Gradients are matched by shape: two parameters of one shape get the same gradient.",
          function=("grads[name]", "next(g for g in grads.values() if g.shape == w.shape)")),
    wrong("update_has_momentum", "momentum",
          "Half of the last step is added: a default argument remembers it from call to call.",
          function=(("learning_rate: float)", "learning_rate: float, steps: dict = {})"),
                    ("w -= learning_rate * grads[name]",
                     "step = learning_rate * grads[name] + 0.5 * steps.get((name, w.shape), 0)\n"
                     "        steps[name, w.shape] = step\n        w -= step.astype(w.dtype)"))),
    wrong("update_decays_weights", "weight_decay", "A regulariser also pulls the weights to 0.",
          function=("grads[name]", "(grads[name] + 0.01 * w)")),
    wrong("update_uses_sign", "upstream_sign", "Only the sign of the gradient is used.",
          function=("grads[name]", "np.sign(grads[name])")),
)
