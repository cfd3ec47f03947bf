"""Section V-E: feature maps that are weak for every class, and whether their outputs say why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..gradients import Feature, FeatureScores, layers_of
from ..layers.kinds import kind_of
from ..network import BLOCK, Network
from .knockouts import labels_without

# A map is called ...
WEAK = 1 / 3            # weak for a class in the last third of its ranking (8 of 23 in Table III)
DEAD = 0.05             # dead if its units vary less than this from image to image (tanh spans 2)
SATURATED = 0.5         # saturated if more than this share of its outputs is beyond ±0.99
LIMIT = 0.99
COSTLY = 0.02           # needed if removing only it raises the error by more than this share

# The middle of an activation's range, and how far it reaches. Without limits nothing is saturated,
# and only what does not vary at all is dead. Other activations than these are not judged.
Range = tuple[float, float]
RANGES: dict[str | None, Range] = {"tanh": (0, 1), "sigmoid": (0.5, 0.5), **dict.fromkeys(
    ("relu", "conv2d", "dense", "frozenbatchnorm"), (0, np.inf))}


@dataclass(frozen=True)
class ProblematicUnit:
    """One feature map, and the evidence against it.

    Attributes:
        feature: (layer, map).
        ranks: (K,) places in the rankings of the classes, 1 the strongest; NaN where unknown. Equal
            scores share the last of their places: their order means nothing.
        weak_for: the share of classes for which the map is in the last third; of those whose maps
            are not all equal, and NaN if there are none.
        mean_activation: mean output.
        spread: how much a unit's output varies from image to image: its standard deviation over the
            images, averaged over the map.
        saturated: the share of outputs less than 0.01 from a limit of the activation's range: of a
            tanh, |o| > 0.99; NaN if it has no limits, or its range is not known.
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
    ranks, known, n = np.full(scores.scores.shape, np.nan), scores.known, len(scores.features)
    for k in known:
        ranks[k] = n - np.searchsorted(np.sort(scores.scores[k]), scores.scores[k])
    largest = scores.scores[known].max(axis=1, keepdims=True)
    gradient = (scores.scores[known] / np.where(largest > 0, largest, 1)).mean(axis=0)
    differ = ranks[known][(scores.scores[known] < largest).any(axis=1)]
    weak = (differ > (1 - WEAK) * n).mean(axis=0) if len(differ) else np.full(n, np.nan)
    alone = _alone(net, x, t, scores.features)
    ranges = {name: RANGES.get(kind_of(net[name], np.linspace(-3, 3)[None]), (0, np.nan))
              for name in layers_of(scores.features)}
    outputs = _output_statistics(net, x, ranges)
    units = []
    for i, feature in enumerate(scores.features):
        weak_for = float(weak[i])
        mean, spread, saturated = outputs[feature]
        state = state_of(mean, spread, saturated, ranges[feature[0]][1])
        limited = np.isfinite(ranges[feature[0]][1])
        units.append(ProblematicUnit(
            feature, ranks[:, i], weak_for, mean, spread, saturated if limited else np.nan,
            verdict(weak_for, state), float(gradient[i]), float(alone[i]),
            disagreement(weak_for, state, float(alone[i]))))
    return units


def state_of(mean: float, spread: float, saturated: float, reach: float) -> str:
    """Of a map's outputs: "dead", "saturated", "" for neither; or "not judged" if not known."""
    if spread <= (DEAD * reach if np.isfinite(reach) else 1e-6 * abs(mean)):    # a rounding error
        return "dead"
    return "not judged" if np.isnan(saturated) else "saturated" if saturated > SATURATED else ""


def verdict(weak_for: float, state: str) -> str:
    """In words: how widely a map is weak, and whether its outputs explain it."""
    if weak_for == 1:
        return f"weak for all, {state or 'yet active'}"
    if weak_for >= 0.5:
        return f"weak for most, {state}".removesuffix(", ")
    if state not in ("dead", "saturated"):
        return ""
    return state if np.isnan(weak_for) else f"{state}, yet not weak"


def disagreement(weak_for: float, state: str, alone: float) -> str:
    """In words: which two ways to judge a map contradict each other."""
    if weak_for >= 0.5 and alone > COSTLY:
        return "weak gradients, yet needed"
    if state in ("dead", "saturated") and alone > COSTLY:
        return f"{state}, yet needed"
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
                       ranges: dict[str, Range]) -> dict[Feature, tuple[float, float, float]]:
    """For each map the mean output, the spread over images, and the share of saturated outputs.

    Sums over blocks of images, so that any number of them fits into memory.
    """
    sums: dict[str, np.ndarray] = {}
    for start in range(0, len(x), BLOCK):
        trace = net.forward(x[start:start + BLOCK])
        for name, (middle, reach) in ranges.items():
            o = trace[name].astype(np.float64)
            o = o.reshape(*o.shape[:2], -1)
            near = np.heaviside(np.abs(o - middle) - (reach - (1 - LIMIT)), 0)      # 1, 0 or NaN
            sums[name] = sums.get(name, 0) + np.stack([o, o * o, near]).sum(axis=1)
    statistics = {}
    for name, (total, squares, near) in sums.items():
        mean = total / len(x)
        deviation = np.sqrt(np.maximum(squares / len(x) - mean ** 2, 0))
        for i in range(len(mean)):
            statistics[name, i] = (float(mean[i].mean()), float(deviation[i].mean()),
                                   float(near[i].mean() / len(x)))
    return statistics
