"""How the methods of each kind of layer are graded: one file a kind, with its `GRADED`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...gradcheck.cases import Case
from ...layers.kinds import KINDS, in_room


@dataclass(frozen=True)
class Check:
    """One graded check of an exercise.

    Attributes:
        name: "plain" (the ordinary inputs), "stride", "padding", "windows", "gradient", "contract"
            (nothing is overwritten or remembered, float32 stays float32), "unusual" (ties, huge
            numbers, other memory layouts, other strides for rows and columns) or "speed".
        public: whether students have it too.
        share: of the exercise's points, between 0 and 1.
    """

    name: str
    public: bool
    share: float


def shares(**public: float) -> tuple[Check, ...]:
    """The public checks with their shares of the points; the rest is for the hidden check."""
    rest = round(1 - sum(public.values()), 6)
    return (*(Check(name, True, share) for name, share in public.items()),
            Check("unusual", False, rest))


@dataclass(frozen=True)
class Graded:
    """How a kind of layer is graded.

    Attributes:
        checks: of each method.
        check_of: which check an ordinary case belongs to.
        cache: what the forward of the layer in loops returns as the cache.
        speed: the arguments of a layer and the shape of an x for the stopwatch; None for a kind
            whose loops are quick enough.
    """

    checks: tuple[Check, ...] = shares(plain=0.6, contract=0.2)
    check_of: Callable[[Case], str] = lambda case: "plain"
    cache: Callable[[Case], Any] = lambda case: case.x
    speed: tuple[dict[str, Any], tuple[int, ...]] | None = None


def graded_kinds() -> dict[str, Graded]:
    """The kinds that there are exercises of, in the order of the table."""
    modules = {kind: in_room(kind, __name__) for kind in KINDS}
    return {kind: module.GRADED for kind, module in modules.items() if module}
