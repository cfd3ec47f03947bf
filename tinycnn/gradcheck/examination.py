"""A class, sent once through every case of its kind: what it answered, and what it should have."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .cases import Case, cases
from .compare import Mismatch, against_measured, is_exact
from .numeric import Numeric, numeric_gradient
from .subject import Subject, Trouble, call

Array = np.ndarray


@dataclass
class Run:
    """What a class answered in one case.

    Attributes:
        got: {"y", "dx", "dW", "db"}: its answers, as copies.
        measured: {"dx", ...}: the gradients of its own forward, by central differences.
        troubles: {"y", "dx", "params", "build"}: calls that gave no usable numbers.
        misshapen: answers of a wrong shape; what they hold may still tell why.
    """

    case: Case
    got: dict[str, Array] = field(default_factory=dict)
    measured: dict[str, Numeric] = field(default_factory=dict)
    troubles: dict[str, Trouble] = field(default_factory=dict)
    misshapen: dict[str, Array] = field(default_factory=dict)

    def note(self, step: str, trouble: Trouble) -> None:
        """Write down a call that gave no usable numbers, and the array that it gave if any."""
        self.troubles[step] = trouble
        if trouble.array is not None:
            self.misshapen[trouble.quantity] = np.array(trouble.array)

    @property
    def refused(self) -> bool:
        """Whether the class does not take these arguments, and need not."""
        return self.case.optional and any(trouble.refused for trouble in self.troubles.values())

    def mismatch(self, quantity: str) -> Mismatch | None:
        """What is off in y, dx, dW or db; None if nothing is, or there are no numbers.

        y is held against tinycnn's own layer. A gradient has to agree with central differences of
        the class's own forward and, where that is right, with tinycnn's own gradient to all
        digits. Where forward is wrong, a gradient that is right for either of the two layers, the
        one asked for or the one written, is no mistake. Where x has a kink there is no central
        difference, and the exact rule decides alone.
        """
        if quantity not in self.got:
            return None
        if not self.case.right:
            return self._against_measured(quantity)
        got, right = self.got[quantity], self.case.right[quantity]
        exact = is_exact(got, right)
        if quantity == "y":
            return None if exact.all() else Mismatch(got, right, ~exact)
        numeric = self.measured.get(quantity)
        forward_right = "y" in self.got and self.mismatch("y") is None
        if forward_right:
            wrong, expected = ~exact, right
            if numeric is not None:
                by_measure = ~against_measured(got, numeric, kinks=self.case.given)
                wrong = wrong | by_measure
                expected = numeric.gradient if by_measure.any() else right
        elif numeric is not None and not exact.all():
            wrong, expected = ~against_measured(got, numeric), numeric.gradient
        else:
            return None
        return Mismatch(got, expected, wrong) if wrong.any() else None

    def _against_measured(self, quantity: str) -> Mismatch | None:
        """For a layer of which nothing is known but its own forward."""
        if quantity not in self.measured:
            return None
        got, numeric = self.got[quantity], self.measured[quantity]
        wrong = ~against_measured(got, numeric, kinks=True)
        return Mismatch(got, numeric.gradient, wrong) if wrong.any() else None


def run(subject: Subject, case: Case) -> Run:
    """One case: every method is called on fresh copies, so that no mistake hides another."""
    result = Run(case)
    try:
        layer = subject.build(case)
    except Trouble as trouble:
        result.troubles["build"] = trouble
        return result
    try:
        y, cache = subject.forward(layer, case.fresh(case.x), case.dy.shape)
        result.got["y"] = np.array(y, _float(y))
    except Trouble as trouble:
        result.note("y", trouble)
        return result
    try:
        dx = subject.backward(layer, case.fresh(case.dy), cache, case.x.shape)
        result.got["dx"] = np.array(dx, _float(dx))
    except Trouble as trouble:
        result.note("dx", trouble)
    try:
        _, cache = subject.forward(layer, case.fresh(case.x))
        grads = subject.parameter_gradients(layer, case.fresh(case.dy), cache)
        result.got |= {f"d{name}": np.array(grad, _float(grad)) for name, grad in grads.items()}
    except Trouble as trouble:
        result.note("params", trouble)
    if case.numeric:
        try:
            result.measured = measure(subject, case)
        except Trouble as trouble:
            result.note("y", trouble)
    return result


def _float(array: Array) -> np.dtype:
    """The dtype to compare in: that of the array, if it is one of floats."""
    return array.dtype if array.dtype.kind == "f" else np.dtype(np.float64)


def measure(subject: Subject, case: Case) -> dict[str, Numeric]:
    """The gradients of the class's forward by central differences, every entry of them."""
    layer = subject.build(case)
    x = case.fresh(case.x)
    # Once with care; behind that, forward is known to return (y, cache) with a y of this shape.
    subject.forward(layer, case.fresh(x), case.dy.shape)

    def output() -> Array:
        return np.asarray(layer.forward(case.fresh(x))[0])

    def all_of_them() -> dict[str, Numeric]:
        return {"dx": numeric_gradient(output, x, case.dy)} | {
            f"d{name}": numeric_gradient(output, layer.params[name], case.dy)
            for name in case.params}

    return call("forward", all_of_them)


class Examination:
    """All runs of a class or a layer, made when first asked for."""

    def __init__(self, subject: Subject, cases: list[Case]) -> None:
        self.subject, self.cases = subject, cases

    @classmethod
    def of_class(cls, layer_class: type, kind: str, seed: int = 0) -> Examination:
        """The whole grid of a kind; `seed` is that of all inputs, weights and gradients."""
        return cls(Subject(layer_class), cases(kind, seed))

    @property
    def kind(self) -> str:
        """What the subject claims to be: "conv2d"; "" if nothing is known of it."""
        return self.cases[0].kind if self.cases else ""

    @cached_property
    def runs(self) -> list[Run]:
        """One for each case that the class does not refuse."""
        return [r for r in self.every_run if not r.refused]

    @cached_property
    def every_run(self) -> list[Run]:
        """One for each case."""
        return [run(self.subject, case) for case in self.cases]

    @property
    def quantities(self) -> list[str]:
        """What there is to compare: y, dx, and the parameters' gradients."""
        params = self.cases[0].params if self.cases else {}
        return ["y", "dx", *(f"d{name}" for name in params)]

    def of_group(self, *groups: str) -> list[Run]:
        """The runs that belong to a check."""
        return [r for r in self.runs if r.case.group in groups]
