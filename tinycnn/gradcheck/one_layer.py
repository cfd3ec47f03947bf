"""One layer at one input, in any form: what a student calls while writing it.

    report = check_layer(MyConv2D(1, 5, 3), x, rng=0)
    report = check_layer((conv_forward, conv_backward), x, args=(w, b, {"stride": 1, "pad": 0}))
    assert_gradients(MyConv2D(1, 5, 3), x)             # in a test
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers.base import Array, Rng
from ..layers.kinds import KINDS, Claim, claim_of, claim_of_name
from .behaviour import arguments_unchanged
from .cases import Case, answers
from .checks import DTYPE, FORWARD, INPUT_GRADIENT, PARAMETERS, behaviour_check, given_checks
from .compare import is_same
from .diagnosis import diagnose
from .examination import Examination
from .forms.as_it_is import AsItIs
from .forms.known import as_known
from .forms.signature import X, parameters
from .numeric import upstream
from .report import Failure, Report
from .subject import Subject, Trouble, call, params_of, replace_params
from .suite import CheckFailed, largest_errors


@dataclass(frozen=True)
class Try:
    """A layer with an input.

    Attributes:
        layer: an object, or (forward function, backward function).
        args: what forward is called with, X in the place of x; None: x alone.
        words: what is special about it, as a Case's features.
        text: how it was built or called, as a report says it; "" for the layer's own name.
    """

    layer: Any
    x: Array
    args: tuple[Any, ...] | None = None
    words: tuple[str, ...] = ()
    text: str = ""


class GivenLayer(Subject):
    """Layers that are there already; "built" by copying that of the case."""

    def construct(self, case: Case) -> Any:
        """A copy that shares nothing with the layer."""
        return copy.deepcopy(case.layer)


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


def check_tries(name: str, tries: Sequence[Try], rng: Rng = 0, kind: str | None = None) -> Report:
    """Check a layer at one or more inputs.

    Args:
        name: of the report.
        kind: which kind it is said to be; None: its name says it.
    """
    rng, report, cases = np.random.default_rng(rng), Report(name), []
    first = tries[0].layer
    subject = GivenLayer(first[0] if isinstance(first, tuple) else type(first))
    subject.name = name.partition("(")[0]
    own_form = not keeps_contract(first)
    for one in tries:
        try:
            cases.append(_case_as_it_is(one, rng, name, _claim(first, kind)) if own_form
                         else _case(subject, one, rng))
        except Trouble as trouble:
            if one is not tries[0]:
                report.notes.append(f"not checked: {', '.join(one.words)}: {trouble}")
                continue
            report.add("forward", [Failure("forward", str(trouble), key=trouble.key)])
            report.diagnosis = diagnose(Examination(subject, []), report.failures)
            return report
    if not own_form and not cases[0].right and _draws_at_random(subject, cases[0]):
        own_form, cases = True, [_case_as_it_is(one, rng, name, Claim(None)) for one in tries]
        report.notes.append("it draws random numbers: they were the same in every call.")
    examination = Examination(subject, cases)
    for check in _own_checks(cases[0], report) if own_form else given_checks(cases[0]):
        report.add(check.name, check.run(examination), check.about)
    if own_form:
        report.notes += [f"{failure.message}." for failure in list(DTYPE.run(examination))[:1]]
    report.errors = largest_errors(examination)
    _say_kinks(report, examination)
    if not report.ok:
        for run in examination.runs:
            if not run.case.right and "y" in run.got:   # what was measured counts as right
                run.case.right = {q: n.gradient for q, n in run.measured.items()} | {
                    "y": run.got["y"]}
        report.diagnosis = diagnose(examination, report.failures)
    return report


def keeps_contract(layer: Any) -> bool:
    """Whether a layer has tinycnn's form: `params`, and a backward that takes dy and a cache."""
    if not isinstance(getattr(layer, "params", None), dict) or not hasattr(layer, "backward"):
        return isinstance(getattr(layer, "backward", None), type(None)) and not isinstance(
            layer, tuple) and hasattr(layer, "params")
    needed = [p for p in parameters(layer.backward) if p.required]
    return len(needed) == 2 and (not layer.params or hasattr(layer, "parameter_gradients"))


def _claim(layer: Any, kind: str | None) -> Claim:
    if kind is not None:
        return Claim(kind if kind in KINDS else None)
    if isinstance(layer, tuple):
        word = layer[0].__name__.lower().replace("forward", "").replace("fwd", "").strip("_")
        return claim_of_name(word)
    return claim_of(type(layer))


def _own_checks(case: Case, report: Report) -> list[Any]:
    """The checks of a layer in a form of its own; what cannot be checked becomes a note."""
    inner: AsItIs = getattr(case.layer, "layer", case.layer)
    if inner.unseen:
        report.notes.append(f"not checked: the gradient of {', '.join(inner.unseen)}: it is not in "
                            "what backward returns, and in no attribute with a usual name.")
    if not inner.has_dx and case.params:
        report.notes.append("not checked: dx: backward does not return the gradient of x.")
    return [*([FORWARD] if case.right else []),
            *([INPUT_GRADIENT] if inner.has_dx or not case.params else []),
            *([PARAMETERS] if case.params else []), behaviour_check(arguments_unchanged)]


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
    layer, x = copy.deepcopy(one.layer), one.x
    params = {name: np.array(w, np.float64) for name, w in params_of(layer).items()}
    replace_params(layer, {name: w.copy() for name, w in params.items()})
    y = np.array(subject.forward(layer, x.copy())[0])
    case = case_of(layer, x, y, upstream(rng, y.shape))
    case.layer, case.features = one.layer, one.words
    return case


def _case_as_it_is(one: Try, rng: np.random.Generator, name: str, claim: Claim) -> Case:
    """A layer in a form of its own as a case; in tinycnn's layout if it is of a known kind."""
    layer = call(name, AsItIs, copy.deepcopy(one.layer), one.x, one.args)
    y = np.array(layer.forward(one.x.copy())[0])
    where = f"{one.text or name}, x {one.x.shape}"
    match = claim.kind and as_known(layer, claim.kind, one.x, y)
    if not match or not (match.same or claim.sure):
        dy = upstream(rng, y.shape)
        return Case("", {}, one.x, "given", one.words, params=dict(layer.params), dy=dy,
                    where=where, layer=layer)
    dy = upstream(rng, match.twin.forward(match.x)[0].shape)
    return Case(claim.kind or "", match.twin.config(), match.x, "given", one.words,
                params=dict(match.layer.params), dy=dy, right=answers(match.twin, match.x, dy),
                where=where, layer=match.layer)


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
