"""Gradient descent with momentum, written into the arrays that it is given."""


def momentum(params, grads, velocity, rate, mu):
    """One step: v = mu v + g, w = w - rate v, for every name; params and velocity are changed."""
    for name in params:
        velocity[name] *= mu
        velocity[name] += grads[name]
        params[name] -= rate * velocity[name]


def _named(rng):
    return {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}


EXAMPLES = {"momentum": [lambda rng: (_named(rng), _named(rng), _named(rng), 0.1, 0.9)]}
