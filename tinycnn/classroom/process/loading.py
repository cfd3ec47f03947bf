"""Runs the statements of a submission, one by one: what fails costs only what needs it.

The student's process runs this file too, so it needs nothing from tinycnn.
"""

from __future__ import annotations
import __future__

import re
import typing
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

FILE = "<submission>"
MOST = 100      # errors that are told
ANNOTATIONS = __future__.annotations.compiler_flag
ANNOTATED = re.compile(r"^\s*(?:@|class\b|(?:async\s+)?def\b|(?!try\b)\w+\s*:)")
FUTURE = sum({getattr(__future__, name).compiler_flag for name in __future__.all_feature_names})


def load(statements: Sequence[tuple[int, str, Sequence[str]]], namespace: dict[str, Any],
         raised: Callable[[BaseException, object], dict[str, Any]]) -> list[dict[str, Any]]:
    """Run statements in a namespace, and answer with those that failed, up to `MOST`.

    Args:
        statements: (line, text, names that it gives a value).
        raised: {"line": ..., "kind": ..., "text": ...} of an error.

    Returns:
        For each that failed, what `raised` says, and "binds": the names.
    """
    failed = []
    future = 0      # what `from __future__ import annotations` switches on holds for all the rest
    for line, text, binds in statements:
        try:
            future |= _run("\n" * (line - 1) + text, future, namespace)
        except BaseException as error:      # SystemExit and KeyboardInterrupt, too
            answer = raised(error, FILE)
            failed.append({**answer, "line": answer["line"] or line, "binds": list(binds)})
    return failed[:MOST]


def _run(text: str, future: int, namespace: dict[str, Any]) -> int:
    """Run a statement, and answer with the features that it switches on.

    A type in an annotation may be of a package that is not here. No exercise needs it, so what
    fails with its annotations is run without them.
    """
    code = compile(text, FILE, "exec", future, dont_inherit=True)
    try:
        exec(code, namespace)
    except (NameError, AttributeError, TypeError):
        if not ANNOTATED.search(text):
            raise
        exec(compile(text, FILE, "exec", future | ANNOTATIONS, dont_inherit=True), namespace)
    return code.co_flags & FUTURE


def typing_extensions() -> ModuleType:
    """What stands for the package of this name: Python's own `typing`, as far as it goes."""
    module = ModuleType("typing_extensions")
    vars(module).update({"override": typing.final, **vars(typing)})    # before Python 3.12
    return module
