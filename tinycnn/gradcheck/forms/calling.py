"""How the methods of a student's object are called: which ones, with which arguments."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ...layers.base import Array
from . import words
from .inside import Path
from .signature import Parameter, parameters


def method_names(thing: Any) -> tuple[str, str] | None:
    """The names of the forward and the backward method of a class or object; None if it has none.

    A name such as `forward` comes before `__call__`.
    """
    names = {words.plain(name): name for name in reversed(dir(thing))
             if not name.startswith("__") and callable(getattr(thing, name, None))}
    forward = next((names[word] for word in words.FORWARD if word in names), None)
    if forward is None and "__call__" in dir(thing if isinstance(thing, type) else type(thing)):
        own = (cls.__dict__ for cls in (thing if isinstance(thing, type) else type(thing)).__mro__)
        forward = "__call__" if any("__call__" in names for names in own) else None
    backward = next((names[word] for word in words.BACKWARD if word in names
                     and _takes_gradient(getattr(thing, names[word]), word)), None)
    if forward and backward is None:    # any other method that takes one upstream gradient
        cls = thing if isinstance(thing, type) else type(thing)
        backward = next((name for name in reversed(list(cls.__dict__)) if name != forward and
                         [words.role(p.name) for p in _own_parameters(cls.__dict__[name])
                          if p.required] == ["dy"]), None)
    return (forward, backward) if forward and backward else None


def seed_all(seed: int) -> None:
    """Seed the generators that NumPy and Python share with everybody."""
    np.random.seed(seed)        # noqa: NPY002 (students' code draws from it)
    random.seed(seed)


@contextmanager
def held(seed: int = 0) -> Iterator[None]:
    """The shared generators begin at the same place in every call, and go on as before after it.

    Forward and backward have different seeds: a backward that draws a mask of its own is wrong.
    """
    old = np.random.get_state(), random.getstate()      # noqa: NPY002
    seed_all(seed)
    try:
        yield
    finally:
        np.random.set_state(old[0])     # noqa: NPY002
        random.setstate(old[1])


def arguments_of_backward(known: list[Parameter], by_name: dict[str, Any], dy: Array, cache: Any,
                      x: Array, y: Array) -> dict[str, Any]:
    """The arguments of backward, by the roles that their names have.

    Args:
        by_name: what forward was called with, by the plain names of its parameters.
    """
    needed = [p for p in known if p.required]
    gradient = _upstream(known, needed) if known else None
    found: dict[str, Any] = {}
    for p in known:
        role = words.role(p.name)
        if p is gradient:
            found[p.name] = dy
        elif words.plain(p.name) in by_name and role != "cache":
            found[p.name] = by_name[words.plain(p.name)]
        elif role in ("flag", "testing") or p.name == "mode":
            found |= flags([p], 0)
        elif role == "rate":
            found[p.name] = 1.0
        elif not p.required:
            continue
        elif cache is not None and (role == "cache" or role not in ("x", "y")):
            found[p.name] = cache
        elif role == "y" and cache is None:
            found[p.name] = y
        else:       # `relu_backward(dA, Z)`: what forward kept, or x
            found[p.name] = x if cache is None else cache
    return found


def _takes_gradient(function: Callable[..., Any], word: str) -> bool:
    """Whether a method can be a backward: it takes more than a learning rate.

    A `gradient(x)` is the derivative of an activation: only a `gradient(dy)` is a backward.
    """
    known = _own_parameters(function)
    if "grad" in word and known and words.role(known[0].name) in ("x", "y"):
        return False
    return any(p.required or words.role(p.name) == "dy" for p in known)


def _own_parameters(function: Any) -> list[Parameter]:
    return [p for p in parameters(function) if p.name != "self"] if callable(function) else []


def last_name(path: Path, known: list[Parameter]) -> str:
    """What a weight is called: the last key of its path, or the name of a function's argument."""
    if len(path) == 1:      # an argument of a function
        return known[path[0] - 1].name if path[0] <= len(known) else f"argument {path[0]}"
    keys = [key for key in path if isinstance(key, str)] or [str(path[-1])]
    holder = keys[-1] in ("val", "value", "data", "array", "w") and len(keys) > 1
    return keys[-2] if holder else keys[-1]


def flags(known: list[Parameter], given: int) -> dict[str, Any]:
    """Arguments such as `training`, after the given ones, as they are during training."""
    found: dict[str, Any] = {}
    for p in known[given:]:
        role = words.role(p.name)
        if role in ("flag", "testing"):
            found[p.name] = role == "flag"
        elif p.name == "mode" and p.required:
            found[p.name] = "train"
    return found


def _upstream(known: list[Parameter], needed: list[Parameter]) -> Parameter:
    """Which argument of backward is dy: the only one, one with such a name, or the first."""
    if len(needed) == 1:
        return needed[0]
    named = [p for p in needed or known if words.role(p.name) == "dy"]
    if named:
        return named[0]
    free = [p for p in needed or known if words.role(p.name) not in ("cache", "rate", "flag")]
    return [*free, *needed, *known][0]
