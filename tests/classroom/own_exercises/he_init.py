"""The initialisation of He et al. (2015)."""
import math


def he_init(shape, rng):
    """shape (F, C, kh, kw) or (inputs, outputs) -> weights, normal with variance 2 / inputs.

    Draw them with one call of rng.normal. The inputs of a filter are C · kh · kw.
    """
    inputs = shape[0] if len(shape) == 2 else math.prod(shape[1:])
    return rng.normal(0, math.sqrt(2 / inputs), shape)


EXAMPLES = {"he_init": [lambda rng: ((4, 3, 2, 2), rng), lambda rng: ((6, 5), rng)]}
