"""The page of a study: what changes if the paper is read in another way."""

from __future__ import annotations

from pathlib import Path

from ....output.page import Section
from ..parts.readings import DEFAULT
from ..rows import Numbers
from .text import plain


def choices(numbers: Numbers, out: Path) -> Section:
    """What changes if the paper is read in another way."""
    quantities = ("rank correlation", "class error, area", "overall error, area")
    names = sorted(numbers.subjects("choice", quantities[0]), key=lambda n: (n != DEFAULT, n))
    body = [(name, *(plain(numbers.find("choice", quantity, subject=name),
                           within=(-("rank" in quantity), 1)) for quantity in quantities))
            for name in names]
    return Section("What changes if the paper is read in another way",
                   [f"The options where the paper is silent or ambiguous, and {DEFAULT}: the rank "
                    "correlation of the option's ranking with the default's, and the knockout "
                    "areas of the strongest features. Options that need another network start "
                    "from the same initial weights."],
                   caption="Means over identities and networks, with 95 % intervals over the "
                           "networks.",
                   table=(("option", *quantities), body))
