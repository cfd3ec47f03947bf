"""One layer at one input: what a student calls while writing it.

    report = check_layer(MyConv2D(1, 5, 3), x, rng=0)
    assert_gradients(MyConv2D(1, 5, 3), x)             # in a test
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ..layers.base import Array, Rng
from ..layers.kinds import KINDS, claim_of
from .cases import Case, answers
from .checks import given_checks
from .compare import is_same
from .diagnosis import diagnose
from .examination import Examination
from .numeric import upstream
from .report import Failure, Report
from .subject import Subject, Trouble, params_of, replace_params
from .suite import CheckFailed, largest_errors


class GivenLayer(Subject):
    """An existing layer; "built" by copying it."""

    def __init__(self, layer: Any) -> None:
        super().__init__(type(layer))
        self.layer = layer

    def construct(self, case: Case) -> Any:
        """A copy that shares nothing with the layer."""
        return copy.deepcopy(self.layer)


def check_layer(layer: Any, x: Array, rng: Rng = 0) -> Report:
    """Check every entry of a layer's gradients at x, and that the layer is pure.

    All gradients are compared with central differences of the layer's own forward, in float64, with
    a random upstream gradient. If the layer computes the same as tinycnn's own layer of its kind,
    they are compared with that layer, too. Then the exact rule decides at a kink, such as a tie in
    a max-pool. Otherwise an entry at a kink may have any value between the two slopes.

    Args:
        layer: any object with params, forward, backward and parameter_gradients. It is not changed.
        x: an input. Each entry of x and params needs two forward passes: a small input shows as
            much as a large one.
        rng: a Generator or a seed for the upstream gradient.
    """
    if isinstance(layer, type):
        raise ValueError(f"check_layer: expected a layer, got the class {layer.__name__}. Likely "
                         f"cause: its brackets are missing, {layer.__name__}(...)")
    subject, x = GivenLayer(layer), np.array(x, np.float64)
    report = Report(name_of(layer))
    try:
        case = _case(subject, x, np.random.default_rng(rng))
    except Trouble as trouble:
        report.add("forward", [Failure("forward", str(trouble), key=trouble.key)])
        report.diagnosis = diagnose(Examination(subject, []), report.failures)
        return report
    examination = Examination(subject, [case])
    for check in given_checks(case):
        report.add(check.name, check.run(examination))
    report.errors = largest_errors(examination)
    kinks = {q: int(n.kinks.sum()) for q, n in examination.runs[0].measured.items()}
    if any(kinks.values()):
        how = "tinycnn's own rule" if case.right else "the slopes to their left and right"
        where = ", ".join(f"{count} of {q}" for q, count in kinks.items() if count)
        report.notes.append(f"x lies at a kink: entries without a derivative ({where}) were "
                            f"compared with {how}.")
    if not report.ok:
        if not case.right:      # take the measured gradients as the right answers
            run = examination.runs[0]
            case.right = {q: n.gradient for q, n in run.measured.items()} | {"y": run.got["y"]}
        report.diagnosis = diagnose(examination, report.failures)
    return report


def assert_gradients(layer: Any, x: Array, seed: int = 0) -> None:
    """`check_layer` for tests: CheckFailed (an AssertionError) with the whole report if not ok."""
    __tracebackhide__ = True        # pytest shows the report, not the lines of this package
    report = check_layer(layer, x, seed)
    if not report.ok:
        raise CheckFailed(report.text)


def name_of(layer: Any) -> str:
    """`Conv2D(1, 5, 5)` if the layer has such a repr, else the name of its class."""
    name = type(layer).__name__
    try:
        return repr(layer) if repr(layer).startswith(name) else name
    except Exception:       # a repr that needs params which do not exist
        return name


def _case(subject: GivenLayer, x: Array, rng: np.random.Generator) -> Case:
    """The layer and x as a case, with the right answers if the layer is of a known kind."""
    layer = subject.construct(Case("", {}, x))
    params = {name: np.array(w, np.float64) for name, w in params_of(layer).items()}
    replace_params(layer, {name: w.copy() for name, w in params.items()})
    y = np.array(subject.forward(layer, x.copy())[0])
    return case_of(layer, x, y, upstream(rng, y.shape))


def case_of(layer: Any, x: Array, y: Array, dy: Array) -> Case:
    """A layer at an input, with the right answers if tinycnn's own layer of its kind gives y."""
    case = Case("", {}, x, "given", params=dict(layer.params), dy=dy)
    kind = claim_of(type(layer)).kind
    twin = None if kind is None else KINDS[kind].twin(layer)
    try:
        right = {} if twin is None else answers(twin, case.x, case.dy)
    except ValueError:      # x is not an input of such a layer
        return case
    if kind and twin and is_same(y, right["y"]):
        case.kind, case.arguments, case.right = kind, twin.config(), right
    return case
