"""ReLU layers: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...layers.base import Array
from ..cases import Case, in_memory
from ..mistakes import Guess, table
from ..numeric import spread_out
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Numbers away from the kink, then some exactly at it, and huge ones."""
    for shape in ((2, 3), (3, 4), (2, 3, 4, 5), (1, 5), (3, 3)):
        yield Case("relu", {}, 30 * spread_out(rng, shape))
    x = rng.normal(size=(3, 4))
    x[:, 1] = 0
    yield Case("relu", {}, x, "ties", ("inputs that are exactly 0",))
    x = np.geomspace(1e-9, 0.01, 12).reshape(3, 4) * rng.choice([-1, 1], (3, 4))
    yield Case("relu", {}, x, "ties", ("inputs very near 0",))
    yield Case("relu", {}, 1e30 * rng.normal(size=(3, 4)), "extreme", ("inputs up to ±1e30",))
    yield from in_memory(Case("relu", {}, spread_out(rng, (2, 3, 4, 5))))


def mistakes(case: Case) -> Iterator[Guess]:
    """Other gates: the sign of dy, the other side, both sides, a slope below 0."""
    x, dy, y, on = case.x, case.dy, case.right["y"], case.x > 0
    gates: dict[tuple[str, str], Array] = {
        ("kink", "x ≥ 0"): x >= 0, ("kink", "½ at 0"): on + 0.5 * (x == 0),
        ("mask_inverted", "x < 0"): x < 0, ("mask_inverted", "x ≤ 0"): x <= 0,
        ("mask_missing", "1"): np.ones_like(x), ("mask_missing", "x ≠ 0"): x != 0,
        ("upstream_rectified", "dy > 0"): dy > 0,
        ("upstream_rectified", "x > 0 and dy > 0"): on & (dy > 0),
        ("upstream_rectified", "x > 0 or dy > 0"): on | (dy > 0),
        ("derivative_formula", "±1"): np.sign(x), ("derivative_formula", "±1 on"): on * 2.0 - 1,
        ("derivative_formula", "x > 1"): x > 1, ("factor_extra", "y"): y, ("factor_extra", "x"): x}
    values: dict[tuple[str, str], Array] = {
        ("absolute", "|x|"): np.abs(x), ("sign", "min(x, 0)"): np.minimum(x, 0),
        ("mask_inverted", "max(-x, 0)"): np.maximum(-x, 0), ("mask_missing", "x"): x,
        ("clipped", "between 0 and 1"): np.clip(x, 0, 1),
        ("clipped", "between 0 and 6"): np.clip(x, 0, 6), ("squared", "x² where on"): x * y,
        ("other_function", "1 where on"): on.astype(float),
        ("other_function", "softplus"): np.logaddexp(0, x),
        ("other_function", "max(x, 1)"): np.maximum(x, 1),
        ("other_function", "x where x > 1"): x * (x > 1)}
    for slope in (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.3):
        gates["leaky", f"{slope}"] = np.where(on, 1, slope)
        gates["leaky", f"-{slope}"] = np.where(on, 1, -slope)
        values["leaky", f"{slope}"] = np.where(on, x, slope * x)
    for least in (0.5, *10.0 ** -np.arange(1, 10)):
        gates["threshold", f"{least:g}"] = x > least
        values["threshold", f"{least:g}"] = x * (x > least)
    yield from table("dx", {name: dy * gate for name, gate in gates.items()})
    yield Guess("upstream_forgotten", "only the mask", "dx", on.astype(float))
    yield from table("y", values)


SUITE = Suite(grid, mistakes, elementwise=True)
