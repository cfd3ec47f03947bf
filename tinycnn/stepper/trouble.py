"""What goes wrong without an error: NaN, dead maps, saturated layers; and which step began it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..layers.base import Array
from .steps import Quantity, Step
from .training_step import TrainingStep

KINDS = ("nan", "dead", "saturated")


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong in the outputs of a step.

    Attributes:
        kind: "nan" (or infinite), "dead" or "saturated".
        step: the step's name; quantity: the array that is wrong.
        brought_in: whether this step began it, or only passed on what it was given.
        maps: which maps are dead, [] otherwise.
        text: the trouble in a sentence.
    """

    kind: str
    step: str
    quantity: Quantity
    brought_in: bool
    maps: tuple[int, ...]
    text: str


def troubles(training: TrainingStep, step: Step) -> list[Trouble]:
    """What is wrong in the outputs of one step that is done."""
    return [*_not_finite(step), *_dead(training, step), *_saturated(training, step)]


def _not_finite(step: Step) -> list[Trouble]:
    bad_inputs = [q for q in step.inputs if not np.isfinite(q.array).all()]
    # A NaN in a layer's own parameter begins in that layer.
    weights = [q.name for q in bad_inputs if q.is_parameter and not q.is_gradient]
    given = [q.name for q in bad_inputs if q.name not in weights]
    found = []
    for quantity in step.outputs:
        bad = ~np.isfinite(quantity.array)
        if not bad.any():
            continue
        kind = "NaN" if np.isnan(quantity.array).any() else "infinity"
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        place = f", the first at [{','.join(map(str, first))}]" if first else ""
        whose = (f"it came with {given[0]}" if given
                 else f"{step.name} brought it in: {weights[0]} contains it" if weights
                 else f"{step.name} brought it in: all its inputs are finite")
        found.append(Trouble("nan", step.name, quantity, not given, (),
                             f"{kind} in {bad.sum()} of {bad.size} numbers of {quantity.name}"
                             f"{place}; {whose}"))
    return found


def _dead(training: TrainingStep, step: Step) -> list[Trouble]:
    """Maps whose ∂L/∂o is 0 for the whole batch: the layers before learn nothing from them."""
    if not step.name.startswith("backward"):
        return []
    layer = step.name.split()[1]
    name, (quantity,) = training.before(layer), step.outputs
    dx, dy = quantity.array, training.gradients[layer]
    if name == "input" or dx.ndim < 2:
        return []
    dead = tuple(map(int, np.flatnonzero(_all_zero(dx))))
    if not dead:
        return []
    # A layer that keeps maps apart (tanh, pooling) passes on a map that is already dead.
    same = not training.net[layer].params and dy.ndim == dx.ndim and dy.shape[1] == dx.shape[1]
    given = _all_zero(dy) if same else np.full(dx.shape[1], not dy.any())
    new = [i for i in dead if not given[i]]
    gate = training.trace.gates.get(layer)
    which = f"{'map' if dx.ndim > 2 else 'unit'}{'s' if len(dead) > 1 else ''} {_some(dead)}"
    if not new:
        whose = "the gradient it was given is 0 there already"
    elif same and gate is not None and (gate[new] == 0).any():
        whose = f"{step.name} brought it in: knocked out"
    else:
        whose = f"{step.name} brought it in: the gradient it was given is not all 0"
    return [Trouble("dead", step.name, quantity, bool(new), dead,
                    f"{which} of {name} dead, {len(dead)} of {dx.shape[1]}: ∂L/∂o is 0 at every "
                    f"unit and image; {whose}")]


def _saturated(training: TrainingStep, step: Step) -> list[Trouble]:
    if not step.name.startswith("forward"):
        return []
    name = step.name.split()[1]
    limit = training.explained(name).saturated
    if limit is None:
        return []
    o, before = training.trace.ungated[name], training.before(name)
    share = float((np.abs(o) > limit).mean())
    if share <= 0.5:
        return []
    typical = float(np.median(np.abs(training.trace[before])))
    return [Trouble("saturated", step.name, step.outputs[0], True, (),
                    f"{name} is saturated: |o| > {limit} in {share:.0%} of its units, where "
                    f"the slope 1 - o² is almost 0; {before} brought it in: half of its numbers "
                    f"are beyond ±{typical:.3g}")]


def _all_zero(gradient: Array) -> Array:
    """(C,) True for maps with ∂L/∂o = 0 at every unit and image."""
    zero: Array = ~np.any(gradient, axis=(0, *range(2, gradient.ndim)))
    return zero


def _some(maps: tuple[int, ...]) -> str:
    """"1, 2, 3" or the first of many."""
    return ", ".join(map(str, maps[:8])) + (", ..." if len(maps) > 8 else "")
