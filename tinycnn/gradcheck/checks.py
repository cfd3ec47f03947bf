"""The contract suite: everything that a layer has to hold, one check after the other.

A check takes an Examination and gives its failures, none if the layer is right. The checks of
numbers read the runs that are there already; the checks of behaviour call the layer anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from . import behaviour
from .cases import Case
from .compare import EXACT, Mismatch, failure_at
from .examination import Examination, Run
from .numeric import RTOL
from .report import Failure
from .signatures import contrast


@dataclass(frozen=True)
class Check:
    """One rule of the contract: `check.run(examination)` gives the failures.

    Attributes:
        name: as the report lists it.
        run: Examination -> failures.
        advice: the rule is good manners; a report notes it, and only `strict` suites fail by it.
    """

    name: str
    run: Callable[[Examination], Iterator[Failure]]
    advice: bool = False


def check_build(examination: Examination) -> Iterator[Failure]:
    """The class is built as tinycnn's own is, and has the same params."""
    yield from _troubles(examination, "build", "build", examination.runs)


def check_forward(examination: Examination) -> Iterator[Failure]:
    """Forward gives the numbers of the formula, in the right shape."""
    yield from _numbers(examination, "forward", ("y",), "gradient", "given")


def check_input_gradient(examination: Examination) -> Iterator[Failure]:
    """Every entry of dx agrees with central differences, seeded with a random dy."""
    yield from _numbers(examination, "input_gradient", ("dx",), "gradient", "given")


def check_parameter_gradients(examination: Examination) -> Iterator[Failure]:
    """Every entry of dW and db agrees with central differences, seeded with a random dy."""
    quantities = ("params", *(q for q in examination.quantities if q not in ("y", "dx")))
    yield from _numbers(examination, "parameter_gradients", quantities, "gradient",
                        "given")


def check_ties(examination: Examination) -> Iterator[Failure]:
    """Where there is no derivative, at a tie or a kink, the documented rule decides."""
    yield from _numbers(examination, "ties", ("y", "dx", "params"), "ties")


def check_extreme_values(examination: Examination) -> Iterator[Failure]:
    """Large numbers neither overflow nor lose the gradient."""
    yield from _numbers(examination, "extreme_values", ("y", "dx", "params"), "extreme")


def check_memory_order(examination: Examination) -> Iterator[Failure]:
    """Arrays that lie in memory in another order give the same numbers."""
    plain = examination.of_group("gradient")
    right = [q for q in examination.quantities if all(r.mismatch(q) is None for r in plain)]
    yield from _numbers(examination, "memory_order", (*right, "params"), "memory")


PURITY = (Check("arguments_unchanged", behaviour.check_arguments_unchanged),
          Check("repeatable", behaviour.check_repeatable),
          Check("earlier_cache", behaviour.check_earlier_cache),
          Check("own_memory", behaviour.check_own_memory))
ONE_BY_ONE = Check("images_one_by_one", behaviour.check_images_one_by_one)
WEIGHTS = Check("weights_from_params", behaviour.check_weights_from_params)
PARAMETERS = Check("parameter_gradients", check_parameter_gradients)
DTYPE = Check("dtype", behaviour.check_dtype)


def given_checks(case: Case) -> list[Check]:
    """The checks of one layer at one input, whatever sort of layer it is."""
    return [Check("forward", check_forward), Check("input_gradient", check_input_gradient),
            *([PARAMETERS] if case.params else []), *([WEIGHTS] if "W" in case.params else []),
            *PURITY, DTYPE, *([ONE_BY_ONE] if case.right and case.x.ndim > 1 else [])]


def layer_checks(kind: str) -> list[Check]:
    """All checks of a kind of layer, in the order in which their failures are worth reading."""
    checks = [Check("build", check_build), Check("forward", check_forward),
              Check("input_gradient", check_input_gradient)]
    if kind in ("conv2d", "dense"):
        checks += [PARAMETERS, WEIGHTS]
    if kind in ("maxpool2d", "relu"):
        checks.append(Check("ties", check_ties))
    if kind in ("maxpool2d", "relu", "tanh", "softmax"):
        checks.append(Check("extreme_values", check_extreme_values))
    return [*checks, *PURITY, ONE_BY_ONE, Check("memory_order", check_memory_order), DTYPE,
            Check("wrong_shapes", behaviour.check_wrong_shapes, advice=True)]


def _numbers(examination: Examination, check: str, quantities: tuple[str, ...],
             *groups: str) -> Iterator[Failure]:
    """One failure for each quantity that is off anywhere, shown where it is plainest."""
    runs = examination.of_group(*groups)
    for quantity in quantities:
        yield from _troubles(examination, check, quantity, runs)
        off = [(r, mismatch) for r in runs if (mismatch := r.mismatch(quantity)) is not None]
        if off:
            yield _failure(examination, check, quantity, off, runs)


def _troubles(examination: Examination, check: str, step: str, runs: list[Run]
              ) -> Iterator[Failure]:
    """What was raised or handed back wrongly: each sort of it once, in its first case."""
    seen = set()
    for r in runs:
        trouble = r.troubles.get(step)
        if trouble is not None and trouble.key not in seen:
            seen.add(trouble.key)
            yield Failure(check, f"{trouble}", r.case.describe(examination.subject.name),
                          key=trouble.key)


def _failure(examination: Examination, check: str, quantity: str,
             off: list[tuple[Run, Mismatch]], runs: list[Run]) -> Failure:
    """Shown is the case in which the least is special, the first among equals."""
    r, mismatch = min(off, key=lambda pair: len(pair[0].case.features))
    worst = mismatch.worst
    got, expected = float(mismatch.got[worst]), float(mismatch.expected[worst])
    size = float(np.abs(mismatch.expected).max(initial=0)) or 1.0
    small = np.isfinite(got) and abs(got - expected) < RTOL * size
    more = "" if quantity == "y" or small or quantity not in r.measured else \
        " (expected: central differences)"
    if len(off) < len(runs):
        where = contrast([(run.case, any(run is bad for bad, _ in off)) for run in runs])
        more += f"; and so in {len(off)} of {len(runs)} cases" + (f", {where}" if where else "")
    if small:
        more += (f"; by less than {RTOL:g} of its size, but in float64 a right answer is "
                 f"within {EXACT:g}")
    return failure_at(mismatch, check, quantity, r.case.describe(examination.subject.name), more)
