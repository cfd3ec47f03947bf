"""What the checks of a loss and of an update share: failures, causes that fit, and their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import signatures
from ..causes import CAUSES
from ..compare import is_same
from ..report import Cause, Failure, listing

Array = np.ndarray
Name = tuple[str, str]          # the key of a cause, and which form of the mistake it is

# Where the same call gives other numbers each time, no number says anything about the formula.
FIRST = ("random", "accumulates", "momentum")


def name_of(function: Callable[..., Any]) -> str:
    """What to call a function in a report."""
    return str(getattr(function, "__name__", repr(function)))


@dataclass(frozen=True)
class Compared:
    """One answer in one case, beside the right one and all wrong ones that are known."""

    got: Array
    right: Array
    mistakes: Mapping[Name, Array]


def explain(compared: Sequence[Compared]) -> list[Name]:
    """The mistakes that give these answers in every case; none if all answers are right.

    Answers that are not finite are left out: they have a cause of their own.
    """
    compared = [c for c in compared if np.isfinite(c.got).all()]
    wrong = [c for c in compared if not is_same(c.got, c.right)]
    if not wrong:
        return []
    fitting = [name for name in compared[0].mistakes
               if all(is_same(c.got, c.mistakes[name]) for c in compared)]
    return fitting or signatures.of_numbers([(c.got, c.right) for c in wrong])[:2] or [
        ("unknown", "")]


def ranked(explained: Iterable[tuple[str, str, str]], failures: Iterable[Failure]) -> list[Cause]:
    """The causes, most likely first.

    Args:
        explained: (quantity, key, detail): what the numbers show.
        failures: those that name their cause come behind the numbers.
    """
    messages: dict[str, list[str]] = {}
    for failure in failures:
        if failure.key:
            messages.setdefault(failure.key, []).append(failure.message)
    direct = [Cause(key, CAUSES[key].format(q="; ".join(said))) for key, said in messages.items()]
    if any(cause.key in FIRST for cause in direct):
        return [cause for cause in direct if cause.key in FIRST]
    merged: dict[str, tuple[list[str], list[str]]] = {}
    for quantity, key, detail in explained:
        quantities, details = merged.setdefault(key, ([], []))
        if quantity not in quantities:
            quantities.append(quantity)
        if detail and detail not in details:
            details.append(detail)
    # What explains more comes first; that nothing is known comes last.
    order = sorted(merged, key=lambda key: (key == "unknown", -len(merged[key][0])))
    numeric = [Cause(key, CAUSES[key].format(q=listing(merged[key][0])) + (
        f" ({'; '.join(merged[key][1])})" if merged[key][1] else "")) for key in order]
    return numeric + [cause for cause in direct if cause.key not in merged]
