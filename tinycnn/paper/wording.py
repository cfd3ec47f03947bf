"""The words of a report for a data set and a network: people or classes, maps or units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..datasets import Dataset
from ..gradients import Feature, layers_of
from ..layers.kinds import claim_of
from ..network import Network
from ..output.text import listing

ACTIVATIONS = {"tanh": "tanh", "sigmoid": "the sigmoid", "relu": "ReLU"}
PAPERS_MAPS = [5, 8, 10]        # of the paper's three layers


@dataclass(frozen=True)
class Words:
    """What things are called.

    Attributes:
        person, people, identity, identities, face, faces: "class" and "image" if the data are
            not people.
        map, maps: "unit" and "units" if the features are hidden units.
        outputs: where the features' outputs are taken: "the outputs after tanh and before pooling".
        like_the_paper: people, and the paper's 23 maps: its numbers may stand beside.
    """

    person: str
    people: str
    identity: str
    identities: str
    face: str
    faces: str
    map: str
    maps: str
    outputs: str
    like_the_paper: bool


def words_for(data: Dataset, net: Network, features: Sequence[Feature]) -> Words:
    """The words for a data set and a network's features."""
    layers = layers_of(features)
    people = of_people(data)
    maps = np.ndim(net.forward(data.images[:2])[layers[0]]) == 4
    after = listing(dict.fromkeys(activation(net, name) for name in layers))
    pools = any(claim_of(type(layer)).kind in ("maxpool2d", "avgpool2d")
                for layer in net.layers.values())
    outputs = "the outputs " + ("" if maps else "of the hidden units ") + f"after {after}" + (
        " and before pooling" if maps and pools else "")
    sizes = [sum(layer == name for layer, _ in features) for name in layers]
    return Words(*(("person", "people", "identity", "identities", "face", "faces") if people else
                   ("class", "classes", "class", "classes", "image", "images")),
                 *(("map", "maps") if maps else ("unit", "units")), outputs,
                 people and maps and sizes == PAPERS_MAPS)


def of_people(data: Dataset) -> bool:
    """Whether the classes are known to be people: Yale's names, or the drawn faces."""
    return all(re.fullmatch(r"subject\d+", person) for person in data.people)


def activation(net: Network, name: str) -> str:
    """What a layer is called in a sentence: "tanh", "ReLU", or the name of its class."""
    layer = net[name]
    return ACTIVATIONS.get(claim_of(type(layer)).kind or "", type(layer).__name__)


def output_range(net: Network, name: str, outputs: np.ndarray) -> tuple[float, float]:
    """The lowest and highest output that a figure shows: -1 to 1 for tanh, 0 to 1 for a sigmoid.

    From 0 to the largest of `outputs` for a ReLU, and their own range for anything else.
    """
    kind = claim_of(type(net[name])).kind
    if kind in ("tanh", "sigmoid"):
        return (-1.0, 1.0) if kind == "tanh" else (0.0, 1.0)
    low, high = 0.0 if kind == "relu" else float(outputs.min()), float(outputs.max())
    return low, high if high > low else low + 1
