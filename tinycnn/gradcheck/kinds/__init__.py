"""What the checks know about each kind of layer: one file for each kind, with its `SUITE`.

A suite has the cases to try and the known mistakes. The shapes are awkward on purpose: more than
one image, C != F, H != W, kernels that are not square. Each case differs from the plain one in few
things, its `features`. So the cases that fail show what the mistake is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...layers.base import Array
from ...layers.kinds import KINDS, in_room
from ..cases import Case, complete

if TYPE_CHECKING:
    from ..mistakes.changes import Guess


@dataclass(frozen=True)
class Suite:
    """What is tried on a kind of layer.

    Attributes:
        grid: draws the cases, without weights and without right answers.
        mistakes: the known wrong answers to a case.
        of_x: the gradients that depend on x. (The dx of a linear layer does not.)
        wrong_x: from the x of a case to inputs that forward must refuse.
        features: what is special about a case, in words that complete "it goes wrong exactly
            where ..."; False for those that do not apply.
        elementwise: each unit of y depends on one unit of x.
        causes: the sentences of mistakes that no other kind has, as in `causes.CAUSES`.
        constants: arguments that a class may have with another value, such as the eps of a batch
            norm, and what is usual: {"eps": (1e-5, 1e-8)}, tinycnn's own first.
        free: a class of this name may be built in another way; then it is checked as it is.
    """

    grid: Callable[[np.random.Generator], Iterable[Case]]
    mistakes: Callable[[Case], Iterable[Guess]] = lambda case: ()
    of_x: tuple[str, ...] = ("dx",)
    wrong_x: Callable[[Array], list[Array]] = lambda x: []
    features: Callable[[Case], dict[str, bool]] = lambda case: {}
    elementwise: bool = False
    causes: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    free: bool = False


def suite_of(kind: str) -> Suite:
    """The suite of a kind; an empty one for "", an unknown layer.

    Raises:
        ValueError: there is no such kind, or it has no suite.
    """
    module = in_room(kind, __name__) if kind in KINDS else None
    if kind and module is None:
        raise ValueError(f"kind: expected one of {', '.join(suites())}, loss, update; got {kind!r}")
    suite: Suite = module.SUITE if module else Suite(lambda rng: ())
    return suite


def suites() -> list[str]:
    """The kinds of layers that can be checked, in the order of the table."""
    return [kind for kind in KINDS if in_room(kind, __name__)]


def cases(kind: str, seed: int = 0) -> list[Case]:
    """The cases of a kind, with weights and right answers: the same seed gives the same numbers."""
    suite, rng = suite_of(kind), np.random.default_rng(seed)
    grid = list(suite.grid(rng))
    for number, case in enumerate(grid):
        complete(case, rng, even=number != 1)
        words = suite.features(case)
        case.features = (*(word for word, here in words.items() if here), *_features(case),
                         *case.features)
    return grid


def _features(case: Case) -> Iterator[str]:
    shape = case.x.shape
    yield "there is more than one image" if shape[0] > 1 else "there is only one image"
    if len(shape) == 4:
        yield "x has maps (N, C, H, W)"
    if len(shape) == 4 and shape[2] != shape[3]:
        yield "H and W differ"
