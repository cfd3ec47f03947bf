"""An entry of the zoo, and how it is made: lines of the textbook with a change or two."""

from __future__ import annotations

import inspect
import linecache
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Subject = Callable[..., Any]
Change = tuple[str, str] | tuple[tuple[str, str], ...]      # (old, new), once or several times


@dataclass(frozen=True)
class Bug:
    """A planted bug.

    Attributes:
        name: of the class or function, unique in the zoo.
        kind: "conv2d", "loss", "update" and so on, as `check_class` takes it.
        description: the mistake in a sentence, for the teacher.
        cause: the key, in `causes.CAUSES` or its suite's, that a good report names first.
        subject: the class or function itself; `inspect.getsource` gives the exercise.
    """

    name: str
    kind: str
    description: str
    cause: str
    subject: Subject


def bug(kind: str, right: Subject, name: str, cause: str, description: str, *, init: str = "",
        function: Change = (), **methods: Change) -> Bug:
    """Plant a bug in `right`, a class or function of the textbook.

    Args:
        kind, name, cause, description: as in `Bug`.
        init: one more line for __init__.
        function: what to change in a function; methods: what to change in methods of a class.
    """
    if inspect.isclass(right):
        parts = [_INIT.format(init)] if init else []
        parts += [_changed(getattr(right, method), change) for method, change in methods.items()]
        source = "\n\n".join([f'class {name}({right.__name__}):\n    """{description}"""', *parts])
    else:
        source = _changed(right, function).replace(right.__name__, name).replace(
            right.__doc__ or "", description)
    return Bug(name, kind, description, cause, _made(name, source + "\n", right))


_INIT = """\
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        {}"""


def _changed(right: Subject, change: Change) -> str:
    """The source of a method or function after a change; the old text must be in it once."""
    source = inspect.getsource(right).rstrip()
    for old, new in change if isinstance(change[0], tuple) else (change,):
        if source.count(old) != 1:
            raise ValueError(f"{right.__qualname__} has {old!r} {source.count(old)} times")
        source = source.replace(old, new)
    return source


def _made(name: str, source: str, right: Subject) -> Subject:
    """Run the source with right's names in its own module, so that `getsource` finds it."""
    module = types.ModuleType(f"{__package__}.{name}")
    module.__file__ = f"<{module.__name__}>"
    names = vars(sys.modules[right.__module__])
    vars(module).update({key: value for key, value in names.items() if key[:2] != "__"})
    sys.modules[module.__name__] = module
    linecache.cache[module.__file__] = (len(source), None, source.splitlines(True), module.__file__)
    exec(compile(source, module.__file__, "exec"), vars(module))
    subject: Subject = getattr(module, name)
    return subject
