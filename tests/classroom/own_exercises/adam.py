"""Adam (Kingma and Ba, 2015)."""
import numpy as np


def adam(w, grad, state, rate):
    """One step of Adam -> (new w, new state).

    state is None at first, then {"m": array, "v": array, "t": number of steps}. The constants are
    0.9, 0.999 and 1e-8; the last is added to the root.
    """
    if state is None:
        state = {"m": np.zeros_like(w), "v": np.zeros_like(w), "t": 0}
    t = state["t"] + 1
    m = 0.9 * state["m"] + 0.1 * grad
    v = 0.999 * state["v"] + 0.001 * grad ** 2
    step = rate * (m / (1 - 0.9 ** t)) / (np.sqrt(v / (1 - 0.999 ** t)) + 1e-8)
    return w - step, {"m": m, "v": v, "t": t}


EXAMPLES = {"adam": [
    lambda rng: (rng.normal(size=5), rng.normal(size=5), None, 0.1),
    lambda rng: (rng.normal(size=(2, 3)), rng.normal(size=(2, 3)),
                 {"m": rng.normal(size=(2, 3)), "v": rng.uniform(size=(2, 3)), "t": 4}, 0.01)]}
POINTS = {"adam": 15}
