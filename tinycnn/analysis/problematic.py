"""Section V-E: feature maps that are weak for every class, and whether their outputs say why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..gradients import Feature, FeatureScores
from ..network import BLOCK, Network
from .knockouts import labels_without

# A map is called ...
WEAK = 1 / 3            # weak for a class in the last third of its ranking (8 of 23 in Table III)
DEAD = 0.05             # dead if its units vary less than this from face to face (tanh spans 2)
SATURATED = 0.5         # saturated if more than this share of its outputs is beyond ±0.99
LIMIT = 0.99
COSTLY = 0.02           # needed if removing only it raises the error by more than this share


@dataclass(frozen=True)
class ProblematicUnit:
    """One feature map, and the evidence against it.

    Attributes:
        feature: (layer, map).
        ranks: (K,) places in the rankings of the classes, 1 the strongest; NaN where unknown.
        weak_for: the share of classes for which the map is in the last third.
        mean_activation: mean output.
        spread: how much a unit's output varies from face to face: its standard deviation over the
            images, averaged over the map.
        saturated: the share of outputs with |o| > 0.99.
        verdict: the conclusion, in words; "" if nothing is wrong.
        gradient: its score as a share of the class's largest, averaged over the classes.
        alone: how much the error over all images rises if only this map is knocked out.
        disagreement: where gradient, outputs and knockout contradict each other, in words; "" if
            they do not.
    """

    feature: Feature
    ranks: np.ndarray
    weak_for: float
    mean_activation: float
    spread: float
    saturated: float
    verdict: str
    gradient: float
    alone: float
    disagreement: str


def problematic_units(net: Network, x: np.ndarray, t: np.ndarray,
                      scores: FeatureScores) -> list[ProblematicUnit]:
    """Judge every feature map of `scores` by its gradients, by its outputs for the images x, and by
    what happens without it; t holds the (N,) labels."""
    ranks = scores.ranks()
    known = scores.known
    weak = (ranks[known] > (1 - WEAK) * len(scores.features)).mean(axis=0)
    gradient = (scores.scores[known] / scores.scores[known].max(axis=1, keepdims=True)).mean(axis=0)
    alone = _alone(net, x, t, scores.features)
    outputs = _output_statistics(net, x, list(dict.fromkeys(name for name, _ in scores.features)))
    units = []
    for i, feature in enumerate(scores.features):
        weak_for = float(weak[i])
        mean, spread, saturated = outputs[feature]
        units.append(ProblematicUnit(
            feature, ranks[:, i], weak_for, mean, spread, saturated,
            verdict(weak_for, spread, saturated), float(gradient[i]), float(alone[i]),
            disagreement(weak_for, spread, saturated, float(alone[i]))))
    return units


def verdict(weak_for: float, spread: float, saturated: float) -> str:
    """In words: how widely a map is weak, and whether its outputs explain it."""
    state = "dead" if spread < DEAD else "saturated" if saturated > SATURATED else ""
    if weak_for == 1:
        return f"weak for all, {state or 'yet active'}"
    if weak_for >= 0.5:
        return f"weak for most, {state}".removesuffix(", ")
    return f"{state}, yet not weak" if state else ""


def disagreement(weak_for: float, spread: float, saturated: float, alone: float) -> str:
    """In words: which two ways to judge a map contradict each other."""
    if weak_for >= 0.5 and alone > COSTLY:
        return "weak gradients, yet needed"
    if (spread < DEAD or saturated > SATURATED) and alone > COSTLY:
        return f"{'dead' if spread < DEAD else 'saturated'}, yet needed"
    if weak_for == 0 and alone <= 0:
        return "never weak, yet not missed"
    return ""


def _alone(net: Network, x: np.ndarray, t: np.ndarray, features: tuple[Feature, ...]) -> np.ndarray:
    """(n_features,) how much the error over all images rises if only that map is knocked out."""
    single = [frozenset([feature]) for feature in features]
    labels = labels_without(net, x, [frozenset(), *single])
    error = {removed: float((found != t).mean()) for removed, found in labels.items()}
    return np.array([error[removed] for removed in single]) - error[frozenset()]


def _output_statistics(net: Network, x: np.ndarray,
                       layers: list[str]) -> dict[Feature, tuple[float, float, float]]:
    """For each map the mean output, the spread over images, and the share of saturated outputs.

    Sums over blocks of images, so that any number of them fits into memory.
    """
    sums: dict[str, np.ndarray] = {}
    squares: dict[str, np.ndarray] = {}
    extreme: dict[str, np.ndarray] = {}
    for start in range(0, len(x), BLOCK):
        trace = net.forward(x[start:start + BLOCK])
        for name in layers:
            o = trace[name].astype(np.float64)
            o = o.reshape(*o.shape[:2], -1)
            for totals, values in ((sums, o), (squares, o * o), (extreme, np.abs(o) > LIMIT)):
                totals[name] = totals.get(name, 0) + values.sum(axis=0, dtype=np.float64)
    statistics = {}
    for name in layers:
        mean = sums[name] / len(x)
        deviation = np.sqrt(np.maximum(squares[name] / len(x) - mean ** 2, 0))
        for i in range(len(mean)):
            statistics[name, i] = (float(mean[i].mean()), float(deviation[i].mean()),
                                   float(extreme[name][i].mean() / len(x)))
    return statistics
