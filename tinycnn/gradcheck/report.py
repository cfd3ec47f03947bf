"""What a check found: all numbers, and a text for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from ..output.text import number

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

    def add(self, check: str, failures: Iterable[Failure]) -> None:
        """Record what a check found; it passed if it found nothing."""
        found = list(failures)
        self.checks[check] = not found
        self.failures += found

    @property
    def ok(self) -> bool:
        """Whether at least one check ran and none failed."""
        return bool(self.checks) and all(self.checks.values()) and not self.failures

    @property
    def causes(self) -> list[str]:
        """The likely causes, one sentence each, most likely first."""
        return [cause.sentence for cause in self.diagnosis]

    @property
    def text(self) -> str:
        """The whole report, in lines that fit into a terminal."""
        failed = [name for name, passed in self.checks.items() if not passed]
        measured = ", ".join(f"{q} {error:.1e}" for q, error in self.errors.items())
        found = f"right, {len(self.checks)} checks passed" if self.ok else \
            f"WRONG, {len(failed)} of {len(self.checks)} checks failed: {', '.join(failed)}"
        parts = [_wrapped(f"{self.subject}: {found}", 4)]
        if self.diagnosis:
            parts.append("\n".join(["Likely cause", *(
                _wrapped(f"  {n}. {sentence}", 5) for n, sentence in enumerate(self.causes, 1))]))
        parts += [failure.text for failure in self.failures]
        parts += [self.table] if self.table else []
        if measured and not self.table:
            parts.append(_wrapped(f"Largest relative errors: {measured}"))
        parts += [_wrapped(f"Note: {note}") for note in self.notes]
        return "\n\n".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """The report in plain types, as `tinycnn check --json` prints it."""
        return {"subject": self.subject, "ok": self.ok, "checks": self.checks,
                "failures": [{**asdict(f), "ratio": f.ratio} for f in self.failures],
                "causes": [asdict(cause) for cause in self.diagnosis],
                "notes": self.notes, "errors": self.errors, "table": self.table}

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Report {self.text.splitlines()[0]}>"


def _wrapped(text: str, indent: int = 0) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=" " * indent)
