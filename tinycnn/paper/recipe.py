"""The last section of every report: how it was made, and what to cite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..analysis import is_yale, published
from ..datasets import Dataset
from ..output.page import Section

YALE = ("Yale Face Database: P. Belhumeur, J. Hespanha, D. Kriegman, Eigenfaces vs. Fisherfaces, "
        "IEEE PAMI 19(7), 1997. Its images may be used for research, but may not be passed on "
        "in another collection; this page shows some of them.")


def recipe(data: Dataset, options: Sequence[tuple[str, Any]], caption: str) -> Section:
    """All that is needed to make the same report again: options as (name, value)."""
    text = [published.CITATION, *([YALE] if is_yale(data) else [])]
    return Section("How this was made", text, table=(("option", "value"), options),
                   caption=caption)
