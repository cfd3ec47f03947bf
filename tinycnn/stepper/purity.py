"""What a student's layer does that a layer must not: the rules of the gradient check, tried here.

A layer gives the same answer each time for the same input, takes what backward needs from its
cache, and writes into nothing that it was given. If it does not, a number that was right when it
was computed does not come again, and a nudge measures something else.
"""

from __future__ import annotations

import numpy as np

from ..gradcheck.behaviour import PURITY
from ..gradcheck.cases import Case
from ..gradcheck.causes import CAUSES
from ..gradcheck.compare import is_same
from ..gradcheck.numeric import upstream
from ..gradcheck.one_layer import GivenLayer
from ..gradcheck.subject import Trouble, params_of
from ..layers import Layer
from ..layers.base import Array
from ..layers.kinds import is_tinycnns
from .training_step import TrainingStep

IMAGES = 2      # on which a layer is tried
MIXED = ("numbers of one image in {} change with the other images: right for a batch "
         "normalisation, else a reshape or an axis is wrong")


def impure(training: TrainingStep, name: str) -> str:
    """What a layer does that a layer must not, and how to mend it; "" if nothing is seen.

    A copy of the layer is tried once, on copies of two images. tinycnn's own layers are known to be
    pure. Of a layer that cannot be copied or called, or whose input is not computed yet, nothing is
    known, and nothing said.
    """
    rule = _rule(training, name)
    return "" if rule in ("", MIXED) else f"{name}, {type(training.net[name]).__name__}: {rule}"


def mixed(training: TrainingStep, name: str) -> str:
    """That a layer's numbers of one image depend on the other images, if they do; else ""."""
    return MIXED.format(name) if _rule(training, name) == MIXED else ""


def _rule(training: TrainingStep, name: str) -> str:
    """The rule that a layer breaks, MIXED, or "", found once in a training step."""
    layer, before = training.net[name], training.before(name)
    if is_tinycnns(layer) or before not in training.trace:
        return ""
    if name not in training.rules:
        drawn = np.random.get_state()       # noqa: NPY002 (a layer may draw from this generator)
        training.rules[name] = _broken_rule(
            layer, np.array(training.trace[before][:IMAGES], np.float64))
        np.random.set_state(drawn)          # noqa: NPY002
    return training.rules[name]


def _broken_rule(layer: Layer, x: Array) -> str:
    """The first rule that is broken, as the gradient check says it."""
    subject = GivenLayer(type(layer))
    try:
        case = Case("", {}, x, "given", params=dict(params_of(layer)), layer=layer)
        y, _ = subject.forward(subject.build(case), x.copy())
        case.dy = upstream(np.random.default_rng(0), y.shape)
        for check in PURITY:
            for key, message, _ in check(subject, case):
                if key:
                    return CAUSES[key].format(q=message)
        alike, _ = subject.forward(subject.build(case), x[[0] * len(x)])
        if y.ndim and not is_same(alike[0], y[0]):      # the first image is still the same
            return MIXED
    except Trouble:
        pass
    return ""
