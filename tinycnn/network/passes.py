"""What a pass through a network gives: every unit's output, and every unit's gradient.

Gates (one factor for each feature map) belong to a pass too. They are an argument of `forward` and
are kept in its trace. They are never a state of the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..layers import ShapeError
from ..layers.base import Array
from ..layers.batchnorm import each_map

if TYPE_CHECKING:
    from .chain import Network

Of = Literal["prob", "logit"]
BLOCK = 32      # images in one pass, so that any number fits into memory


class _UnitArrays(Mapping[str, Array]):
    """One array for each layer, by name; "input" comes first."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self._arrays = arrays

    def __getitem__(self, name: str) -> Array:
        try:
            return self._arrays[name]
        except KeyError:
            raise KeyError(f"no layer {name!r} here; there are {', '.join(self)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} {array.shape}" for name, array in self.items())
        return f"{type(self).__name__}({rows})"

    def _repr_html_(self) -> str:
        from ..output.notebook import units_html
        return units_html(self, "output o" if isinstance(self, Trace) else "gradient")


class Trace(_UnitArrays):
    """All that one forward pass computed: `trace["tanh1"]` holds the output o of every unit.

    Attributes:
        gates: {layer: (C,)}, the factors that the outputs were multiplied with, if not all 1.
        fill: {layer: (C,) or (N, C, ...)}, the values that replace what the gates remove; 0 if not
            named.
        ungated: {layer: array}, each layer's output before its gates (the same array if none).
        caches: {layer: cache}, what each layer needs again in `backward`.
        y: (N, K), the output of the last layer.
        logits: (N, K), what goes into the last layer if that is a softmax, else its output.
    """

    def __init__(self, x: Array, logits_layer: str | None,
                 fill: Mapping[str, Any] | None = None) -> None:
        super().__init__({"input": x})
        self.gates: dict[str, Array] = {}
        self.fill = fill or {}
        self.ungated: dict[str, Array] = {}
        self.caches: dict[str, Any] = {}
        self._logits_layer = logits_layer

    def add(self, name: str, ungated: Array, cache: Any, gate: Any) -> Array:
        """Keep what a layer computed; return its output after the gate."""
        self.ungated[name], self.caches[name] = ungated, cache
        output, factors = ungated, full_gate(name, gate, ungated)
        if factors is not None:
            self.gates[name] = factors
            output = ungated * each_map(factors, ungated)
            if name in self.fill:
                output += each_map(1 - factors, ungated) * full_fill(name, self.fill[name], ungated)
        self._arrays[name] = output
        return output

    def share(self, name: str, other: Trace) -> None:
        """Use a layer's arrays from another trace of the same images."""
        self._arrays[name], self.ungated[name] = other[name], other.ungated[name]
        self.caches[name] = other.caches[name]
        if name in other.gates:
            self.gates[name] = other.gates[name]

    @property
    def y(self) -> Array:
        """The output of the last layer, (N, K)."""
        return self._arrays[next(reversed(self._arrays))]

    @property
    def logits(self) -> Array:
        """The numbers before the softmax, or the output if there is no softmax; (N, K)."""
        return self.y if self._logits_layer is None else self[self._logits_layer]


def in_blocks(net: Network, x: Array) -> Iterator[Trace]:
    """The passes of all images, BLOCK at a time; an error names the shape of all of them."""
    for start in range(0, len(x) or 1, BLOCK):
        block = x[start:start + BLOCK]
        with shape_of_all(block, x):
            trace = net.forward(block)
        yield trace


@contextmanager
def shape_of_all(part: Array, x: Array) -> Iterator[None]:
    """An error of a pass of some images names the shape of all of them."""
    try:
        yield
    except ShapeError as error:
        raise ShapeError(str(error).replace(f"got {part.shape}", f"got {x.shape}")) from None


class Backward(_UnitArrays):
    """All that one backward pass computed: `back["tanh1"]` holds seed · ∂y/∂o of every unit.

    Here o is the output after the layer's gates, as the next layer receives it.

    Attributes:
        of: "prob" or "logit", what the pass was seeded at.
    """

    def __init__(self, arrays: dict[str, Array], of: Of) -> None:
        super().__init__(arrays)
        self.of = of


def full_gate(name: str, gate: Any, y: Array) -> Array | None:
    """One factor for each map of y, or None if they are all 1."""
    if gate is None:
        return None
    gate = np.asarray(gate, y.dtype)
    if gate.ndim != 1 or y.ndim < 2 or len(gate) > y.shape[1]:
        maps = y.shape[1] if y.ndim > 1 else 0
        raise ShapeError(f"gates of layer {name!r}: expected one factor for each of its {maps} "
                         f"feature maps, got shape {gate.shape}")
    full = np.ones(y.shape[1], y.dtype)
    full[:len(gate)] = gate
    return None if (full == 1).all() else full


def full_fill(name: str, fill: Any, y: Array) -> Array:
    """What replaces the outputs y, ready to be multiplied with them: one number for each map, or
    one for each of the outputs."""
    fill = np.asarray(fill, y.dtype)
    if fill.shape == y.shape:
        return fill
    if fill.shape != y.shape[1:2]:
        raise ShapeError(f"fill of layer {name!r}: expected one number for each of its "
                         f"{y.shape[1]} feature maps, or outputs of shape {y.shape}, got shape "
                         f"{fill.shape}")
    return each_map(fill, y)


def same_gate(a: Array | None, b: Array | None) -> bool:
    """Whether two gates, full ones or none, have the same factors."""
    return a is b or (a is not None and b is not None and np.array_equal(a, b))


def through_gate(trace: Trace, name: str, dy: Array) -> Array:
    """The gradient of a layer's output before its gates, from dy, the gradient after them."""
    gate = trace.gates.get(name)
    return dy if gate is None else dy * each_map(gate, dy)
