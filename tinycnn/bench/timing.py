"""Times that can be compared: in every round each job runs once, in random order.

A machine is never quiet. What slows a round down slows all jobs of that round, so the ratio of two
jobs is taken round by round, and the median of these ratios is what counts.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

Run = Callable[[], object]
Clock = Callable[[], float]

HOPELESS = 1.5      # times the best: a candidate this slow is not tried again
CLOSE = 1.15        # times the best: a candidate this close may still turn out to be the best


@dataclass(frozen=True)
class Spread:
    """The median of some numbers and their quartiles."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Rival:
    """Another framework's ways to do one job.

    Attributes:
        trial: every way by name, at the job or, if that is long, at a part of it.
        final: for some names, these ways at the whole job.
        finalists: how many of the ways that come close to the best, at most, are timed to the end.
    """

    trial: dict[str, Run]
    final: Callable[[Sequence[str]], dict[str, Run]]
    finalists: int = 4


def spread(values: np.ndarray) -> Spread:
    """Median and quartiles of (n,) numbers, n >= 1."""
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
    return Spread(median, low, high)


def seconds(run: Run, clock: Clock = time.perf_counter) -> float:
    """How long one run takes."""
    start = clock()
    run()
    return clock() - start


def paired_rounds(jobs: Mapping[str, Run], rng: np.random.Generator, *, rounds: int,
                  budget: float = np.inf, clock: Clock = time.perf_counter
                  ) -> dict[str, np.ndarray]:
    """Seconds of every job in every round, each round in an order of its own.

    Args:
        jobs: what to run, by name. Run each once before, so that nothing is timed cold.
        rng: of the orders.
        rounds: how many at most.
        budget: seconds after which no new round begins, if there have been three.

    Returns:
        {name: (n,) seconds}, n <= rounds: element i of all arrays is of the same round.
    """
    times: dict[str, list[float]] = {name: [] for name in jobs}
    names, began = list(jobs), clock()
    with no_garbage_collection():
        for n in range(rounds):
            if n >= 3 and clock() - began > budget:
                break
            for i in rng.permutation(len(names)).tolist():
                times[names[i]].append(seconds(jobs[names[i]], clock))
    return {name: np.array(row) for name, row in times.items()}


def shortlist(jobs: Mapping[str, Run], rng: np.random.Generator, *, rounds: int = 3,
              clock: Clock = time.perf_counter) -> dict[str, float]:
    """The jobs that may be the fastest one, after a few trial rounds.

    The first run of each, untimed, is its warm-up. After each round the hopeless ones are dropped.

    Returns:
        {name: least seconds} of those that stayed, the fastest first.
    """
    for run in jobs.values():
        run()
    best = dict.fromkeys(jobs, np.inf)
    for _ in range(rounds):
        times = paired_rounds({name: jobs[name] for name in best}, rng, rounds=1, clock=clock)
        best = {name: min(best[name], float(row[0])) for name, row in times.items()}
        best = {name: t for name, t in best.items() if t <= HOPELESS * min(best.values())}
    return dict(sorted(best.items(), key=lambda item: item[1]))


def finalists(best: Mapping[str, float], at_most: int) -> list[str]:
    """Those of a shortlist that come close to its fastest."""
    return [name for name, t in best.items() if t <= CLOSE * min(best.values())][:at_most]


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Python's collector comes when it likes; here it does not."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
