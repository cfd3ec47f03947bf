"""What goes wrong without an error: NaN, dead maps, saturated layers; and which step began it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .kinds import kind_of
from .kinds.nonlinear import Tanh
from .steps import Quantity, Step
from .training_step import TrainingStep

Array = np.ndarray
KINDS = ("nan", "dead", "saturated")
SATURATED = 0.99        # |tanh| beyond this: the slope 1 - o² is below 0.02


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
    # What a layer's own parameter holds, the layer has brought in.
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
                 else f"{step.name} brought it in: {weights[0]} holds it" if weights
                 else f"{step.name} brought it in: all it was given is finite")
        found.append(Trouble("nan", step.name, quantity, not given, (),
                             f"{kind} in {bad.sum()} of {bad.size} numbers of {quantity.name}"
                             f"{place}; {whose}"))
    return found


def _dead(training: TrainingStep, step: Step) -> list[Trouble]:
    """Maps whose ∂L/∂o is 0 for the whole batch: nothing before them learns anything."""
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
    # Where a layer has map for map the same (tanh, pooling), a dead one only goes on.
    same = not training.net[layer].params and dy.ndim == dx.ndim and dy.shape[1] == dx.shape[1]
    given = _all_zero(dy) if same else np.full(dx.shape[1], not dy.any())
    new = [i for i in dead if not given[i]]
    gate = training.trace.gates.get(layer)
    which = f"{'map' if dx.ndim > 2 else 'unit'}{'s' if len(dead) > 1 else ''} {_some(dead)}"
    if not new:
        whose = "it was so behind it already"
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
    if not isinstance(kind_of(training.net[name]), Tanh):
        return []
    o, before = training.trace.ungated[name], training.before(name)
    share = float((np.abs(o) > SATURATED).mean())
    if share <= 0.5:
        return []
    typical = float(np.median(np.abs(training.trace[before])))
    return [Trouble("saturated", step.name, step.outputs[0], True, (),
                    f"{name} is saturated: |o| > {SATURATED} in {share:.0%} of its units, where "
                    f"the slope 1 - o² is next to 0; {before} brought it in: half of its numbers "
                    f"are beyond ±{typical:.3g}")]


def _all_zero(gradient: Array) -> Array:
    """(C,) of which maps ∂L/∂o is 0 at every unit and image."""
    zero: Array = ~np.any(gradient, axis=(0, *range(2, gradient.ndim)))
    return zero


def _some(maps: tuple[int, ...]) -> str:
    """"1, 2, 3" or the first of many."""
    return ", ".join(map(str, maps[:8])) + (", ..." if len(maps) > 8 else "")
