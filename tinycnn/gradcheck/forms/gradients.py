"""Where a backward has put its gradients: returned, in attributes, or in the weights themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...layers.base import Array
from . import words
from .inside import Path, arrays

_DX = ("dinputs", "dx", "dinput", "gradinput", "inputgrad", "inputgradient", "gradx", "daprev",
       "da", "inputgradients", "gradientinput", "din", "dxs", "gx", "gradinputs", "inputgrads")

_WEIGHTS = ("w", "b", "weights", "weight", "bias", "biases", "gamma", "beta", "kernels", "filters",
            "kernel")


class Gradients:
    """All that a call of backward has left.

    Args:
        result: what it returned; names: how its last line calls the parts.
        state: the object and its arguments after the call.
        before: {path: (the array itself, a copy of it before the call)}.
        weights: the paths of the weights; x_shape: the shape of x.
    """

    def __init__(self, result: Any, names: list[str], state: list[Any],
                 before: dict[Path, tuple[Array, Array]], weights: set[Path],
                 x_shape: tuple[int, ...]) -> None:
        self.x_shape = x_shape
        self.weights, self.before, self.after = weights, before, dict(arrays(state))
        parts = _parts(result)
        if len(names) == len(parts) and not isinstance(result, dict):
            parts = [(name or own, value) for name, (own, value) in zip(names, parts, strict=True)]
        self.parts: list[tuple[str, Array]] = parts
        self.alone = isinstance(result, (np.ndarray, np.generic, float, int)) or (
            isinstance(result, list) and bool(result) and not isinstance(result[0], np.ndarray))
        if self.alone:
            self.parts = [("dx", np.array(result))]
            # A first layer may hand out the gradient of its weights alone.
            shapes = {before[path][0].shape for path in weights if path in before}
            if x_shape != self.parts[0][1].shape in shapes:
                self.alone, self.parts = False, [("", self.parts[0][1])]

    def of_x(self, shape: tuple[int, ...]) -> Array | None:
        """The gradient of x: returned first or by name, or in an attribute; None if nowhere."""
        if self.alone:
            return self.parts[0][1]
        named = [value for name, value in self.parts if words.plain(name) in _DX
                 or words.is_gradient_of(name, "x")]
        fitting = [value for value in (*named, *(value for _, value in self.parts))
                   if value.shape == shape]
        kept = [value for path, value in self.after.items()
                if words.plain(str(path[-1])) in _DX and path not in self.weights]
        if fitting or named or kept:
            return [*fitting[:1], *named, *kept][0]
        return None if len(self.parts) <= len(self.weights) else self.parts[0][1]

    def has_named(self, path: Path, name: str, size: int) -> bool:
        """Whether there is a gradient, not all 0, of a weight with a usual name, at this path."""
        gradients = [*(value for where, value in self.after.items() if where != path
                       and where not in self.weights and _belongs(where, path)),
                     *(value for part, value in self.parts if words.is_gradient_of(part, name))]
        return words.plain(name) in _WEIGHTS and any(
            value.size == size and value.any() for value in gradients)

    def of_parameters(self, weights: dict[str, tuple[Path, tuple[int, ...]]]
                      ) -> dict[str, Array | None]:
        """{name: gradient, or None if there is none to be seen}."""
        found: dict[str, Array | None] = dict.fromkeys(weights)
        rest = [] if self.alone else list(self.parts)
        for name, (path, shape) in weights.items():
            found[name] = self._step(path)
            if found[name] is None:
                found[name] = self._kept(path, shape)
            if found[name] is None:
                at = next((i for i, (part, _) in enumerate(rest)
                           if words.is_gradient_of(part, name)), None)
                found[name] = None if at is None else rest.pop(at)[1]
        open_ = [name for name, grad in found.items() if grad is None]
        if len(rest) > len(open_):      # one is dx: that with the shape of x, or the first
            at = next((i for i, (_, value) in enumerate(rest) if value.shape == self.x_shape), 0)
            del rest[at]
        for fits in (lambda a, b: a == b, lambda a, b: np.prod(a) == np.prod(b)):
            for name in [n for n in open_ if found[n] is None]:
                at = next((i for i, (_, value) in enumerate(rest)
                           if fits(value.shape, weights[name][1])), None)
                found[name] = None if at is None else rest.pop(at)[1]
        open_ = [name for name in open_ if found[name] is None]
        if len(rest) == len(open_):                 # a wrong shape: in the order of the arguments
            found |= {name: value for name, (_, value) in zip(open_, rest, strict=True)}
        for name in [n for n in open_ if found[n] is None]:
            found[name] = self._changed(*weights[name])
        return {name: grad if grad is None or grad.size != np.prod(weights[name][1])
                else grad.reshape(weights[name][1]) for name, grad in found.items()}

    def _step(self, path: Path) -> Array | None:
        """If backward has learned, with a learning rate of 1: the step, which is the gradient."""
        if path not in self.before or path not in self.after:
            return None
        old, new = self.before[path][1], self.after[path]
        return old - new if old.shape == new.shape and not np.array_equal(old, new) else None

    def _kept(self, path: Path, shape: tuple[int, ...]) -> Array | None:
        """An attribute or key with the usual name of this weight's gradient."""
        named = [value for where, value in self.after.items()
                 if where not in self.weights and _belongs(where, path)]
        fitting = [value for value in named if value.size == int(np.prod(shape))]
        return next(iter([*fitting, *named]), None)

    def _changed(self, path: Path, shape: tuple[int, ...]) -> Array | None:
        """The only array of this shape that backward has changed or made, whatever its name."""
        new = [value for where, value in self.after.items()
               if where not in self.weights and value.shape == shape and (
                   where not in self.before or not np.array_equal(self.before[where][1], value))]
        return new[0] if len(new) == 1 else None


def _belongs(where: Path, weight: Path) -> bool:
    """Whether an array's path says that it is the gradient of the weight.

    `dW` beside `W`, `grads["W"]` beside `params["W"]`, `W.grad` beside `W.data`.
    """
    *before, last = where
    name = weight[-1]
    if last == "grad" or (isinstance(last, str) and words.plain(last) in ("grad", "g", "gradient")):
        return tuple(before) in (weight[:-1], weight) and (
            tuple(before) == weight or str(name) in ("val", "value", "data", "array", "w"))
    if any(isinstance(key, str) and "grad" in key.lower() for key in before):
        return last == name or words.is_gradient_of(str(last), str(name))
    return isinstance(name, str) and words.is_gradient_of(str(last), name)


def _parts(result: Any) -> list[tuple[str, Array]]:
    """All arrays in what backward returned, with their keys as names."""
    if isinstance(result, dict):
        return [(str(key), np.asarray(value)) for key, value in result.items()
                if isinstance(value, (np.ndarray, np.generic, list))]
    if isinstance(result, (np.ndarray, np.generic)):
        return [("", np.asarray(result))]
    if isinstance(result, (tuple, list)):
        return [part for value in result for part in _parts(value)]
    return []
