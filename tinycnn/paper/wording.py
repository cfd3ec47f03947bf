"""The words of a report for a data set and a network: people or classes, maps or units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..analysis.choice import names_of
from ..analysis.problematic import RANGES
from ..datasets import Dataset
from ..gradients import Feature, layers_of
from ..layers.kinds import kind_of
from ..network import Network
from ..output.text import first_of, listing

ACTIVATIONS = {"tanh": "tanh", "sigmoid": "the sigmoid", "relu": "ReLU"}


@dataclass(frozen=True)
class Words:
    """What things are called.

    Attributes:
        person, people, identity, face, faces: "class" and "image" if the data are not people.
        map, maps: "unit" and "units" if the features are hidden units.
        outputs: where the features' outputs are taken: "the outputs after tanh and before pooling".
        like_the_paper: people, and the paper's 23 maps, tanh and softmax: its numbers may stand
            beside.
    """

    person: str
    people: str
    identity: str
    face: str
    faces: str
    map: str
    maps: str
    outputs: str
    like_the_paper: bool


def words_for(data: Dataset, net: Network, features: Sequence[Feature]) -> Words:
    """The words for a data set and a network's features."""
    layers, people = layers_of(features), data.of_people
    trace = net.forward(data.images[:2])
    maps = trace[layers[0]].ndim == 4
    kinds = {name: kind_of(net[name], trace[before]) or "" for before, name in pairwise(trace)}
    after = listing(dict.fromkeys(ACTIVATIONS.get(kinds[name], type(net[name]).__name__)
                                  for name in layers))
    order = list(kinds.values())
    pooled = maps and all(order[list(kinds).index(name) + 1].endswith("pool2d") for name in layers)
    return Words(*(("person", "people", "identity", "face", "faces") if people else
                   ("class", "classes", "class", "image", "images")),
                 *(("map", "maps") if maps else ("unit", "units")),
                 f"the outputs {'' if maps else 'of the hidden units '}after {after}"
                 + (" and before pooling" if pooled else ""),
                 people and maps and net.ends_in_softmax and after == "tanh"
                 and [sum(layer == name for layer, _ in features) for name in layers] == [5, 8, 10])


def output_range(net: Network, name: str, outputs: np.ndarray) -> tuple[float, float]:
    """The lowest and highest output that a figure shows: those of the activation, if it has limits.

    From 0 to the largest of `outputs` for a ReLU, and their own range for anything else.
    """
    kind = kind_of(net[name], np.linspace(-3, 3)[None])
    middle, reach = RANGES.get(kind, (0, np.inf))
    if np.isfinite(reach):
        return middle - reach, middle + reach
    low, high = 0.0 if kind == "relu" else float(outputs.min()), float(outputs.max())
    return low, high if high > low else low + 1


def untrained(data: Dataset, train_part: np.ndarray) -> str:
    """A sentence about the classes that have no image in the training part, if there are any."""
    gone = np.flatnonzero(np.bincount(data.labels[train_part], minlength=data.n_classes) == 0)
    if not len(gone):
        return ""
    names, tested = names_of(data), int(np.isin(data.labels, gone).sum())
    listed = ", ".join(first_of([names[k] for k in gone.tolist()], 5))
    return (f"no training image of {len(gone):,} of {data.n_classes:,} "
            f"{'people' if data.of_people else 'classes'} ({listed}): the network cannot learn "
            f"them, and {tested:,} of {len(data) - len(train_part):,} test images are theirs")
