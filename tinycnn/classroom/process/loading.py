"""Runs the statements of a submission, one by one: what fails costs only what needs it.

The student's process runs this file too, so it needs nothing from tinycnn.
"""

from __future__ import annotations
import __future__

from collections.abc import Callable, Sequence
from typing import Any

FILE = "<submission>"
MOST = 100      # errors that are told
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
            code = compile("\n" * (line - 1) + text, FILE, "exec", future, dont_inherit=True)
            future |= code.co_flags & FUTURE
            exec(code, namespace)
        except BaseException as error:      # SystemExit and KeyboardInterrupt, too
            answer = raised(error, FILE)
            failed.append({**answer, "line": answer["line"] or line, "binds": list(binds)})
    return failed[:MOST]
