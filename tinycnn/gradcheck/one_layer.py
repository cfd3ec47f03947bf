"""One layer at one input, in any form: what a student calls while writing it.

    report = check_layer(MyConv2D(1, 5, 3), x, rng=0)
    report = check_layer((conv_forward, conv_backward), x, args=(w, b, {"stride": 1, "pad": 0}))
    assert_gradients(MyConv2D(1, 5, 3), x)             # in a test
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..layers.base import Array, Rng
from ..layers.kinds import KINDS, Claim, claim_of, claim_of_name
from .behaviour import arguments_unchanged
from .cases import Case, answers
from .checks import DTYPE, FORWARD, INPUT_GRADIENT, PARAMETERS, Check, behaviour_check, given_checks
from .compare import against_measured, is_same
from .diagnosis import diagnose
from .examination import Examination
from .forms.as_it_is import AsItIs, method_names
from .forms.known import Turned, as_known
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
        like: a layer that is right, with its own args; the weights are copied to it.
    """

    layer: Any
    x: Array
    args: tuple[Any, ...] | None = None
    words: tuple[str, ...] = ()
    text: str = ""
    like: Try | None = None


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
    own_form = tries[0].like is not None or not keeps_contract(first)
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
    if own_form and (n := _means_over(examination)):
        report.notes.append(f"its parameter gradients are means over the {n} images; they were "
                            "multiplied by N.")
        for case in cases:
            getattr(case.layer, "layer", case.layer).times = float(n)
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
    params = getattr(layer, "params", None)
    if not isinstance(params, dict) or not all(isinstance(w, np.ndarray) for w in params.values()
                                               ) or not hasattr(layer, "forward"):
        return False
    if not hasattr(layer, "backward"):
        return method_names(layer) is None
    needed = [p for p in parameters(layer.backward) if p.required]
    return len(needed) == 2 and (not layer.params or hasattr(layer, "parameter_gradients"))


def _claim(layer: Any, kind: str | None) -> Claim:
    """Which kind a layer is said to be. A pool need not be a max-pool if its name is only that."""
    if kind is not None:
        return Claim(kind if kind in KINDS else None)
    name = layer[0].__name__ if isinstance(layer, tuple) else type(layer).__name__
    claim = claim_of_name(re.sub("(?i)_?(forward|fwd)_?", "", name)) if isinstance(layer, tuple) \
        else claim_of(type(layer))
    return claim._replace(sure=claim.sure and (claim.kind != "maxpool2d" or "max" in name.lower()))


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
            *([PARAMETERS] if case.params else []), SECOND_PASS,
            behaviour_check(arguments_unchanged)]


def _second_pass(examination: Examination) -> Iterator[Failure]:
    """A pass gives the same on an object that has made another pass before."""
    case = examination.cases[0]
    inner: AsItIs = getattr(case.layer, "layer", case.layer)
    shown = case.layer if isinstance(case.layer, Turned) else None
    x, dy = (shown.x.theirs(case.x), shown.y.theirs(case.dy)) if shown else (case.x, case.dy)
    if inner.functions or any(run.troubles for run in examination.runs):
        return
    try:
        answers = inner.second_pass(x, dy)
    except Trouble:     # it takes one size of batch, say: then nothing is known
        return
    for name in ("y", "dx") if answers else ():
        first, second = (answer[name] for answer in answers)
        if first is not None and second is not None and not is_same(first, second):
            yield Failure("second_pass", f"{name} is another one after an earlier pass with other "
                          "images", case.describe(examination.subject.name), name,
                          key="state_kept")


SECOND_PASS = Check("second_pass", _second_pass)


def _means_over(examination: Examination) -> int:
    """N, if parameter gradients are the right ones divided by N; else 0.

    Many courses average here instead of in the loss. That is a style, and no mistake, if no
    gradient of a parameter is right without it, and dx is not averaged.
    """
    run = examination.runs[0] if examination.runs else None
    names = [f"d{name}" for name in run.case.params] if run else []
    if run is None or not names or any(q not in run.got or q not in run.measured for q in names):
        return 0

    def right(q: str, n: int) -> bool:
        got, numeric = n * run.got[q], run.measured[q]
        return got.shape == numeric.gradient.shape and bool(
            got.any() and against_measured(got, numeric).all())

    for n in {run.case.x.shape[0], run.case.x.shape[-1]} - {1}:
        if any(right(q, n) for q in names) and not any(right(q, 1) for q in names):
            return n
    return 0


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
    where = ", ".join([one.text or name, f"x {one.x.shape}", *one.words])
    if one.like:
        dy = upstream(rng, y.shape)
        return Case("", {}, one.x, "given", one.words, params=dict(layer.params), dy=dy,
                    right=_answers_like(layer, one.like, one.x, dy), where=where, layer=layer,
                    like=True)
    match = claim.kind and as_known(layer, claim.kind, one.x, y)
    if not match or not (match.same or claim.sure):
        dy = upstream(rng, y.shape)
        return Case("", {}, one.x, "given", one.words, params=dict(layer.params), dy=dy,
                    where=where, layer=layer)
    dy = upstream(rng, match.twin.forward(match.x)[0].shape)
    return Case(claim.kind or "", match.twin.config(), match.x, "given", one.words,
                params=dict(match.layer.params), dy=dy, right=answers(match.twin, match.x, dy),
                where=where, layer=match.layer)


def _answers_like(layer: AsItIs, like: Try, x: Array, dy: Array) -> dict[str, Array]:
    """The answers of the layer that is right, with the weights of the layer under test.

    Raises:
        Trouble: it has other weights, or other shapes.
    """
    right = call("the layer to compare with", AsItIs, copy.deepcopy(like.layer), x, like.args)
    names: dict[str, str] = {}      # of the layer under test -> of the right one
    for name, w in layer.params.items():
        free = [other for other, v in right.params.items()
                if v.shape == w.shape and other not in names.values()]
        same = [other for other in free if other.lower() == name.lower()]
        if not free:
            shapes = ", ".join(f"{other} {v.shape}" for other, v in right.params.items())
            raise Trouble(f"{name} has shape {w.shape}; the layer to compare with has "
                          f"{shapes or 'no weights'}", "wrong_shape")
        names[name] = [*same, *free][0]
        right.params[names[name]] = w.copy()
    y, cache = right.forward(x.copy())
    if y.shape != dy.shape:
        raise Trouble(f"y has shape {dy.shape}; that of the layer to compare with has {y.shape}",
                      "wrong_shape")
    grads = right.parameter_gradients(dy.copy(), cache)
    dx = right.backward(dy.copy(), cache)
    return {"y": np.array(y)} | ({} if dx is None else {"dx": np.array(dx)}) | {
        f"d{name}": grads[other] for name, other in names.items() if other in grads}


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
