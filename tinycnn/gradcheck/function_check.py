"""What the checks of a loss and of an update share: failures, causes that fit, and their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import signatures
from .causes import CAUSES
from .compare import Mismatch, is_same
from .report import Cause, Failure, Report, listing

Array = np.ndarray
Name = tuple[str, str]          # the key of a cause, and which form of the mistake it is

# Where the same call gives other numbers each time, no number says anything about the formula.
FIRST = ("random", "accumulates", "momentum")


def name_of(function: Callable[..., Any]) -> str:
    """What to call a function in a report."""
    return str(getattr(function, "__name__", repr(function)))


def what(value: object) -> str:
    """A value in a few words."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}, shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return "None; is a return missing?" if value is None else f"a {type(value).__name__}"


def record(report: Report, check: str, failures: Iterable[Failure]) -> None:
    """Write down what a check found."""
    found = list(failures)
    report.checks[check] = not found
    report.failures += found


def array_failure(check: str, quantity: str, mismatch: Mismatch, where: str) -> Failure:
    """The failure of an array, shown at the entry that is off the most."""
    worst, wrong = mismatch.worst, int(mismatch.wrong.sum())
    return Failure(check, f"{quantity} is wrong in {wrong} of {mismatch.wrong.size} entries", where,
                   quantity, worst, float(mismatch.got[worst]), float(mismatch.expected[worst]),
                   wrong, mismatch.wrong.size, mismatch.map(quantity))


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
