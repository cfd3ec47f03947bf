"""Lesson 3, gradient checking: what is right, and what usually goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..gradcheck import check_layer
from ..gradcheck.numeric import numeric_gradient, spread_out, upstream
from ..gradcheck.zoo import ZOO
from ..layers import Dense, Layer, MaxPool2D
from .exercise import Answer, Exercise, Written
from .layer_exercise import LayerClass

Array = np.ndarray
Function = Callable[[Array], float]

EPS = float(np.finfo(np.float64).eps)
RATIO_AT = ((1, 2, 3), (3, 1, 6, 8))        # the convolution of exercise 3.3, and its input

LAYERS = (ZOO["DenseForgetsUpstream"], ZOO["DenseAveragesBias"], ZOO["PoolLastTieWins"],
          ZOO["PoolAssignsOverlap"])     # A to D of exercise 3.4
WEAK_CHECKS: dict[str, dict[str, Any]] = {
    "dy of ones": {"ones": True}, "one image": {"images": 1}, "no ties": {"ties": False},
    "no overlap": {"stride": 2}, "square images": {"columns": 5}}


def _central(f: Function, x: Array, h: float) -> Array:
    """∂f/∂x, as tinycnn's own checks measure it."""
    x = x.copy()
    return numeric_gradient(lambda: np.asarray(f(x)), x, np.ones(()), h).gradient


def _functions(rng: np.random.Generator) -> list[tuple[Any, ...]]:
    """Functions in which the slope of each entry of x depends on all other entries."""
    def entangled(w: Array) -> Function:
        return lambda x: float(np.log(np.exp(w * x).sum()))

    return [(entangled(rng.normal(size=shape)), rng.normal(size=shape), h)
            for shape, h in (((3,), 1e-2), ((2, 3), 1e-3), ((2, 2, 2), 1e-3))]


def _one_sided(f: Function, x: Array, h: float) -> Array:
    one = h * np.eye(x.size)
    return _slopes(f, x, one, 0 * one, h)


def _all_at_once(f: Function, x: Array, h: float) -> Array:
    return np.full(x.shape, (f(x + h) - f(x - h)) / (2 * h))


def _not_put_back(f: Function, x: Array, h: float) -> Array:
    one, before = h * np.eye(x.size), h * np.tri(x.size, k=-1)
    return _slopes(f, x, one - before, -one - before, 2 * h)


def _slopes(f: Function, x: Array, above: Array, below: Array, distance: float) -> Array:
    """A slope for each entry, between two places: a row says how far each entry of x moves."""
    slopes = [(f(x + a.reshape(x.shape)) - f(x + b.reshape(x.shape))) / distance
              for a, b in zip(above, below, strict=True)]
    return np.reshape(slopes, x.shape)


@cache
def _ratio() -> float:
    """got / expected for db, from the report on the broken convolution."""
    arguments, shape = RATIO_AT
    x = np.random.default_rng(0).normal(size=shape)
    report = check_layer(ZOO["ConvAveragesBias"](*arguments, rng=0), x)
    [failure] = [failure for failure in report.failures if failure.quantity == "db"]
    assert failure.ratio is not None
    return failure.ratio


def _missed_by(cls: Any) -> str:
    """The weak check that a wrong layer passes; each passes exactly one."""
    [missed] = [name for name, weakness in WEAK_CHECKS.items() if _passes(cls, **weakness)]
    return missed


def _passes(cls: Any, *, images: int = 3, columns: int = 7, stride: int = 1, ones: bool = False,
            ties: bool = True) -> bool:
    """Whether all gradients are right in a check with these shapes and numbers."""
    rng = np.random.default_rng(0)
    pool = issubclass(cls, MaxPool2D)
    layer: Any = cls(2, stride) if pool else cls(4, 3, rng=0)
    right: Layer = MaxPool2D(2, stride) if pool else Dense(4, 3, rng=0)
    if pool:
        shape = (images, 2, 5, columns)
        x = rng.integers(-1, 2, size=shape).astype(float) if ties else spread_out(rng, shape)
    else:
        x = rng.normal(size=(images, 4))
    y, cache = right.forward(x)
    dy = np.ones(y.shape) if ones else upstream(rng, y.shape)
    _, its_cache = layer.forward(x)
    pairs = [(layer.backward(dy, its_cache), right.backward(dy, cache))]
    grads = layer.parameter_gradients(dy, its_cache)
    pairs += [(grads[name], grad) for name, grad in right.parameter_gradients(dy, cache).items()]
    return all(np.allclose(got, expected) for got, expected in pairs)


def _missed() -> list[str]:
    return [_missed_by(cls) for cls in LAYERS]


def _swapped(i: int, j: int) -> list[str]:
    """The right answer with two of its words exchanged."""
    words = _missed()
    words[i], words[j] = words[j], words[i]
    return words


# The pooling that the lesson gives: a wrong start, and the last of equal values wins.
_TwoMistakes = type("_TwoMistakes", (ZOO["PoolStartsAtZero"], ZOO["PoolLastTieWins"]), {})


EXERCISES: dict[str, Exercise] = {
    "3.1": Written(
        _central, _functions,
        {"that is the slope to one side: nudge x up and down": _one_sided,
         "the two places are 2h apart, not h": lambda f, x, h: 2 * _central(f, x, h),
         "/ 2 * h multiplies by h: write / (2 * h)": lambda f, x, h: h ** 2 * _central(f, x, h),
         "all slopes are 0, as if both places were one: xp = x is no copy, x.copy() is":
             lambda f, x, h: np.zeros(x.shape),
         "h was taken away from x + h, not from x: xp = x is no copy, x.copy() is one":
             lambda f, x, h: _one_sided(f, x, h) / 2,
         "all entries are nudged together: nudge one at a time": _all_at_once,
         "an entry is not put back before the next one is nudged": _not_put_back}),
    "3.2": Answer(
        lambda: float(np.cbrt(EPS / 2)),
        {"here ε/h is far larger than h²: a square root is best for the slope to one side":
            lambda: float(np.sqrt(EPS)),
         "that is ε itself, but then rounding is as large as the slope": lambda: EPS,
         "that is the h for float32": lambda: float(np.cbrt(np.finfo(np.float32).eps / 2))},
        tolerance=0.3),
    "3.3": Answer(
        _ratio,
        {"the mean is over the positions as well": lambda: 1 / 3,
         "the mean is over the images as well": lambda: 3 * _ratio(),
         "that is expected / got": lambda: 1 / _ratio(),
         "dy has as many positions as the output, which is smaller than the image":
            lambda: 1 / (3 * 6 * 8)}),
    "3.4": Answer(
        _missed,
        {"A and B are exchanged: think of what each does where dy is 1": lambda: _swapped(0, 1),
         "C and D are exchanged: only one of them needs equal values to be wrong":
            lambda: _swapped(2, 3),
         "B: a dense layer has no width and no height. Think of the mean of one number":
            lambda: [word if word != _missed()[1] else "square images" for word in _missed()]}),
    "3.5": LayerClass(
        kind="conv2d",
        mistakes={"the padding is cut off only at the end": ZOO["ConvCropsOneOff"],
                  "the padding is not cut off": ZOO["ConvReturnsPaddedGradient"],
                  "the repair loses the stride": ZOO["ConvForgetsStride"]}),
    "3.6": LayerClass(
        kind="maxpool2d",
        mistakes={"both mistakes are still there": _TwoMistakes,
                  "the search for the maximum still starts at 0": ZOO["PoolStartsAtZero"],
                  "the last of equal values still wins": ZOO["PoolLastTieWins"],
                  "every one of equal values wins": ZOO["PoolPaysAllTies"]}),
}
