"""The names of all numbers of a training step, as a user types them.

    tanh1[0,3]            output o of a layer: image 0, map 3        y: the last layer's; t; L
    dL/dtanh1             its gradient ∂L/∂o
    dy/dtanh1             the prediction gradient ∂y_t/∂o of the true class; dy3/dtanh1 of class 3
    conv1.W[0,0,1,1]      a parameter                                dL/dconv1.W its gradient
    state.m.conv1.W       what the update remembers before this one, here m of Adam
    norm(dL/dconv1.W)     one number of an array, also mean, max, min, sum; abs of each

Indices count from 0, as in NumPy; the first axis is the image.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from ..layers.base import Array
from ..output.text import number, span, times
from ..training.condition import FUNCTIONS
from ..training.updates import State
from .answers.terms import Index
from .training_step import TrainingStep

AXES = {4: ("image", "map", "row", "column"), 2: ("image", "unit")}
# What a user may call a number whose name is another one.
SPOKEN = {"loss": "L", "labels": "t", "label": "t", "images": "input", "image": "input",
          "x": "input", "output": "y", "probabilities": "y"}
WEIGHT_AXES = {4: ("filter", "channel", "row", "column"), 2: ("from unit", "to unit"), 1: ("of",)}


@dataclass(frozen=True)
class Value:
    """Numbers with their name.

    Attributes:
        kind: "output", "gradient", "prediction gradient", "parameter", "parameter gradient",
            "loss", "labels", "parameter state" (of the update) or "function".
        name: their full name, such as "dL/dtanh1"; of: the layer or the parameter.
        array: all numbers of that name; index: which of them were asked for.
        updated: whether they are parameters after their update, or made of these.
    """

    kind: str
    name: str
    of: str
    array: Array
    index: tuple[Any, ...] = ()
    updated: bool = False

    @property
    def selected(self) -> Array:
        """The numbers that were asked for."""
        return np.asarray(self.array[self.index])

    @property
    def label(self) -> str:
        """Name and index as a user types them."""
        parts = [":".join("" if end is None else str(end) for end in (part.start, part.stop))
                 if isinstance(part, slice) else str(part) for part in self.index]
        return f"{self.name}[{','.join(parts)}]" if parts else self.name

    @property
    def line(self) -> str:
        """In one line: the number, or shape and range."""
        array, head = self.selected, self.label + " (updated)" * self.updated
        return (f"{head}   {times(array.shape)}   {span(array)}" if array.ndim
                else f"{head} = {number(float(array), 10)}")


class NoIndexError(ValueError):
    """An array has no numbers with this index."""


def listing(training: TrainingStep) -> list[str]:
    """All names in this network, also of numbers that are not computed yet."""
    units, params = training.units, list(training.net.params)
    return [*units, "y", "t", "L", *params, *(f"dL/d{name}" for name in (*units, *params)),
            *(f"dy/d{name}" for name in units), *remembered(training.state)]


def remembered(state: State, name: str = "state") -> dict[str, Array]:
    """What an update remembers, by name: "state.m.conv1.W" of Adam, "state.conv1.W" of momentum."""
    if isinstance(state, Mapping):
        return {of: array for key, value in state.items()
                for of, array in remembered(value, f"{name}.{key}").items()}
    known = isinstance(state, (int, float, np.number, np.ndarray))
    return {name: np.asarray(state)} if known else {}


def lookup(training: TrainingStep, where: str, only_image: bool = False,
           future: bool = False) -> Value:
    """The numbers of a name, with or without an index, or one number made of them.

    Args:
        only_image: with one image, its index may be left out if all others are given.
        future: whether they may be not computed yet; then they are NaN.

    Raises:
        ValueError: no such name or index, or not computed yet; the message says what there is.
    """
    where = where.strip().replace("∂", "d")
    call = re.fullmatch(r"(\w+)\s*\((.+)\)", where)
    if call and call[1] in FUNCTIONS:
        if only_image:
            raise ValueError(f"{where} is made only here; expected the name of one number, such "
                             f"as {call[2]} with an index")
        of = lookup(training, call[2], future=future)
        with np.errstate(all="ignore"):
            made = FUNCTIONS[call[1]](np.asarray(of.selected, np.float64))
        return Value("function", where, of.of, np.asarray(made), updated=of.updated)
    match = re.fullmatch(r"([^\[\]\s()]+)\s*(?:\[([^\[\]]*)\])?", where)
    if not match:
        hint = (f" (did you mean {call[1]}[{call[2]}]?)" if call and call[1] in training.units
                else "")
        raise ValueError(f"{where!r}{hint}: expected a name, or a name and an index in brackets, "
                         f"such as tanh1[0,3,10,10], or {' or '.join(FUNCTIONS)} of it, such as "
                         "norm(dL/dtanh1)")
    value = _named(training, match[1], future)
    if match[2] is None:
        return value
    short = match[2]
    units = value.kind in ("output", "gradient", "prediction gradient")
    if only_image and units and len(value.array) == 1 and short.count(",") == value.array.ndim - 2:
        short = f"0,{short}"
    return replace(value, index=index_of(value, short, where))


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
    if f"forward {text}" in steps:          # a layer alone
        return steps.index(f"forward {text}") + 1
    layers = dict.fromkeys(step.split()[-1] for step in steps if step != "loss")
    raise ValueError(f"no step {text!r}{did_you_mean(text, steps)}; there are forward and backward "
                     "of each layer, loss, and gradients and update of those with parameters: "
                     + ", ".join(layers))


def did_you_mean(text: str, possible: Iterable[str]) -> str:
    """" (did you mean tanh1?)", or "" if no name is similar."""
    possible, word = list(possible), re.sub(r"^([^\[\]]+)\.grad(ient)?\b", r"dL/d\1", text)
    word = SPOKEN.get(word.lower(), word) if "L" in possible else word
    near = [name for name in possible if name.lower() == word.lower()]
    near = near or get_close_matches(word, possible, 1)
    return f" (did you mean {near[0]}?)" if near else ""


def _named(training: TrainingStep, name: str, future: bool) -> Value:
    """The numbers of a name without an index."""
    units, last, params = training.units, training.last, training.net.params
    if name == "y" and name not in units:
        name = last
    if name in units:
        return _known(training, "output", name, name, training.trace.get, f"forward {name}", future)
    if name in params:
        return Value("parameter", name, name, training.updated.get(name, params[name]),
                     updated=name in training.updated)
    if name in (state := remembered(training.state)):
        return Value("parameter state", name, name, state[name])
    if name == "t":
        return Value("labels", "t", "t", training.t)
    if name == "L":
        return _known(training, "loss", "L", "L", lambda _: training.loss, "loss", future)
    match = re.fullmatch(r"d(L|y\d*)/d(.+)", name)
    of = last if match and match[2] == "y" and "y" not in units else match[2] if match else ""
    if match and match[1] == "L" and of in units:
        return _known(training, "gradient", f"dL/d{of}", of, training.gradients.get,
                      training.gradient_step(of), future)
    if match and match[1] == "L" and of in params:
        return _known(training, "parameter gradient", name, of, training.parameter_gradients.get,
                      f"gradients {of.rpartition('.')[0]}", future)
    if match and of in units:
        k = int(match[1][1:]) if match[1] != "y" else None
        if last not in training.trace and future:
            return _known(training, "prediction gradient", name, of, lambda _: None, "loss", True)
        return Value("prediction gradient", f"d{match[1]}/d{of}", of,
                     training.prediction_gradient(k, of))
    hint = did_you_mean(name, listing(training)) or (
        f"; there are the units {', '.join(units)}; y, t, L; the parameters {', '.join(params)}; "
        "and the gradients dL/d... of all of these, dy/d... and dy3/d... of units")
    raise ValueError(f"no number is called {name!r}{hint}")


def _known(training: TrainingStep, kind: str, name: str, of: str, get: Callable[[str], Any],
           step: str, future: bool) -> Value:
    """A value that a step computes, or an error if that step is not done yet."""
    found = get(of)
    if found is None and future:
        params = training.net.params
        known = params[of] if of in params else np.array(0) if of == "L" else training.net.forward(
            training.trace["input"], training.gates)[of]
        return Value(kind, name, of, np.full(known.shape, np.nan))
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
    if not in_shape(parts, shape):
        raise NoIndexError(f"{where}: there is no such index; {_axes(value)}")
    return tuple(part % n if isinstance(part, int) else part
                 for part, n in zip(parts, shape, strict=False))


def in_shape(index: Sequence[Any], shape: Sequence[int]) -> bool:
    """Whether an array of this shape has numbers at an index; the next batch may be smaller."""
    return len(index) <= len(shape) and all(
        -n <= part < n if isinstance(part, int) else range(n)[part]
        for part, n in zip(index, shape, strict=False))


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
