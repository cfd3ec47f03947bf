"""The runner of a study: for each seed a network, then all that is measured on it.

A task is the training of one network, or one part of its analysis. Workers get all they need as
arguments and return all they found; only this process writes files. Finished work is kept at once,
so the next call continues from there, however the study ended.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from pathlib import Path
from typing import Any, NamedTuple

from ....analysis.activity import features_of
from ....datasets import Dataset
from ...networks import load_for, name_of, network_maker
from ..rows import Row
from ..subject import Part, Subject, Training, train_network
from .folder import StudyFolder
from .workers import StudyError, Workers, cluster, processes

log = logging.getLogger("tinycnn")

Progress = Callable[[int, int, float, str], object]

NETWORK = "network"
EPOCH_WEIGHT = 0.04         # seconds of an epoch of the paper's network, roughly
PROMISED = 20               # seconds of work, see `_tell`
BREAKS = 3


class Task(NamedTuple):
    """The training of a seed's network (part "network"), or a part of its analysis."""

    seed: int
    part: str

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.part}"


def run_study(data: Dataset, out: Path, parts: Mapping[str, Part], *,
              seeds: Sequence[int], training: Training, jobs: int = 1, dask: str | None = None,
              progress: Progress = lambda *_: None) -> list[Row]:
    """Train a network for each seed, and analyse it. Finished tasks are skipped.

    Args:
        data: the faces.
        out: the study's folder. A study there with the same data and settings is continued.
        parts: what to measure on each network, by name.
        seeds: of the networks, such as range(10); the folder may have others, too.
        training: how they are made and trained.
        jobs: how many tasks at a time on this machine.
        dask: the address of a Dask scheduler that does the work instead.
        progress: called as progress(done, total, seconds left, what was finished last); the last
            is "" when workers start.

    Returns:
        All rows, ordered by seed, "network" first and then in the order of `parts`.

    Raises:
        ValueError: `out` has a study of other data or settings; the network does not fit.
        StudyError: a task failed (it names seed and part; all others are done first); or workers
            were killed again and again.
        KeyboardInterrupt: with a message for the user.
    """
    if not isinstance(training.net, (str, type(None))):
        raise ValueError(f"net={training.net!r}: expected the text FILE.py:function, which worker "
                         "processes can read")
    net = load_for(network_maker(training.net), name_of(training.net), data)[1]
    if len(features_of(net.frozen(data.images))) < 2:
        raise ValueError(f"{name_of(training.net)}: has one feature; expected two or more to rank")
    data.split()        # of too few images this is an error, before the training
    folder = StudyFolder(out, data, training, net)
    tasks = [Task(seed, part) for seed in seeds for part in (NETWORK, *parts)]
    run = _Run(data, folder, parts, training, tasks, progress)
    log.info("training and analysing %d network%s, %s, on %s%s", len(seeds), "s"[:len(seeds) != 1],
             f"on the cluster at {dask}" if dask else f"{jobs} at a time", data.name,
             f"; {run.done} of {len(tasks)} tasks are done already" if run.done else "")
    for note in data.notes:
        log.info("%s: %s", data.name, note)
    try:
        breaks = 0
        while run.unfinished:
            before = run.done
            try:
                with cluster(dask) if dask else processes(jobs) as workers:
                    run.work(workers)
            except BrokenExecutor as error:
                breaks = breaks + 1 if run.done == before else 1
                if breaks == BREAKS:
                    raise StudyError(
                        f"{BREAKS} times in a row a worker was killed, the last time during "
                        f"{' or '.join(map(str, run.running.values()))}. Likely cause: too little "
                        "memory, try a smaller --jobs; or a script of your own that calls this "
                        'without `if __name__ == "__main__":`. What is finished is kept'
                        ) from error
                log.warning("a worker was killed; the tasks that were running start again")
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"stopped; {run.done} of {len(tasks)} tasks are done, and the same "
                                "command goes on from there") from None
    if run.failed:
        raise _failure(run.failed)
    return [row for task in tasks for row in folder.rows(*task)]


class _Run:
    """The state of a running study.

    Attributes:
        unfinished: the weight of each task that is not done, in the order in which they start.
        running: the tasks that the workers have now.
        failed: tasks that raised an error.
    """

    def __init__(self, data: Dataset, folder: StudyFolder, parts: Mapping[str, Part],
                 training: Training, tasks: list[Task], progress: Progress) -> None:
        self.data, self.folder, self.parts, self.training = data, folder, parts, training
        self.progress = progress
        weights = {NETWORK: EPOCH_WEIGHT * training.epochs,
                   **{name: part.weight for name, part in parts.items()}}
        # In each seed the longest part first: at the end, no worker should be busy with it alone.
        order = sorted(tasks, key=lambda task: (task.seed, task.part != NETWORK,
                                                -weights[task.part]))
        self.unfinished = {task: weights[task.part] for task in order if not folder.has(*task)}
        self.total = len(tasks)
        self.running: dict[Future[Any], Task] = {}
        self.failed: dict[Task, Exception] = {}
        self.started, self.weight = time.monotonic(), sum(self.unfinished.values())

    @property
    def done(self) -> int:
        """How many tasks need no more work."""
        return self.total - len(self.unfinished)

    def work(self, workers: Workers) -> None:
        """Do all unfinished tasks; raises BrokenExecutor if a worker was killed."""
        self.running = {}
        self._tell("", workers)
        while self.unfinished:
            self._start_tasks(workers)
            broken = None
            for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                task = self.running[future]
                try:
                    result = future.result()
                except BrokenExecutor as error:
                    broken = error
                    continue
                except Exception as error:
                    self._give_up(task, error)
                else:
                    self._keep(task, result)
                del self.running[future]
                self._tell(f"{task}{' failed' if task in self.failed else ''}", workers)
            if broken:
                raise broken

    def _start_tasks(self, workers: Workers) -> None:
        """Give the workers tasks that can start now, as many as they can take."""
        under_way = set(self.running.values())
        for task in self.unfinished:
            if len(self.running) >= workers.at_once:
                break
            if task in under_way or (           # or its network is not trained yet
                    task.part != NETWORK and Task(task.seed, NETWORK) in self.unfinished):
                continue
            future: Future[Any]
            if task.part == NETWORK:
                future = workers.executor.submit(train_network, self.data, task.seed, self.training)
            else:
                subject = Subject(self.data, task.seed, self.training,
                                  self.folder.params(task.seed))
                future = workers.executor.submit(self.parts[task.part].run, subject)
            self.running[future] = task

    def _keep(self, task: Task, result: Any) -> None:
        params, rows = result if task.part == NETWORK else (None, result)
        self.folder.keep(task.seed, task.part, rows, params)
        del self.unfinished[task]

    def _give_up(self, task: Task, error: Exception) -> None:
        """Drop a failed task for this call; if it is a network, also all tasks that need it."""
        self.failed[task] = error
        for other in list(self.unfinished):
            if other == task or (task.part == NETWORK and other.seed == task.seed):
                del self.unfinished[other]

    def _tell(self, last: str, workers: Workers) -> None:
        left = sum(self.unfinished.values())
        finished = self.weight - left
        # The first tasks include the start of the workers, so their speed is misleading. Begin the
        # estimate with some imaginary finished work at the speed that the weights promise.
        promised = PROMISED / min(workers.at_once, max(1, len(self.unfinished)))
        pace = (time.monotonic() - self.started + promised) / (finished + PROMISED)
        self.progress(self.done, self.total, left * pace, last)


def _failure(failed: dict[Task, Exception]) -> StudyError:
    """One error for all failed tasks; the first one in full."""
    task = min(failed)
    error = failed[task]
    name, words = type(error).__name__, " ".join(str(error).split())
    cause = f"{name}: {words}" if words else name
    if name == "KilledWorker":          # of Dask, which need not be installed here
        cause = f"its worker was killed each time. Likely cause: too little memory ({words})"
    elif isinstance(error, CancelledError):
        cause = "the cluster dropped it. Likely cause: its scheduler is gone"
    others = [str(other) for other in sorted(failed) if other != task]
    text = f"{task}: {cause}"
    if others:
        text += f"; {len(others)} more failed: {', '.join(others)}"
    result = StudyError(f"{text}. What is finished is kept")
    result.__cause__ = error
    return result
