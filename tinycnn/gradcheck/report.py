"""What a check found: all numbers, and a text for people."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from ..output.text import number
from .causes import CAUSES

WIDTH = 79      # for a terminal of 80 columns


@dataclass(frozen=True)
class Failure:
    """One check that failed, shown in one case.

    Attributes:
        check: the check's name, such as "input_gradient".
        message: what is wrong, in a sentence.
        where: the layer and its input, such as "Conv2D(2, 3, 2, stride=2), x (2, 2, 5, 4)".
        quantity: "y", "dx", "dW", "db", or "" if no array is meant.
        index, got, expected: the worst entry, its value in the code under test (analytic), and the
            right value (numeric).
        wrong, total: how many entries of the array are wrong, and how many it has.
        map: a slice of the array, one character for each entry: '#' wrong and '.' right.
        key: the cause, if the check itself knows it.
    """

    check: str
    message: str
    where: str = ""
    quantity: str = ""
    index: tuple[int, ...] | None = None
    got: float | None = None
    expected: float | None = None
    wrong: int = 0
    total: int = 0
    map: str = ""
    key: str = ""

    @property
    def ratio(self) -> float | None:
        """got / expected; None if there is no such number."""
        if self.got is None or not self.expected:
            return None
        return self.got / self.expected

    @property
    def text(self) -> str:
        """The failure as a paragraph."""
        lines = textwrap.wrap(self.message, WIDTH)
        if self.where:
            lines += textwrap.wrap(f"in {self.where}", WIDTH, initial_indent="    ",
                                   subsequent_indent="        ")
        if self.index is not None:
            place = f"[{', '.join(map(str, self.index))}]" if self.index else ""
            ratio = "" if self.ratio is None else f", ratio {number(self.ratio)}"
            got, expected = ("nothing" if value is None else number(value, 8)
                             for value in (self.got, self.expected))
            lines.append(f"    {self.quantity}{place} is {got}, expected {expected}{ratio}")
        lines += [f"    {line}" for line in self.map.splitlines()]
        return "\n".join(lines)


@dataclass(frozen=True)
class Cause:
    """A likely cause: a key for programs, a sentence for people."""

    key: str
    sentence: str


@dataclass
class Report:
    """The outcome of a check.

    Attributes:
        subject: what was checked, such as "MyConv as conv2d".
        checks: {name: passed}, in the order in which they ran.
        contract: the names of those that are not about numbers.
        unseen: what should have been checked, and was not to be seen.
        failures: what is wrong, with one case for each.
        diagnosis: the likely causes, most likely first.
        notes: what is worth knowing, but is not a failure.
        errors: {quantity: largest relative error that was measured}.
        table: more lines of numbers, from `check_network`.
    """

    subject: str
    checks: dict[str, bool] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    diagnosis: list[Cause] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: dict[str, float] = field(default_factory=dict)
    table: str = ""
    contract: set[str] = field(default_factory=set)
    unseen: list[str] = field(default_factory=list)

    def add(self, check: str, failures: Iterable[Failure], about: str = "numbers") -> None:
        """Record what a check found; it passed if it found nothing. `about` is as in `Check`.

        What an earlier check has said is not said again.
        """
        found = list(failures)
        self.checks[check] = not found
        self.contract |= {check} if about != "numbers" else set()
        said = {(failure.message, failure.key) for failure in self.failures if failure.key}
        self.failures += [f for f in found if (f.message, f.key) not in said]

    @property
    def ok(self) -> bool:
        """Whether at least one check ran and none failed."""
        return bool(self.checks) and all(self.checks.values()) and not self.failures

    @property
    def numbers_right(self) -> bool:
        """Whether at least one check of numbers ran and none failed."""
        numbers = [passed for name, passed in self.checks.items() if name not in self.contract]
        return bool(numbers) and all(numbers)

    @property
    def causes(self) -> list[str]:
        """The likely causes, one sentence each, most likely first."""
        return [cause.sentence for cause in self.diagnosis]

    @property
    def text(self) -> str:
        """The whole report, in lines that fit into a terminal."""
        measured = ", ".join(f"{q} {error:.1e}" for q, error in self.errors.items())
        parts = [_wrapped(f"{self.subject}: {self._verdict()}", 4)]
        if self.diagnosis:
            parts.append("\n".join(["Likely cause", *(
                _wrapped(f"  {n}. {sentence}", 5) for n, sentence in enumerate(self.causes, 1))]))
        # An exception is told once: by the cause, which also says in which case.
        parts += [failure.text for failure in self.failures
                  if CAUSES.get(failure.key) != "{q}"
                  or not any(failure.message in cause for cause in self.causes)]
        parts += [self.table] if self.table else []
        if measured and not self.table:
            parts.append(_wrapped(f"Largest relative errors: {measured}"))
        if self.unseen and not self.ok:
            parts.append(_wrapped(f"Not checked: {', '.join(self.unseen)}"))
        parts += [_wrapped(f"Note: {note}") for note in self.notes]
        return "\n\n".join(parts)

    def _verdict(self) -> str:
        """The first line: are the numbers right, and is the contract kept?"""
        failed = [name for name, passed in self.checks.items() if not passed]
        count = f"{len(failed)} of {len(self.checks)} checks failed: {', '.join(failed)}"
        if not self.checks:
            return "not checked"
        if self.ok:
            number = f"{len(self.checks)} check{'s' * (len(self.checks) > 1)}"
            return f"right, {number} passed" if not self.unseen else (
                f"right in {number}; not checked: {', '.join(self.unseen)}")
        if self.numbers_right:      # the message of a broken rule begins with what was seen
            broken = dict.fromkeys(f.message.split(": ")[0] for f in self.failures)
            return (f"numbers right in all {len(set(self.checks) - self.contract)} checks; "
                    f"contract: {', '.join(broken)}")
        return f"{'WRONG' if set(self.checks) - self.contract else 'not checked'}, {count}"

    def as_dict(self) -> dict[str, Any]:
        """The report in plain types, as `tinycnn check --json` prints it: None for NaN and inf."""
        plain: dict[str, Any] = _strict({
            "subject": self.subject, "ok": self.ok, "numbers_right": self.numbers_right,
            "checks": self.checks,
            "failures": [{**asdict(f), "ratio": f.ratio} for f in self.failures],
            "causes": [asdict(cause) for cause in self.diagnosis], "unseen": self.unseen,
            "notes": self.notes, "errors": self.errors, "table": self.table})
        return plain

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Report {self.text.splitlines()[0]}>"


def _strict(value: Any) -> Any:
    """The value with None for every number that JSON does not know."""
    if isinstance(value, dict):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _wrapped(text: str, indent: int = 0) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=" " * indent)
