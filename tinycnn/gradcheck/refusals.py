"""What code refuses is not a mistake: only square windows, only sizes that divide, no stride.

A refused case is "not checked", and all others are. An exception is a refusal if the code raises it
itself, or if it comes from an argument that the code does not take. It never is if the same call
raises in every case: then the code does not work.
"""

from __future__ import annotations

import dis
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .subject import Trouble

if TYPE_CHECKING:
    from .examination import Run

RAISE = dis.opmap["RAISE_VARARGS"]      # what `raise` and `assert` compile to


def refused(runs: Sequence[Run]) -> list[Run]:
    """The runs in which the code refuses the case."""
    return [r for r in runs if any(_is_refused(r, step, trouble, runs)
                                   for step, trouble in r.troubles.items())]


def is_deliberate(trouble: Trouble) -> bool:
    """Whether an exception comes from a `raise` or `assert` in the code under test."""
    error: BaseException | None = trouble
    while isinstance(error, Trouble):
        error = error.__cause__
    at = error.__traceback__ if error else None
    while at and at.tb_next:
        at = at.tb_next
    if at is None or at.tb_frame.f_globals.get("__name__", "").split(".")[0] in ("numpy",
                                                                                 "tinycnn"):
        return False
    return at.tb_frame.f_code.co_code[at.tb_lasti] == RAISE


def notes(runs: Sequence[Run], name: str) -> Iterator[str]:
    """One sentence for each reason: "not checked: Pool(2, stride=1), x (...): ...". """
    by_reason: dict[str, list[Run]] = {}
    for r in runs:
        first = str(next(iter(r.troubles.values())))
        by_reason.setdefault(re.sub(r"\d+", "", first), []).append(r)   # whatever the sizes
    for same in by_reason.values():
        more = f", and {len(same) - 1} more" if len(same) > 1 else ""
        why = next(iter(same[0].troubles.values()))
        yield f"not checked: {same[0].case.describe(name)}{more}: {why}"


def _is_refused(r: Run, step: str, trouble: Trouble, runs: Sequence[Run]) -> bool:
    error = trouble.__cause__
    works = [other for other in runs if step not in other.troubles
             and ("y" in other.got or step == "build")]
    if error is None or not works:
        return False
    if is_deliberate(trouble):
        return True
    if step == "build":     # an argument of this kind; but a wrong name is a slip
        return not isinstance(error, NameError)
    if isinstance(error, TypeError):        # a pair where it expects an int, or None for the map
        return any(value is None or isinstance(value, tuple) for value in r.case.arguments.values())
    if step == "y" and r.case.kind == "batchnorm" and all(
            other.case.x.ndim != r.case.x.ndim for other in works):
        return True         # it is for rows only, or for maps only
    over = "rows or columns are left over"      # a reshape, in code for sizes that divide
    return step == "y" and "cannot reshape" in str(error) and all(
        over in other.case.features for other in runs
        if "cannot reshape" in str(other.troubles.get("y")))
