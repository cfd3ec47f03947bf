"""An activation as f and its derivative: two functions, one with a flag, or a class with both.

The derivative may be a function of x or of the output y = f(x). Where f mixes its inputs, as a
softmax does, it may be a Jacobian. All of it is compared with central differences of f.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ...layers.base import Array
from ..causes import CAUSES
from ..compare import Mismatch, failure_at, is_exact, is_same
from ..numeric import H
from ..report import Cause, Failure, Report
from ..subject import Trouble, call, numbers
from . import Found
from .build import Wish, check_piece
from .members import bound, classes, derivatives, methods, needs, not_checked, slopes
from .signature import NotBuilt, parameters
from .words import plain, role

Functions = list[Callable[..., Any]]      # f and its derivative

_FLAG = re.compile("(is|get|return|use|calc)?(deriv[a-z]*|der|grad(ient)?|prime|df)")
_VALUES = ("f", "fn", "function", "func", "call", "activation", "activate", "apply", "forward",
           "__call__")
_UPSTREAM = ("cache", "dout", "dy", "dz", "da", "delta", "dvalues", "gradoutput")
_OF_Y = "is the derivative where it is called with the output y = f(x). Called with x it is wrong"
_DIAGONAL = ("is the diagonal of the Jacobian only, ∂y_k/∂x_k, but every y_k depends on every x_j. "
             "That is enough only if the loss's derivative is made for it")
_ONES = ("is 1 everywhere, which is not the derivative. That is usual where the loss hands out "
         "y - t, the gradient with respect to x; with another loss all gradients are wrong")


def softmax(x: Array, axis: int | None = -1) -> Array:
    """The exponentials, divided by their sum."""
    powers = np.exp(x - x.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))


_FORMULAS: dict[str, list[Callable[[Array], Array]]] = {
    **{name: [lambda x: 1 / (1 + np.exp(-x))] for name in ("sigmoid", "logistic")},
    "tanh": [np.tanh], "relu": [lambda x: np.maximum(x, 0)],
    "softplus": [lambda x: np.log1p(np.exp(x))],
    "softmax": [softmax, partial(softmax, axis=0), partial(softmax, axis=None)]}


def activations(namespace: Mapping[str, Any]) -> list[Found]:
    """The activations with a derivative among the functions and classes of a file."""
    functions: dict[str, Any] = {name: f for name, f in namespace.items() if inspect.isfunction(f)}
    found = [Found(names, partial(_check, names, names, [functions[n] for n in names].copy))
             for names in derivatives(functions) if _of_x(*(functions[n] for n in names))]
    for name, f in functions.items():
        flag = next((p.name for p in parameters(f)[1:] if _FLAG.fullmatch(plain(p.name))), "")
        if flag and len({*needs(f)} - {plain(flag)}) == 1:
            both: Functions = [partial(f, **{flag: False}), partial(f, **{flag: True})]
            words = name, f"{name}(..., {flag}=True)"
            found.append(Found((name,), partial(_check, (name,), words, both.copy)))
    for cls in classes(namespace):
        raw, word = methods(cls), cls.__name__
        pairs = list(derivatives(raw)) or [
            (value, other) for value in [v for v in _VALUES if v in raw][:1]
            for other in [o for o in raw if _FLAG.fullmatch(plain(o))][:1]]
        for value, other in pairs if "backward" not in raw else ():     # else it is a layer
            taken = [raw[name] for name in (value, other) if needs(raw[name]) or name == value]
            if "backward" not in other and _of_x(*taken):
                alone = len(pairs) == 1
                names = (word,) if alone else (f"{word}.{value}", f"{word}.{other}")
                words = word if alone else value, f"{word}.{other}"
                check = partial(_check, names, words, partial(bound, cls, value, other))
                means = role([*needs(raw[other]), "x"][0])      # of its argument
                found.append(Found(names, check if means in ("x", "y") or not alone else partial(
                    _either, check, cls, means == "dy")))
    return found


def _either(check: Callable[[int], Report], cls: type, backward: bool, seed: int) -> Report:
    """Of a gradient(g), perhaps of x, perhaps a `backward`: the report that is right."""
    report = check(seed)
    if not report.ok or not report.checks:
        with suppress(Trouble, NotBuilt):
            layer = check_piece(cls, cls.__name__, seed, namespace={}, wish=Wish())
            return layer if layer.checks and (layer.ok or backward) else report
    return report


def _of_x(*functions: Any) -> bool:
    """Whether each needs one array, and this is no upstream gradient."""
    return all(len(needs(f)) == 1 and needs(f)[0] not in _UPSTREAM for f in functions)


class Answer(NamedTuple):
    """A derivative and the right one: rank 0 is right, 1 and 2 in a sense (`note`), 3 is wrong."""

    rank: int
    x: Array
    got: Array
    right: Array
    note: str
    t: Array = np.zeros(0)      # the targets of a loss


def _check(names: tuple[str, ...], words: tuple[str, str], pair: Callable[[], Functions],
           seed: int) -> Report:
    """Compare f with the formula of its name, and the derivative with central differences."""
    report, trouble = Report(" and ".join(names)), Trouble("")
    rng, (name, other), answers = np.random.default_rng(seed), words, list[Answer]()
    known = _FORMULAS.get(plain(name), [])
    for shape in ((3, 4), (4,), (4, 1)):        # a batch; one image as a vector, as a column
        x = rng.permuted(np.resize([1.0, -1.0], shape)) * rng.uniform(0.2, 3, shape)
        try:
            first, second = pair()
            f, g = partial(_call, name, first, report), partial(_call, other, second, report)
            if not parameters(second):      # of the x that the last call of f has kept
                g = partial(_call, other, lambda x, f=first, d=second: (f(x), d())[1], report)
            y = f(x)
            fits = [h for h in known if is_same(y, h(x))]
            if known and "value" not in report.checks:
                report.add("value", [] if fits else [failure_at(Mismatch(
                    y, known[0](x), ~is_exact(y, known[0](x))), "value", name, f"x {shape}")])
            # If f is wrong, its derivative may still be that of the right f.
            measured = [jacobian(h, x) for h in (f, *(() if fits else known))]
            note = "is right for one image, not for a batch" if answers else ""
            answers += [_compared(g(x), slope, x, note) for slope in measured]
            with suppress(Trouble):
                answers += [_compared(g(y), slope, x, _OF_Y) for slope in measured]
            if min(answer.rank for answer in answers) < 3 or x.ndim == 1:
                break       # a softmax over the one entry of a row would be flat
        except Trouble as error:
            trouble = error
    if not answers:
        if trouble.refused or not str(trouble).startswith(f"{other} raised"):
            return not_checked(report.subject, trouble)
        report.add("derivative", [Failure("derivative", str(trouble), key="raises")])
        return report
    best = min(answers, key=lambda answer: answer.rank)
    if best.rank == 3:
        wrong = Mismatch(best.got, best.right, ~close(best.got, best.right))
        report.add("derivative", [failure_at(wrong, "derivative", other, f"x {best.x.shape}")])
        report.diagnosis = [_cause(other, f, best)]
    else:
        report.notes += [f"{other} {best.note}."] if best.note else []
        if best.rank == 0:
            report.add("derivative", [])
    return report


def _call(word: str, function: Callable[..., Any], report: Report, x: Array) -> Array:
    """The numbers that a function returns, one call for each entry if it takes no arrays."""
    given, more = x.copy(), slopes(parameters(function)[1:])
    try:
        result = call(word, function, given, **more)
        if isinstance(result, tuple):
            raise Trouble(f"{word} returns {len(result)} things")
    except Trouble as error:
        if not (error.refused or "ambiguous" in str(error)):
            raise
        result = call(word, np.vectorize(lambda v: function(float(v), **more), [float]), x)
    result = numbers(f"the result of {word}", np.asarray(result))
    if not np.array_equal(given, x, equal_nan=True) and "argument_unchanged" not in report.checks:
        report.add("argument_unchanged", [Failure("argument_unchanged", f"{word} overwrites its "
                   "argument", key="argument_overwritten")], about="contract")
    return result if result.dtype.kind == "f" else result.astype(np.float64)


def jacobian(f: Callable[[Array], Array], x: Array) -> Array:
    """∂y_i/∂x_j by central differences, with the shape (size of y, size of x).

    Raises:
        Trouble: f computes in a lower precision; differences of such numbers say nothing.
    """
    y, steps = f(x), H * np.eye(x.size).reshape(-1, *x.shape)
    if y.dtype != np.float64:
        raise Trouble(f"f(x) is {y.dtype} where x is float64, so its slope cannot be measured")
    if np.isnan(y).all():
        raise Trouble("f(x) is NaN")
    return np.stack([(f(x + step) - f(x - step)).ravel() for step in steps], 1) / (2 * H)


def close(got: Array, measured: Array) -> Array:
    """Which entries agree with central differences, for slopes of about 1; any does with NaN."""
    return np.asarray(np.isnan(measured) | (
        np.abs(got - measured) <= 1e-8 + 1e-6 * np.abs(measured)))


def _compared(got: Array, slope: Array, x: Array, note: str) -> Answer:
    """Read what the derivative returned: a slope for each entry, or a Jacobian for each image."""
    if len(slope) == 1 < x.size:        # f is one number, such as a penalty
        slope = np.diag(slope[0])
    if len(slope) != x.size:
        raise Trouble(f"f(x) has {len(slope)} entries for the {x.size} of x")
    index = np.arange(x.size).reshape(x.shape)
    off = slope - np.diag(slope.diagonal())
    right, mixed = slope[index, index], bool((np.abs(off[np.isfinite(off)]) > 1e-8).any())
    got = np.full(x.shape, got) if got.ndim == 0 else got
    if got.shape == slope.shape:
        right, mixed = slope, False
    elif got.shape == (*x.shape, x.shape[-1]):
        right, mixed = slope[index[..., :, None], index[..., None, :]], False
    elif got.shape != x.shape:
        raise Trouble(f"the derivative has shape {got.shape} for x of shape {x.shape}")
    if close(got, right).all():
        return Answer(int(mixed), x, got, right, _DIAGONAL if mixed else note)
    return Answer(2 if mixed and (got == 1).all() else 3, x, got, right, _ONES)


def _cause(other: str, f: Callable[[Array], Array], answer: Answer) -> Cause:
    """The known mistake that gives exactly these numbers."""
    _, x, got, right, *_ = answer
    y, moves = f(x), np.abs(right) > 1e-6
    for key, sentence, wrong in (
            ("other_function", "it is f(x), not the derivative of f.", y),
            ("constant", "", np.full(x.shape, got.flat[0])),
            ("derivative_of_input", "x and y are mixed, y (1 - x).", y * (1 - x)),
            ("derivative_formula", "f(x) f(1 - x) for f(x) (1 - f(x)).", y * f(1 - x)),
            ("derivative_formula", "1 - y; the square is missing.", 1 - y),
            ("derivative_formula", "1 + y² for 1 - y².", 1 + y ** 2),
            ("mask_inverted", "", np.where(right == 0, 1, 1 - right)),
            ("sign", "", -right), ("squared", "", right ** 2),
            ("scaled", "", np.mean(got[moves] / right[moves]) * right)):
        if got.shape == wrong.shape and close(got, wrong).all():
            return Cause(key, f"{other}: {sentence}" if sentence else CAUSES[key].format(q=other))
    return Cause("unknown", CAUSES["unknown"].format(q=other))
