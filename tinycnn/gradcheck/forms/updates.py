"""An update of a student's file, as a function or a class: found, and called for five steps.

Weights and gradients are handed over as dictionaries, lists, single arrays, layers or parameters,
in place or returned. Rates and decays are read from arguments, attributes and the config.
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
from ..numeric import upstream
from ..report import Report
from ..subject import Trouble, call
from . import Found
from .members import methods, not_checked
from .rules import ARRAYS, FIELDS, NAMED, RULES, Arrays, Verdict, compare
from .signature import Parameter, parameters
from .words import plain

_PARAMS = re.compile("params?|parameters?|weights?|w|x|theta|p|vars?|variables|layers?|net|network|"
                     "model|nn")
_GRADS = re.compile("grads?|gradients?|g|dw|dx|dtheta|dparams?|grad.*|dweights?|deltas?")
_TIME = ("t", "step", "iteration", "iter", "it", "epoch")
_METHODS = ("step", "update", "updateparams", "applygradients", "apply", "optimize",
            "updateparameters", "updateweights", "call", "__call__")
_UNKNOWN = re.compile(".*(adamax|nadam|(?<!optimize)radam|adamw|amsgrad|lion|lars|lamb|ftrl).*")


def updates(namespace: Mapping[str, Any]) -> list[Found]:
    """The updates among the functions and classes of a file."""
    found = []
    for name, thing in namespace.items():
        if "sched" in plain(name) or not any(w in plain(name) for w in (*NAMED, "update", "optim")):
            continue
        if inspect.isfunction(thing):
            words = [plain(p.name) for p in parameters(thing)]
            if any(map(_PARAMS.fullmatch, words)) and any(map(_GRADS.fullmatch, words)):
                found.append(Found((name,), partial(_check, name, thing, "")))
        elif inspect.isclass(thing) and not inspect.isabstract(thing):
            raw = methods(thing)
            method = next((m for word in _METHODS for m in raw if plain(m) == word), "")
            if method and not {"forward", "backward"} & {*raw}:
                found.append(Found((name,), partial(_check, name, thing, method)))
    return found


class _Holder:
    """A layer or a parameter: its arrays go by all usual names, such as weights, W and data."""

    def __init__(self, **arrays: Array) -> None:
        self.__dict__.update(params=arrays, grads={}, layers=[self], requires_grad=True,
                             skip_decay=False)

    def params_and_grads(self) -> list[tuple[Array, Array]]:
        return [(w, self.grads[name]) for name, w in self.params.items()]

    def __getattr__(self, name: str) -> Any:
        kind, key = _place(name)
        if key not in self.__dict__.get(kind, ()):
            raise AttributeError(f"the layer has no {name}")
        return self.__dict__[kind][key]

    def __setattr__(self, name: str, value: Any) -> None:
        kind, key = _place(name)
        (self.__dict__[kind] if kind else self.__dict__)[key] = value


def _place(name: str) -> tuple[str, str]:
    for key, words in (("W", "w|weights?|k|kernels?|filters?|data|value|val"),
                       ("b", "b|bias|biases")):
        if found := re.fullmatch(f"(d|dl|grad|delta)?({words})(grad|gradient)?", plain(name)):
            return "grads" if found[1] or found[3] else "params", key
    return ("grads", "W") if plain(name) in ("grad", "gradient") else ("", name)


class _Style(NamedTuple):
    """A way in which n arrays and their gradients are handed over."""

    n: int
    params: Callable[[Arrays], Any]
    grads: Callable[[Arrays, Any], Any]     # of one step; None if it puts them into params
    read: Callable[[Any], Arrays]


def _named(before: str) -> _Style:
    """Dictionaries; the gradients are in another order, so that a zip is seen."""
    return _Style(4, lambda ws: dict(zip(ARRAYS, ws, strict=True)), lambda gs, p: {
        before + n: g for n, g in reversed([*zip(ARRAYS, gs, strict=True)])},
        lambda p: [p[n] for n in ARRAYS])


def _put(grads: Arrays, holders: Any) -> None:
    for holder, g in zip(holders, grads, strict=True):
        if isinstance(holder, tuple):
            np.copyto(holder[1], g)
        else:
            holder.grad = g


_BOTH = {
    "dictionaries": _named(""), "dictionaries, dW1 the gradient of W1": _named("d"),
    "lists": _Style(4, list, lambda gs, p: list(gs), list),
    "one array": _Style(1, lambda ws: ws[0], lambda gs, p: gs[0], lambda p: [p]),
    "one array and the gradients of two images": _Style(
        1, lambda ws: ws[0], lambda gs, p: np.stack([gs[0] / 2, gs[0] * 1.5]), lambda p: [p])}
_ALONE = {
    "a layer": _Style(2, lambda ws: _Holder(W=ws[0], b=ws[1]),
                      lambda gs, p: p.grads.update(W=gs[0], b=gs[1]), lambda p: [p.W, p.b]),
    "parameters with .data and .grad": _Style(
        4, lambda ws: [_Holder(W=w) for w in ws], _put, lambda p: [q.W for q in p]),
    "pairs of arrays": _Style(4, lambda ws: [(w, np.zeros_like(w)) for w in ws], _put,
                              lambda p: [w for w, _ in p])}


def _check(name: str, thing: Any, method: str, seed: int) -> Report:
    """Five steps with random gradients, in each way of calling it until one is right."""
    rng, report = np.random.default_rng(seed), Report(name)
    if _UNKNOWN.fullmatch(plain(name)):
        return not_checked(name, f"tinycnn knows {', '.join(RULES)}")
    start = [rng.normal(size=(2, 3)) for _ in ARRAYS]   # of one shape: then a slip gives numbers
    grads = [[0.6 * upstream(rng, (2, 3)) for _ in start] for _ in range(5)]
    for now in grads:
        for g in now:
            g[0, 0] = 0     # in all steps: without an eps this is 0 / 0
    takes = parameters(getattr(thing, method) if method else thing)
    ways = _BOTH if any(_GRADS.fullmatch(plain(p.name)) for p in takes) else _ALONE
    runs: list[dict[str, Any]] = [{}]
    for flag, value in (("momentum", 0.9), ("nesterov", True)):     # off by default: also on
        runs += [{**runs[-1], p.name: value} for p in parameters(thing)
                 if plain(p.name) == flag and not p.required and not p.default]
    for options in runs:
        verdicts, trouble = [], None
        for way, style in ways.items():
            some = start[:style.n], [now[:style.n] for now in grads]
            try:
                verdicts.append(compare(name, way, *_steps(thing, method, style, options, *some),
                                        *some))
            except Trouble as error:
                trouble = trouble or error
            if verdicts and verdicts[-1].rank == 0:
                break
        best = min(verdicts, key=lambda v: v.rank, default=Verdict(3, str(trouble)))
        if best.rank == 3 or (best.rank == 4 and trouble and ways is _ALONE):
            return not_checked(name, best.text or trouble)
        check = " with ".join(["steps", *(f"{n}={value}" for n, value in options.items())])
        report.add(check, [best.failure] if best.failure else [])
        report.diagnosis += [best.cause] if best.cause else []
        report.notes += [f"{check}: {best.text}."] if best.text else []
    return report


def _steps(thing: Any, method: str, style: _Style, options: Mapping[str, Any], start: Arrays,
           grads: list[Arrays]) -> tuple[Array, dict[str, float]]:
    """The weights after each step, and all hyperparameters that can be seen."""
    held, history = style.params([w.copy() for w in start]), []
    known: dict[str, float] = {}
    states: dict[str, Any] = {}
    owner, function = None, thing
    style.grads(grads[0], held)
    if method:
        owner = call(thing.__name__, thing, **_arguments(thing, held, grads[0], 0, options, known))
        function = getattr(owner, method)
        _note(vars(owner), known)
    for t, now in enumerate(grads, 1):
        given = style.grads([g.copy() for g in now], held)
        arguments = _arguments(function, held, given, t, states, known)
        call("pre_update_params", getattr(owner, "pre_update_params", int))
        result = call(method or thing.__name__, function, **arguments)
        call("post_update_params", getattr(owner, "post_update_params", int))
        first, *rest = result if isinstance(result, tuple) else (result,)
        names = [p.name for p in parameters(function) if _is_state(p)]
        states |= {name: arguments[name] for name in names if name in arguments}
        states |= dict(zip(names, rest, strict=False))
        with suppress(TypeError, KeyError, AttributeError, ValueError):
            if [np.shape(w) for w in style.read(first)] == [w.shape for w in start]:
                held = first        # the new weights were returned
        history.append(np.array(style.read(held)))
    for value in states.values():
        _note(value if isinstance(value, dict) else {}, known)
    return np.array(history), known


def _usual(word: str) -> float | None:
    return next((usual[0] for words, usual in FIELDS.values() if re.fullmatch(words, word)), None)


def _is_state(p: Parameter) -> bool:
    word = plain(p.name)
    return not (_PARAMS.fullmatch(word) or _GRADS.fullmatch(word) or word in _TIME or _usual(word)
                is not None or isinstance(p.default, (int, float)))


def _note(values: Mapping[str, Any], known: dict[str, float]) -> None:
    """Remember the numbers among the values, by their plain names."""
    for name, value in values.items():
        if isinstance(value, (int, float)):
            known[plain(name)] = float(value)
        elif plain(name) == "betas" and isinstance(value, (tuple, list)):
            known["beta1"], known["beta2"] = value


def _arguments(function: Any, held: Any, given: Any, t: int, extra: Mapping[str, Any],
               known: dict[str, float]) -> dict[str, Any]:
    """What a function or a constructor is called with, by the names of its parameters."""
    found: dict[str, Any] = {}
    for p in parameters(function):
        word = plain(p.name)
        if p.name in extra:
            found[p.name] = extra[p.name]
        elif not p.required:
            _note({p.name: p.default}, known)
        elif _GRADS.fullmatch(word):
            found[p.name] = given
        elif _PARAMS.fullmatch(word):
            found[p.name] = held
        elif word in _TIME:
            found[p.name] = t
        elif (usual := _usual(word)) is not None:
            found[p.name] = usual
        elif "config" in word or word == "state":
            found[p.name] = {} if "config" in word else None
        elif isinstance(held, dict):
            found[p.name] = {key: np.zeros_like(w) for key, w in (held | given).items()}
        else:
            found[p.name] = [np.zeros_like(w) for w in held] if isinstance(held, list) else \
                np.zeros_like(held)
    _note(found, known)
    return found
