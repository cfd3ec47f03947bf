"""The steps of one training step, and the arrays that each adds.

The steps call the same layers in the same order as `Network.forward`, `backward` and
`parameter_gradients`, so the numbers are the same, bit for bit. A step adds new arrays and never
changes old ones. To undo a step, drop its arrays.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..layers import ShapeError
from ..layers.base import Array
from ..network import Network, Trace
from ..network.loss import negative_log_likelihood, negative_log_likelihood_gradient, one_hot
from ..network.passes import through_gate
from ..network.summary import written
from ..training import sgd_update
from .kinds import explained
from .kinds.base import Explained
from .steps import Quantity, Step, StepError

Made = tuple[str, tuple[Quantity, ...], tuple[Quantity, ...], str]  # formula, in, out, changed


class TrainingStep:
    """Forward, loss, backward, gradients and update of one batch, with one step for each layer.

    Attributes:
        units: "input" and the names of all layers, in order; last: the last of them.
        For the others see `Stepper`, which walks through the steps.
    """

    def __init__(self, net: Network, x: Array, t: Array | int, learning_rate: float) -> None:
        x, t = np.asarray(x), np.asarray(t)
        if t.ndim == 0:
            t = t[None]
            if net.input_shape is None or x.ndim == len(net.input_shape):
                x = x[None]
        if x.ndim < 2 or len(x) == 0 or len(x) != len(t):
            raise ShapeError(f"Stepper: expected images (N, C, H, W) and N labels, got x "
                             f"{x.shape} and t {t.shape}. Likely cause: one image without its "
                             "axis of images, or images without their axis of channels")
        if t.dtype.kind not in "iu" or t.min() < 0:
            raise ShapeError(f"Stepper: expected labels, whole numbers from 0 on, got {t.dtype} "
                             f"{t[:5]}")
        self.net = net.astype(np.float64)
        self.t, self.learning_rate = t, learning_rate
        self.gates: dict[str, Array] = {}
        self._x = np.array(x, np.float64)
        layers = list(self.net.layers)
        self.units, self.last = ("input", *layers), layers[-1]
        learning = [name for name in layers if self.net[name].params]
        self.steps: tuple[str, ...] = (
            *(f"forward {name}" for name in layers), "loss",
            *(f"backward {name}" for name in reversed(layers)),
            *(f"gradients {name}" for name in learning), *(f"update {name}" for name in learning))
        self._begin()

    def _begin(self) -> None:
        """Go to the start: only the images are known."""
        self.trace = Trace(frozen(self._x), self.net.logits_layer)
        self.loss: float | None = None
        self.gradients: dict[str, Array] = {}
        self.parameter_gradients: dict[str, Array] = {}
        self.updated: dict[str, Array] = {}
        self._prediction_gradients: dict[tuple[int | None, str], Array] = {}

    def do(self, number: int) -> Step:
        """Do one step; all steps before it must be done."""
        name = self.steps[number - 1]
        verb, _, layer = name.partition(" ")
        with np.errstate(all="ignore"):         # no warnings: trouble.py looks for NaN
            made: Made = getattr(self, f"_{verb}")(layer)
        layer = written(self.net[layer]) if layer else ""
        return Step(number, len(self.steps), name, layer, *made)

    def explained(self, name: str) -> Explained:
        """How a layer makes its numbers."""
        return explained(self.net[name], self.trace[self.before(name)])

    def before(self, name: str) -> str:
        """The layer before this one, or "input"."""
        return self.units[self.units.index(name) - 1]

    def gradient_step(self, name: str) -> str:
        """The step that computes ∂L/∂o of these units: backward of the next layer, or the loss."""
        after = dict(pairwise(self.units)).get(name)
        return f"backward {after}" if after else "loss"

    def upstream(self, name: str) -> Quantity:
        """∂L/∂o before the layer's gate: the gradient after it, times the gate if there is one."""
        gated = "gate·" if name in self.trace.gates else ""
        return Quantity("∂L/∂o", f"{gated}dL/d{name}",
                        through_gate(self.trace, name, self.gradients[name]))

    def undo(self, name: str) -> None:
        """Drop what a step added; it must be the last one that was done."""
        verb, _, layer = name.partition(" ")
        if verb == "forward":
            self._prediction_gradients.clear()
            shorter = Trace(self.trace["input"], self.net.logits_layer)
            for earlier in list(self.trace)[1:-1]:
                shorter.share(earlier, self.trace)
            self.trace = shorter
        elif verb == "loss":
            self.loss = None
            self.gradients.clear()
        elif verb == "backward":
            del self.gradients[self.before(layer)]
        else:
            store = self.parameter_gradients if verb == "gradients" else self.updated
            for key in self.net[layer].params:
                del store[f"{layer}.{key}"]

    def prediction_gradient(self, k: int | None, layer: str) -> Array:
        """∂y_k/∂o at every unit of a layer (eq. 1); None means each image's true class."""
        if (k, layer) not in self._prediction_gradients:
            if self.last not in self.trace:
                raise ValueError("there is no y yet; `until loss` computes it")
            n, n_classes = self.trace.y.shape
            if k is not None and k >= n_classes:
                raise ValueError(f"dy{k}/d{layer}: the classes are 0 to {n_classes - 1}")
            seed = one_hot(self.t if k is None else np.full(n, k), n_classes, np.float64)
            try:
                with np.errstate(all="ignore"):
                    back = self.net.backward(self.trace, seed, down_to=layer)
            except Exception as error:
                raise ValueError(f"a layer after {layer} raised {type(error).__name__}: {error}; "
                                 "`continue` stops there and shows the line") from error
            if any(other != layer for _, other in self._prediction_gradients):
                self._prediction_gradients.clear()      # keep the classes of one layer only
            self._prediction_gradients[k, layer] = back[layer]
        return self._prediction_gradients[k, layer]

    # --- the five kinds of step ---------------------------------------------------------------

    def _forward(self, name: str) -> Made:
        layer, before = self.net[name], self.before(name)
        x = self.trace[before]
        answer = self._call(f"forward {name}", layer, {"x": x})
        if not (isinstance(answer, tuple) and len(answer) == 2):
            raise StepError(f"forward {name}", layer, {"x": x.shape},
                            f"must return (y, cache), got {type(answer).__name__}")
        y = self._shaped(f"forward {name}", layer, {"x": x}, "y", answer[0], None)
        output = self.trace.add(name, y, answer[1], self.gates.get(name))
        frozen(output)
        inputs = [Quantity("o'", before, x), *self._weights(name)]
        gated = ""
        if name in self.trace.gates:
            inputs.append(Quantity("gate", f"gates of {name}", self.trace.gates[name]))
            gated = ", then times its gate"
        return (self.explained(name).formula(layer, "forward") + gated, tuple(inputs),
                (Quantity("o", name, output),), f"every unit of {name} has its output")

    def _loss(self, _: str) -> Made:
        y, last = self.trace.y, self.last
        if y.ndim != 2 or self.t.max() >= y.shape[1]:
            raise ShapeError(f"labels go from 0 to {self.t.max()}, but the output of {last} is "
                             f"{y.shape}: expected (N, K) with a probability for every class")
        self.loss = negative_log_likelihood(y, self.t)
        dy = frozen(negative_log_likelihood_gradient(y, self.t))
        self.gradients[last] = dy
        return ("L = -1/N Σ_n log y[n,t_n]\n∂L/∂y[n,k] = -1/(N·y[n,k]) where k = t_n, else 0",
                (Quantity("y", last, y), Quantity("t", "t", self.t)),
                (Quantity("L", "L", np.array(self.loss)), Quantity("∂L/∂y", f"dL/d{last}", dy)),
                "the first factor of eq. 2 is known; the backward pass starts with it")

    def _backward(self, name: str) -> Made:
        layer, before, dy = self.net[name], self.before(name), self.upstream(name)
        x, given = self.trace[before], {"dy": dy.array}
        answer = self._call(f"backward {name}", layer, given, self.trace.caches[name])
        dx = self._shaped(f"backward {name}", layer, given, "dx", answer, x.shape)
        self.gradients[before] = dx
        others = (Quantity("o'", before, x), Quantity("o", name, self.trace.ungated[name]),
                  *self._weights(name))
        known = self.explained(name)
        return (known.formula(layer, "backward"),
                (dy, *(q for q in others if q.letter in known.used)),
                (Quantity("∂L/∂o'", f"dL/d{before}", dx),),
                f"every {'pixel' if before == 'input' else f'unit of {before}'} has its ∂L/∂o")

    def _gradients(self, name: str) -> Made:
        layer, before, dy = self.net[name], self.before(name), self.upstream(name)
        step, given = f"gradients {name}", {"dy": dy.array}
        answer = self._call(step, layer, given, self.trace.caches[name])
        if not isinstance(answer, dict) or not set(layer.params) <= set(answer):
            got = ", ".join(map(str, answer)) if isinstance(answer, dict) else type(answer).__name__
            raise StepError(step, layer, {"dy": dy.array.shape},
                            f"must return {{name: gradient}} for {', '.join(layer.params)}; "
                            f"got {got or 'an empty dict'}")
        outputs = []
        for key, w in layer.params.items():
            grad = self._shaped(step, layer, given, f"d{key}", answer[key], w.shape)
            outputs.append(Quantity(f"∂L/∂{letter(key)}", f"dL/d{name}.{key}", grad))
        self.parameter_gradients |= {q.of: q.array for q in outputs}
        return (self.explained(name).formula(layer, "gradients"),
                (dy, Quantity("o'", before, self.trace[before])), tuple(outputs),
                f"every parameter of {name} has its gradient")

    def _update(self, name: str) -> Made:
        params = self.net[name].params
        new = {key: w.copy() for key, w in params.items()}
        grads = {key: self.parameter_gradients[f"{name}.{key}"] for key in params}
        sgd_update(new, grads, self.learning_rate)
        inputs: list[Quantity] = self._weights(name)
        for key, grad in grads.items():
            inputs.append(Quantity(f"∂L/∂{letter(key)}", f"dL/d{name}.{key}", grad))
        most = max(float(np.abs(new[key] - w).max()) for key, w in params.items())
        self.updated |= {f"{name}.{key}": frozen(w) for key, w in new.items()}
        return (f"w ← w - λ ∂L/∂w, with λ = {self.learning_rate:g}", tuple(inputs),
                tuple(Quantity(letter(key), f"{name}.{key}", w) for key, w in new.items()),
                f"the parameters of {name} have moved, by {most:.3g} at most")

    # --- inside -------------------------------------------------------------------------------

    def _weights(self, name: str) -> list[Quantity]:
        return [Quantity(letter(key), f"{name}.{key}", w)
                for key, w in self.net[name].params.items()]

    @staticmethod
    def _call(step: str, layer: Any, given: dict[str, Array], *cache: Any) -> Any:
        verb = step.split()[0]
        method = "parameter_gradients" if verb == "gradients" else verb
        try:
            return getattr(layer, method)(*given.values(), *cache)
        except Exception as error:
            raise StepError(step, layer, {key: a.shape for key, a in given.items()},
                            f"raised {type(error).__name__}: {error}", error) from error

    @staticmethod
    def _shaped(step: str, layer: Any, given: dict[str, Array], what: str, answer: Any,
                shape: tuple[int, ...] | None) -> Array:
        """The answer as a read-only array, or a StepError about its type or shape."""
        array, given_shapes = np.asarray(answer), {key: a.shape for key, a in given.items()}
        if array.dtype.kind not in "fiub":
            raise StepError(step, layer, given_shapes,
                            f"must return an array of numbers as {what}, got "
                            f"{type(answer).__name__}")
        if shape is not None and array.shape != shape:
            raise StepError(step, layer, given_shapes,
                            f"must return {what} of shape {shape}, got {array.shape}")
        if shape is None and (array.ndim < 2 or len(array) != len(given["x"])):
            raise StepError(step, layer, given_shapes,
                            f"must return one row for each of the {len(given['x'])} images, "
                            f"got {what} of shape {array.shape}")
        return frozen(array)


def letter(key: str) -> str:
    """A parameter's letter in the formulas: "W" is w there."""
    return key.lower() if len(key) == 1 else key


def frozen(array: Array) -> Array:
    """The array, now read-only: a layer that writes to its argument gets an error there."""
    array.flags.writeable = False
    return array
