"""Any object with a forward and a backward, or any pair of functions, as a layer of the contract.

The code under test may keep what it needs in `self`, add gradients up, learn within backward, or
draw a random mask. So each call works on a copy of the object as it was given, with the random
generators of NumPy and Python seeded. Weights are the arrays that change y. Their gradients are
looked for in what backward returns, in attributes with the usual names, and in the step that
backward makes if it learns.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

from ...layers.base import Array
from ..subject import Trouble, call
from . import words
from .calling import arguments_of_backward, flags, held, last_name, method_names, seed_all
from .gradients import Gradients
from .inside import Path, arrays, get, has_generator, put, widen
from .signature import X, parameters, returned_names

_OUTPUTS = ("output", "out", "outputs", "y", "a", "A", "activation", "activations", "z", "Z",
            "value", "values", "result")


class AsItIs:
    """An object or a pair of functions with `params`, `forward`, `backward`, as tinycnn's layers.

    Args:
        thing: the object, or (forward function, backward function).
        x: an input that it takes, to find out what the weights are.
        args: what forward is called with, `X` in the place of x; None: x alone.

    Attributes:
        params: {name: array}, float64: the arrays that y depends on, or that have a gradient.
        unseen: the names of weights whose gradient was found nowhere.
        has_dx: whether backward gives a gradient of x at all.
        unusual: how a layer of a known kind differs from tinycnn's own, without being wrong.

    Raises:
        Trouble: forward or backward cannot be called, or gives no numbers.
    """

    def __init__(self, thing: Any, x: Array, args: tuple[Any, ...] | None = None) -> None:
        owner = None if isinstance(thing, tuple) else thing
        names = ("forward", "backward") if owner is None else method_names(owner)
        if names is None:
            raise Trouble(f"{type(thing).__name__} has no forward and backward that could be "
                          "called", "missing_method")
        self.names = names
        self.functions = thing if owner is None else None
        self.state: list[Any] = [owner, *((X,) if args is None else args)]
        widen(self.state)
        for name, value in list(getattr(owner, "__dict__", {}).items()):
            if words.plain(name) in words.RATES and isinstance(value, (int, float)):
                setattr(owner, name, 1.0)       # so that a step in backward is the gradient
        self.forward_parameters = parameters(self._method(self.state, 0))
        self.backward_parameters = parameters(self._method(self.state, 1))
        self.params: dict[str, Array] = {}
        self.paths: dict[str, Path] = {}
        self.unseen: list[str] = []
        self.unusual = ""
        self.has_dx = True
        self.draws = True       # whether forward draws random numbers
        self.times = 1.0        # N, if its parameter gradients are means over the batch
        self._learn_about(x)

    def forward(self, x: Array) -> tuple[Array, Any]:
        """(y, what backward needs)."""
        state = self._fresh()
        y, cache = self._forward(state, x)
        return y, (state, cache, x, y)

    def backward(self, dy: Array, cache: Any) -> Array | None:
        """The gradient of x; None if backward does not compute one."""
        return self._backward(dy, cache).of_x(cache[2].shape)

    def parameter_gradients(self, dy: Array, cache: Any) -> dict[str, Array]:
        """{name: gradient} of all weights whose gradient can be seen."""
        found = self._backward(dy.copy(), cache).of_parameters(
            {name: (self.paths[name], w.shape) for name, w in self.params.items()})
        return {name: self.times * grad for name, grad in found.items() if grad is not None}

    def second_pass(self, x: Array, dy: Array) -> list[dict[str, Any]]:
        """y and dx of a pass on a new copy, and of the same pass after another one.

        [] if that says nothing: the earlier pass has learned, or draws from its own generator.
        """
        if has_generator(self.state):
            return []
        fresh, used = self._fresh(), self._fresh()
        y, cache = self._forward(used, x[::-1] / 2)
        self._backward_on(used, -dy / 2, cache, x[::-1] / 2, y)
        if any(not np.array_equal(get(used, path), self.params[name])
               for name, path in self.paths.items()):
            return []
        answers = []
        for state in (fresh, used):
            y, cache = self._forward(state, x.copy())
            dx = self._backward_on(state, dy.copy(), cache, x, y).of_x(x.shape)
            answers.append({"y": np.array(y), "dx": dx})
        return answers

    # --- calls ------------------------------------------------------------------------------------

    def _fresh(self) -> list[Any]:
        """A copy of the state, with the current weights."""
        state = copy.deepcopy(self.state)
        for name, path in self.paths.items():
            if self.params[name].dtype == np.float64:
                get(state, path)[...] = self.params[name]
            else:       # float32, to see what comes out
                put(state, path, self.params[name].copy())
        return state

    def _method(self, state: list[Any], which: int) -> Callable[..., Any]:
        if self.functions:
            return self.functions[which]
        method: Callable[..., Any] = getattr(state[0], self.names[which])
        return method

    def _forward(self, state: list[Any], x: Array) -> tuple[Array, Any]:
        """Call forward on this state: (y, the cache that it returned)."""
        with held() if self.draws else nullcontext():
            values = [x if value is X else value for value in state[1:]]
            result = call("forward", self._method(state, 0), *values,
                          **flags(self.forward_parameters, len(values)))
        cache = None
        if isinstance(result, tuple) and len(result) > 1:
            at = next((i for i, part in enumerate(result) if isinstance(part, np.ndarray)), 0)
            rest = (*result[:at], *result[at + 1:])
            kept = [part for part in rest if isinstance(part, (tuple, list, dict))]
            result, cache = result[at], [*kept, *rest][0] if len(kept) == 1 or len(rest) == 1 \
                else rest
        elif isinstance(result, tuple) and result:
            result = result[0]
        if result is None and state[0] is not None:
            result = next((value for name in _OUTPUTS
                           if isinstance(value := getattr(state[0], name, None), np.ndarray)), None)
        if isinstance(result, (list, float)):
            result = np.array(result)
        return result, cache

    def _backward(self, dy: Array, given: tuple[list[Any], Any, Array, Array]) -> Gradients:
        """Call backward on a copy of the state after forward, and look at all that has changed."""
        state, cache, x, y = copy.deepcopy(given)
        return self._backward_on(state, dy, cache, x, y)

    def _backward_on(self, state: list[Any], dy: Array, cache: Any, x: Array, y: Array
                     ) -> Gradients:
        before = {path: (array, array.copy()) for path, array in arrays(state)}
        with held(1) if self.draws else nullcontext():
            by_name = {words.plain(p.name): x if value is X else value for p, value in
                       zip(self.forward_parameters, state[1:], strict=False)}
            found = arguments_of_backward(self.backward_parameters, by_name, dy, cache, x, y)
            # By position where that can be: a decorator may have hidden the names.
            first = [found.pop(p.name) for p in self.backward_parameters if p.required]
            result = call("backward", self._method(state, 1), *(first or [dy]), **(
                found if first else {k: v for k, v in found.items() if v is not dy}))
        names = returned_names(self._method(state, 1))
        return Gradients(result, names, state, before, set(self.paths.values()), x.shape)

    # --- what it is like --------------------------------------------------------------------------

    def _learn_about(self, x: Array) -> None:
        """Find the weights, and where their gradients are."""
        y, _ = self._forward(self._fresh(), x.copy())
        if not isinstance(y, np.ndarray):
            raise Trouble("forward has to return an array of numbers", "wrong_return")
        used = self._weights(x, y)
        later = self._fresh()
        self._forward(later, x.copy())
        before, self.state = self.state, later
        drawn = self._weights(x, np.asarray(self._forward(self._fresh(), x.copy())[0]))
        if set(used) >= set(drawn):     # no weights are drawn at the first forward
            self.state = before
        else:
            used = drawn
        with held():
            next_numbers = np.random.random(), random.random()      # noqa: NPY002
            seed_all(0)
            self.draws = False
            self._forward(self._fresh(), x.copy())
            self.draws = next_numbers != (np.random.random(), random.random())  # noqa: NPY002
        rng = np.random.default_rng(len(used))
        self._name(used)
        y, cache = self.forward(x.copy())
        dy = rng.uniform(0.5, 1.5, y.shape)
        try:
            found = self._backward(dy, cache)
        except Trouble:     # the report says what is the matter with it
            return
        self.has_dx = found.of_x(x.shape) is not None
        # A weight that y does not depend on, but that has a gradient, was forgotten in forward.
        idle = {path: array for path, array in arrays(self.state)
                if not any(array is w for w in used.values())
                and found.has_named(path, last_name(path, self.forward_parameters),
                                    array.size)}
        self._name({**used, **idle})
        grads = self._backward(dy, cache).of_parameters(
            {name: (self.paths[name], w.shape) for name, w in self.params.items()})
        self.unseen = [name for name, grad in grads.items() if grad is None]
        for name in self.unseen:
            del self.params[name], self.paths[name]

    def _weights(self, x: Array, y: Array) -> dict[Path, Array]:
        """The arrays that change y if they are changed."""
        rng, found = np.random.default_rng(1), {}
        known: set[int] = set()
        for path, array in arrays(self.state):
            if id(array) in known:      # another name of the same array
                continue
            known.add(id(array))
            state = copy.deepcopy(self.state)
            nudged = get(state, path)
            nudged += rng.uniform(0.1, 0.5, array.shape)
            try:
                other = self._forward(state, x.copy())[0]
            except Exception:
                continue
            if np.shape(other) == y.shape and not np.array_equal(other, y, equal_nan=True):
                found[path] = array
        return found

    def _name(self, weights: dict[Path, Array]) -> None:
        """Call each weight by its last name; by its whole path if two have the same."""
        short = {path: last_name(path, self.forward_parameters) for path in weights}
        names = list(short.values())
        self.paths = {name if names.count(name) == 1 else ".".join(map(str, path[1:])): path
                      for path, name in short.items()}
        self.params = {name: np.array(weights[path], np.float64)
                       for name, path in self.paths.items()}
