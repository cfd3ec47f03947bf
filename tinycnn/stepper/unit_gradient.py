"""∂L/∂o of one unit: as a sum over the classes, and as a sum over the units that it feeds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from .answers.terms import (
    Factor,
    Index,
    Sum,
    at,
    coarsest,
    constant,
    entries,
    rounding,
    total_of,
)
from .cancelling import MANY, before_cancelling
from .explanation import Part
from .kinds.base import Site, site_of
from .training_step import TrainingStep

CLASSES = 100       # as many terms of a sum over classes are computed; each is a backward pass


def unit_gradient(training: TrainingStep, name: str, index: Index, expected: float) -> list[Part]:
    """∂L/∂o as a sum over the classes, and as a sum over the units that it feeds."""
    n, last, label = index[0], training.last, at(name, index)
    if name == last:
        return [Part(f"dL/d{label}, from the loss", *_from_loss(training, index, expected))]
    after = dict(pairwise(training.units))[name]
    site = site_of(training.net, training.trace, after, name)
    kind, dy = training.explained(after), training.upstream(after)
    feeds = f"the same, by the units that it feeds in {after}"
    seed = training.gradients[last]
    if training.underflowed[n]:
        remark = (f"y of the true class is below the smallest number of {seed.dtype}, so ∂L/∂y is "
                  "too large for it, and there is no sum over the classes. The backward pass goes "
                  "on with (y - onehot)/N before the softmax, as in training.")
        given = (_from_logits(training, site, index, expected) if after == last
                 else kind.to_input(site, dy, index, expected))
        return [Part(f"dL/d{label}", remark=remark), Part(feeds, (given,))]
    parts = [Part(feeds, (kind.to_input(site, dy, index, expected),))]
    if seed.ndim == 2 and seed.shape[1] <= CLASSES:
        by_class = Part(f"dL/d{label}, by the {seed.shape[1]} classes",
                        (_by_class(training, name, index, expected),))
        return [by_class, *parts]
    return [replace(parts[0], heading=f"dL/d{label}, by the units that it feeds in {after}")]


def _from_loss(training: TrainingStep, index: Index, expected: float
               ) -> tuple[tuple[Sum, ...], str]:
    """∂L/∂o of the last layer, as a product or in words."""
    if training.own_loss:
        return (), "The loss is your own: it returned this number. The nudge below checks it."
    k, label, remark = index[1], int(training.t[index[0]]), ""
    if k != label:
        factors: tuple[Factor, ...] = (constant(f"{k} is not the true label {label}", 0.0),)
    else:
        y, n_images = training.trace.y[index], len(training.t)
        tiny = np.finfo(y.dtype).tiny
        if abs(y) < tiny:
            remark = f"A y below the smallest number of {y.dtype} counts as that number."
        share = Factor(lambda i: f"1/{at(training.last, index)}",
                       np.array([1 / float(tiny if abs(y) < tiny else y)]))
        factors = (constant(f"-1/{n_images}", -1 / n_images), share)
    return (total_of("∂L/∂y = -1/(N·y) at the true label, 0 elsewhere", factors, "the product",
                     training.gradients[training.last][index], all_shown=True,
                     remark=remark),), ""


def _from_logits(training: TrainingStep, site: Site, index: Index, expected: float) -> Sum:
    """∂L/∂o' before the softmax, where ∂L/∂y is too large a number."""
    (n, j), n_images = index, len(training.t)
    y = entries(site.name, site.y, n, j)
    true = int(j == training.t[n])
    minus = Factor(lambda i: f"({y.name(i)} - {true})", y.values - true)
    return total_of("∂L/∂o'_j = (y_j - δ_jt)/N", (constant(f"1/{n_images}", 1 / n_images), minus),
                    "the product", expected, 1 / n_images)


def _by_class(training: TrainingStep, name: str, index: Index, expected: float) -> Sum:
    """∂L/∂o as a sum over the classes: the product of the first two factors of equation 2."""
    n, last, seed = index[0], training.last, training.gradients[training.last]
    k = np.arange(seed.shape[1])
    dy_do = np.array([training.prediction_gradient(int(j), name)[index] for j in k])
    # The terms may themselves be what is left where others cancelled, in layers after this one.
    after = training.units[training.units.index(name):]
    limits = np.finfo(coarsest(*(training.gradients[unit] for unit in after)))
    size = float(np.abs(before_cancelling(training, name)[n]).max())
    lost = float(np.abs(seed[n]).astype(np.float64).sum() * limits.tiny / limits.eps)
    found = total_of("∂L/∂o = Σ_k ∂L/∂y_k · ∂y_k/∂o",
                     (entries(f"dL/d{last}", seed, n, k),
                      Factor(lambda i: f"dy{i}/d{at(name, index)}", dy_do)), "the sum", expected,
                     None, size + lost, rounding(limits.dtype, MANY), all_shown=len(k) <= 20)
    mixer = "" if found.ok else _mixer(training, name, n)
    if mixer:
        (result,) = found.results
        found = replace(found, results=(replace(result, excuse=f"{mixer} mixes the images"),),
                        remark="o also moves y of the other images, and this sum leaves them out.")
    return found


def _mixer(training: TrainingStep, name: str, n: int) -> str:
    """The layer after which the y of one image depends on the other images, or ""."""
    seed = np.zeros_like(training.gradients[training.last])
    seed[n] = training.gradients[training.last][n]
    with np.errstate(all="ignore"):
        back = training.net.backward(training.trace, seed, down_to=name)
    others = np.arange(len(seed)) != n
    return next((layer for layer in reversed(training.units[1:]) if training.before(layer) in back
                 and back[training.before(layer)][others].any()), "")
