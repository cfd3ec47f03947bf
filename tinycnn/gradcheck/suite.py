"""The suite, run: on a class for a report, or in pytest as one test for each check.

    report = check_class(MyConv2D, "conv2d")

    @parametrize_with_checks([MyConv2D, MyTanh])
    def test_my_layers(layer_class, check):
        check(layer_class)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from .cases import REFERENCES
from .checks import Check, layer_checks
from .compare import relative_error
from .diagnosis import diagnose
from .examination import Examination
from .functions.loss_check import check_loss
from .functions.update_check import check_update
from .report import Failure, Report
from .subject import kind_of_class

FUNCTIONS: dict[str, Callable[[Any, int], Report]] = {"loss": check_loss, "update": check_update}
KINDS = (*REFERENCES, *FUNCTIONS)


def check_class(cls: Any, kind: str, seed: int = 0) -> Report:
    """Run the whole contract suite on a class that is to be a layer of a kind.

    Args:
        cls: built as tinycnn's own layer of that kind is, such as `cls(2, 3, (2, 3), stride=2)`.
        kind: "conv2d", "maxpool2d", "tanh", "relu", "dense", "softmax" or "flatten". With "loss" or
            "update", `cls` is a function: see check_loss and check_update.
        seed: of all random numbers; the same seed gives the same report.
    """
    if kind in FUNCTIONS:
        return FUNCTIONS[kind](cls, seed)
    examination = Examination.of_class(cls, kind, seed)
    name = examination.subject.name
    report = Report(name if name.lower() == kind else f"{name} as {kind}")
    for check in layer_checks(kind):
        if check.advice:
            report.notes += [f"{failure.message}. No failure, but an error there saves hours."
                             for failure in islice(check.run(examination), 1)]
            continue
        report.add(check.name, check.run(examination))
        if not report.checks.get("build"):
            break
    for refused in (r for r in examination.every_run if r.refused):
        why = next(str(trouble) for trouble in refused.troubles.values())
        report.notes.append(f"not checked: {refused.case.describe(name)}: {why}")
    report.errors = largest_errors(examination)
    if not report.ok:
        report.diagnosis = diagnose(examination, report.failures)
    return report


def largest_errors(examination: Examination) -> dict[str, float]:
    """{quantity: its largest relative error}: gradients against central differences."""
    errors: dict[str, float] = {}
    for run in examination.of_group("gradient", "memory", "given"):
        for quantity, got in run.got.items():
            right = run.measured[quantity].gradient if quantity in run.measured else \
                run.case.right.get(quantity)
            if right is not None and right.shape == got.shape:
                if quantity in run.measured:    # at a kink there is nothing to measure
                    right = np.where(run.measured[quantity].kinks, got, right)
                errors[quantity] = max(errors.get(quantity, 0.0), relative_error(got, right))
    return errors


class CheckFailed(AssertionError):
    """A check of the suite failed; the message is what a report says of it."""


class BoundCheck:
    """A check as a test calls it: `check(cls)` raises CheckFailed, with the likely cause."""

    def __init__(self, check: Check, kind: str, seed: int = 0) -> None:
        self.check, self.kind, self.seed = check, kind, seed

    def __call__(self, cls: type) -> None:
        """Raise CheckFailed unless the class keeps the rule."""
        examination = _examination(cls, self.kind, self.seed)
        failures: list[Failure] = list(self.check.run(examination))
        if failures:
            causes = diagnose(examination, failures)
            raise CheckFailed("\n\n".join([*(f.text for f in failures),
                                           *(f"Likely cause: {c.sentence}" for c in causes[:3])]))

    def __repr__(self) -> str:
        return self.check.name


@lru_cache(maxsize=1)
def _examination(cls: type, kind: str, seed: int) -> Examination:
    """The tests of one class follow each other: they share what its methods have answered."""
    return Examination.of_class(cls, kind, seed)


def parametrize_with_checks(classes: Iterable[type | tuple[type, str]], *, strict: bool = False,
                            seed: int = 0) -> Callable[..., Any]:
    """A pytest decorator: one test for each class and check, as `test(layer_class, check)`.

    Args:
        classes: classes whose names say which layer they are (MyConv2D, TanhLoops), or pairs
            (class, kind).
        strict: check good manners as well, such as an error for a wrong shape.
        seed: of all random numbers.

    Raises:
        ValueError: a class's name does not say which layer it is.
    """
    import pytest  # a test needs it, a report does not
    parameters = []
    for entry in classes:
        cls, kind = entry if isinstance(entry, tuple) else (entry, kind_of_class(entry))
        if kind is None:
            raise ValueError(f"{cls.__name__}: its name does not say which layer it is; give a "
                             f"pair ({cls.__name__}, 'conv2d')")
        parameters += [pytest.param(cls, BoundCheck(check, kind, seed),
                                    id=f"{cls.__module__}.{cls.__name__}-{check.name}")
                       for check in layer_checks(kind) if strict or not check.advice]
    return pytest.mark.parametrize(("layer_class", "check"), parameters)
