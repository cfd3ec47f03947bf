"""The arrays inside an object: in attributes, dictionaries, lists and small objects."""

from __future__ import annotations

import random
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...layers.base import Array

Path = tuple[Any, ...]      # ("params", "W"): an attribute, then a key
DEPTH = 4                   # of objects in objects
_PLAIN = (str, bytes, int, float, complex, bool, type(None), type, types.ModuleType,
          np.random.Generator, np.generic, np.dtype)


def arrays(thing: Any, path: Path = (), seen: tuple[int, ...] = ()) -> Iterator[tuple[Path, Array]]:
    """(path, array) for every array of real numbers inside, in the order in which it was set.

    An array that has several names comes once for each.
    """
    for key, value in _items(thing):
        if isinstance(value, np.ndarray):
            if value.dtype.kind == "f":
                yield (*path, key), value
        elif len(path) < DEPTH and id(value) not in seen and not isinstance(value, _PLAIN) and (
                not callable(value) or hasattr(value, "__dict__")):
            yield from arrays(value, (*path, key), (*seen, id(thing)))


def _items(thing: Any) -> list[tuple[Any, Any]]:
    if isinstance(thing, dict):
        return list(thing.items())
    if isinstance(thing, (list, tuple)):
        return list(enumerate(thing))
    if isinstance(thing, (types.FunctionType, types.MethodType, types.BuiltinFunctionType)):
        return []
    slots = [name for cls in type(thing).__mro__ for name in getattr(cls, "__slots__", ())
             if hasattr(thing, name)]
    return list({**{name: getattr(thing, name) for name in slots},
                 **getattr(thing, "__dict__", {})}.items())


def has_generator(thing: Any, depth: int = 0) -> bool:
    """Whether a generator of random numbers is inside."""
    return isinstance(thing, (np.random.Generator, np.random.RandomState, random.Random)) or (
        depth < DEPTH and not isinstance(thing, (*_PLAIN, np.ndarray))
        and any(has_generator(value, depth + 1) for _, value in _items(thing)))


def get(thing: Any, path: Path) -> Any:
    """What is at a path."""
    for key in path:
        thing = thing[key] if isinstance(thing, (dict, list, tuple)) else getattr(thing, key)
    return thing


def widen(thing: Any) -> None:
    """Make all arrays inside float64; what was one array with two names stays one."""
    wide: dict[int, tuple[Array, Array]] = {}       # the old array is kept, so that its id stays
    for path, array in list(arrays(thing)):
        wide.setdefault(id(array), (array, array.astype(np.float64)))
        put(thing, path, wide[id(array)][1])


def put(thing: Any, path: Path, value: Any) -> None:
    """Put another value at a path. A tuple on the way is replaced by one with the new value."""
    *before, key = path
    owner = get(thing, tuple(before))
    if isinstance(owner, tuple):
        put(thing, tuple(before), type(owner)((*owner[:key], value, *owner[key + 1:])))
    elif isinstance(owner, (dict, list)):
        owner[key] = value
    else:
        object.__setattr__(owner, key, value)
