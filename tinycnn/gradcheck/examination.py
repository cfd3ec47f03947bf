"""A class in every case of its kind: what it returned, and what is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..layers.base import Array
from ..layers.kinds import KINDS
from .cases import Case
from .compare import Mismatch, against_measured, is_exact
from .mistakes import Guess, guesses
from .numeric import H, Numeric, numeric_gradient
from .refusals import refused
from .subject import Subject, Trouble, call


@dataclass
class Run:
    """What a class returned in one case.

    Attributes:
        got: {"y", "dx", "dW", "db"}: copies of its answers.
        measured: {"dx", ...}: the gradients of its own forward, by central differences.
        troubles: {"y", "dx", "params", "build"}: calls that gave no usable numbers.
        misshapen: answers of a wrong shape; their numbers may still show the cause.
    """

    case: Case
    got: dict[str, Array] = field(default_factory=dict)
    measured: dict[str, Numeric] = field(default_factory=dict)
    troubles: dict[str, Trouble] = field(default_factory=dict)
    misshapen: dict[str, Array] = field(default_factory=dict)

    def note(self, step: str, trouble: Trouble) -> None:
        """Record a call that gave no usable numbers, and the array that it returned, if any."""
        self.troubles[step] = trouble
        if trouble.array is not None:
            self.misshapen[trouble.quantity] = np.array(trouble.array)

    def mismatch(self, quantity: str) -> Mismatch | None:
        """The wrong entries of y, dx, dW or db; None if all are right, or there are no numbers.

        y is compared with the y of tinycnn's own layer. A gradient must agree with central
        differences of the class's own forward. If forward is right, it must also agree with
        tinycnn's own gradient to all digits. If forward is wrong, accept a gradient that is right
        for the intended layer, or right for the layer that the student wrote. At a kink there is
        no central difference, and the exact rule decides.
        """
        got, numeric = self.got.get(quantity), self.measured.get(quantity)
        right, outputs = self.case.right.get(quantity), self.case.outputs
        if got is None:
            return None
        if right is None or not (self.case.kind or self.case.like):     # only its own forward
            if numeric is None:
                return None
            wrong, expected = ~against_measured(got, numeric, kinks=True), numeric.gradient
        elif quantity in outputs:
            wrong, expected = ~is_exact(got, right), right
        elif all(name in self.got and self.mismatch(name) is None for name in outputs):
            wrong, expected = ~is_exact(got, right), right
            if numeric is not None:
                by_measure = ~against_measured(got, numeric, kinks=self.case.given)
                wrong, expected = (wrong | by_measure,
                                   numeric.gradient if by_measure.any() else right)
        elif numeric is not None and not is_exact(got, right).all():
            wrong, expected = ~against_measured(got, numeric), numeric.gradient
        else:
            return None
        return Mismatch(got, expected, wrong) if wrong.any() else None


def run(subject: Subject, case: Case) -> Run:
    """Run one case. Every method gets fresh copies, so that no mistake hides another."""
    result, step = Run(case), "build"
    try:
        layer = subject.build(case)
        step = "y"
        y, cache = subject.forward(layer, case.fresh(case.x), case.dy.shape)
        result.got["y"] = _copy(y)
    except Trouble as trouble:
        result.note(step, trouble)
        return result
    try:
        result.got["dx"] = _copy(subject.backward(layer, case.fresh(case.dy), cache, case.x.shape))
    except Trouble as trouble:
        result.note("dx", trouble)
    try:
        _, cache = subject.forward(layer, case.fresh(case.x))
        grads = subject.parameter_gradients(layer, case.fresh(case.dy), cache)
        result.got |= {f"d{name}": _copy(grad) for name, grad in grads.items()}
    except Trouble as trouble:
        result.note("params", trouble)
    try:
        if case.numeric:
            result.measured = measure(subject, case)
    except Trouble as trouble:
        result.note("y", trouble)
    return result


def _copy(array: Array) -> Array:
    """A copy: floats keep their precision, anything else becomes float64."""
    return np.array(array, array.dtype if array.dtype.kind == "f" else np.float64)


def measure(subject: Subject, case: Case) -> dict[str, Numeric]:
    """Every entry of the gradients of the class's own forward, by central differences."""
    layer = subject.build(case)
    x = case.fresh(case.x)
    # One checked call: after it, forward is known to return (y, cache) with a y of this shape.
    subject.forward(layer, case.fresh(x), case.dy.shape)

    def output() -> Array:
        return np.asarray(layer.forward(case.fresh(x))[0])

    def all_of_them() -> dict[str, Numeric]:
        # A step of 1e-5 is large for a BatchNorm whose x are a thousandth.
        size = float(np.sqrt(np.mean(x ** 2))) if case.given and x.any() else 1.0
        return {"dx": numeric_gradient(output, x, case.dy, H * min(1.0, max(size, 1e-4)))} | {
            f"d{name}": numeric_gradient(output, layer.params[name], case.dy)
            for name in case.params}

    return call("forward", all_of_them)


Ask = Callable[[Subject, Case], Run]


class Examination:
    """All runs of a class, a layer or a function, computed when they are first needed.

    Args:
        subject: the code under test.
        cases: what to try on it.
        run: how to run a case (of a layer); guesses: the known wrong answers (of a layer).
    """

    def __init__(self, subject: Subject, cases: list[Case], run: Ask = run,
                 guesses: Callable[[Case], list[Guess]] = guesses) -> None:
        self.subject, self.cases, self.run, self.guesses = subject, cases, run, guesses
        self.notes: list[str] = []      # what could not be checked, and why

    @property
    def kind(self) -> str:
        """What the subject claims to be: "conv2d"; "" if nothing is known about it."""
        return self.cases[0].kind if self.cases else ""

    @property
    def is_layer(self) -> bool:
        """Whether the subject is a layer, not a loss or an update."""
        return not self.kind or self.kind in KINDS

    @cached_property
    def runs(self) -> list[Run]:
        """One for each case that the class does not refuse."""
        return [r for r in self.every_run if not any(r is other for other in self.refused)]

    @cached_property
    def refused(self) -> list[Run]:
        """One for each case that the class refuses; a loss or an update must refuse none."""
        return refused(self.every_run) if self.is_layer else []

    @cached_property
    def every_run(self) -> list[Run]:
        """One for each case."""
        return [self.run(self.subject, case) for case in self.cases]

    @property
    def quantities(self) -> list[str]:
        """What there is to compare: y, dx, and the parameters' gradients."""
        if not self.cases or self.is_layer:
            return ["y", "dx", *(f"d{name}" for case in self.cases[:1] for name in case.params)]
        return list(self.cases[0].right)

    def of_group(self, *groups: str) -> list[Run]:
        """The runs that belong to a check."""
        return [r for r in self.runs if r.case.group in groups]
