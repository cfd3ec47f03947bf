"""What a training loop does, seen from outside.

Python tells a profile function of every call. So the loop, its network and its loss stay as their
author wrote them: nothing has to be wrapped, and networks of any class can be watched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import numpy as np

from ..layers.base import Array, Params
from ..network import Network, Trace

LABELS = re.compile("((train|batch)_?)?(t|y|ts|ys|labels?|targets?)(_?(train|batch|true|b))?")
WEIGHTS = re.compile(r"(?i)(?!.*(best|init|old|prev|grad))(.*\.)?(w|b|weights?|bias(es)?|kernels?|"
                     r"filters?|gamma|beta)_?\d*(\.\d+)?")
LOSS = re.compile("(?i)loss|cost|entropy|nll")
PACKAGE, IGNORED = str(Path(__file__).parents[1]), (np.__path__[0], "<frozen")
TOLD = {"forward", "backward", "parameter_gradients", "loss_from_logits"}   # of tinycnn's own calls


Step = tuple[Params, Array, Params, list[Array]]    # weights before, change, gradients, batches


class Watch:
    """A profile function that notes what a loop does with some images x and their labels t.

    `model` holds the weights: a network, or any object or dictionary. The labels of a batch are
    those in the gradient of the loss; if the model is no tinycnn network, those of arguments with
    usual names.
    """

    def __init__(self, code: CodeType | None, model: Any, x: Array, t: Array) -> None:
        self.code, self.model, self.t, self.unit = code, model, t, _unit(x)
        alike = (self.unit @ self.unit.T)[~np.eye(len(x), dtype=bool)]
        self.enough = max(0.9, (1 + alike.max(initial=-1)) / 2)
        self.start = self.now = weights(model)
        self.batch, self.line, self.twice = x[:0], 0, 0         # twice: where softmax(softmax) is
        self.grads: Params = {}
        self.used: list[Array] = []                             # batches since the last step
        self.steps: list[Step] = []                             # the first two
        self.sizes: list[float] = []                            # |step| / |weights|
        self.later: list[Params] = []                           # weights after 1, 2, 4, ... steps
        self.pixels: list[float] = []                           # smallest and largest of a batch
        self.pairs: list[tuple[Array, Array, int]] = []         # numbers of images, labels, line
        self.losses: dict[str, list[float]] = {}                # by the function or list
        self.likely: list[Array] = []                           # the last two with probabilities

    def __call__(self, frame: FrameType, event: str, value: Any) -> None:
        """Called by Python where a function begins ("call") and ends ("return", its value)."""
        code, file = frame.f_code, frame.f_code.co_filename
        if event not in ("call", "return") or file.startswith(IGNORED) or (
                file.startswith(PACKAGE) and code.co_name not in TOLD):
            return
        caller = frame.f_back
        while caller is not None and caller.f_code.co_filename.startswith(PACKAGE):
            caller = caller.f_back
        self.line = caller.f_lineno if caller is not None else 0
        if event == "return":
            self.returned(code.co_name, frame.f_locals, value)
        elif code is not self.code:
            self.called(code.co_name, frame.f_locals)

    def called(self, name: str, args: dict[str, Any]) -> None:
        """Images, labels and the gradient of the loss, as they go into a function."""
        me, arrays = args.get("self"), {k: a for k, a in args.items() if isinstance(a, np.ndarray)}
        images = [a for a in arrays.values() if self.find(a) is not None]
        if images or (name == "forward" and isinstance(me, Network)):
            self.close(args.values())
            self.batch = np.array(images[0] if images else args["x"])
            self.pixels += [float(self.batch.min()), float(self.batch.max())]
        if name == "backward" and isinstance(args.get("trace"), Trace):
            self.batch = args["trace"]["input"]
        labels = None
        if not isinstance(self.model, Network):     # a y alone may be what the network predicts
            labels = next((found for k, a in arrays.items() if LABELS.fullmatch(k.lower()) and (
                images or k != "y") and (found := labels_of(a)) is not None), None)
        elif name == "parameter_gradients" and me is [
                layer for layer in self.model.layers.values() if layer.params][-1]:
            self.used.append(self.batch)
            if ((args["dy"] < 0).sum(axis=1) == 1).all():   # y - onehot is < 0 at the label only
                labels = args["dy"].argmin(axis=1)
        rows = None if labels is None else self.find(self.batch)
        if rows is not None and labels is not None and len(rows) == len(labels):
            self.pairs.append((rows, labels, self.line))
        self.look_for_softmax(arrays.values())

    def returned(self, name: str, names: dict[str, Any], value: Any) -> None:
        """Gradients, losses and probabilities, as they come out of a function."""
        values = list(value) if isinstance(value, (tuple, list)) else [value]
        if name == "parameter_gradients" and isinstance(self.model, Network):
            for layer, owner in self.model.layers.items():
                for key in owner.params if owner is names.get("self") else ():
                    full = f"{layer}.{key}"
                    self.grads[full] = value[key] + self.grads.get(full, 0)
        if LOSS.search(name) and _numbers(values[:1]):
            self.losses.setdefault(name, []).append(float(values[0]))
        self.losses |= {key: v[:] for key, v in names.items()
                        if LOSS.search(key) and isinstance(v, list) and _numbers(v)}
        self.look_for_softmax(a for a in values if isinstance(a, np.ndarray))

    def close(self, things: Iterable[Any]) -> None:
        """Note what was done to the weights since the last batch.

        Some loops make new weights in each step. So the model is any of `things`, the arguments
        beside the images, that has weights of the same names.
        """
        things = [v for v in things if v is not None and not isinstance(v, np.ndarray)]
        for thing in things if all(v is not self.model for v in things) else ():
            found = weights(thing)
            if found and (not self.start or found.keys() == self.start.keys()):
                self.model, self.start, self.now = thing, self.start or found, self.now or found
        now = weights(self.model)
        change = flat(now) - flat(self.now)
        if change.any():
            self.sizes.append(float(np.linalg.norm(change) / (np.linalg.norm(flat(self.now)) or 1)))
            if len(self.steps) < 2:
                self.steps.append((self.now, change, self.grads, self.used or [self.batch]))
            if len(self.sizes) & (len(self.sizes) - 1) == 0:
                self.later.append(now)
            self.grads, self.used = {}, []
        self.now = now

    def find(self, a: Array) -> Array | None:
        """Which image each row of `a` is, perhaps shifted, scaled, noisy; None if they are none."""
        if a.ndim < 2 or a.dtype.kind not in "fiu" or not 0 < a.size == len(a) * self.unit.shape[1]:
            return None
        alike = _unit(a) @ self.unit.T
        return alike.argmax(axis=1) if (alike.max(axis=1) > self.enough).all() else None

    def look_for_softmax(self, arrays: Iterable[Array]) -> None:
        """Is one of them q, the softmax of probabilities p, or its loss's gradient q - onehot?"""
        for a in arrays:
            if a.ndim != 2 or a.dtype.kind != "f" or a.shape[1] < 2:
                continue
            for p in self.likely:
                q = np.exp(p) / np.exp(p).sum(axis=1, keepdims=True)
                if a.shape == p.shape and np.abs(q - p).max() > 1e-3 and (
                        np.allclose(q, a, 0, 1e-6) or any(np.allclose(np.sort(
                            q - a * s), np.eye(a.shape[1])[-1], 0, 1e-5) for s in (1, len(a)))):
                    self.twice = self.twice or self.line
            if len(a) and (a > 0).all() and np.allclose(a.sum(axis=1), 1, 0, 1e-5):
                self.likely = [*self.likely[-1:], a.copy()]


def weights(thing: Any, path: str = "") -> Params:
    """Copies of the arrays in an object, by name, if their names are usual for weights."""
    if isinstance(thing, Network):
        return {name: w.copy() for name, w in thing.params.items()}
    if isinstance(thing, np.ndarray):
        return {path: thing.copy()} if thing.dtype.kind == "f" and WEIGHTS.fullmatch(path) else {}
    if isinstance(thing, (ModuleType, type)):
        return {}
    inside = thing if isinstance(thing, dict) else dict(enumerate(thing)) if isinstance(
        thing, (list, tuple)) else getattr(thing, "__dict__", {})
    return {name: w for key, value in inside.items() if path.count(".") < 5
            for name, w in weights(value, f"{path}.{key}".lstrip(".")).items()}


def flat(arrays: Params) -> Array:
    """All numbers in one vector."""
    return np.concatenate([np.zeros(0), *map(np.ravel, arrays.values())])


def labels_of(a: Array) -> Array | None:
    """(N,) labels from whole numbers, (N,) or (N, 1), or from one-hot rows; None if neither."""
    if a.ndim == 2 and a.shape[1] > 1 and ((a == 0) | (a == 1)).all() and (a.sum(1) == 1).all():
        return a.argmax(axis=1)
    return a.ravel() if a.dtype.kind in "iu" and a.size == len(a) else None


def _unit(x: Array) -> Array:
    """Each image as a row with mean 0 and length 1: shifted and scaled ones become equal."""
    rows = x.reshape(len(x), -1).astype(float)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-300)


def _numbers(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(v, (float, np.floating)) for v in values)
