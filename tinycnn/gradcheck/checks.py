"""The contract suite: all rules that a layer must keep, one check after the other.

A check takes an Examination and returns its failures: none if the layer is right. The checks of
numbers read the runs of the Examination; the checks of behaviour call the layer again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..layers.kinds import KINDS
from . import behaviour
from .cases import Case
from .compare import EXACT, Mismatch, failure_at
from .examination import Examination, Run
from .kinds import cases
from .numeric import RTOL
from .report import Failure
from .signatures import contrast


@dataclass(frozen=True)
class Check:
    """One rule of the contract: `check.run(examination)` gives the failures.

    Attributes:
        name: as the report lists it.
        run: Examination -> failures.
        about: "numbers"; "contract", the rules that have nothing to do with the formula; or
            "manners": a report makes a note, and only `strict` suites fail.
    """

    name: str
    run: Callable[[Examination], Iterator[Failure]]
    about: str = "numbers"

    @property
    def advice(self) -> bool:
        """Whether it is only about good manners."""
        return self.about == "manners"


def numbers_check(name: str, quantities: tuple[str, ...], *groups: str) -> Check:
    """A check that the numbers of these quantities are right in the cases of some groups."""
    return Check(name, lambda examination: numbers(examination, name, quantities, *groups))


def behaviour_check(check: Callable[..., behaviour.Broken]) -> Check:
    """A check of behaviour, with the name of its function."""
    return Check(check.__name__, lambda examination: behaviour.first_broken(
        check, check.__name__, examination), "contract")


def call_check(name: str, step: str) -> Check:
    """A check that one step of every run gave usable numbers."""
    return Check(name, lambda examination: troubles(examination, name, step, examination.runs))


def check_parameter_gradients(examination: Examination) -> Iterator[Failure]:
    """Every entry of dW and db agrees with central differences, seeded with a random dy."""
    quantities = ("params", *(q for q in examination.quantities if q not in ("y", "dx")))
    yield from numbers(examination, "parameter_gradients", quantities, "gradient", "given")


def check_memory_order(examination: Examination) -> Iterator[Failure]:
    """Arrays in another memory order give the same numbers."""
    plain = examination.of_group("gradient")
    right = [q for q in examination.quantities if all(r.mismatch(q) is None for r in plain)]
    yield from numbers(examination, "memory_order", (*right, "params"), "memory")


# The class is built like tinycnn's own, and has the same params.
# Forward gives the numbers of the formula. Every entry of dx agrees with central differences, for a
# random dy. At a tie or a kink there is no derivative, and the documented rule decides. Large
# numbers neither overflow nor lose the gradient.
BUILD = call_check("build", "build")
FORWARD = numbers_check("forward", ("y",), "gradient", "given")
INPUT_GRADIENT = numbers_check("input_gradient", ("dx",), "gradient", "given")
TIES = numbers_check("ties", ("y", "dx", "params"), "ties")
EXTREME_VALUES = numbers_check("extreme_values", ("y", "dx", "params"), "extreme")
PARAMETERS = Check("parameter_gradients", check_parameter_gradients)
WEIGHTS = behaviour_check(behaviour.weights_from_params)
PURITY = tuple(map(behaviour_check, behaviour.PURITY))
ONE_BY_ONE = behaviour_check(behaviour.images_one_by_one)
DTYPE = behaviour_check(behaviour.dtype)


def given_checks(case: Case) -> list[Check]:
    """The checks of one layer of any kind at one input."""
    return [FORWARD, INPUT_GRADIENT, *([PARAMETERS] if case.params else []),
            *([WEIGHTS] if case.weights in case.params else []), *PURITY, DTYPE,
            *([ONE_BY_ONE] if case.right and case.x.ndim > 1 and
                               not KINDS[case.kind].layer.mixes_images else [])]


@cache
def layer_checks(kind: str) -> tuple[Check, ...]:
    """All checks for which a kind of layer has cases; the most useful failures come first."""
    grid = cases(kind)
    groups, params = {case.group for case in grid}, grid[0].params
    return (BUILD, FORWARD, INPUT_GRADIENT,
            *([PARAMETERS] if params else []),
            *([WEIGHTS] if grid[0].weights in params else []),
            *([TIES] if "ties" in groups else []),
            *([EXTREME_VALUES] if "extreme" in groups else []),
            *PURITY, *([] if KINDS[kind].layer.mixes_images else [ONE_BY_ONE]),
            Check("memory_order", check_memory_order), DTYPE,
            Check("wrong_shapes", behaviour.wrong_shapes, "manners"))


def numbers(examination: Examination, check: str, quantities: tuple[str, ...],
            *groups: str) -> Iterator[Failure]:
    """One failure for each wrong quantity, shown in its simplest case."""
    runs = examination.of_group(*groups)
    for quantity in quantities:
        yield from troubles(examination, check, quantity, runs)
        off = [(r, mismatch) for r in runs if (mismatch := r.mismatch(quantity)) is not None]
        if off:
            yield _failure(examination, check, quantity, off, runs)


def troubles(examination: Examination, check: str, step: str, runs: list[Run]
             ) -> Iterator[Failure]:
    """What a call raised or returned wrongly: each cause once, in its first case."""
    seen = set()
    for r in runs:
        trouble = r.troubles.get(step)
        if trouble is not None and trouble.key not in seen:
            seen.add(trouble.key)
            yield Failure(check, f"{trouble}", r.case.describe(examination.subject.name),
                          trouble.quantity, key=trouble.key)


def _failure(examination: Examination, check: str, quantity: str,
             off: list[tuple[Run, Mismatch]], runs: list[Run]) -> Failure:
    """Show the case with the fewest features; among equals, the first."""
    r, mismatch = min(off, key=lambda pair: len(pair[0].case.features))
    worst = mismatch.worst
    got, expected = float(mismatch.got[worst]), float(mismatch.expected[worst])
    size = float(np.abs(mismatch.expected).max(initial=0)) or 1.0
    small = np.isfinite(got) and abs(got - expected) < RTOL * size
    more = "" if quantity in r.case.outputs or small or quantity not in r.measured else \
        " (expected: central differences)"
    if len(off) < len(runs):
        where = contrast([(run.case, any(run is bad for bad, _ in off)) for run in runs])
        more += f"; wrong in {len(off)} of {len(runs)} cases" + (f", {where}" if where else "")
    if small:
        more += (f"; by less than {RTOL:g} of its size, but in float64 a right answer is "
                 f"within {EXACT:g}")
    return failure_at(mismatch, check, quantity, r.case.describe(examination.subject.name), more)
