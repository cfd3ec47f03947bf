"""The ways in which updates take weights and gradients: dictionaries, lists, layers, parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...layers.base import Array
from .rules import ARRAYS, Arrays
from .words import plain


class Holder:
    """A layer or a parameter: its arrays go by all usual names, such as weights, W and data."""

    def __init__(self, **arrays: Array) -> None:
        self.__dict__.update(params=arrays, grads={}, layers=[self], requires_grad=True,
                             skip_decay=False)

    def params_and_grads(self) -> list[tuple[Array, Array]]:
        """As a network of Joel Grus's joelnet has it."""
        return [(w, self.grads[name]) for name, w in self.params.items()]

    def __getattr__(self, name: str) -> Any:
        kind, key = _place(name)
        if key not in self.__dict__.get(kind, ()):
            raise AttributeError(f"the layer has no {name}")
        return self.__dict__[kind][key]

    def __setattr__(self, name: str, value: Any) -> None:
        kind, key = _place(name)
        (self.__dict__[kind] if kind else self.__dict__)[key] = value


def _place(name: str) -> tuple[str, str]:
    for key, words in (("W", "w|weights?|k|kernels?|filters?|data|value|val"),
                       ("b", "b|bias|biases")):
        if found := re.fullmatch(f"(d|dl|grad|delta)?({words})(grad|gradient)?", plain(name)):
            return "grads" if found[1] or found[3] else "params", key
    return ("grads", "W") if plain(name) in ("grad", "gradient") else ("", name)


def put(grads: Arrays, held: Any) -> None:
    """Write the gradients of a step into a layer, or a list of layers, parameters or pairs."""
    left = iter(grads)
    for holder in held if isinstance(held, list) else [held]:
        if isinstance(holder, tuple):
            np.copyto(holder[1], next(left))
        else:
            holder.grads.update({name: next(left) for name in holder.params})


class Way(NamedTuple):
    """A way in which n arrays and their gradients are handed over."""

    n: int
    params: Callable[[Arrays], Any]
    grads: Callable[[Arrays, Any], Any] = put       # gradients, params -> what is handed over


def _named(before: str) -> Way:
    """Dictionaries; the gradients are in another order, so that a zip is seen."""
    return Way(4, lambda ws: dict(zip(ARRAYS, ws, strict=True)), lambda gs, _: {
        before + n: g for n, g in reversed([*zip(ARRAYS, gs, strict=True)])})


BOTH = {
    "dictionaries": _named(""), "dictionaries, dW1 the gradient of W1": _named("d"),
    "lists": Way(4, list, lambda gs, _: gs),
    "one array": Way(1, lambda ws: ws[0], lambda gs, _: gs[0])}
ALONE = {
    "a layer": Way(2, lambda ws: Holder(W=ws[0], b=ws[1])),
    "two layers": Way(4, lambda ws: [Holder(W=ws[0], b=ws[1]), Holder(W=ws[2], b=ws[3])]),
    "parameters with .data and .grad": Way(4, lambda ws: [Holder(W=w) for w in ws]),
    "pairs of arrays": Way(4, lambda ws: [(w, np.zeros_like(w)) for w in ws])}


def read(held: Any) -> Arrays:
    """The weights in what was handed over, or in what came back."""
    if isinstance(held, dict):
        return [held[name] for name in ARRAYS if name in held]
    if isinstance(held, Holder):
        return [*held.params.values()]
    if isinstance(held, list):
        return [w for part in held for w in read(part[0] if isinstance(part, tuple) else part)]
    return [held]
