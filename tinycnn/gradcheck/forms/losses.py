"""A loss as functions or a class: loss and derivative, (loss, gradient) in one, or with state.

The gradient has to be that of the loss that is returned, by central differences. For a loss of
probabilities it may also be the gradient with respect to the logits before the softmax or sigmoid.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from ...layers.base import Array
from ..causes import CAUSES
from ..compare import Mismatch, failure_at
from ..report import Cause, Report
from ..subject import Trouble, call
from . import Found
from .activations import Answer, jacobian, softmax
from .members import bound, classes, derivatives, methods, needs, not_checked
from .words import plain

Function = Callable[..., Any]

_TARGET = re.compile("t|d|y?(target|label|true|actual|real|onehot|train)s?|(ground)?truth|gt|gold|"
                     "expected|desired|correct|answers?")
_PREDICTION = re.compile("(?!d|grad|upstream).*(pred|hat|prob|score|logit|out).*|p|a|x|z|o")
_LOSS = re.compile("(?!plot|show|print|save|draw|test).*(loss|cost|entropy|mse|mae|bce|cce|nll|"
                   "softmax.*ce|cewith|hinge|svm|criterion|huber|likelihood|square).*|ce|l1|l2")
_OF_SCORES = re.compile(".*(mse|mae|square|l1|l2|huber|hinge|svm|margin|absolute|quadratic).*")
_VALUES = ("forward", "__call__", "call", "loss", "compute", "calculate", "f", "fn")
_GRADIENT = re.compile(".*(backward|grad|deriv|prime).*|df|delta|bprop|backprop")


def losses(namespace: Mapping[str, Any]) -> list[Found]:
    """The losses with a gradient among the functions and classes of a file."""
    functions: dict[str, Any] = {name: f for name, f in namespace.items() if inspect.isfunction(f)}
    pairs = [pair for pair in derivatives(functions)
             if all(_is_loss(functions[name], pair[0]) for name in pair)]
    alone = [(name,) for name, f in functions.items() if _LOSS.fullmatch(plain(name))
             and _is_loss(f, name) and all(name not in pair for pair in pairs)]
    found = [Found(names, partial(_check, names, [functions[name] for name in names].copy))
             for names in (*pairs, *alone)]
    for cls in classes(namespace):
        raw = methods(cls)
        value = [name for name in (*_VALUES, *(n for n in raw if _LOSS.fullmatch(plain(n))))
                 if name in raw and _is_loss(raw[name], cls.__name__)]
        gradient = sorted((name for name in raw if _GRADIENT.fullmatch(plain(name))
                           and len(needs(raw[name])) <= 2), key=len)
        if value and gradient and not {"predict", "fit", "train", "accuracy"} & {*raw}:
            found.append(Found((cls.__name__,), partial(
                _check, (cls.__name__,), partial(bound, cls, value[0], gradient[0]))))
    return found


def _is_loss(function: Any, name: str) -> bool:
    """Whether it takes two arrays, one of which is a target."""
    words = needs(function)
    return len(words) == 2 and not {"cache", "training", "train"} & {*words} and (
        bool(_LOSS.fullmatch(plain(name))) or any(map(_TARGET.fullmatch, words)))


def _call(what: str, function: Function, p: Any, t: Any, swap: int) -> Any:
    """Call it with both in the order that the names say; they may say nothing, then `swap` does."""
    words, both = needs(function), [p.copy(), t.copy()]
    ranks = [2 * bool(_TARGET.fullmatch(w)) - 2 * bool(_PREDICTION.fullmatch(w)) + (w == "y")
             for w in words]
    if len(words) < 2:
        both = [both[rank > 0] if rank else 1.0 for rank in ranks]
    elif ranks[0] > ranks[1] or (swap and ranks[0] == ranks[1]):
        both.reverse()
    return call(what, function, *both)


def _losses(function: Function, p: Array, t: Array, swap: int) -> list[Array]:
    """What a loss returned, as arrays."""
    result = _call("the loss", function, p, t, swap)
    parts = result if isinstance(result, (tuple, list)) else (result,)
    return [np.asarray(part) for part in parts if np.asarray(part).dtype.kind == "f"]


def _loss(function: Function, t: Array, swap: int, k: int, p: Array) -> Array:
    return _losses(function, p, t, swap)[k]


def _gradients(functions: list[Function], p: Array, t: Array, swap: int, given: Array
               ) -> list[Array]:
    """What may be the gradient, after a call of the loss; `given` to the derivative for p."""
    parts = _losses(functions[0], p, t, swap)
    for derivative in functions[1:]:
        owner = vars(getattr(derivative, "__self__", None) or Answer)
        before = dict(owner)
        result = _call("the derivative", derivative, given, t, swap)
        parts = [np.array(result)] if isinstance(result, (np.ndarray, list)) else [
            value for name, value in owner.items() if value is not before.get(name)]
    return [g for g in parts if np.shape(g) == p.shape and not _close(g, softmax(p)).all()]


def _trials(rng: np.random.Generator, names: str) -> Iterator[list[tuple[Array, Array]]]:
    """Groups of (predictions, targets); a group is for losses that take none of those before it."""
    p, x, labels = rng.uniform(0.5, 1.5, (3, 5)), 1.5 * rng.normal(size=(3, 5)), np.array([4, 0, 2])
    p, onehot, column = p / p.sum(axis=1, keepdims=True), np.eye(5)[labels], p[:, :1] / 2
    yes = np.array([[1.0], [0.0], [1.0]])
    probabilities = [(p, onehot), (p, labels)]
    scores = [(x, rng.normal(size=(3, 5))), (x, labels), (x, onehot)]
    yield from (scores, probabilities) if _OF_SCORES.fullmatch(names) else (probabilities, scores)
    yield [(p[0], onehot[0]), (p[0], labels[0]), (p[:1].T, onehot[:1].T), (p[:1], onehot[:1]),
           (p[:1], labels[:1])]
    yield [(p.T, onehot.T), (column, yes), (column[:, 0], yes[:, 0]), (x[:, :1], 2 * yes - 1)]


def _answers(functions: list[Function], p: Array, t: Array, swap: int) -> Iterator[Answer]:
    """All readings of what the loss and its derivative return for (p, t), the likeliest first."""
    # Two names for the first argument: then the derivative may take the output of a softmax.
    differ = len(functions) > 1 and needs(functions[0]) != needs(functions[1]) != []
    for given, how, least in ((p, "", 0), (softmax(p), "Its derivative takes softmax(x), not x. ",
                                           1 if differ else 3)):
        gradients = _gradients(functions, p, t, swap, given)
        for k, value in enumerate(_losses(functions[0], p, t, swap) if gradients else ()):
            if not np.isfinite(value).all() or (len(functions) == 1 and value.shape == p.shape):
                continue
            slope = jacobian(partial(_loss, functions[0], t, swap, k), p).sum(axis=0)
            of_array = "The loss is an array; this is the gradient of"
            notes = {1.0: ""} if value.size == 1 else {
                1 / value.size: f"{of_array} the mean over all numbers. ",
                1.0: f"{of_array} its sum. ",
                1 / len(value): f"{of_array} the mean over the images. "}
            for (size, note), got in product(notes.items(), gradients):
                d = size * slope.reshape(p.shape)
                yield Answer(max(bool(how + note), least), p, got, d, how + note, t)
                for name, logits in (("sigmoid", p * (1 - p) * d),
                                     ("softmax", p * (d - (p * d).sum(-1, keepdims=True))),
                                     ("softmax", p * (d - (p * d).sum(0, keepdims=True)))):
                    yield Answer(max(2, least), p, got, logits, f"{how}{note}This is the gradient "
                                 f"with respect to the logits before a {name}, not to its output.",
                                 t)


def _check(names: tuple[str, ...], pair: Callable[[], list[Function]], seed: int) -> Report:
    """Compare the gradient with central differences of the loss."""
    report, trouble, answers = Report(" and ".join(names)), Trouble(""), []
    for group in _trials(np.random.default_rng(seed), plain(names[0])):
        for (p, t), swap in product(group, (0, 1)):
            try:
                answers += [*_answers(pair(), p, t, swap)]
                trouble = trouble if answers else Trouble("it returns no gradient")
            except Trouble as error:
                trouble = trouble if str(trouble) else error
            if any(a.rank == 0 and _close(a.got, a.right).all() for a in answers):
                break
        if answers:
            break
    if not answers:
        return not_checked(report.subject, trouble)
    right = [a for a in answers if a.rank < 3 and _close(a.got, a.right).all()]
    best = min(right, key=lambda a: a.rank) if right else answers[0]
    wrong = Mismatch(best.got, best.right, ~_close(best.got, best.right))
    where = f"predictions {best.x.shape}, targets {best.t.shape}"
    report.add("gradient", [] if right else [failure_at(wrong, "gradient", "the gradient", where)])
    report.notes += [best.note.strip()] if right and best.note else []
    report.diagnosis += [] if right else [_cause(answers, best)]
    return report


def _close(got: Array, right: Array) -> Array:
    """Which entries agree, though the loss may add 1e-6 to a probability before the logarithm."""
    return np.asarray(np.abs(got - right) <= 1e-7 + 1e-4 * np.abs(right))


def _cause(answers: list[Answer], best: Answer) -> Cause:
    """The known mistake that gives exactly these numbers."""
    n, k, q = best.x.shape[0], best.x.shape[-1], "the gradient"
    sizes = {1: "1", n: "N", k: "K", n * k: "N K", 1 / n: "1/N", 1 / k: "1/K", 1 / n / k: "1/(N K)"}
    factors = {a * b: f"{a:g} · {sizes[b]}".removeprefix("1 · ") for a, b in product(
        (1, -1, 2, -2, 0.5, -0.5), sizes)}
    for rank, _, got, right, note, t in sorted(answers, key=lambda a: a.rank):
        if rank == 3 and _close(got, right).all():
            return Cause("logits_for_probabilities", f"{q} is right for softmax(x) and wrong for x:"
                         " the softmax is in the loss, and missing in the derivative.")
        if _close(got, -right).all():
            return Cause("sign", CAUSES["sign"].format(q=q))
        for factor, name in factors.items():
            if _close(got, factor * right).all():
                more = "It is right where there is one column. " if factor == k else ""
                return Cause("scaled", f"{q} is {factor:g} = {name} times that of the returned "
                             f"loss, with N = {n} rows and K = {k} columns. Is one a mean and the "
                             f"other a sum, or is a 2 lost? {more}{note}".strip())
        if t.shape == got.shape and _close(got, np.where(t == 1, right, 0)).all():
            return Cause("target_missing", f"{q} is 0 where the target is 0: the term with (1 - t) "
                         "is missing.")
    return Cause("unknown", "The gradient is not that of the returned loss: one of the two is "
                 "wrong. " + CAUSES["unknown"].format(q=q))
