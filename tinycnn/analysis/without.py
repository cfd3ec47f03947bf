"""What a network answers without some of its features, for thousands of sets of features at once.

Two sets share every layer up to the first one in which they differ. So all layers are passed once,
and where a layer has features to remove, the pass branches: one branch for each choice of maps that
some set removes there. The sets form a tree, and each branch is computed once.

Two rules make a branch cheap. They change nothing but the rounding:

- An activation or a pooling works on each map alone. So it is computed for the intact maps and for
  the removed ones, and the branches only choose between the two.
- A convolution or a dense layer adds up what each map gives it, and a constant. So if there are
  more branches than maps, each map's part is computed once, and a branch is a sum of parts.

For other layers, such as a student's own, each branch is computed in full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Any

import numpy as np

from ..gradients import Feature
from ..layers import AvgPool2D, Conv2D, Dense, Flatten, MaxPool2D, ReLU, Sigmoid, Tanh
from ..layers.base import Array
from ..layers.batchnorm import FrozenBatchNorm
from ..network import Gates, Network
from ..network.arguments import expect_frozen
from ..network.passes import full_fill

Features = frozenset[Feature]

EACH_MAP_ALONE = (Tanh, ReLU, Sigmoid, MaxPool2D, AvgPool2D, FrozenBatchNorm)
SUMS = (Conv2D, Dense, Flatten, AvgPool2D, FrozenBatchNorm)
IN_MEMORY = 2 ** 25     # numbers in the arrays of all parts together, or those of one image
IN_CACHE = 2 ** 20      # numbers in the arrays of branches that are computed together


def labels_without(net: Network, x: Array, sets: Iterable[Features], factor: float = 0.0,
                   fill: Gates | None = None) -> dict[Features, Array]:
    """The (N,) labels that the network predicts without each of these sets of features.

    Arguments as in `outputs_without`.
    """
    labels = {removed: np.empty(len(x), int) for removed in sets}
    for images, some, y in outputs_without(net, x, labels, factor, fill):
        answers = net.labels(y.reshape(-1, y.shape[2])).reshape(y.shape[:2])
        for removed, answer in zip(some, answers, strict=True):
            labels[removed][images] = answer
    return labels


def outputs_without(net: Network, x: Array, sets: Iterable[Features], factor: float = 0.0,
                    fill: Gates | None = None) -> Iterator[tuple[slice, list[Features], Array]]:
    """The network's outputs without each of these sets of features, in bounded memory.

    Args:
        x: (N, C, H, W) images.
        sets: of features (layer, map), counted from 0; the empty set is the intact network.
        factor: what the outputs of a removed map are multiplied with; 0 removes it.
        fill: {layer: (C,) or (N, C, ...)}, what replaces the removed part, as in `net.forward`.

    Yields:
        (images, some, y): a part of x, some of the sets, and their outputs (S, n, K). In all, each
        set comes once with each image.
    """
    expect_frozen(net, "knockouts")
    sets = list(dict.fromkeys(sets))
    maps = maps_of(sorted(frozenset().union(*sets)))
    gates = {layer: np.zeros(numbers[-1] + 1) for layer, numbers in maps.items()}
    probe = net.forward(x[:1], gates, _of(slice(0, 1), fill))       # refuses wrong features
    parts = 1 + max(map(len, maps.values()), default=0)
    size = max(1, IN_MEMORY // (parts * max(o[:1].size for o in probe.values()) or 1))
    for start in range(0, len(x), size):
        images = slice(start, min(start + size, len(x)))
        trace = net.forward(x[images])
        if not maps:
            yield images, sets, trace.y[None][:len(sets)]
        else:
            tree = _Tree(net, sets, maps, factor, _of(images, fill))
            for some, y in tree.outputs(trace[tree.branchings[0].layer]):
                yield images, some, y


def maps_of(features: Iterable[Feature]) -> dict[str, list[int]]:
    """{layer: its maps among the features}."""
    maps: dict[str, list[int]] = {}
    for layer, number in features:
        if number < 0:
            raise ValueError(f"feature {(layer, number)}: maps are counted from 0")
        maps.setdefault(layer, []).append(number)
    return maps


def _of(images: slice, fill: Gates | None) -> dict[str, Any]:
    """The fill of some images."""
    return {layer: value[images] if np.ndim(value) > 1 else value
            for layer, value in (fill or {}).items()}


@dataclass(frozen=True)
class _Branching:
    """A layer with features to remove, and the layers from it to the next one, or to the end.

    Attributes:
        layer: its name.
        maps: (M,) those that some set removes.
        taken: (S, M) which of them each set removes.
        alone: the layers after it that work on each map alone.
        sums: the layers after those that add up parts.
        rest: the others, with the next branching layer.
    """

    layer: str
    maps: list[int]
    taken: Array
    alone: list[str]
    sums: list[str]
    rest: list[str]


class _Tree:
    """All branches of some sets of features, for some images."""

    def __init__(self, net: Network, sets: list[Features], maps: Mapping[str, list[int]],
                 factor: float, fill: Mapping[str, Any]) -> None:
        self.net, self.sets, self.factor, self.fill = net, sets, factor, fill
        self._constant: dict[str, Array] = {}
        names, layers = list(net.layers), [name for name in net.layers if name in maps]
        self.branchings = []
        for layer, following in pairwise([*layers, names[-1]]):
            after = names[names.index(layer) + 1:names.index(following) + 1]
            alone = list(takewhile(lambda name: type(net[name]) in EACH_MAP_ALONE, after))
            sums = list(takewhile(lambda name: type(net[name]) in SUMS, after[len(alone):]))
            taken = np.array([[(layer, m) in removed for m in maps[layer]] for removed in sets])
            self.branchings.append(_Branching(layer, maps[layer], taken, alone, sums,
                                              after[len(alone) + len(sums):]))

    def outputs(self, o: Array, depth: int = 0, members: Iterable[int] | None = None
                ) -> Iterator[tuple[list[Features], Array]]:
        """Some sets at a time, and their outputs (S, n, K).

        Args:
            o: (n, C, ...) outputs of the branching layer at `depth`, for one branch before it.
            members: the sets in this branch; None for all.
        """
        here = self.branchings[depth]
        branches: dict[bytes, list[int]] = {}
        for i in range(len(self.sets)) if members is None else members:
            branches.setdefault(here.taken[i].tobytes(), []).append(i)
        inside = list(branches.values())
        taken = here.taken[[found[0] for found in inside]]
        for first, after in self._after(here, o, taken):
            if depth + 1 == len(self.branchings):       # then a branch is one set
                yield [self.sets[i] for [i] in inside[first:first + len(after)]], after
                continue
            for branch, found in zip(after, inside[first:], strict=False):
                yield from self.outputs(branch, depth + 1, found)

    def _after(self, here: _Branching, o: Array, taken: Array) -> Iterator[tuple[int, Array]]:
        """What comes out of the layers after a branching layer, some branches at a time.

        Args:
            taken: (B, M), which maps each branch removes.

        Yields:
            The first of these branches, and their outputs (b, n, ...).
        """
        intact = self.net.through(here.alone, o)
        removed = self._removed(here, o)

        def chosen(taken: Array) -> Array:
            kept = np.ones((len(taken), 1, o.shape[1]), bool)
            kept[:, 0, here.maps] = ~taken
            maps = np.where(kept.reshape(*kept.shape, *[1] * (intact.ndim - 2)), intact, removed)
            return self._each(here.sums, maps)

        after: Callable[[Array], Array] = chosen
        if here.sums and len(taken) > len(here.maps) + 1:
            after = _sums_of_parts(chosen, len(here.maps))
        step = max(1, IN_CACHE // max(intact.size, 1))
        for first in range(0, len(taken), step):
            yield first, self._each(here.rest, after(taken[first:first + step]))

    def _removed(self, here: _Branching, o: Array) -> Array:
        """What is left of the maps of a layer, all removed, after the layers that work on each
        map alone. Without anything left of the maps themselves, it is the same in all branches."""
        if here.layer in self._constant:
            return self._constant[here.layer]
        left = o * o.dtype.type(self.factor)
        if here.layer in self.fill:
            left += o.dtype.type(1 - self.factor) * full_fill(here.layer, self.fill[here.layer], o)
        left = self.net.through(here.alone, left)
        if self.factor == 0:
            self._constant[here.layer] = left
        return left

    def _each(self, names: list[str], o: Array) -> Array:
        """What some layers give for the outputs (b, n, ...) of b branches."""
        y = self.net.through(names, o.reshape(-1, *o.shape[2:]))
        return y.reshape(*o.shape[:2], *y.shape[1:])


def _sums_of_parts(chosen: Callable[[Array], Array], maps: int) -> Callable[[Array], Array]:
    """The same function (B, M) -> (B, n, ...) of what is removed, as a sum over the maps kept.

    Only if a map's part does not depend on the other maps.
    """
    nothing = chosen(np.ones((1, maps), bool))
    parts = chosen(~np.eye(maps, dtype=bool)) - nothing
    return lambda taken: nothing + np.tensordot((~taken).astype(parts.dtype), parts, axes=1)
