"""An update of a student's file, as a function or a class: found, and called for five steps.

Weights and gradients are handed over as dictionaries, lists, single arrays, layers or parameters,
in place or returned. Rates and decays are read from arguments, attributes and the config.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from ...layers.base import Array
from ..numeric import upstream
from ..report import Report
from ..subject import Trouble, call
from . import Found
from .members import methods, not_checked
from .rules import ARRAYS, FIELDS, NAMED, RULES, Arrays, Verdict, compare
from .signature import Parameter, parameters
from .ways import ALONE, BOTH, Way, read
from .words import plain

_ROLES = {          # what an argument is for, by its name; what is none of these is a state
    "grads": "grads?|gradients?|g|dw|dx|dtheta|dparams?|grad.*|dweights?|deltas?",
    "params": "params?|parameters?|weights?|w|x|theta|p|vars?|variables|layers?|net|network|"
              "model|nn",
    "config": ".*config.*|state", "time": "t|step|iteration|iter|it|epoch",
    "key": "key|k|name|paramname|layername|id|idx|index|i",
    **{field: words for field, (words, _) in FIELDS.items()}}
_NUMBERS = {field: usual[0] for field, (_, usual) in FIELDS.items()}
_NAMES = f"^(?!.*(sched|manag)).*({'|'.join(NAMED)}|adadelta|update|optim)"
_METHODS = ("step", "update", "updateparams", "applygradients", "apply", "optimize",
            "updateparameters", "updateweights", "call")
_UNKNOWN = re.compile(".*(adamax|nadam|(?<!optimize)radam|adamw|adadelta|amsgrad|lion|lars|lamb|"
                      "ftrl).*")


def updates(namespace: Mapping[str, Any]) -> list[Found]:
    """The updates among the functions and classes of a file."""
    found = []
    for name, thing in namespace.items():
        takes = parameters(thing) if inspect.isfunction(thing) else []
        words = [plain(p.name) for p in takes]
        separate = sum(f"d{word}" in words for word in words) > 1       # W1, b1, dW1, db1
        raw = methods(thing) if inspect.isclass(thing) and not inspect.isabstract(thing) else {}
        method = next((m for word in _METHODS for m in raw if plain(m) == word), "")
        if re.search(_NAMES, plain(name)) and (
                (method and not {"forward", "backward"} & {*raw}) or
                (not separate and {"params", "grads"} <= {*map(_role, takes)})):
            found.append(Found((name,), partial(_check, name, thing, method)))
    return found


def _check(name: str, thing: Any, method: str, seed: int) -> Report:
    """Five steps with random gradients, in each way of calling it until one is right."""
    rng, report, text = np.random.default_rng(seed), Report(name), ""
    with suppress(OSError, TypeError):
        text = inspect.getsource(thing)
    if _UNKNOWN.fullmatch(plain(name)):
        return not_checked(name, f"tinycnn knows {', '.join(RULES)}")
    start = [rng.normal(size=(2, 3)) for _ in ARRAYS]   # of one shape: then a slip gives numbers
    sizes = 0.6 * np.array([[0, 1, 1], [1, 1, 1]])      # without an eps, one entry is 0 / 0
    grads = [[sizes * upstream(rng, (2, 3)) for _ in start] for _ in range(5)]
    takes = parameters(getattr(thing, method) if method else thing)
    # A state may be made at the first step: then it is None.
    none = {} if method else {p.name: None for p in takes if p.required and
                              _role(p) in ("state", "config")}
    ways = BOTH if "grads" in map(_role, takes) else ALONE
    runs: list[dict[str, Any]] = [{}]
    for flag, value in (("momentum", 0.9), ("nesterov", True)):     # off by default: also on
        runs += [{**runs[-1], p.name: value} for p in parameters(thing)
                 if plain(p.name) == flag and not p.required and not p.default]
    for options in runs:
        verdicts, trouble = [], None
        for (way, style), state in product(ways.items(), [{}, none][:1 + bool(none)]):
            some = start[:style.n], [now[:style.n] for now in grads]
            try:
                verdicts.append(compare(name, way, *_steps(
                    thing, method, style, options, *some, state), *some))
            except Trouble as error:
                trouble = trouble or error
            if verdicts and verdicts[-1].rank == 0:
                break
        best = min(verdicts, key=lambda v: v.rank, default=Verdict(3, str(trouble)))
        if best.cause and best.cause.key == "unknown" and "mean(" in text:
            return not_checked(name, "it averages the gradients that it is given")
        if best.rank == 3 or (best.rank == 4 and trouble and ways is ALONE):
            return not_checked(name, best.text or trouble)
        check = " with ".join(["steps", *(f"{n}={value}" for n, value in options.items())])
        report.add(check, [best.failure] if best.failure else [])
        report.diagnosis += [best.cause] if best.cause else []
        report.notes += [f"{check}: {best.text}."] if best.text else []
    return report


def _steps(thing: Any, method: str, style: Way, options: Mapping[str, Any], start: Arrays,
           grads: list[Arrays], state: Mapping[str, Any]) -> tuple[Array, dict[str, float]]:
    """The weights after each step, and all hyperparameters that can be seen."""
    held, history, owner, function = style.params([w.copy() for w in start]), [], None, thing
    known: dict[str, float] = {}
    states = dict(state)
    if method:
        owner = call(thing.__name__, thing, **_arguments(thing, held, None, 0, options, known))
        function = getattr(owner, method)
        _note(vars(owner), known)
    names = [p.name for p in parameters(function) if _role(p) in ("state", "config")]
    for t, now in enumerate(grads, 1):
        given = style.grads([g.copy() for g in now], held)
        arguments = _arguments(function, held, given, t, states, known)
        call("pre_update_params", getattr(owner, "pre_update_params", int))
        result = call(method or thing.__name__, function, **arguments)
        call("post_update_params", getattr(owner, "post_update_params", int))
        first, *rest = result if isinstance(result, tuple) else (result,)
        states |= {name: arguments[name] for name in names if name in arguments}
        states |= dict(zip(names, rest, strict=False))
        with suppress(ValueError):      # a list of lists of several lengths
            if [np.shape(w) for w in read(first)] == [w.shape for w in start]:
                held = first        # the new weights were returned
        history.append(call("the new weights", np.reshape, read(held), np.shape(start)))
    for value in states.values():
        _note(value if isinstance(value, dict) else {}, known)
    return np.array(history), known


def _role(p: Parameter) -> str:
    """What an argument is for: one of _ROLES, "number" or "state"."""
    return next((role for role, words in _ROLES.items() if re.fullmatch(words, plain(p.name))),
                "number" if isinstance(p.default, (int, float)) else "state")


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
    zeros: Any = [np.zeros_like(w) for w in read(held)]
    if isinstance(held, dict):
        zeros = {key: np.zeros_like(w) for key, w in (held | (given or {})).items()}
    values = {"grads": given, "params": held, "time": t, "key": "W1", **_NUMBERS,
              "config": {}, "state": zeros if isinstance(held, (dict, list)) else zeros[0]}
    found: dict[str, Any] = {}
    for p in parameters(function):
        if p.name in extra:
            found[p.name] = extra[p.name]
        elif p.required:
            found[p.name] = values[_role(p)]
        else:
            _note({p.name: p.default}, known)
    _note(found, known)
    return found
