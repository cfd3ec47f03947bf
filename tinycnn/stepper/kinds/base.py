"""How each kind of layer makes its numbers: the formula, and the terms of any one number.

o' stands for the units that go into a layer and o for those that come out, as everywhere in the
stepper. A student's layer of no known kind is explained by what it does: by its own backward pass,
and by nudging one number and watching its output.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...gradcheck.numeric import H
from ...layers.base import Array
from ...network import Network, Trace
from ..answers.terms import Factor, Index, Sum, at, coarsest, entries, rounding, total_of
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


def site_of(layer: Any, trace: Trace, name: str, before: str) -> Site:
    """A layer in a pass; its input is what precedes it there, whatever that is called."""
    names = list(trace)
    x = trace[names[names.index(name) - 1]]
    return Site(name, layer, before, x, trace.ungated[name], trace.caches[name])


class Explained:
    """A layer that nothing is known of but the contract: three methods and `params`."""

    forward = "o = {layer}(o')"
    backward = "∂L/∂o' = Σ ∂L/∂o · ∂o/∂o'"
    gradients = "∂L/∂w = Σ ∂L/∂o · ∂o/∂w"
    used: tuple[str, ...] = ("o'", "o")             # the letters of `backward` besides ∂L/∂o
    linear = False                                  # o is a sum, often followed by a tanh
    saturated: float | None = None                  # |o - middle| beyond which the slope is about 0
    middle = 0.0
    apply: Callable[[float], float] | None = None   # o as a function of the one unit before it

    def __init__(self, why: str = "It is a layer of no known kind") -> None:
        self.why = why      # why it is explained by what it does

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
        seed = np.zeros(site.y.shape, coarsest(site.y))
        seed[unit] = 1
        slopes = np.asarray(site.layer.backward(seed, site.cache))
        where = np.nonzero(slopes)
        if where[0].size == 0:
            where = tuple(np.array([i]) for i in unit[:1] + (0,) * (slopes.ndim - 1))
        names = entries(f"do/d{site.before}", slopes, *where)
        return [Sum("the units before it that move o, by the layer's own backward pass",
                    (names, entries(site.before, site.x, *where)),
                    remark=f"{self.why}, so these need not add up to o.")]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """∂L/∂o' of one unit that goes in, from the ∂L/∂o of the units that it moves."""
        return self._by_slopes(dy, nudged(site, None, unit), f"do/d{at(site.before, unit)}",
                               "∂L/∂o' = Σ ∂L/∂o · ∂o/∂o'", expected)

    def parameter(self, site: Site, dy: Quantity, key: str, index: Index, expected: float) -> Sum:
        """∂L/∂w of one parameter, from the ∂L/∂o of all units that share it."""
        name = f"do/d{at(f'{site.name}.{key}', index)}"
        return self._by_slopes(dy, nudged(site, key, index), name,
                               "∂L/∂w = Σ ∂L/∂o · ∂o/∂w", expected)

    def stops(self, site: Site, unit: Index) -> str:
        """Why nothing of ∂L/∂o reaches this one unit before the layer; "" if it may."""
        return ""

    def bends(self, site: Site, unit: Index) -> str:
        """Why o of this unit has a kink, as far as it is known."""
        return "why is not known"

    @staticmethod
    def _by_slopes(dy: Quantity, measured: tuple[Array, Array, Array], name: str, title: str,
                   expected: float) -> Sum:
        y, left, right = measured
        remark = f"∂o/∂... was measured: nudged by ±{H:g}, through this layer alone."
        excuse = ""
        if coarsest(y) != np.float64:
            excuse = f"the layer answers in {y.dtype}, which is too coarse to measure ∂o/∂..."
        slopes = (left + right) / 2
        where = np.nonzero(slopes)
        slope, given = Factor(lambda i: name, slopes[where]), entries(dy.name, dy.array, *where)
        # A slope is measured to a share of o, and between its values on both sides.
        size = np.maximum(np.abs(slopes), np.maximum(np.abs(y), 1))
        scale = (size + np.abs(right - left) / MEASURED)[where] @ np.abs(given.values)
        return total_of(title, (given, slope), "the sum", expected, float(scale), MEASURED,
                        excuse=excuse, remark=remark)


class Known(Explained):
    """A layer whose formulas are ours, whatever a student's docstring says."""

    def formula(self, layer: Any, which: str) -> str:
        """The same for every layer of the kind."""
        return str(getattr(self, which))


def nudged(site: Site, key: str | None, index: Index) -> tuple[Array, Array, Array]:
    """o of the layer, and ∂o/∂w to the left and to the right, with one number w nudged in float64.

    Args:
        key: the parameter's name, or None for the layer's input.
    """
    layer = Network(copy=site.layer).astype(np.float64)["copy"]
    x = np.array(site.x, np.float64)
    array = x if key is None else layer.params[key]
    old, outputs = array[index], []
    for value in (old - H, old, old + H):
        array[index] = value
        outputs.append(np.array(layer.forward(x.copy())[0]))
    below, here, above = outputs
    return here, (here - below) / H, (above - here) / H


class Elementwise(Known):
    """o depends on one unit o' alone."""

    def value(self, site: Site, unit: Index) -> list[Sum]:
        """The function of the one unit before it, which may be made of numbers of size 1."""
        assert self.apply is not None
        value = self.apply(float(site.x[unit]))
        source = Sum(self.forward, (entries(site.before, site.x, *unit),))
        return [replace(source, results=(source.result(self.forward, value, site.y[unit],
                                                       max(abs(value), 1.0)),))]

    def to_input(self, site: Site, dy: Quantity, unit: Index, expected: float) -> Sum:
        """∂L/∂o times the slope of the function, which rounding changes by a share of 1."""
        return total_of(self.backward, (entries(dy.name, dy.array, *unit), self.slope(site, unit)),
                        "the product", expected, abs(float(dy.array[unit])),
                        least=rounding(coarsest(site.x, site.y)))

    def stops(self, site: Site, unit: Index) -> str:
        """A slope of 0."""
        slope = self.slope(site, unit)
        return f"the slope of {at(site.name, unit)} is 0" if not slope.values[0] else ""

    def slope(self, site: Site, unit: Index) -> Factor:
        """∂o/∂o', with the name of how it is computed."""
        raise NotImplementedError


def with_bias(title: str, products: tuple[Factor, Factor], bias: str, b: Array, at_: int,
              expected: float | None, remark: str = "", *,
              names: tuple[str, str] = ("Σ w·o'", "= s"), size: float | None = None) -> Sum:
    """The sum of products, and then the bias, which is one more term in every unit.

    Args:
        names: what the sum and the result are called.
        size: how large the products are, if they are rounded more than their own size says.
    """
    bare, last = Sum(title, products), float(b[at_])
    scale = (bare.scale if size is None else size) + abs(last)
    return replace(bare, remark=remark, results=(
        bare.result(names[0], bare.total, None), bare.result(f"+ {bias}[{at_}]", last, None),
        bare.result(names[1], bare.total + last, expected, scale)))
