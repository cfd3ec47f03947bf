"""A step: one thing that one layer does, with everything that goes in and comes out."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..layers.base import Array
from ..output.text import last_frame, span, times
from .answers.blocks import Block, Formula, Name, Picture, Remark, Table, Title
from .answers.shown import Shown


@dataclass(frozen=True)
class Quantity:
    """An array that a step reads or makes: its letter in the formula, its name, and its numbers."""

    letter: str
    name: str
    array: Array

    @property
    def of(self) -> str:
        """The layer or the parameter: "dL/dconv1.W" is of conv1.W."""
        return self.name.removeprefix("dL/d")

    @property
    def layer(self) -> str:
        """The layer: conv1 for conv1.W."""
        return self.of.split(".")[0]

    @property
    def is_gradient(self) -> bool:
        """Whether it is ∂L/∂ of something."""
        return self.of != self.name

    @property
    def is_parameter(self) -> bool:
        """Whether it belongs to a parameter: layer names have no dot."""
        return "." in self.of


@dataclass(frozen=True, repr=False)
class Step(Shown):
    """One step of a training step.

    Attributes:
        number: its place, counted from 1; total: how many steps there are.
        name: "forward conv1", "loss", "backward conv1", "gradients conv1" or "update conv1".
        layer: the layer as written in Python, such as "Tanh()"; "" for the loss.
        formula: what is computed. o' is the layer's input, o its output.
        inputs, outputs: the arrays of the formula.
        changed: what is new after this step, in a sentence.
    """

    number: int
    total: int
    name: str
    layer: str
    formula: str
    inputs: tuple[Quantity, ...]
    outputs: tuple[Quantity, ...]
    changed: str

    def blocks(self) -> list[Block]:
        """Name and layer, formula, what goes in, what comes out, what changed."""
        rows = [(f"{arrow} {q.letter}", Name(q.name), times(q.array.shape), span(q.array),
                 Picture(q.array, weights=q.is_parameter))
                for arrow, quantities in ((" ", self.inputs), ("→", self.outputs))
                for q in quantities]
        return [Title(f"{self.number}/{self.total}  {self.name}", self.layer),
                Formula(self.formula), Table(rows, "<<<<<", indent=2),
                Remark(f"Now {self.changed}.")]

    def __repr__(self) -> str:
        return f"<Step {self.number} of {self.total}: {self.name}>"


class StepError(RuntimeError):
    """A layer failed in a step: which one, what it was given, and at which line.

    Attributes:
        step, layer, method: the names of the step, the layer and the method that was called.
        shapes: {letter: shape} of the arguments.
        file, line, code: where it happened; None if nothing was raised and the answer is wrong.
    """

    def __init__(self, step: str, layer: Any, given: Mapping[str, Array], problem: str,
                 cause: Exception | None = None) -> None:
        self.step, self.shapes = step, {letter: array.shape for letter, array in given.items()}
        self.method, _, self.layer = step.partition(" ")
        self.file: str | None = None
        self.line: int | None = None
        self.code: str | None = None
        shapes = ", ".join(f"{letter} {shape}" for letter, shape in self.shapes.items())
        whose = getattr(layer, "__name__", type(layer).__name__)
        lines = [f"{step}: {whose} {problem}", f"  it was given {shapes}"]
        if cause is not None:
            frame = _frame(layer, cause)
            self.file, self.line, self.code = frame.filename, frame.lineno, frame.line
            lines.append(f"  {Path(frame.filename).name}, line {frame.lineno}, in {frame.name}:")
            lines += [f"    {frame.line}"] if frame.line else []    # none if typed at a prompt
            if "read-only" in str(cause):
                others = "" if "x" in given else " or its cache"
                lines.append(f"  Likely cause: it writes into its argument ({', '.join(given)})"
                             f"{others}, which others still need.")
                lines.append("  Compute a new array: no x[...] = , x *= or out=x.")
        super().__init__("\n".join(lines))


def _frame(layer: Any, error: Exception) -> traceback.FrameSummary:
    """The last call in the layer's own file, or the last call of all."""
    try:
        own = inspect.getfile(type(layer))
    except (TypeError, OSError):        # a class that was typed into a prompt has no file
        own = "<stdin>"
    return last_frame(error, own) or traceback.extract_tb(error.__traceback__)[-1]
