"""The known update rules in their usual forms, the known mistakes in them, and a comparison.

A rule is simulated for some steps; the weights of a student's update are compared with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from types import SimpleNamespace as Hyper
from typing import Any, NamedTuple

import numpy as np

from ...layers.base import Array
from ..causes import CAUSES
from ..compare import Mismatch, failure_at
from ..report import Cause, Failure
from .words import plain

Rule = Callable[[Array, dict[str, Any], int, Any], Array]   # g, state, t, hyper -> v: w -= lr v
Arrays = list[Array]

ARRAYS = ("W1", "b1", "W2", "b2")
FIELDS = {          # what hyperparameters are called, and what is tried where none is found
    "lr": ("lr|learningrate|eta|stepsize|rate|alpha", (0.01, 0.001, 0.1)),
    "mu": ("momentum|mu|beta|gamma|beta1|rho|decayrate", (0.9,)),
    "rho": ("rho|decayrate|decay|beta|gamma|beta2|alpha", (0.9, 0.99)),
    "b1": ("beta1|b1|beta", (0.9,)), "b2": ("beta2|b2", (0.999,)),
    "eps": ("eps|epsilon|e", (1e-8, 1e-7)), "decay": ("weightdecay|wd|l2|reg", (0.0,))}
NAMED = {"adam": "adam", "rmsp": "rmsprop", "adagrad": "adagrad", "nesterov": "nesterov",
         "nag": "nesterov", "momentum": "momentum", "sgd": "sgd", "gradientdescent": "sgd"}
_MORE = re.compile("(?!decayrate).*decay.*|.*clip.*|.*norm|warmup.*|lambd.*|reg.*|amsgrad|l1|l2")
_ROOTS = (lambda v, eps: np.sqrt(v) + eps, lambda v, eps: np.sqrt(v + eps))


def _keep(s: dict[str, Any], name: str, decay: float, part: float, value: Array) -> Array:
    s[name] = decay * s.get(name, 0) + part * value
    return np.asarray(s[name])


def _adam(g: Array, s: dict[str, Any], t: int, h: Any, m: bool = True, v: bool = True) -> Array:
    """m, v: whether each is corrected for its bias."""
    first, second = _keep(s, "m", h.b1, 1 - h.b1, g), _keep(s, "v", h.b2, 1 - h.b2, h.square(g))
    return np.asarray((first / (1 - h.b1 ** t) if m else first) / h.root(
        second / (1 - h.b2 ** t) if v else second, h.eps))


RULES: dict[str, tuple[str, dict[str, Rule]]] = {       # hyperparameters, and the usual forms
    "sgd": ("lr", {"w -= lr g": lambda g, s, t, h: g}),
    "momentum": ("lr mu", {
        "v = mu v + g, w -= lr v": lambda g, s, t, h: _keep(s, "v", h.mu, 1, g),
        "v = mu v + (1 - mu) g, w -= lr v": lambda g, s, t, h: _keep(s, "v", h.mu, 1 - h.mu, g),
        "v = mu v + (1 - mu) g, w -= lr v / (1 - mu^t)":
            lambda g, s, t, h: _keep(s, "v", h.mu, 1 - h.mu, g) / (1 - h.mu ** t)}),
    "nesterov": ("lr mu", {
        "v = mu v + g, w -= lr (g + mu v)":
            lambda g, s, t, h: g + h.mu * _keep(s, "v", h.mu, 1, g)}),
    "adagrad": ("lr eps", {
        "h += g², w -= lr g / (√h + eps)":
            lambda g, s, t, h: g / h.root(_keep(s, "h", 1, 1, h.square(g)), h.eps)}),
    "rmsprop": ("lr rho eps", {
        "h = rho h + (1 - rho) g², w -= lr g / (√h + eps)":
            lambda g, s, t, h: g / h.root(_keep(s, "h", h.rho, 1 - h.rho, h.square(g)), h.eps)}),
    "adam": ("lr b1 b2 eps", {"with bias correction": _adam})}

_BIAS = "bias_correction"
MISTAKES: tuple[tuple[str, str, dict[str, Any]], ...] = (       # what `simulate` is to change
    ("climbs", CAUSES["climbs"], {"sign": -1}),
    ("rate_forgotten", "The learning rate is forgotten.", {"rate": 0}),
    ("rate_forgotten", "The learning rate is applied twice.", {"rate": 2}),
    ("state_lost", "v, m or h is not kept: each step is as the first one.", {"keep": False}),
    ("state_shared", "All arrays share one v, m or h; each needs its own.", {"shared": True}),
    ("wrong_gradient", "Arrays get the gradients of others, which come in another order. Go by "
     "name, not by position (zip).", {"order": -1}),
    (_BIAS, "t is one too large: the first step is t = 1.", {"time": lambda t, i, n: t + 1}),
    (_BIAS, "t is 0 in the first step, and 1 - beta^0 is 0.", {"time": lambda t, i, n: t - 1}),
    (_BIAS, "t counts arrays; it has to count steps.",
     {"time": lambda t, i, n: (t - 1) * n + i + 1}),
    (_BIAS, "The bias correction is missing, m / (1 - beta1^t) and v / (1 - beta2^t).",
     {"instead": partial(_adam, m=False, v=False)}),
    (_BIAS, "t is 1 in every step: the power t is missing, or t is not counted.",
     {"time": lambda t, i, n: 1}),
    (_BIAS, "Only m is corrected for its bias.", {"instead": partial(_adam, v=False)}),
    (_BIAS, "Only v is corrected for its bias.", {"instead": partial(_adam, m=False)}),
    ("square_forgotten", "The gradients are not squared.", {"square": np.copy}),
    ("square_forgotten", "The gradients are not squared; only their size counts.",
     {"square": np.abs}),
    ("root_forgotten", "The square root is missing.", {"root": np.add}),
    ("betas_swapped", "beta1 and beta2 are swapped.", {
        "instead": lambda g, s, t, h: _adam(g, s, t, Hyper(**vars(h) | {"b1": h.b2, "b2": h.b1}))}),
    ("eps_forgotten", "eps is forgotten: 0 / 0 where a gradient is always 0.", {"eps": 0.0}))


@np.errstate(all="ignore")
def simulate(rule: Rule, h: Any, start: Arrays, grads: list[Arrays], *, sign: int = 1,
             rate: int = 1, keep: bool = True, order: int = 1, shared: bool = False,
             time: Callable[[int, int, int], int] = lambda t, i, n: t, instead: Rule | None = None,
             **other: Any) -> Array:
    """The weights after each step, (steps, arrays, ...). Each keyword is a mistake."""
    weights, history = [w.copy() for w in start], []
    states: list[dict[str, Any]] = [{} for _ in start]
    h = Hyper(**vars(h) | other)
    for t, now in enumerate(grads, 1):
        for i, w in enumerate(weights):
            w -= sign * h.lr ** rate * (instead or rule)(
                now[::order][i] + h.decay * w, states[0 if shared else i] if keep else {},
                time(t, i, len(weights)), h)
        history.append(np.array(weights))
    return np.array(history)


def _candidates(family: str, known: Mapping[str, float]) -> Iterator[tuple[str, Rule, Any]]:
    """(form, rule, hyperparameters): all that the numbers with the usual names can stand for."""
    fields, forms = RULES[family]
    names = [*fields.split(), "decay"]
    choices = [[known[word] for word in words.split("|") if known.get(word, 0) > 0] or usual
               for words, usual in (FIELDS[name] for name in names)]
    for values, root, (form, rule) in product(
            product(*choices), _ROOTS if "eps" in names else _ROOTS[:1], forms.items()):
        yield f"{family}, {form}", rule, Hyper(**dict(zip(names, values, strict=True)), root=root,
                                               square=np.square)


def _families(name: str, known: Mapping[str, float]) -> list[str]:
    """The rules that an update of this name may follow."""
    family = next((rule for word, rule in NAMED.items() if word in plain(name)), "")
    if family in ("sgd", "momentum") and known.get("nesterov"):
        return ["nesterov"]
    more = family == "sgd" and known.get("momentum")
    return ["momentum", "nesterov"] if more else [family] if family else list(RULES)


class Verdict(NamedTuple):
    """Rank 0 is right, 1 wrong with a cause, 2 wrong, 3 not known, 4 nothing moved."""

    rank: int
    text: str
    failure: Failure | None = None
    cause: Cause | None = None


@np.errstate(invalid="ignore")
def compare(name: str, way: str, got: Array, known: Mapping[str, float], start: Arrays,
            grads: list[Arrays]) -> Verdict:
    """Compare the weights after each step, `got`, with the rules, then with the known mistakes.

    Args:
        name: of the update; way: how it was called; known: {hyperparameter: value}, all seen.
    """
    moved = np.abs(np.diff(got, axis=0, prepend=[start]))
    if not moved.any():
        return Verdict(4, "", Failure("step", f"no weight changes, with {way}"),
                       Cause("not_in_place", CAUSES["not_in_place"]))
    # eps may be within or outside of the root, and is small.
    tolerance = 2e-5 * float(moved.max(where=np.isfinite(moved), initial=0))

    def agrees(rule: Rule, h: Any, **mistake: Any) -> Array:
        return np.isclose(got, simulate(rule, h, start, grads, **mistake), 0, tolerance,
                          equal_nan=True)

    wanted = _families(name, known)
    tried = [(family in wanted, agrees(rule, h), form, rule, h) for family in RULES
             for form, rule, h in _candidates(family, known)]
    mine = [candidate for is_wanted, *candidate in tried if is_wanted]
    fits = [form for right, form, *_ in mine if right.all()]
    if fits:
        return Verdict(0, f"{fits[0]}; called with {way}")
    right, form, rule, h = max(mine, key=lambda candidate: candidate[0].sum())
    step = int(np.argmin(right.all(axis=(1, 2, 3))))
    wrong = Mismatch(got[step], simulate(rule, h, start, grads)[step], ~right[step])
    failure = replace(
        failure_at(wrong, "step", ARRAYS[wrong.worst[0]], f"{form}; called with {way}"),
        message=f"step {step + 1} of {len(got)} is wrong", index=wrong.worst[1:], map="")
    for key, sentence, mistake in MISTAKES:
        if any(agrees(rule, h, **mistake).all() for _, _, rule, h in mine
               if "instead" not in mistake or rule is _adam):
            return Verdict(1, "", failure, Cause(key, sentence))
    for other in [other for _, same, other, *_ in tried if same.all()]:
        return Verdict(1, "", failure, Cause("other_rule", f"These are the numbers of {other}."))
    if fit := ", ".join(ARRAYS[i] for i in range(len(start)) if right[:, i].all()):
        return Verdict(1, "", failure, Cause("some_arrays", f"Only {fit} follow {form}."))
    more = [word for word, value in known.items() if value and _MORE.fullmatch(word)]
    if more and (wanted, more) != (["rmsprop"], ["decay"]):
        return Verdict(3, f"none of the rules that tinycnn knows has {', '.join(more)}")
    unseen = [field for field in RULES[wanted[0]][0].split() if field != "eps" and
              not {*FIELDS[field][0].split("|")} & {*known}]
    if len(wanted) > 2 or unseen:
        usual = f", with usual numbers for {', '.join(unseen)}" if unseen else ""
        return Verdict(3, f"it follows no rule that tinycnn knows ({', '.join(RULES)}){usual}")
    return Verdict(2, "", failure, Cause("unknown", CAUSES["unknown"].format(q=name)))
