"""The ways in which updates take weights and gradients: dictionaries, lists, layers, parameters."""

from __future__ import annotations

import inspect
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


class Way(NamedTuple):
    """A way in which n arrays and their gradients are handed over."""

    n: int
    params: Callable[[Arrays], Any]
    grads: Callable[[Arrays, Any], Any]     # of one step; None if it puts them into params
    read: Callable[[Any], Arrays]


def _named(before: str) -> Way:
    """Dictionaries; the gradients are in another order, so that a zip is seen."""
    return Way(4, lambda ws: dict(zip(ARRAYS, ws, strict=True)), lambda gs, p: {
        before + n: g for n, g in reversed([*zip(ARRAYS, gs, strict=True)])},
        lambda p: [p[n] for n in ARRAYS])


def _put(grads: Arrays, holders: Any) -> None:
    """Write the gradients of a step into pairs of arrays, parameters, or layers with two arrays."""
    left = iter(grads)
    for holder in holders:
        if isinstance(holder, tuple):
            np.copyto(holder[1], next(left))
        else:
            holder.grads.update({name: next(left) for name in holder.params})


def in_lists(n: int) -> Way:
    """Two lists of n arrays."""
    return Way(n, list, lambda gs, p: list(gs), list)


_BUFFERS = [np.zeros((2, 3)) for _ in ARRAYS]     # for gradients that are handed over only once


def _refill(grads: Arrays, _: Any) -> Arrays:
    for buffer, g in zip(_BUFFERS, grads, strict=True):
        buffer[...] = g
    return _BUFFERS


BOTH = {
    "dictionaries": _named(""), "dictionaries, dW1 the gradient of W1": _named("d"),
    "lists": in_lists(4),
    "one array": Way(1, lambda ws: ws[0], lambda gs, p: gs[0], lambda p: [p]),
    "one array and the gradients of two images": Way(
        1, lambda ws: ws[0], lambda gs, p: np.stack([gs[0] / 2, gs[0] * 1.5]), lambda p: [p])}
ALONE = {
    "a layer": Way(2, lambda ws: Holder(W=ws[0], b=ws[1]), lambda gs, p: _put(gs, [p]),
                   lambda p: [p.W, p.b]),
    "two layers": Way(4, lambda ws: [Holder(W=ws[0], b=ws[1]), Holder(W=ws[2], b=ws[3])], _put,
                      lambda p: [p[0].W, p[0].b, p[1].W, p[1].b]),
    "parameters with .data and .grad": Way(4, lambda ws: [Holder(W=w) for w in ws], _put,
                                           lambda p: [q.W for q in p]),
    "pairs of arrays": Way(4, lambda ws: [(w, np.zeros_like(w)) for w in ws], _put,
                           lambda p: [w for w, _ in p]),
    "lists, once": Way(4, list, _refill, list)}


def with_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of W1, b1, ... dW1, db1, ... as one of two lists."""
    by_word = {plain(p.name): p for p in inspect.signature(function).parameters.values()}
    pairs = [(p.name, by_word[f"d{word}"].name) for word, p in by_word.items()
             if f"d{word}" in by_word][:len(ARRAYS)]
    taken = {name for pair in pairs for name in pair}

    def update(params: Arrays, grads: Arrays, **more: Any) -> Any:
        arrays = {n: a for pair, both in zip(pairs, zip(params, grads, strict=True), strict=False)
                  for n, a in zip(pair, both, strict=True)}
        result = function(**arrays, **more)
        return list(result[:len(pairs)]) if isinstance(result, tuple) else result

    update.__signature__ = inspect.Signature([     # type: ignore[attr-defined]
        *list(inspect.signature(update).parameters.values())[:2],
        *(p.replace(kind=p.KEYWORD_ONLY) for p in by_word.values() if p.name not in taken)])
    update.__name__, update.__wrapped__ = function.__name__, function  # type: ignore[attr-defined]
    update.way = in_lists(len(pairs))      # type: ignore[attr-defined]
    return update
