"""How notes and errors on a data set speak of files, names, counts and options."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..output.text import first_of, harmless
from .names import natural


def examples(names: Iterable[str]) -> str:
    """`anna, bob, carl, ...`: the first three different names in their natural order."""
    return ", ".join(first_of(sorted(set(names), key=natural), 3))


def some(files: Sequence[str]) -> str:
    """`4 files (a.png, b.png, c.png, ...)`."""
    first = ", ".join(map(harmless, first_of(files, 3)))
    return f"{len(files)} file{'s' * (len(files) > 1)} ({first})"


def share(n: int, total: int, what: str = "pictures") -> str:
    """`3 of 12 pictures`, `all 12 pictures`. A verb in the past fits one and many."""
    return f"all {total} {what}" if n == total else f"{n} of {total} {what}"


def option(name: str, value: str | int) -> str:
    """`--label='folder:2' (Python: label=)`: it can be copied with the dashes into a shell, and
    without them into Python."""
    return f"--{name}={value!r} (Python: {name}=)"
