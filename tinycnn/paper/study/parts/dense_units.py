"""Section VI: "applicable to any output" of the network. Hidden dense units, ranked and removed."""

from __future__ import annotations

import numpy as np

from ....analysis.controls import area, own_minus_others, swap_matrix
from ....analysis.measures import MEASURES, PAPER
from ....gradients.prediction import activation_after
from ....network import Network
from ..rows import Row, row
from ..subject import Subject
from .knockout_table import KnockoutTable, orders_of


def dense_units(s: Subject) -> list[Row]:
    """The strongest units of the last hidden dense layer by the paper's measure, beside random
    ones; no rows if there are none."""
    layer = last_hidden(s.net)
    if layer is None:
        return []
    everyone = np.arange(len(s.data))
    orders = orders_of(MEASURES[PAPER](s.net, s.data.images, s.data.labels, [layer]))
    table = KnockoutTable(s, [orders], matched=[], layers=[layer])
    labels = {k: table.along(order, everyone) for k, order in orders.items()}
    own, random = table.errors(labels, everyone), table.random_errors(everyone)
    gains = {kind: area(own[kind]) - area(random[kind]).mean() for kind in own}
    found = {"gain on random": gains["overall error"],
             "class error, gain on random": gains["class error"],
             "own minus others": own_minus_others(swap_matrix(labels, s.data.labels))}
    return [row(s.seed, "dense units", name, value) for name, value in found.items()]


def last_hidden(net: Network) -> str | None:
    """The layer with the outputs of the last hidden dense units, if there are any."""
    ranks = {name: layer.params["W"].ndim for name, layer in net.layers.items()
             if "W" in layer.params}
    hidden = [name for name in list(ranks)[:-1] if ranks[name] == 2]
    return activation_after(net, hidden[-1]) if hidden else None
