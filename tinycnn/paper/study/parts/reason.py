"""Why the secant finds more than the tangent: is it because units are saturated?

A tangent is blind at a saturated unit, and a knockout to 0 is a large change. If that is the
reason, the secant has no lead in a network whose units are not saturated. So the network is trained
again with two other activations. 2 tanh(z / 2) has the slope of tanh at 0 and reaches twice as far.
For ReLU, tangent and secant are the same: both are 1 or 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ....analysis.controls import order_sets, own_minus_others, swap_matrix
from ....analysis.knockouts import labels_without
from ....analysis.measures import MEASURES, SECANT
from ....gradients import activations
from ....layers import Layer, NotFiniteError, ReLU, Tanh
from ....layers.base import Array
from ....network import Network
from ....training import error_rate
from ..rows import Row, row
from ..subject import Subject, idle
from .knockout_table import answers_along, orders_of
from .readings import trains_otherwise

TANGENT = "gradient x activation, logit"
FIRST = 20              # of a hundred seeds; five leave it open whether the lead goes
RATE = 0.3              # of the learning rate, for ReLU: with all of it, some networks do not train


class WiderTanh(Layer):
    """y = 2 tanh(x / 2): slope 1 at 0, as tanh has it, but limits of -2 and 2."""

    def forward(self, x: Array) -> tuple[Array, Array]:
        """x -> y, which is also the cache."""
        y = 2 * np.tanh(x / 2)
        return y, y

    def backward(self, dy: Array, cache: Array) -> Array:
        """∂s/∂x = ∂s/∂y · (1 - (y / 2)²)."""
        return dy * (1 - (cache / 2) ** 2)


WIDER = "2 tanh(z / 2)"
ACTIVATIONS: Mapping[str, Callable[[], Layer]] = {"tanh": Tanh, WIDER: WiderTanh, "ReLU": ReLU}


def reason(s: Subject) -> list[Row]:
    """Own minus others by tangents and by secants, for three activations.

    Only for the first `FIRST` of a hundred seeds, and if the network has a tanh.
    """
    if not trains_otherwise(s, FIRST) or not any(
            isinstance(layer, Tanh) for layer in s.fresh().layers.values()):
        return []
    rows = []
    for name, make in ACTIVATIONS.items():
        rate = s.training.learning_rate * (RATE if make is ReLU else 1)
        again = replace(s, training=replace(s.training, learning_rate=rate))
        try:
            net = s.net if make is Tanh else again.trained(with_activation(s.fresh(), make),
                                                           s.data, s.split[0])
        except NotFiniteError:
            rows.append(s.diverged(f"with {name}"))
            continue
        rows += _measured(s, net, name)
    lead = {r.option: r.value for r in rows if r.quantity == "secant minus tangent"}
    if {"tanh", WIDER} <= lead.keys():
        rows.append(row(s.seed, "reason", "lead lost", lead["tanh"] - lead[WIDER]))
    return rows


def with_activation(net: Network, make: Callable[[], Layer]) -> Network:
    """The same network with another activation for each tanh; parameters are shared."""
    return Network(net.input_shape, **{name: make() if isinstance(layer, Tanh) else layer
                                       for name, layer in net.layers.items()})


def _measured(s: Subject, net: Network, name: str) -> list[Row]:
    x, t = s.data.images, s.data.labels

    def number(quantity: str, value: float, subject: str = "") -> Row:
        return row(s.seed, "reason", quantity, value, subject=subject, option=name)
    wrong = error_rate(net, x, t)
    rows = [number("error on all", wrong)]
    if idle(wrong, t):
        return rows
    rows.append(number("mean slope", mean_slope(net, x)))
    orders = {measure: orders_of(MEASURES[measure](net, x, t)) for measure in (TANGENT, SECANT)}
    labels = labels_without(net, x, order_sets(
        [order for found in orders.values() for order in found.values()]))
    own = {measure: own_minus_others(swap_matrix(
        {k: answers_along(labels, order) for k, order in found.items()}, t))
        for measure, found in orders.items()}
    return [*rows, *(number("own minus others", value, measure) for measure, value in own.items()),
            number("secant minus tangent", own[SECANT] - own[TANGENT])]


def mean_slope(net: Network, x: Array) -> float:
    """The mean of f'(z) over all units of all activations: 1 if none is saturated."""
    slopes: list[Any] = []
    trace = net.forward(x)
    for name in activations(net):
        y = trace[name]
        slopes.append(net[name].backward(np.ones_like(y), trace.caches[name]).ravel())
    return float(np.concatenate(slopes).mean())
