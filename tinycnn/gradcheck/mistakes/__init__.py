"""The known mistakes, computed: what a layer would return with each of them.

Nothing here looks at the code under test. Each guess is an answer to the same case; the diagnosis
compares the class's own answer with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ..cases import Case
from ..kinds import suite_of
from .any_layer import of_any_layer
from .changes import Guess, attempt, changed, changed_answers, changed_ingredients, solve
from .forms import Answer, Change, only


@np.errstate(all="ignore")
def guesses(case: Case) -> list[Guess]:
    """All known wrong answers to a case: first those of its kind, then the general ones."""
    if not case.kind:       # there is no formula to change, only what was measured
        return list(of_any_layer(case)) if case.dy.size else []
    suite = suite_of(case.kind)
    return [*suite.mistakes(case), *changed_ingredients(case, suite.of_x), *changed_answers(case)]


def table(quantity: str, answers: Mapping[tuple[str, str], Answer]) -> Iterator[Guess]:
    """Guesses for a quantity, from {(key of the cause, detail): the wrong answer}."""
    for (key, detail), answer in answers.items():
        yield Guess(key, detail, quantity, answer)


__all__ = ["Change", "Guess", "attempt", "changed", "guesses", "only", "solve", "table"]
