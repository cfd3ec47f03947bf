"""Lesson 10, one line changed: what is right, and what usually goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..analysis.secant import secant
from ..layers import Tanh
from .exercise import Answer, Exercise, Written

Array = np.ndarray
Cases = list[tuple[Any, ...]]


def _slopes(a: float) -> tuple[float, float]:
    """Of tanh at a: tangent and secant, by the layer and by the rule."""
    z, one = np.array([[a]]), np.ones((1, 1))
    o, cache = Tanh().forward(z)
    return (float(Tanh().backward(one, cache).item()),
            float(secant(Tanh(), z, o, one, cache).item()))


def _share(a: float) -> float:
    tangent, slope = _slopes(a)
    return tangent / slope


def _passes(rng: np.random.Generator) -> Cases:
    """A tanh, its input with some zeros, and all that its forward pass gave."""
    cases: Cases = []
    for shape in ((3, 4), (2, 3, 4, 4), (5, 2)):
        z = rng.normal(scale=2, size=shape)
        z.flat[[1, 4]] = 0
        o, cache = Tanh().forward(z)
        cases.append((Tanh(), z, o, rng.normal(size=shape), cache))
    return cases


def _with_slope(slope: Callable[[Array, Array], Array], times_dy: bool = True) -> Any:
    def rule(layer: Tanh, z: Array, o: Array, dy: Array, cache: Array) -> Array:
        return slope(z, o) * (dy if times_dy else 1)
    return rule


def _safe(z: Array) -> Array:
    return np.where(z == 0, 1, z)


def _map_cases(rng: np.random.Generator) -> Cases:
    return [(*rng.normal(size=(2, n, c, h, w)),
             np.append(np.arange(k), rng.integers(k, size=n - k)))
            for n, c, h, w, k in ((5, 2, 3, 4, 2), (9, 3, 4, 4, 3), (12, 1, 2, 5, 4))]


def _people(rows: Array, t: Array) -> Array:
    return np.array([rows[t == k].mean(axis=0) for k in range(t.max() + 1)])


def _sums(o: Array, g: Array) -> Array:
    return (o * g).sum(axis=(2, 3))


def _effects(four: Array) -> Array:
    norm, secant_norm, product, both = four
    return np.array([secant_norm - norm, product - norm, both - secant_norm - product + norm])


def _factors() -> Array:
    """The gradient of a map that is 16 times as large is a 16th, since all else is the same."""
    return np.array([1 / 16, 16 * 1 / 16])


def _supported(beyond: Array, beyond_mean: Array) -> list[str]:
    """Two arrays (networks, rankings): the last two columns are the products."""
    beyond, beyond_mean = np.asarray(beyond), np.asarray(beyond_mean)
    held = [(values[:, -1] > values[:, -2]).all() for values in (beyond, beyond_mean)]
    found = beyond[:, -1].min() > 0
    return [*("yes" if it else "no" for it in held), "no", "yes" if found else "no", "no"]


def _flipped(place: int) -> Any:
    return lambda *given: ["yes" if (it == "yes") != (i == place) else "no"
                           for i, it in enumerate(_supported(*given))]


EXERCISES: dict[str, Exercise] = {
    "10.1": Answer(_share, {
        "that is the slope of the tangent: the fall that it predicts is the slope times a":
            lambda a: _slopes(a)[0],
        "the tangent's slope is not multiplied by the change of the input, a":
            lambda a: _slopes(a)[0] / np.tanh(a),
        "that is the fall which the tangent predicts, not its share of the true one":
            lambda a: a * _slopes(a)[0],
        "the square is missing: the slope is 1 - tanh²(a)":
            lambda a: (1 - np.tanh(a)) * a / np.tanh(a),
        "the ratio is inverted": lambda a: 1 / _share(a)}),
    "10.2": Written(secant, _passes, {
        "0 / 0 is not a number: at z = 0 both slopes are 1": _with_slope(lambda z, o: o / z),
        "the slope is 0 where z is 0, but tangent and secant meet there, and the tangent has 1":
            _with_slope(lambda z, o: o / _safe(z)),
        "that is the tangent": _with_slope(lambda z, o: 1 - o ** 2),
        "dy is missing: a rule gives the slope times dy":
            _with_slope(lambda z, o: np.where(z == 0, 1, o / _safe(z)), times_dy=False),
        "the slope is the output divided by the input, not the input divided by the output":
            _with_slope(lambda z, o: np.where(z == 0, 1, z / np.where(z == 0, 1, o))),
        "that is o · dy: it is not divided by z": _with_slope(lambda z, o: o)}),
    "10.3": Written(
        lambda o, g, t: _people(np.abs(_sums(o, g)), t), _map_cases,
        {"the absolute values are taken before the sum over the units: then no two units cancel":
            lambda o, g, t: _people(np.abs(o * g).sum(axis=(2, 3)), t),
         "the absolute value is missing": lambda o, g, t: _people(_sums(o, g), t),
         "the mean over the images comes first, and the absolute value after it":
            lambda o, g, t: np.abs(_people(_sums(o, g), t)),
         "the products are averaged over the units, but their sum is wanted":
            lambda o, g, t: _people(np.abs((o * g).mean(axis=(2, 3))), t),
         "outputs and gradients are summed one by one, and multiplied after that":
            lambda o, g, t: _people(np.abs(o.sum(axis=(2, 3)) * g.sum(axis=(2, 3))), t),
         "that is the norm of the gradients: the outputs are missing":
            lambda o, g, t: _people(np.sqrt((g ** 2).sum(axis=(2, 3))), t)}),
    "10.4": Written(_effects, lambda rng: [(rng.normal(0.1, 0.1, size=4).round(3),)
                                           for _ in range(3)], {
        "the last one is what both add together; subtract what each of them adds alone":
            lambda four: np.array([*_effects(four)[:2], four[3] - four[0]]),
        "secant and product are exchanged: look at the order of FOUR":
            lambda four: _effects(four)[[1, 0, 2]],
        "those are the numbers themselves, not what they are more than the first":
            lambda four: np.array([four[1], four[2], four[3] - four[1] - four[2]]),
        "the last one lacks the first number: it was subtracted twice":
            lambda four: np.array([*_effects(four)[:2], four[3] - four[1] - four[2]])}),
    "10.5": Answer(_factors, {
        "the gradient says what a change of the output by 1 does, and the next layer now sees a "
        "16th of that": lambda: np.array([16.0, 1.0]),
        "the product is of the output, which has become larger, and the gradient":
            lambda: np.array([1 / 16, 1 / 16]),
        "the outputs of the network are the same, but those of the map are not": lambda: np.ones(2),
        "the norm of n numbers that are all a 16th is a 16th: its root undoes the square":
            lambda: np.array([1 / 256, 1.0])}),
    "10.6": Answer(_supported, {
        "for a, compare the numbers of the two rankings in each network": _flipped(0),
        "for b, look at maps that are set to their means, in each network": _flipped(1),
        "for c, two controls do not fit: with saturated units as before, the lead goes if maps are "
        "set to their means; and the ReLU network has none, and its product does not reach the "
        "secant's": _flipped(2),
        "for d, see whether own minus others is above 0 for \"secant, product\"": _flipped(3),
        "what e says depends on what is done with the map: set to 0, or to its mean": _flipped(4)}),
}
