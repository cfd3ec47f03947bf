"""Two training steps side by side: the first place where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..layers.base import Array
from ..output.text import number
from ..training import History, Replay
from .answers.blocks import Block, Cell, Name, Remark, Table, Title
from .answers.shown import Shown
from .sizes import rms
from .walking import Walk

SHOWN = 12      # arrays that differ


class Difference(NamedTuple):
    """An array that both have: its root mean square in each, and the largest difference."""

    name: str
    sizes: tuple[float, float]
    largest: float
    apart: bool


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """Two training steps, array by array, in the order in which they are computed.

    Attributes:
        whose: what the two are called.
        differences: parameters, images and labels, and then what each step made.
        place: where in two trainings this is, a sentence; "" if it is not about trainings.
    """

    whose: tuple[str, str]
    differences: tuple[Difference, ...]
    place: str = ""

    @property
    def first(self) -> Difference | None:
        """The first that differs, or None: both are the same."""
        return next((one for one in self.differences if one.apart), None)

    def blocks(self) -> list[Block]:
        """The first difference in a sentence, and a table of it and of the next ones."""
        title = Title(f"{self.whose[0]} and {self.whose[1]}")
        above: list[Block] = [Remark(self.place)] if self.place else []
        apart = [one for one in self.differences if one.apart]
        if not apart:
            return [title, *above, Remark(f"the same, in all {len(self.differences)} arrays")]
        same = [one.name for one in self.differences if not one.apart]
        rows: list[tuple[Cell, ...]] = [("size (rms)", *self.whose, "largest difference")]
        rows += [(Name(one.name), *(number(size, 4) for size in one.sizes),
                  number(one.largest, 4)) for one in apart[:SHOWN]]
        more = f"{len(apart) - SHOWN} more differ; " if len(apart) > SHOWN else ""
        others = ": " * bool(same) + ", ".join(same[:SHOWN]) + ", ..." * (len(same) > SHOWN)
        return [title, *above, Remark(f"They first differ at {apart[0].name}."),
                Table(rows, "<>><", indent=2), Remark(f"{more}{len(same)} are the same{others}")]

    def __repr__(self) -> str:
        return f"<Comparison: {f'first {self.first.name}' if self.first else 'the same'}>"


def compare(a: Walk | History | Replay, b: Walk | History | Replay,
            whose: tuple[str, str] = ("the first", "the second")) -> Comparison:
    """Where two training steps, or two trainings, first differ.

    Two training steps are compared as far as both have gone, up to rounding. Two trainings are
    compared batch by batch and bit by bit; the steps are those of the first batch after which
    their parameters differ.

    Raises:
        ValueError: the networks have different layers, or one of the trainings is not known.
    """
    if isinstance(a, Walk) and isinstance(b, Walk):
        return _steps(a, b, whose)
    first, second = (one.replay if isinstance(one, History) else one for one in (a, b))
    if not (isinstance(first, Replay) and isinstance(second, Replay)):
        raise ValueError("compare: expected two steppers, or two trainings (what `tc.train` "
                         "returned)")
    return _trainings(first, second, whose)


def _steps(a: Walk, b: Walk, whose: tuple[str, str], place: str = "", exact: bool = False
           ) -> Comparison:
    if a.units != b.units:
        raise ValueError(f"compare: expected networks with layers of the same names, got "
                         f"{', '.join(a.units[1:])} and {', '.join(b.units[1:])}")
    theirs = dict(_arrays(b))
    ours = {name: array for name, array in _arrays(a) if name in theirs}
    if not np.array_equal(a.trace["input"], b.trace["input"]):
        # Units of other images have no reason to be the same.
        kept = {*a.net.params, *(f"{name}, updated" for name in a.net.params), "input", "L"}
        ours = {name: array for name, array in ours.items() if name in kept}
    return Comparison(whose, tuple(_difference(name, array, theirs[name], exact)
                                   for name, array in ours.items()), place)


def _arrays(walk: Walk) -> Iterator[tuple[str, Array]]:
    """All arrays of a training step by name, in the order of the steps."""
    yield from walk.net.params.items()
    yield from (("input", walk.trace["input"]), ("t", walk.t))
    for step in walk.taken:
        for quantity in step.outputs:
            updated = step.name.startswith("update")
            yield f"{quantity.name}, updated" if updated else quantity.name, quantity.array


def _difference(name: str, a: Array, b: Array, exact: bool) -> Difference:
    with np.errstate(all="ignore"):
        sizes = rms(a), rms(b)
        if a.shape != b.shape:
            return Difference(name, sizes, float("inf"), True)
        largest = float(np.abs(np.subtract(a, b, dtype=np.float64)).max())
    rounding = 0.0 if exact or a.dtype.kind != "f" else 64 * float(np.finfo(a.dtype).eps)
    apart = not np.array_equal(a, b, equal_nan=a.dtype.kind == "f") and not (
        largest <= rounding * max(sizes))
    return Difference(name, sizes, largest, apart)


def _trainings(a: Replay, b: Replay, whose: tuple[str, str]) -> Comparison:
    """The first batch after which the parameters differ, stepped through in both."""
    epoch, both = a.first, set(a.sums) & set(b.sums)
    if b.first != epoch or a.batches != b.batches:
        raise ValueError("compare: expected two trainings that begin with the same epoch and have "
                         f"as many batches in it, got {a.batches} from epoch {epoch} on and "
                         f"{b.batches} from epoch {b.first} on")
    # Where the checksums of an epoch's beginning differ, they parted in an epoch before it.
    parted = [e for e in sorted(both) if a.sums[e] != b.sums[e]]
    last = parted[0] if parted else max(both)
    places = [(epoch, 1)] if last == epoch else [(last - 1, n + 1) for n in range(a.batches)]
    for place in places:
        one, two = Walk.into(a.at(*place)), Walk.into(b.at(*place))
        one.run()
        two.run()
        where = f"epoch {place[0]}, batch {place[1]}"
        found = _steps(one, two, whose, f"in {where}", exact=True)
        if found.first is not None:
            return found
    where = (f"epoch {last} begins differently, but not by anything that a replay knows: a "
             "callback, or a layer that is random" if parted and last > epoch else
             f"as far as they are known, up to {where}")
    return _steps(one, two, whose, where, exact=True)
