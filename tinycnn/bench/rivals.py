"""For each job of the benchmark, PyTorch's ways to do it."""

from __future__ import annotations

from collections.abc import Sequence

from ..gradients import FeatureScores
from . import torch_jobs
from .jobs import STANDSTILL, Task, orders
from .timing import Rival, Run
from .torch_knockout import knockouts


def rivals(fresh: Task, trained: Task, scores: FeatureScores, batches: Sequence[int], batch: int,
           epochs: int, learning_rate: float) -> list[Rival]:
    """In the order of the jobs: epochs, the whole training, gradients, and Fig. 2.

    The whole training is tried out with one epoch, and Fig. 2 with the first steps of one curve.
    """
    training = torch_jobs.epochs(fresh, batch, learning_rate, epochs)
    curves = orders(trained, scores)
    return [
        *(_whole(torch_jobs.epochs(fresh, batch_size, STANDSTILL)) for batch_size in batches),
        Rival(torch_jobs.epochs(fresh, batch, STANDSTILL),
              lambda names: {name: training[name] for name in names}, finalists=1),
        _whole(torch_jobs.true_class(trained)),
        _whole(torch_jobs.all_classes(trained)),
        Rival(knockouts(trained, [curves[0][:3]]),
              lambda names: knockouts(trained, curves, names), finalists=2),
    ]


def _whole(ways: dict[str, Run]) -> Rival:
    """A job that is short enough to be tried out as a whole."""
    return Rival(ways, lambda names: {name: ways[name] for name in names})
