"""The names of all numbers of a training step, as a user types them.

    tanh1[0,3]            output o of a layer: image 0, map 3        y: the last layer's; t; L
    dL/dtanh1             its gradient ∂L/∂o
    dy/dtanh1             the prediction gradient ∂y_t/∂o of the true class; dy3/dtanh1 of class 3
    conv1.W[0,0,1,1]      a parameter                                dL/dconv1.W its gradient

Indices count from 0, as in NumPy; the first axis is the image.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from ..layers.base import Array
from .answers.terms import Index
from .training_step import TrainingStep

AXES = {4: ("image", "map", "row", "column"), 2: ("image", "unit")}
WEIGHT_AXES = {4: ("filter", "channel", "row", "column"), 2: ("from unit", "to unit"), 1: ("of",)}


@dataclass(frozen=True)
class Value:
    """Numbers with their name.

    Attributes:
        kind: "output", "gradient", "prediction gradient", "parameter", "parameter gradient",
            "loss" or "labels".
        name: their full name, such as "dL/dtanh1"; of: the layer or the parameter.
        array: all numbers of that name; index: which of them were asked for.
    """

    kind: str
    name: str
    of: str
    array: Array
    index: tuple[Any, ...] = ()

    @property
    def selected(self) -> Array:
        """The numbers that were asked for."""
        return np.asarray(self.array[self.index])

    @property
    def label(self) -> str:
        """Name and index as a user types them."""
        parts = [_part(part) for part in self.index]
        return f"{self.name}[{','.join(parts)}]" if parts else self.name


def listing(training: TrainingStep) -> list[str]:
    """All names in this network, also of numbers that are not computed yet."""
    units, params = training.units, list(training.net.params)
    return [*units, "y", "t", "L", *params, *(f"dL/d{name}" for name in units),
            *(f"dL/d{name}" for name in params), *(f"dy/d{name}" for name in units)]


def lookup(training: TrainingStep, where: str, only_image: bool = False) -> Value:
    """The numbers of a name, with or without an index.

    Args:
        only_image: with one image, its index may be left out if all others are given.

    Raises:
        ValueError: no such name or index, or not computed yet; the message says what there is.
    """
    match = re.fullmatch(r"([^\[\]\s]+)\s*(?:\[([^\[\]]*)\])?", where.strip().replace("∂", "d"))
    if not match:
        raise ValueError(f"{where!r}: expected a name, or a name and an index, such as "
                         "tanh1[0,3,10,10]")
    value = _named(training, match[1])
    if match[2] is None:
        return value
    short = match[2]
    units = value.kind in ("output", "gradient", "prediction gradient")
    if only_image and units and len(value.array) == 1 and short.count(",") == value.array.ndim - 2:
        short = f"0,{short}"
    index = index_of(value, short, where)
    return Value(value.kind, value.name, value.of, value.array, index)


def unit(training: TrainingStep, where: str) -> tuple[Value, Index]:
    """One number: its Value and its full index; with one image, its index may be left out."""
    value = lookup(training, where, only_image=True)
    index = value.index
    if any(isinstance(part, slice) for part in index) or len(index) != value.array.ndim:
        raise ValueError(f"{where}: expected one number, so an index with {value.array.ndim} "
                         f"numbers; {_axes(value)}")
    return value, index


def parameter(training: TrainingStep, where: str) -> tuple[str, Index]:
    """Name and full index of one parameter; the error lists all parameters."""
    value, index = unit(training, where)
    if value.kind != "parameter":
        raise ValueError(f"{where} is not a parameter; there are {', '.join(training.net.params)}")
    return value.of, index


def step_number(steps: Sequence[str], to: str | int) -> int:
    """The number of a step by its name or number; 0 is the start."""
    text = " ".join(str(to).split())
    if text.lstrip("-").isdigit():
        if 0 <= int(text) <= len(steps):
            return int(text)
        raise ValueError(f"no step {text}; they are numbered 1 to {len(steps)}, and 0 is the start")
    if text in steps:
        return steps.index(text) + 1
    layers = dict.fromkeys(step.split()[-1] for step in steps if step != "loss")
    raise ValueError(f"no step {text!r}{did_you_mean(text, steps)}; there are forward and backward "
                     "of each layer, loss, and gradients and update of those with parameters: "
                     + ", ".join(layers))


def did_you_mean(text: str, possible: Iterable[str]) -> str:
    """" (did you mean tanh1?)", or "" if no name is similar."""
    near = get_close_matches(text, list(possible), 1)
    return f" (did you mean {near[0]}?)" if near else ""


def _named(training: TrainingStep, name: str) -> Value:
    """The numbers of a name without an index."""
    units, last, params = training.units, training.last, training.net.params
    if name == "y" and name not in units:
        name = last
    if name in units:
        return _known(training, "output", name, name, training.trace.get, f"forward {name}")
    if name in params:
        return Value("parameter", name, name, training.updated.get(name, params[name]))
    if name == "t":
        return Value("labels", "t", "t", training.t)
    if name == "L":
        return _known(training, "loss", "L", "L", lambda _: training.loss, "loss")
    match = re.fullmatch(r"d(L|y\d*)/d(.+)", name)
    of = last if match and match[2] == "y" and "y" not in units else match[2] if match else ""
    if match and match[1] == "L" and of in units:
        return _known(training, "gradient", f"dL/d{of}", of, training.gradients.get,
                      training.gradient_step(of))
    if match and match[1] == "L" and of in params:
        return _known(training, "parameter gradient", name, of, training.parameter_gradients.get,
                      f"gradients {of.rpartition('.')[0]}")
    if match and of in units:
        k = int(match[1][1:]) if match[1] != "y" else None
        return Value("prediction gradient", f"d{match[1]}/d{of}", of,
                     training.prediction_gradient(k, of))
    raise ValueError(
        f"no number is called {name!r}{did_you_mean(name, listing(training))}; there are the units "
        f"{', '.join(units)}; y, t, L; the parameters {', '.join(params)}; and the gradients "
        f"dL/d... of all of these, dy/d... and dy3/d... of units")


def _known(training: TrainingStep, kind: str, name: str, of: str, get: Callable[[str], Any],
           step: str) -> Value:
    """A value that a step computes, or an error if that step is not done yet."""
    found = get(of)
    if found is None:
        raise ValueError(f"{name} is not known yet: step {step_number(training.steps, step)}, "
                         f"{step}, computes it; `until {step}` goes there")
    return Value(kind, name, of, np.asarray(found))


def index_of(value: Value, text: str, where: str) -> tuple[Any, ...]:
    """"0,3,:,1:4" as an index of the array, checked; `where` is the full text, for messages."""
    parts: list[Any] = []
    for part in (part.strip() for part in text.split(",")):
        if re.fullmatch(r"-?\d+", part):
            parts.append(int(part))
        elif re.fullmatch(r"(-?\d+)?:(-?\d+)?", part):
            parts.append(slice(*(int(end) if end else None for end in part.split(":"))))
        else:
            raise ValueError(f"{where}: {part!r} is not an index; expected numbers such as [0,3] "
                             f"or ranges such as [0,:,2:5]; {_axes(value)}")
    shape = value.array.shape
    wrong = len(parts) > len(shape) or any(
        isinstance(part, int) and not -n <= part < n for part, n in zip(parts, shape, strict=False))
    if wrong:
        raise ValueError(f"{where}: there is no such index; {_axes(value)}")
    return tuple(part % n if isinstance(part, int) else part
                 for part, n in zip(parts, shape, strict=False))


def _axes(value: Value) -> str:
    """What the axes are and how far they go: "tanh1 has image 0 to 0, map 0 to 4, ..."."""
    shape = value.array.shape
    axes = WEIGHT_AXES if value.kind.startswith("parameter") else AXES
    words = axes.get(len(shape), tuple(f"axis {i}" for i in range(len(shape))))
    if not shape:
        return f"{value.name} is one number"
    return f"{value.name} has " + ", ".join(
        f"{word} 0 to {n - 1}" if n > 1 else f"{word} 0"
        for word, n in zip(words, shape, strict=True))


def _part(part: int | slice) -> str:
    if isinstance(part, slice):
        return ":".join("" if end is None else str(end) for end in (part.start, part.stop))
    return str(part)
