"""All jobs, timed beside PyTorch's best and compared with what the machine could do."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..analysis import gradient_cost
from ..datasets import read_data
from ..gradients import FeatureScores
from ..layers import DataError
from ..network.paper_net import face_net
from . import jobs
from .bound import Rates, measure_rates
from .jobs import Job, Task
from .machine import machine, one_blas_thread
from .timing import Run, finalists, paired_rounds, shortlist, spread

log = logging.getLogger("tinycnn")

BATCHES = (1, 8, 16, 32)
BATCH, LEARNING_RATE = 10, 0.1      # of the whole training; gradients are counted in such epochs
TRIED_WITH_TWO = 8                  # of PyTorch's ways that were fast with one thread
TARGETS = {                         # what tinycnn promises: its time in times of PyTorch's best
    "epoch, batch 1": 0.55,
    "epoch, batch 16": 0.65,
    "gradients, true class": 0.60,
    "gradients, all classes": 0.85,
    "Fig. 2, all identities": 0.35,
}


@dataclass(frozen=True)
class BenchSettings:
    """What may be chosen.

    Attributes:
        against: "torch", or None for tinycnn alone.
        data: a folder or archive of faces; None for the drawn ones.
        seed: of the weights, the split, and the order of the jobs.
        rounds: how often each job is timed, at most.
        epochs: of the whole training.
        budget: seconds for the rounds of one job; a long one has fewer rounds, but three.
    """

    against: str | None = None
    data: str | Path | None = None
    seed: int = 0
    rounds: int = 15
    epochs: int = 250
    budget: float = 20


def measure(settings: BenchSettings) -> dict[str, Any]:
    """Run the benchmark; returns the document that `--json` writes.

    Raises:
        DataError: PyTorch is asked for and not installed, or the faces cannot be read.
        ValueError: a setting makes no sense.
    """
    if settings.rounds < 1 or settings.epochs < 1:
        raise ValueError(f"rounds={settings.rounds}, epochs={settings.epochs}: expected 1 or more")
    if settings.against not in (None, "torch"):
        raise ValueError(f"against={settings.against!r}: expected 'torch' or None")
    if settings.against and importlib.util.find_spec("torch") is None:
        raise DataError('--against torch: PyTorch is not installed; pip install -e ".[oracle]"')
    with one_blas_thread() as blas:
        return {"machine": machine(settings.against), "blas": blas, "dtype": "float32",
                **_measure(settings)}


def fresh_task(data: str | Path | None, seed: int) -> Task:
    """The faces, their split, and a network that has learnt nothing, as in `reproduce`."""
    faces = read_data(data)
    return Task(face_net(faces.n_classes, seed=seed), faces.images, faces.labels,
                faces.split(seed=seed)[0], faces.n_classes)


def _measure(settings: BenchSettings) -> dict[str, Any]:
    log.info("the speed of the machine")
    rates, rng = measure_rates(), np.random.default_rng(settings.seed)
    fresh = fresh_task(settings.data, settings.seed)
    training = jobs.training(fresh, settings.epochs, BATCH, LEARNING_RATE)
    log.info("%s, for a network to analyse", training.name)
    trained = fresh.with_net(jobs.trained_copy(fresh, settings.epochs, BATCH, LEARNING_RATE))
    scores = jobs.feature_scores(trained)
    ours = [*(jobs.epoch(fresh, batch_size) for batch_size in BATCHES), training,
            jobs.true_class(trained), jobs.all_classes(trained), jobs.knockouts(trained, scores)]
    document: dict[str, Any] = {
        "data": {"images": len(fresh.x), "classes": fresh.n_classes,
                 "train_images": len(fresh.train_part), "image_shape": list(fresh.x.shape[1:])},
        "settings": {"against": settings.against, "seed": settings.seed, "epochs": settings.epochs,
                     "rounds": settings.rounds},
        "rates": asdict(rates), "jobs": [_entry(job, rates) for job in ours]}
    if settings.against:
        _beside_torch(document["jobs"], ours, fresh, trained, scores, settings, rng)
    else:
        for entry, job in zip(document["jobs"], ours, strict=True):
            log.info("%s", job.name)
            job.run()
            times = paired_rounds({"": job.run}, rng, rounds=settings.rounds,
                                  budget=settings.budget)[""]
            entry.update(seconds=asdict(spread(times)), rounds=len(times))
    for entry in document["jobs"]:
        entry["share"] = entry["least_seconds"] / entry["seconds"]["median"]
    log.info("gradients in epochs")
    document["cost"] = asdict(gradient_cost(trained.net, fresh.x, fresh.t, fresh.train_part,
                                            batch_size=BATCH, rounds=settings.rounds))
    return document


def _entry(job: Job, rates: Rates) -> dict[str, Any]:
    return {"name": job.name, **asdict(job.work), "least_seconds": rates.least_seconds(job.work)}


def _beside_torch(entries: list[dict[str, Any]], ours: Sequence[Job], fresh: Task, trained: Task,
                  scores: FeatureScores, settings: BenchSettings, rng: np.random.Generator) -> None:
    """Add to each job's entry how PyTorch does, with one thread, and then with two.

    All jobs with one thread come first: PyTorch's second thread stays awake for a while after its
    work is done, and would disturb what comes next.
    """
    from .rivals import rivals
    from .torch_net import torch_threads
    theirs = rivals(fresh, trained, scores, BATCHES, BATCH, settings.epochs, LEARNING_RATE)
    shortlists = []
    with torch_threads(1):
        for entry, job, rival in zip(entries, ours, theirs, strict=True):
            log.info("%s: PyTorch's %d ways", job.name, len(rival.trial))
            best = shortlist(rival.trial, rng, rounds=min(3, settings.rounds))
            shortlists.append(list(best)[:TRIED_WITH_TWO])
            result = beside(job.run, rival.final(finalists(best, rival.finalists)), rng,
                            settings.rounds, settings.budget)
            target = TARGETS.get(job.name)
            entry.update(seconds=result["tinycnn_seconds"], rounds=result["rounds"], torch_1=result,
                         target=target,
                         met=None if target is None else result["ratio"]["median"] <= target)
    with torch_threads(2):
        for entry, job, rival, names in zip(entries, ours, theirs, shortlists, strict=True):
            log.info("%s: PyTorch with two threads", job.name)
            best = shortlist({name: rival.trial[name] for name in names}, rng, rounds=1)
            entry["torch_2"] = beside(job.run, rival.final(finalists(best, 1)), rng,
                                      -(-settings.rounds // 3), settings.budget / 4)


def beside(run: Run, ways: dict[str, Run], rng: np.random.Generator, rounds: int, budget: float
           ) -> dict[str, Any]:
    """Time a job of ours beside a rival's ways to do it.

    Returns:
        The best way, both sides' seconds, the median and quartiles of the paired ratios
        (ours / theirs), the number of rounds, and the ratio to each of the other ways.
    """
    times = paired_rounds({"tinycnn": run, **ways}, rng, rounds=rounds, budget=budget)
    ours = times.pop("tinycnn")
    best = min(times, key=lambda name: float(np.median(times[name])))
    return {"way": best, "seconds": asdict(spread(times[best])),
            "tinycnn_seconds": asdict(spread(ours)), "ratio": asdict(spread(ours / times[best])),
            "rounds": len(ours), "others": {name: float(np.median(ours / row))
                                            for name, row in times.items() if name != best}}
