"""The known mistakes, computed: what a layer would answer if it were wrong in this or that way.

Nothing here looks at the code under test. Each guess is an answer to the same case, and the
diagnosis holds the class's own answer against it.
"""

from __future__ import annotations

from ..cases import Case
from . import activations, conv2d, dense, flatten, maxpool2d, softmax
from .changes import Guess, attempt, changed, changed_answers, changed_ingredients

_SPECIAL = {"conv2d": conv2d.mistakes, "maxpool2d": maxpool2d.mistakes,
            "dense": dense.mistakes, "softmax": softmax.mistakes, "tanh": activations.tanh_mistakes,
            "relu": activations.relu_mistakes, "flatten": flatten.mistakes}


def guesses(case: Case) -> list[Guess]:
    """All wrong answers that are known for a case: the kind's own first, then the general ones."""
    if not case.kind:       # no formula to spoil, only measured answers
        return list(changed_answers(case))
    return [*_SPECIAL[case.kind](case), *changed_ingredients(case), *changed_answers(case)]


__all__ = ["Guess", "attempt", "changed", "guesses"]
