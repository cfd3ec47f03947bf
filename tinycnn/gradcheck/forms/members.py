"""What a file has: pairs of a function and its derivative, classes, methods, needed arguments."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..report import Report
from ..subject import call
from .signature import parameters
from .words import plain

_D = "derivativeof|derivative|deriv|der|gradientof|gradient|grad|dz|d"
_PRIME = "prime|derivat(?:iv)?e|deriv|der|dt|dx|(?<![0-9])d|diff|grad|gradient|backward|jacobian"
SLOPES = ("alpha", "a", "slope", "negativeslope", "leak", "coef")


def derivatives(names: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(f, its derivative) among names: sigmoid and sigmoid_prime, mse and d_mse, f and df."""
    stems = {re.sub("(forward|function)$", "", plain(name)): name for name in names}
    for other in names:
        found = [*re.findall(f"^(?:{_D})(.+)", plain(other)),
                 *re.findall(f"(.+?)(?:{_PRIME})$", plain(other))]
        yield from [(stems[stem], other) for stem in found if stems.get(stem, other) != other][:1]


def needs(function: Any) -> list[str]:
    """The arguments that must be given, as plain words, without self and slopes."""
    names = [plain(p.name) for p in parameters(getattr(function, "__func__", function))
             if p.required]
    names = names[names[:1] in (["self"], ["cls"]):]
    return names[:1] + [name for name in names[1:] if name not in SLOPES]


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
    thing = call(f"{cls.__name__}(...)", cls, **{
        p.name: 0.1 for p in parameters(cls) if p.required and plain(p.name) in SLOPES})
    return [getattr(thing if [*inspect.signature(raw).parameters][:1] in (["self"], ["cls"])
                    else cls, name) if inspect.isfunction(raw := methods(cls)[name])
            else getattr(thing, name) for name in names]


def not_checked(subject: str, why: object) -> Report:
    """A report without a verdict."""
    return Report(subject, notes=[f"{subject} was not checked: {why}"])
