"""How each kind of layer makes its numbers: the formula, and the terms of any one number.

o' stands for the units that go into a layer and o for those that come out, as everywhere in the
stepper. A student's layer of no known kind is explained by what it does: by its own backward pass,
and by nudging one number and watching its output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...gradcheck.numeric import H
from ...layers.base import Array
from ..answers.terms import Factor, Index, Result, Sum, at, entries, total_of
from ..steps import Quantity

MEASURED = 1e-6     # how exact a derivative is that was measured by a nudge


@dataclass(frozen=True)
class Site:
    """A layer at its place in a pass.

    Attributes:
        name, layer: the layer; before: the name of the one before it, or "input".
        x: its input o'; y: its output o before any gate; cache: what `forward` kept.
    """

    name: str
    layer: Any
    before: str
    x: Array
    y: Array
    cache: Any


class Explained:
    """A layer that nothing is known of but the contract: three methods and `params`."""

    forward = "o = {layer}(o')"
    backward = "∂L/∂o' = Σ ∂L/∂o · ∂o/∂o'"
    gradients = "∂L/∂w = Σ ∂L/∂o · ∂o/∂w"
    used: tuple[str, ...] = ("o'", "o")             # the letters of `backward` besides ∂L/∂o
    linear = False                                  # o is a sum, often followed by a tanh
    needs: tuple[str, ...] = ()                     # attributes without which it is not of the kind
    saturated: float | None = None                  # |o| beyond which the slope is next to 0
    apply: Callable[[float], float] | None = None   # o as a function of the one unit before it

    def formula(self, layer: Any, which: str) -> str:
        """The formula of "forward", "backward" or "gradients".

        A student's own says what it does in the first line of its docstring, if it has one.
        """
        name = "parameter_gradients" if which == "gradients" else which
        method = getattr(type(layer), name, None)
        own = (getattr(method, "__doc__", None) or "").strip().splitlines()
        return own[0] if own else getattr(self, which).format(layer=type(layer).__name__)

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """Where o comes from."""
        seed = np.zeros(site.y.shape)
        seed[unit] = 1
        slopes = np.asarray(site.layer.backward(seed, site.cache))
        where = np.nonzero(slopes)
        if where[0].size == 0:
            where = tuple(np.array([i]) for i in unit[:1] + (0,) * (slopes.ndim - 1))
        names = entries(f"do/d{site.before}", slopes, *where)
        return [Sum("the units before it that move o, by the layer's own backward pass",
                    (names, entries(site.before, site.x, *where)),
                    remark="Of an unknown layer these need not add up to o.")]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """∂L/∂o' of one unit that goes in, from the ∂L/∂o of the units that it moves."""
        slopes = nudged(site, site.x, unit)
        return self._by_slopes(site, dy, slopes, f"do/d{at(site.before, unit)}",
                               "∂L/∂o' = Σ ∂L/∂o · ∂o/∂o'", expected)

    def parameter(self, site: Site, dy: Quantity, key: str, index: Index, expected: float) -> Sum:
        """∂L/∂w of one parameter, from the ∂L/∂o of all units that share it."""
        slopes = nudged(site, site.layer.params[key], index)
        return self._by_slopes(site, dy, slopes, f"do/d{at(f'{site.name}.{key}', index)}",
                               "∂L/∂w = Σ ∂L/∂o · ∂o/∂w", expected)

    @staticmethod
    def _by_slopes(site: Site, dy: Quantity, slopes: Array, name: str, title: str,
                   expected: float) -> Sum:
        where = np.nonzero(slopes)
        slope = Factor(lambda i: name, slopes[where])
        return total_of(title, (entries(dy.name, dy.array, *where), slope), "the sum",
                        expected, tolerance=MEASURED,
                        remark=f"∂o/∂... was measured: nudged by ±{H:g}, through this layer alone.")


class Known(Explained):
    """A layer whose formulas are ours, whatever a student's docstring says."""

    def formula(self, layer: Any, which: str) -> str:
        """The same for every layer of the kind."""
        return str(getattr(self, which))


def nudged(site: Site, array: Array, index: Index) -> Array:
    """∂o/∂w for all units o of the layer: w, an entry of its input or parameters, nudged."""
    x = site.x
    if array is x:
        array = x = x.copy()        # the trace stays as it is
    old = array[index]
    try:
        array[index] = old + H
        above = np.array(site.layer.forward(x)[0])
        array[index] = old - H
        below = np.array(site.layer.forward(x)[0])
    finally:
        array[index] = old
    slopes: Array = (above - below) / (2 * H)
    return slopes


class Elementwise(Known):
    """o depends on one unit o' alone."""

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The function of the one unit before it."""
        assert self.apply is not None
        source = entries(site.before, site.x, *unit)
        value = self.apply(float(site.x[unit]))
        return [Sum(self.forward, (source,), (Result(self.forward, value, float(site.y[unit])),))]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """∂L/∂o times the slope of the function."""
        return total_of(self.backward, (entries(dy.name, dy.array, *unit),
                                        self.slope(site, unit)), "the product", expected)

    def slope(self, site: Site, unit: Index) -> Factor:
        """∂o/∂o', with the name of how it is computed."""
        raise NotImplementedError


def with_bias(title: str, products: tuple[Factor, Factor], bias: str, b: Array, at_: int,
               expected: float, remark: str = "") -> Sum:
    """The sum of products, and then the bias, which is one more term in every unit."""
    bare = Sum(title, products)
    scale = bare.scale + abs(float(b[at_]))
    return Sum(title, products, (
        Result("Σ w·o'", bare.total, scale=scale),
        Result(f"+ {bias}[{at_}]", float(b[at_])),
        Result("= s", bare.total + float(b[at_]), float(expected), scale)), remark=remark)
