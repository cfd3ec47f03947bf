"""What a submission may not import: said while the student still works, in a notebook."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any


def why_refused(module: str) -> str:
    """Why a submission may not import a module; "" if it may."""
    top = module.partition(".")[0]
    if top == "tinycnn":
        return "your code is compared with the layers of tinycnn, so it may not use them"
    known = top in ("numpy", "typing_extensions") or top in sys.stdlib_module_names
    return "" if known else "expected only NumPy and Python's standard library"


def will_not_count(subject: Callable[..., Any]) -> Iterator[str]:
    """Sentences about what a class or function uses and a submission may not.

    It is found by what names mean at this moment, also in the functions that it calls.
    """
    for base in getattr(subject, "__mro__", ())[1:]:
        yield from _sentence(base, f"{subject.__name__}, which is derived from {base.__name__},")
    waiting = [(f"{subject.__name__}.{name}", value) for name, value in vars(subject).items()]
    waiting += [(subject.__name__, subject)]
    seen: set[int] = set()
    while waiting:
        label, function = waiting.pop()
        function = getattr(function, "__func__", function)      # of a static or class method
        if not isinstance(function, FunctionType) or id(function) in seen:
            continue
        seen.add(id(function))
        for name in _names(function.__code__):
            value = function.__globals__.get(name)
            if getattr(value, "__globals__", None) is function.__globals__:
                waiting.append((name, value))       # a helper beside it
            else:
                yield from _sentence(value, label)


def _sentence(value: object, user: str) -> Iterator[str]:
    module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    if isinstance(module, str) and module != "__main__" and why_refused(module):
        yield f"{user} uses {module}, which will not count: {why_refused(module)}"


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
