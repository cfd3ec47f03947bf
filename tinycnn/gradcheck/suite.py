"""Run the suite: on a class for a report, or in pytest as one test for each check.

    report = check_class(MyConv2D, "conv2d")

    @parametrize_with_checks([MyConv2D, MyTanh])
    def test_my_layers(layer_class, check):
        check(layer_class)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from ..layers.kinds import claim_of
from . import refusals
from .cases import Case, answers
from .checks import Check, layer_checks
from .compare import is_same, relative_error
from .diagnosis import diagnose
from .examination import Examination
from .functions import FUNCTIONS
from .kinds import cases, suite_of, suites
from .report import Failure, Report
from .subject import Subject, Trouble


def known_kinds() -> list[str]:
    """What can be checked: the kinds of layers that have a suite, and "loss" and "update"."""
    return [*suites(), *FUNCTIONS]


def examine(subject: Any, kind: str, seed: int = 0) -> Examination:
    """The examination of a class or function: its cases, its answers and the known mistakes."""
    if kind not in FUNCTIONS:
        return Examination(Subject(subject), _with_its_constants(Subject(subject),
                                                                 cases(kind, seed)))
    function = FUNCTIONS[kind]
    return Examination(Subject(subject), function.cases(seed), function.run, function.mistakes)


@np.errstate(all="ignore")
def _with_its_constants(subject: Subject, grid: list[Case]) -> list[Case]:
    """The cases, with the right answers for the eps of the class: another one is no mistake."""
    first = min(grid, key=lambda case: float(np.abs(case.x).max()))     # where it shows most
    for name, values in suite_of(first.kind).constants.items():
        try:
            y = subject.forward(subject.build(first), first.fresh(first.x))[0]
        except Trouble:         # the checks report it
            return grid
        own = next((value for value in values if is_same(
            y, replace(first, constants={name: value}).reference().forward(first.x)[0])), values[0])
        for case in grid if own != values[0] else ():
            case.constants = {name: own}
            case.right = answers(case.reference(), case.x, case.dy)
    return grid


def checks_of(kind: str) -> tuple[Check, ...]:
    """The checks of a kind of layer or function."""
    return FUNCTIONS[kind].checks if kind in FUNCTIONS else layer_checks(kind)


def check_class(cls: Any, kind: str, seed: int = 0) -> Report:
    """Check a class against the whole contract of a kind of layer.

    Args:
        cls: a class, built like tinycnn's own layer of the kind: `cls(2, 3, (2, 3), stride=2)`.
        kind: "conv2d", "batchnorm", "tanh" and so on, as in the table of kinds. With "loss" or
            "update", `cls` is a function: see check_loss and check_update.
        seed: for all random numbers; the same seed gives the same report.
    """
    if not callable(cls):
        raise ValueError(f"check_class: expected a class, got the object {cls!r}. Likely cause: "
                         "brackets after its name; check_layer takes an object")
    examination = examine(cls, kind, seed)
    name = examination.subject.name
    report = Report(name if name.lower() == kind else f"{name} as {kind}")
    with np.errstate(all="ignore"):         # wrong code may return NaN
        _run(checks_of(kind), examination, report)
        report.notes += [*refusals.notes(examination.refused, name), *examination.notes]
        report.errors = largest_errors(examination)
        if not report.ok:
            report.diagnosis = diagnose(examination, report.failures)
    return report


def _run(checks: Iterable[Check], examination: Examination, report: Report) -> None:
    for check in checks:
        if check.advice:
            report.notes += [f"{failure.message}. Not a failure, but raising an error saves hours."
                             for failure in islice(check.run(examination), 1)]
            continue
        # Without any numbers the other checks have nothing to look at.
        nothing = not any(r.got for r in examination.runs)
        built = any("build" not in r.troubles for r in examination.runs)
        report.add(check.name, check.run(examination), check.about if built else "contract")
        if nothing and not report.checks[check.name]:
            break


def check_loss(function: Callable[..., Any], seed: int = 0) -> Report:
    """Check a loss function.

    Args:
        function: called as function(logits, t), with logits (N, K) and labels t (N,); returns the
            mean negative log-likelihood of the softmax, and its gradient with respect to logits.
        seed: for all random numbers; the same seed gives the same report.
    """
    return check_class(function, "loss", seed)


def check_update(function: Callable[..., Any], seed: int = 0) -> Report:
    """Check an update.

    Args:
        function: called as function(params, grads, learning_rate), with two dictionaries of arrays
            that have the same names and shapes; it writes into the arrays of `params`.
        seed: for all random numbers; the same seed gives the same report.
    """
    return check_class(function, "update", seed)


def largest_errors(examination: Examination) -> dict[str, float]:
    """{quantity: its largest relative error}; gradients are compared with central differences."""
    errors: dict[str, float] = {}
    for run in examination.of_group("gradient", "memory", "given"):
        for quantity, got in run.got.items():
            right = run.measured[quantity].gradient if quantity in run.measured else \
                run.case.right.get(quantity)
            if right is not None and right.shape == got.shape:
                if quantity in run.measured:    # at a kink there is nothing to measure
                    right = np.where(run.measured[quantity].kinks, got, right)
                error = relative_error(got, right)      # np.maximum keeps NaN, max does not
                errors[quantity] = float(np.maximum(errors.get(quantity, 0.0), error))
    return errors


class CheckFailed(AssertionError):
    """A check of the suite failed; the message is the same as in a report."""


class BoundCheck:
    """A check for a test: `check(cls)` raises CheckFailed, with the likely cause, if it fails."""

    def __init__(self, check: Check, kind: str, seed: int = 0) -> None:
        self.check, self.kind, self.seed = check, kind, seed

    def __call__(self, cls: type) -> None:
        """Run the check on a class; CheckFailed with the report if it fails."""
        __tracebackhide__ = True    # pytest shows the report, not the lines of this package
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
    """Cached, because the tests of one class run one after the other and need the same answers."""
    return examine(cls, kind, seed)


Expected = Callable[[type], Mapping[str, str]]      # a class -> {name of a check: the reason}


def parametrize_with_checks(classes: Iterable[type | tuple[type, str]], *, strict: bool = False,
                            seed: int = 0, expected_failed_checks: Expected = lambda cls: {}
                            ) -> Callable[..., Any]:
    """A pytest decorator: one test for each class and check, as `test(layer_class, check)`.

    Args:
        classes: classes whose names say which layer they are (MyConv2D, TanhLoops), or pairs
            (class, kind).
        strict: also check good manners, such as an error for a wrong shape.
        seed: for all random numbers.
        expected_failed_checks: cls -> {"dtype": "float64 only, on purpose"}: tests that are marked
            as expected to fail (xfail), with the reason.

    Raises:
        ValueError: a class's name does not say which layer it is, or there is no such check.
    """
    import pytest  # a test needs it, a report does not
    parameters = []
    for entry in classes:
        cls, kind = entry if isinstance(entry, tuple) else (entry, claim_of(entry).kind)
        if kind is None or (cls is entry and not claim_of(cls).sure):
            raise ValueError(f"{cls.__name__}: its name does not say which layer it is; give a "
                             f"pair ({cls.__name__}, 'conv2d')")
        checks, reasons = layer_checks(kind), dict(expected_failed_checks(cls))
        if unknown := sorted(set(reasons) - {check.name for check in checks}):
            raise ValueError(f"expected_failed_checks: a {kind} layer has no check {unknown[0]!r}; "
                             f"there are {', '.join(check.name for check in checks)}")
        parameters += [pytest.param(
            cls, BoundCheck(check, kind, seed), id=f"{cls.__module__}.{cls.__name__}-{check.name}",
            marks=[pytest.mark.xfail(reason=reasons[check.name])] if check.name in reasons else [])
            for check in checks if strict or not check.advice]
    return pytest.mark.parametrize(("layer_class", "check"), parameters)
