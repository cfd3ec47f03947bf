"""What a file has: pairs of a function and its derivative, classes, methods, needed arguments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..report import Report
from ..subject import call
from .signature import Parameter, parameters
from .words import plain

_D = "derivativeof|derivative|deriv|der|gradientof|gradient|grad|dz|d"
_PRIME = "prime|derivat(?:iv)?e|deriv|der|dt|dx|(?<![0-9])d|diff|grad|gradient|backward|jacobian"
_SLOPES = ("alpha", "a", "slope", "negativeslope", "leak", "coef")


def derivatives(names: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(f, its derivative) among names: sigmoid and sigmoid_prime, mse and d_mse, f and df."""
    stems = {re.sub("(forward|function)$", "", plain(name)): name for name in names}
    for other in names:
        found = [*re.findall(f"^(?:{_D})(.+)", plain(other)),
                 *re.findall(f"(.+?)(?:{_PRIME})$", plain(other))]
        yield from [(stems[stem], other) for stem in found if stems.get(stem, other) != other][:1]


def own(function: Any) -> list[Parameter]:
    """The parameters of a function or method, without self."""
    known = parameters(getattr(function, "__func__", function))
    return known[bool(known) and known[0].name in ("self", "cls"):]


def slopes(known: list[Parameter]) -> dict[str, float]:
    """0.1 for each argument that has to be given and is a slope, such as alpha."""
    return {p.name: 0.1 for p in known if p.required and plain(p.name) in _SLOPES}


def needs(function: Any) -> list[str]:
    """The arguments that must be given, as plain words, without self and slopes."""
    known = [p for p in own(function) if p.required]
    return [plain(p.name) for p in known if p is known[0] or p.name not in slopes(known)]


def classes(namespace: Mapping[str, Any]) -> Iterator[type]:
    """The classes that can be built."""
    for thing in namespace.values():
        if inspect.isclass(thing) and not inspect.isabstract(thing):
            yield thing


def methods(cls: type) -> dict[str, Any]:
    """The methods that are written in Python, inherited ones too, by name."""
    found = {name: inspect.getattr_static(cls, name) for name in dir(cls)}
    return {name: raw for name, raw in found.items()
            if name != "__init__" and inspect.isfunction(getattr(raw, "__func__", raw))}


def bound(cls: type, *names: str) -> list[Callable[..., Any]]:
    """Methods of one new object; those that take no self come from the class."""
    thing, raw = call(f"{cls.__name__}(...)", cls, **slopes(parameters(cls))), methods(cls)
    return [getattr(cls if own(raw[n]) == parameters(raw[n]) else thing, n) for n in names]


def not_checked(subject: str, why: object) -> Report:
    """A report without a verdict."""
    return Report(subject, notes=[f"{subject} was not checked: {why}"])
