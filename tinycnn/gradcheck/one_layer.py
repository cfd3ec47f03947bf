"""One layer at one input, in any form: what a student calls while writing it.

    report = check_layer(MyConv2D(1, 5, 3), x, rng=0)
    report = check_layer((conv_forward, conv_backward), x, args=(w, b, {"stride": 1, "pad": 0}))
    assert_gradients(MyConv2D(1, 5, 3), x)             # in a test
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..layers.base import Array, Rng
from ..layers.errors import ShapeError
from ..layers.kinds import KINDS, Claim, claim_of
from . import refusals
from .cases import Case, answers, uneven
from .checks import DTYPE, given_checks
from .compare import is_same
from .diagnosis import diagnose
from .examination import Examination
from .forms.calling import method_names
from .forms.signature import X, parameters
from .numeric import upstream
from .own_form import Try, as_it_is, claim_for, means_over, own_case, own_checks, vary
from .report import Failure, Report
from .subject import Subject, Trouble, copied, params_of, replace_params
from .suite import CheckFailed, largest_errors


class GivenLayer(Subject):
    """Layers that are there already; "built" by copying that of the case."""

    def construct(self, case: Case) -> Any:
        """A copy that shares nothing with the layer."""
        return copied(case.layer)


def check_layer(layer: Any, x: Array, rng: Rng = 0, *, args: Sequence[Any] | None = None
                ) -> Report:
    """Check every entry of a layer's gradients at x, and that the layer is pure.

    All gradients are compared with central differences of the layer's own forward, in float64, with
    a random upstream gradient. If the layer computes the same as tinycnn's own layer of its kind,
    they are compared with that layer, too. Then the exact rule decides at a kink, such as a tie in
    a max-pool. Otherwise an entry at a kink may have any value between the two slopes.

    Args:
        layer: an object with a forward and a backward, in tinycnn's form or in any usual one; or a
            pair of functions (forward, backward). It is not changed.
        x: an input. Each entry of x and params needs two forward passes: a small input shows as
            much as a large one.
        rng: a Generator or a seed for the upstream gradient.
        args: for functions: what comes after x, such as (w, b, {"stride": 1}).
    """
    if isinstance(layer, type):
        raise ValueError(f"check_layer: expected a layer, got the class {layer.__name__}. Likely "
                         f"cause: its brackets are missing, {layer.__name__}(...)")
    x = np.array(x, np.float64)
    return check_tries(name_of(layer), [Try(layer, x, None if args is None else (X, *args))], rng)


def check_tries(name: str, tries: Sequence[Try], rng: Rng = 0, kind: str | None = None, *,
                explain: bool = True) -> Report:
    """Check a layer at one or more inputs.

    Args:
        name: of the report.
        kind: which kind it is said to be; None: its name says it.
        explain: look for the causes, too.
    """
    rng, report, cases = np.random.default_rng(rng), Report(name), []
    first = tries[0].layer
    subject = GivenLayer(first[0] if isinstance(first, tuple) else type(first))
    subject.name = name.partition("(")[0]
    own_form = tries[0].like is not None or not keeps_contract(first)
    for one in tries:
        try:
            cases.append(own_case(one, rng, name, claim_for(first, kind)) if own_form
                         else _case(subject, one, rng))
        except Trouble as trouble:
            if one is not tries[0]:
                report.notes.append(f"not checked: {', '.join(one.words)}: {trouble}")
                continue
            if trouble.key == "not_copied":
                report.notes.append(f"{trouble}. Every check works on copies of the layer.")
                return report
            if isinstance(trouble.__cause__, ShapeError):       # x is to blame, not the layer
                report.notes.append(f"not checked: {trouble}")
                return report
            report.add("forward", [Failure("forward", str(trouble), key=trouble.key)])
            report.diagnosis = diagnose(Examination(subject, []), report.failures)
            return report
    if not own_form and not cases[0].right and _draws_at_random(subject, cases[0]):
        own_form, cases = True, [own_case(one, rng, name, Claim(None)) for one in tries]
        report.notes.append("it draws random numbers: they were the same in every call.")
    examination = Examination(subject, cases)
    if own_form and (n := means_over(examination)):
        report.notes.append(f"its parameter gradients are means over the {n} images; they were "
                            "multiplied by N.")
        for case in cases:
            as_it_is(case).times = float(n)
        examination = Examination(subject, cases)
    for check in own_checks(cases[0], report) if own_form else given_checks(cases[0]):
        report.add(check.name, check.run(examination), check.about)
    if own_form:
        report.notes += [f"{failure.message}." for failure in list(DTYPE.run(examination))[:1]]
    report.notes += [*refusals.notes(examination.refused, name), *examination.notes]
    report.errors = largest_errors(examination)
    _say_kinks(report, examination)
    if explain and not report.ok:
        report.diagnosis = diagnose(examination, report.failures)
    return report


def keeps_contract(layer: Any) -> bool:
    """Whether a layer has tinycnn's form: `params`, and a backward that takes dy and a cache."""
    params = getattr(layer, "params", None)
    if not isinstance(params, dict) or not all(isinstance(w, np.ndarray) for w in params.values()
                                               ) or not hasattr(layer, "forward"):
        return False
    if not hasattr(layer, "backward"):
        return method_names(layer) is None
    needed = [p for p in parameters(layer.backward) if p.required]
    return len(needed) == 2 and (not layer.params or hasattr(layer, "parameter_gradients"))


def _say_kinks(report: Report, examination: Examination) -> None:
    for run in examination.runs[:1]:
        kinks = {q: int(n.kinks.sum()) for q, n in run.measured.items()}
        if any(kinks.values()):
            how = "tinycnn's own rule" if run.case.right else "the slopes to their left and right"
            where = ", ".join(f"{count} of {q}" for q, count in kinks.items() if count)
            report.notes.append(f"x lies at a kink: entries without a derivative ({where}) were "
                                f"compared with {how}.")


def assert_gradients(layer: Any, x: Array, seed: int = 0) -> None:
    """`check_layer` for tests: CheckFailed (an AssertionError) with the whole report if not ok."""
    __tracebackhide__ = True        # pytest shows the report, not the lines of this package
    report = check_layer(layer, x, seed)
    if not report.ok:
        raise CheckFailed(report.text)


def name_of(layer: Any) -> str:
    """`Conv2D(1, 5, 5)` if the layer has such a repr, else the name of its class or functions."""
    if isinstance(layer, tuple):
        return ", ".join(getattr(function, "__name__", "?") for function in layer)
    name = type(layer).__name__
    try:
        return repr(layer) if repr(layer).startswith(name) else name
    except Exception:       # a repr that needs params which do not exist
        return name


def _case(subject: GivenLayer, one: Try, rng: np.random.Generator) -> Case:
    """A layer of tinycnn's form as a case, with the right answers if it is of a known kind."""
    layer, x = copied(one.layer), one.x
    params = {name: vary(np.array(w, np.float64), rng) for name, w in params_of(layer).items()}
    replace_params(layer, {name: w.copy() for name, w in params.items()})
    y = np.array(subject.forward(layer, x.copy())[0])
    case = case_of(layer, x, y, uneven(upstream(rng, y.shape)))
    case.layer, case.features = one.layer, one.words
    return case


def case_of(layer: Any, x: Array, y: Array, dy: Array) -> Case:
    """A layer at an input, with the right answers if tinycnn's own layer of its kind gives y."""
    case = Case("", {}, x, "given", params=dict(getattr(layer, "params", {})), dy=dy)
    kind = claim_of(type(layer)).kind
    twin = None if kind is None else KINDS[kind].twin(layer)
    try:
        right = {} if twin is None else answers(twin, case.x, case.dy)
    except ValueError:      # x is not an input of such a layer
        return case
    if kind and twin and is_same(y, right["y"]):
        case.kind, case.arguments, case.right = kind, twin.config(), right
    return case


def _draws_at_random(subject: GivenLayer, case: Case) -> bool:
    """Whether a second call of forward gives another y, though nothing has changed."""
    try:
        layer = subject.build(case)
        y, again = (np.array(subject.forward(layer, case.x.copy())[0]) for _ in range(2))
    except Trouble:
        return False
    return not np.array_equal(y, again, equal_nan=True)
