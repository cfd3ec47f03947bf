"""Sections IV and V on one data set: train a network, and compute all that the report shows."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...analysis.choice import choose_identities, names_of
from ...analysis.cost import GradientCost, gradient_cost
from ...analysis.knockouts import KnockoutCurve, knockout_experiments
from ...analysis.mistakes import Mistake, mistakes
from ...analysis.problematic import ProblematicUnit, problematic_units
from ...datasets import Dataset
from ...datasets.dataset import Split
from ...gradients import Feature, layer_and_unit, layers_of
from ...gradients.convolutional import FeatureScores, convolutional_gradients
from ...layers import ModelFileError
from ...network import Network, Of
from ...output.whole_file import write_text
from ...training import Callback, History, error_rate, train
from ...training.checkpoint import digest
from ..networks import load_for, loss_for, network_maker, trained_network
from ..wording import Words, untrained, words_for
from .settings import Settings
from .stopwatch import Stopwatch

log = logging.getLogger("tinycnn")


@dataclass
class Results:
    """All that `reproduce` computed, before anything is drawn."""

    settings: Settings
    data: Dataset
    net: Network                # trained; a BatchNorm is fixed in it
    history: History            # empty for a `model`
    thawed: bool                # whether it was trained with a BatchNorm
    train: np.ndarray           # indices of the images on each side of the split
    test: np.ndarray
    errors: dict[str, float]    # shares of wrong images: "train", "test", "all"; a `model` has only
                                # "all": nobody knows what it was trained on
    scores: FeatureScores
    identities: list[int]       # the five of Table III and Fig. 2, counted from 0
    curves: list[KnockoutCurve]
    units: list[ProblematicUnit]    # V-E
    mistakes: list[Mistake]         # III-A
    cost: GradientCost              # III-B
    clock: Stopwatch            # has the seconds of each stage

    @property
    def of(self) -> Of:
        """What the gradients are of: "prob" or "logit"."""
        return self.net.entry(self.settings.of)

    @property
    def entry(self) -> str:
        """The same in words: without a softmax at the end, they are of the "output"."""
        return self.of if self.net.ends_in_softmax else "output"

    @property
    def grey(self) -> str:
        """How the images' levels were scaled; nobody scaled those of a `Dataset`."""
        return "as given" if isinstance(self.settings.data, Dataset) else self.settings.grey

    @cached_property
    def words(self) -> Words:
        """What data and features are called."""
        return words_for(self.data, self.net, self.scores.features)

    @cached_property
    def layers(self) -> list[str]:
        """The layers of the features, in the order of the network."""
        return layers_of(self.scores.features)

    def numbers(self, feature: Feature) -> tuple[int, int]:
        """Layer and unit, counted from 1 as in the paper."""
        return layer_and_unit(feature, self.layers)

    def options(self, *, images: bool = True) -> str:
        """The options of a convolutional gradient, in words, for captions."""
        s, entry = self.settings, {"prob": "probability"}.get(self.entry, self.entry)
        norm = {"frobenius": "Frobenius norm", "rms": f"root mean square over the {self.words.map}",
                "per_layer": "Frobenius norm relative to the layer's mean"}[s.norm]
        text = f"gradient of the true class's {entry} with respect to {self.words.outputs}"
        if not images:
            return f"{text}, {norm}"
        if s.reduce == "norm_of_mean":
            return (f"{text}, averaged over the images of the class (eq. 3; {s.images} images), "
                    f"then its {norm}")
        return f"{text}, {norm} for each image, averaged over the class ({s.images} images)"

    @cached_property
    def names(self) -> list[str]:
        """The names of the people in figures and tables."""
        return names_of(self.data)

    @cached_property
    def labels(self) -> dict[str, str]:
        """What all figures write for a person or a condition: short, and drawable."""
        from ...figures import labels  # imported late: it takes matplotlib along
        names = dict.fromkeys([*self.names, *self.data.conditions])
        return dict(zip(names, labels(names), strict=True))

    @cached_property
    def people(self) -> list[str]:
        """The people as figures write them."""
        return [self.labels[name] for name in self.names]

    @property
    def knockout(self) -> dict[str, dict[str, dict[str, list[Any]]]]:
        """{name: {"strongest" or "weakest": {errors at each step, features removed}}}."""
        table: dict[str, dict[str, dict[str, list[Any]]]] = {}
        for curve in self.curves:
            table.setdefault(self.names[curve.identity], {})[curve.end] = {
                "class_error": curve.class_error.tolist(),
                "overall_error": curve.overall_error.tolist(),
                "removed": [list(feature) for feature in curve.order]}
        return table

    def curve(self, identity: int, end: str) -> KnockoutCurve:
        """The experiment that removed this identity's strongest, or weakest, features."""
        return next(c for c in self.curves if (c.identity, c.end) == (identity, end))


def compute(settings: Settings, callbacks: Sequence[Callback] = ()) -> Results:
    """Train and analyse, without drawing: sections IV and V."""
    clock = Stopwatch()
    data, net = _load(settings)
    settings = replace(settings, split=settings.split or data.usual_split)
    of = net.entry(settings.of)     # "prob" without a softmax is an error, before the training
    split = data.split(settings.split if settings.splits else None, seed=settings.seed)
    _say(data, split, settings)
    clock.stop("loading")

    x, t, (train_part, test_part) = data.images, data.labels, split
    history = History(0, stopped="not trained here")
    if settings.model is None:
        history = _train(settings, net, data, split, callbacks)
    thawed = net.mixes_images
    if thawed:
        net = net.frozen(x[train_part] if settings.model is None else x)
    parts: dict[str, Any] = {"train": train_part, "test": test_part, "all": slice(None)}
    errors = {name: error_rate(net, x[part], t[part]) for name, part in parts.items()
              if settings.model is None or name == "all"}
    clock.stop("train")

    log.info("gradients at every unit")
    chosen = parts[settings.images]
    scores = convolutional_gradients(net, x[chosen], t[chosen], of=of,
                                     reduce=settings.reduce, norm=settings.norm)
    clock.stop("gradients")
    log.info("outputs of each feature, and the answers without it")
    units = problematic_units(net, x, t, scores)
    clock.stop("units")
    log.info("mistakes, and what pushes towards them")
    errors_made = mistakes(net, x, t)
    clock.stop("mistakes")
    log.info("what gradients cost")
    cost = gradient_cost(net, x, t, train_part, batch_size=settings.batch_size, of=of,
                         loss=loss_for(net))
    clock.stop("cost")
    identities = choose_identities(data, scores)
    log.info("knockouts of the strongest and weakest features of %d identities", len(identities))
    curves = knockout_experiments(net, x, t, scores, identities)
    clock.stop("knockout")
    return Results(settings, data, net, history, thawed, train_part, test_part, errors, scores,
                   identities, curves, units, errors_made, cost, clock)


def _load(settings: Settings) -> tuple[Dataset, Network]:
    """The images and the network, before any training; ValueError for settings that do not fit."""
    if settings.epochs < 1:
        raise ValueError(f"epochs={settings.epochs}: expected 1 or more")
    if settings.images not in ("all", "train", "test"):
        raise ValueError(f"images={settings.images!r}: expected 'all', 'train' or 'test'")
    if None not in (settings.net, settings.model):
        raise ValueError("net and model: expected one of them, a network to train or a trained one")
    source, size, colour = settings.net, settings.size, settings.colour
    if settings.model is not None:
        source = trained_network(settings.model)
        unused = ["epochs", "batch_size", "learning_rate", *["split"] * (not settings.splits)]
        if given := [f for f in unused if getattr(settings, f) != getattr(Settings, f)]:
            log.warning("%s: not used, since a model is not trained here", ", ".join(given))
    takes = source.input_shape if isinstance(source, Network) else None
    if takes is not None and len(takes) == 3 and not isinstance(settings.data, Dataset):
        size, colour = size or (takes[1], takes[2]), colour or takes[0] == 3
    return load_for(network_maker(source), settings.network, settings.data,
                    size=size, colour=colour, grey=settings.grey,
                    seed=settings.seed, label=settings.label, labels=settings.labels,
                    exclude=settings.exclude)


def _say(data: Dataset, split: Split, settings: Settings) -> None:
    """Log what a user should know before the training."""
    for note in data.notes:
        log.info("%s: %s", data.name, note)
    log.info("%s: %d images of %d %s, %d to train on and %d to test", data.name, len(data),
             data.n_classes, "people" if data.of_people else "classes", *map(len, split))
    if settings.model is None and (gone := untrained(data, split[0])):
        log.info("%s: %s", data.name, gone)


def _train(settings: Settings, net: Network, data: Dataset, split: Split,
           callbacks: Sequence[Callback]) -> History:
    """Train `net` in place, or go on from the checkpoint in the folder of the results."""
    x, t, (train_part, test_part), out = data.images, data.labels, split, Path(settings.out)
    _same_start(out, net, x)
    history = train(net, x[train_part], t[train_part], epochs=settings.epochs,
                    batch_size=settings.batch_size, learning_rate=settings.learning_rate,
                    seed=settings.seed, test=(x[test_part], t[test_part]),
                    callbacks=callbacks, checkpoint=out / "checkpoint.npz", loss=loss_for(net))
    if history.stopped == "interrupted":
        raise KeyboardInterrupt(f"training stopped after epoch {len(history)} of "
                                f"{settings.epochs}")
    return history


def _same_start(out: Path, net: Network, x: np.ndarray) -> None:
    """Write what the network is before training; ModelFileError if a checkpoint is of another one,
    whose layers may have the same names and compute something else."""
    start, file, y = out / "checkpoint.json", out / "checkpoint.npz", net.forward(x[:2]).y
    here = digest(list(net.params.values()))
    if start.exists() and file.exists():
        there = json.loads(start.read_text("utf-8"))
        if there["weights"] != here or not np.allclose(there["outputs"], y, 1e-3, 1e-5):
            raise ModelFileError(f"{file}: of a network of other first weights or outputs. Likely "
                                 "cause: other images (--data, --size, --label, --exclude), "
                                 "another seed, or code that has changed; remove it, or name "
                                 "another folder")
    write_text(start, json.dumps({"weights": here, "outputs": y.tolist()}))
