"""The whole paper in one call: from faces to a trained network, its gradients, and a report."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .analysis import (
    GradientCost,
    ProblematicUnit,
    choose_identities,
    gradient_cost,
    names_of,
    problematic_units,
)
from .datasets import Dataset, load_faces
from .feature_scores import FeatureScores, Norm, Reduce, convolutional_gradients
from .knockout import KnockoutCurve, knockout_experiments
from .network import Network, face_net
from .trace import Of
from .training import Callback, History, error_rate, train

log = logging.getLogger("tinycnn")


@dataclass(frozen=True)
class Settings:
    """What may be chosen; the defaults are the paper's, or what its numbers speak for.

    Attributes:
        data: a folder or archive of faces; None for the drawn ones.
        out: the folder for the results.
        seed: of the weights, the order of the images, and the split.
        epochs, batch_size, learning_rate: of the training (section IV).
        split: "random", "stratified", "twins" or "leave:CONDITION" (`Dataset.split`).
        of: gradients of the probability ("prob") or of the number before the softmax ("logit").
        reduce, norm: of the convolutional gradients (`convolutional_gradients`).
        images: which ones the gradients are averaged over: "all", "train" or "test".
        grey: grey levels "unit" or "standardised" (`load_faces`).
    """

    data: str | Path | None = None
    out: str | Path = "results"
    seed: int = 0
    epochs: int = 250
    batch_size: int = 10
    learning_rate: float = 0.1
    split: str = "random"
    of: Of = "prob"
    reduce: Reduce = "mean_of_norms"
    norm: Norm = "frobenius"
    images: str = "all"
    grey: str = "unit"


@dataclass
class Results:
    """All that `reproduce` computed, before anything of it is drawn.

    Attributes:
        settings, data, net, history: what went in, and the training.
        train, test: indices of the images on each side of the split.
        errors: {"train": share, "test": share, "all": share} of wrong images.
        scores: the class-level convolutional gradients.
        identities: the five of Table III and Fig. 2, counted from 0; the third is that of Fig. 3.
        curves: the knockout experiments.
        units: one verdict for each feature map (V-E).
        cost: of the gradients, in epochs (III-B).
        seconds: of each stage.
    """

    settings: Settings
    data: Dataset
    net: Network
    history: History
    train: np.ndarray
    test: np.ndarray
    errors: dict[str, float]
    scores: FeatureScores
    identities: list[int]
    curves: list[KnockoutCurve]
    units: list[ProblematicUnit]
    cost: GradientCost
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """What people are called in figures and tables."""
        return names_of(self.data)

    def curve(self, identity: int, end: str) -> KnockoutCurve:
        """The experiment that removed this identity's strongest, or weakest, features."""
        return next(c for c in self.curves if (c.identity, c.end) == (identity, end))


def reproduce(settings: Settings, callbacks: Sequence[Callback] = ()) -> dict[str, Any]:
    """Run the paper and write everything to `settings.out`; returns what is in metrics.json.

    A training that was interrupted leaves `checkpoint.npz` there, with its last and its best
    state, and goes on from it when the same call is made again.

    Raises:
        DataError, ModelFileError, NotFiniteError, ValueError: see `load_faces` and `train`.
        KeyboardInterrupt: Ctrl-C; what was trained so far is in the checkpoint.
    """
    from .report import write_results
    out = Path(settings.out)
    out.mkdir(parents=True, exist_ok=True)
    clock = Stopwatch()
    results = compute(settings, callbacks, clock)
    log.info("drawing figures and report")
    write_results(results, out)
    clock.stop("figures")
    metrics = metrics_of(results)
    (out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    (out / "checkpoint.npz").unlink(missing_ok=True)
    return metrics


def compute(settings: Settings, callbacks: Sequence[Callback] = (),
            clock: Stopwatch | None = None) -> Results:
    """Train and analyse, without drawing: sections IV and V."""
    clock = clock or Stopwatch()
    if settings.epochs < 1:
        raise ValueError(f"epochs={settings.epochs}: expected 1 or more")
    if settings.images not in ("all", "train", "test"):
        raise ValueError(f"images={settings.images!r}: expected 'all', 'train' or 'test'")
    data = load_faces(settings.data, grey=settings.grey)
    split = data.split(settings.split, seed=settings.seed)
    for note in data.notes:
        log.info("%s: %s", data.name, note)
    log.info("%s: %d images of %d people, %d to train on and %d to test", data.name, len(data),
             data.n_classes, len(split[0]), len(split[1]))
    clock.stop("loading")

    x, t, (train_part, test_part) = data.images, data.labels, split
    net = face_net(data.n_classes, seed=settings.seed)
    history = train(net, x[train_part], t[train_part], epochs=settings.epochs,
                    batch_size=settings.batch_size, learning_rate=settings.learning_rate,
                    seed=settings.seed, test=(x[test_part], t[test_part]), callbacks=callbacks,
                    checkpoint=Path(settings.out) / "checkpoint.npz")
    if history.stopped == "interrupted":
        raise KeyboardInterrupt(f"training stopped after epoch {len(history)} of "
                                f"{settings.epochs}")
    errors = {"train": error_rate(net, x[train_part], t[train_part]),
              "test": error_rate(net, x[test_part], t[test_part]), "all": error_rate(net, x, t)}
    clock.stop("train")

    log.info("gradients at every unit")
    everyone = np.arange(len(data))
    chosen = {"all": everyone, "train": train_part, "test": test_part}[settings.images]
    scores = convolutional_gradients(net, x[chosen], t[chosen], of=settings.of,
                                     reduce=settings.reduce, norm=settings.norm)
    units = problematic_units(net, x, scores)
    clock.stop("gradients")
    cost = gradient_cost(net, x, t, train_part, batch_size=settings.batch_size, of=settings.of)
    clock.stop("cost")

    identities = choose_identities(data, scores)
    log.info("knockouts of the strongest and weakest features of %d identities", len(identities))
    curves = knockout_experiments(net, x, t, scores, identities)
    clock.stop("knockout")
    return Results(settings, data, net, history, train_part, test_part, errors, scores, identities,
                   curves, units, cost, clock.seconds)


def metrics_of(results: Results) -> dict[str, Any]:
    """The numbers of a run, for metrics.json; identities go by the names that people read."""
    r, settings = results, asdict(results.settings)
    knockout: dict[str, Any] = {}
    for curve in r.curves:
        knockout.setdefault(r.names[curve.identity], {})[curve.end] = {
            "class_error": curve.class_error.tolist(),
            "overall_error": curve.overall_error.tolist(),
            "removed": [list(feature) for feature in curve.order]}
    stages = ("train", "gradients", "knockout", "figures")
    return {
        "data": {"name": r.data.name, "images": len(r.data), "classes": r.data.n_classes,
                 "twins": len(r.data.twins()),
                 "twins_across_split": r.data.twins_across((r.train, r.test)),
                 "notes": list(r.data.notes)},
        "settings": {key: settings[key] for key in ("split", "of", "reduce", "norm", "images",
                                                    "grey")},
        "training": {**{key: settings[key] for key in ("epochs", "batch_size", "learning_rate",
                                                       "seed")},
                     **{f"{part}_error": error for part, error in r.errors.items()},
                     "train_images": len(r.train), "test_images": len(r.test),
                     "epochs_run": len(r.history), "stopped": r.history.stopped,
                     "final_loss": r.history.loss[-1] if r.history.loss else None},
        "knockout": knockout,
        "cost": {"epoch_seconds": r.cost.epoch, "true_class_seconds": r.cost.true_class,
                 "all_classes_seconds": r.cost.all_classes,
                 "true_class_epochs": r.cost.true_class_epochs,
                 "all_classes_epochs": r.cost.all_classes_epochs},
        "seconds": {**{stage: r.seconds.get(stage, 0.0) for stage in stages},
                    "total": sum(r.seconds.values())},
    }


class Stopwatch:
    """Seconds for each stage of a job, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def stop(self, stage: str) -> None:
        """End a stage; the next one begins."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._since
        self._since = now
