"""The mean squared error."""


def mse(y, target):
    """y and target of one shape -> (the mean of (y - target)², its gradient by y)."""
    off = y - target
    return (off ** 2).mean(), 2 * off / off.size


EXAMPLES = {"mse": [lambda rng: (rng.normal(size=(3, 2)), rng.normal(size=(3, 2))),
                    lambda rng: (rng.normal(size=7), rng.normal(size=7))]}
POINTS = {"mse": 6}
