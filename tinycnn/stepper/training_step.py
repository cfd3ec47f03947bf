"""The steps of one training step, and the arrays that each adds.

The steps call the same layers in the same order as `Network.forward`, `backward` and
`parameter_gradients`, in the network's own precision, so the numbers are the same, bit for bit.
(`tc.train` starts at the logits. So its gradients, and its parameters, may differ in the last
digits.) A step adds new arrays and never changes old ones. To undo a step, drop its arrays.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..layers import ShapeError
from ..layers.base import Array, Params
from ..layers.kinds import is_tinycnns
from ..network import Backward, Network, Trace
from ..network.loss import loss_from_logits, one_hot
from ..network.passes import through_gate
from ..network.summary import written
from ..training import Plan
from ..training.replay import copied
from .calls import call, frozen, shaped
from .kinds import explained
from .kinds.base import Explained
from .objective import Loss, Objective
from .steps import Quantity, Step, StepError

Made = tuple[str, tuple[Quantity, ...], tuple[Quantity, ...], str]  # formula, in, out, changed


class TrainingStep:
    """Forward, loss, backward, gradients and update of one batch, with one step for each layer.

    Attributes:
        units: "input" and the names of all layers, in order; last: the last of them.
        For the others see `Stepper`, which walks through the steps.
    """

    def __init__(self, net: Network, x: Array, t: Array | int, learning_rate: float,
                 loss: Loss | None = None) -> None:
        x, t = np.asarray(x), np.asarray(t)
        if t.ndim == 0:
            t = t[None]
            if net.input_shape is None or x.ndim == len(net.input_shape):
                x = x[None]
        if x.ndim < 2 or len(x) == 0 or len(x) != len(t):
            raise ShapeError(f"Stepper: expected images (N, C, H, W) and N labels, got x "
                             f"{x.shape} and t {t.shape}. Likely cause: one image without its "
                             "axis of images, or images without their axis of channels")
        if loss is None and (t.dtype.kind not in "iu" or t.ndim != 1 or t.min() < 0):
            likely = ". Likely cause: one-hot rows; `t.argmax(axis=1)` makes labels of them" \
                if t.ndim == 2 else ""
            raise ShapeError(f"Stepper: expected labels, (N,) whole numbers from 0 on, got "
                             f"{t.dtype} of shape {t.shape}, {t[:5].tolist()}{likely}")
        if not (isinstance(learning_rate, (int, float, np.number)) and 0 < learning_rate < np.inf):
            raise ValueError(f"Stepper: expected a learning rate > 0, got {learning_rate!r}")
        self.net, self.objective = net.copy(), Objective(t, loss)
        self.t = t
        # In a training: its plan, the epoch, and what its update remembers.
        self.plan, self.epoch, self.state = Plan(learning_rate=learning_rate, loss=loss), 1, None
        self.gates: dict[str, Array] = {}
        self.dropout: dict[str, Array] = {}     # those of the training; all others are knockouts
        self.rules: dict[str, str] = {}         # that layers break: what `purity` found
        layers = list(self.net.layers)
        self._x = np.array(x, net.precision(x))
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
        self.underflowed = np.zeros(len(self.t), bool)
        self.gradients: dict[str, Array] = {}
        self.parameter_gradients: dict[str, Array] = {}
        self.updated: dict[str, Array] = {}
        self._prediction_gradients: dict[tuple[int | None, str], Array] = {}
        self._mixes: dict[str, bool] = {}
        self._the_update: tuple[Params, Params] | None = None

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
        return explained(self.net[name], self.trace[self.before(name)], self.trace.ungated[name])

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

    @property
    def learning_rate(self) -> float:
        """λ of the update, that of the epoch in a training."""
        return self.plan.rate(self.epoch)

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        self.plan, self._the_update = replace(self.plan, learning_rate=rate), None

    @property
    def own_loss(self) -> bool:
        """Whether the loss is one's own; else it is the negative log-likelihood."""
        return self.objective.own is not None

    @property
    def labels(self) -> Array | None:
        """(N,) the true classes; None if the loss is one's own and t is something else.

        A single output has no classes: there is no y of the true one.
        """
        t = self.t
        if self.last in self.trace and self.trace.y.shape[1:] == (1,):
            return None
        return t if t.ndim == 1 and t.dtype.kind in "iu" and t.min() >= 0 else None

    def loss_from(self, trace: Trace) -> float:
        """L of a pass that ends with the network's last layer."""
        return self.objective.value(trace.y, self._logits(trace))

    def _logits(self, trace: Trace) -> Array | None:
        """What goes into the softmax at the end of a pass; None if there is none, or a gate."""
        if self.net.logits_layer is None or self.last in trace.gates or len(trace) < 2:
            return None
        return trace[list(trace)[-2]]

    def undo(self, name: str) -> None:
        """Drop what a step added; it must be the last one that was done."""
        verb, _, layer = name.partition(" ")
        self._the_update = self._the_update if verb == "update" else None
        if verb == "forward":
            self._prediction_gradients.clear()
            shorter = Trace(self.trace["input"], self.net.logits_layer)
            for earlier in list(self.trace)[1:-1]:
                shorter.share(earlier, self.trace)
            self.trace = shorter
        elif verb == "loss":
            self.loss = None
            self.underflowed[:] = False
            self.gradients.clear()
        elif verb == "backward":
            del self.gradients[self.before(layer)]
        else:
            store = self.parameter_gradients if verb == "gradients" else self.updated
            for key in self.net[layer].params:
                del store[f"{layer}.{key}"]

    def prediction_gradient(self, k: int | None, layer: str, keep: bool = True) -> Array:
        """∂y_k/∂o at every unit of a layer (eq. 1); None means each image's true class.

        The classes of one layer are kept for the next question, unless `keep` is False.
        """
        if (k, layer) not in self._prediction_gradients:
            if self.last not in self.trace:
                raise ValueError("there is no y yet; `until loss` computes it")
            if self.trace.y.ndim != 2:
                raise ValueError(f"the output of {self.last} is {self.trace.y.shape}. ∂y_k/∂o, one "
                                 f"backward pass for each k, needs (N, K); dL/d{layer} is known")
            n, n_classes = self.trace.y.shape
            if k is not None and k >= n_classes:
                raise ValueError(f"dy{k}/d{layer}: the classes are 0 to {n_classes - 1}")
            true = self.labels if k is None else np.full(n, k)
            if true is None:
                raise ValueError(f"t holds no labels, so no class is the true one; `dy0/d{layer}` "
                                 "is of output 0")
            if self.mixes(layer):
                raise ValueError(
                    f"a layer after {layer} mixes the images, so the y of one depends on {layer} "
                    "in all of them, and one backward pass for each k is not enough. "
                    f"`net.frozen(images)` fixes a batch norm; dL/d{layer} is of all images")
            back = self.passed_back(layer, one_hot(true, n_classes))
            if not keep:
                return back
            if any(other != layer for _, other in self._prediction_gradients):
                self._prediction_gradients.clear()      # keep the classes of one layer only
            self._prediction_gradients[k, layer] = back
        return self._prediction_gradients[k, layer]

    def passed_back(self, layer: str, seed: Array) -> Array:
        """seed · ∂y/∂o at a layer; a ValueError if a layer after it raises an exception."""
        try:
            with np.errstate(all="ignore"):
                return self.net.backward(self.trace, seed, down_to=layer)[layer]
        except Exception as error:
            raise ValueError(f"a layer after {layer} raised {type(error).__name__}: {error}; "
                             "`continue` stops there and shows the line") from error

    def mixes(self, layer: str) -> bool:
        """Whether the y of an image depends on this layer's units in other images, too.

        It is tried, unless the layers after it are known. The binary digits of n part all images.
        """
        if layer not in self._mixes:
            after = [self.net[name] for name in self.units[self.units.index(layer) + 1:]]
            known = all(is_tinycnns(one) and not one.mixes_images for one in after)
            n, digits = np.arange(len(self.t)), 0 if known else (len(self.t) - 1).bit_length()
            seed = np.random.default_rng(0).normal(size=self.trace.y.shape)
            others = (n >> digit & 1 == side for digit in range(digits) for side in (0, 1))
            self._mixes[layer] = any(
                (np.abs(self.passed_back(layer, (seed.T * ~other).T)[other]) > 0).any()
                for other in others)
        return self._mixes[layer]

    @property
    def starts_at_logits(self) -> bool:
        """Whether `train` computes ∂L/∂logits in one step: after a softmax, if no loss is given."""
        return self._logits(self.trace) is not None and not self.own_loss

    def training_pass(self, name: str) -> Backward:
        """∂L/∂o down to a layer as `train` computes it: from the logits if there is a softmax."""
        logits = self._logits(self.trace)
        if logits is None or not self.starts_at_logits:
            return self.net.backward(self.trace, self.gradients[self.last], down_to=name)
        return self.net.backward(self.trace, loss_from_logits(logits, self.t)[1], of="logit",
                                 down_to=self.before(name) if name == self.last else name)

    def the_update(self) -> tuple[Params, Params]:
        """The ∂L/∂w of the update, and the parameters after it; made once.

        Of an update that may enlarge their rounding, the ∂L/∂w are the training's.
        """
        if self._the_update is None:
            grads, new = self.parameter_gradients, copied(self.net.params)
            if not self.plan.plain:
                grads = self.net.parameter_gradients(self.trace, self.training_pass("input"))
            self.plan.step(new, grads, deepcopy(self.state), self.epoch)
            self._the_update = grads, new
        return self._the_update

    # --- the five kinds of step ---------------------------------------------------------------

    def _forward(self, name: str) -> Made:
        layer, before = self.net[name], self.before(name)
        x = self.trace[before]
        answer = call(f"forward {name}", layer, {"x": x})
        if not (isinstance(answer, tuple) and len(answer) == 2):
            raise StepError(f"forward {name}", layer, {"x": x},
                            f"must return (y, cache), got {type(answer).__name__}")
        y = shaped(f"forward {name}", layer, {"x": x}, "y", answer[0], None)
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
        y, last, logits = self.trace.y, self.last, self._logits(self.trace)
        self.loss, dy, self.underflowed = self.objective.step(last, y, logits)
        self.gradients[last] = frozen(dy)
        changed = "the first factor of eq. 2 is known; the backward pass starts with it"
        if self.underflowed.any():
            changed += (f". In {self.underflowed.sum()} of {len(y)} images y_t is too small for "
                        f"{y.dtype}, so L comes from the logits, as in training")
        return (self.objective.formula, (Quantity("y", last, y), Quantity("t", "t", self.t)),
                (Quantity("L", "L", np.array(self.loss)), Quantity("∂L/∂y", f"dL/d{last}", dy)),
                changed)

    def _backward(self, name: str) -> Made:
        layer, before, dy = self.net[name], self.before(name), self.upstream(name)
        x, given = self.trace[before], {"dy": dy.array}
        answer = call(f"backward {name}", layer, given, self.trace.caches[name])
        dx = shaped(f"backward {name}", layer, given, "dx", answer, x.shape)
        changed = f"every {'pixel' if before == 'input' else f'unit of {before}'} has its ∂L/∂o"
        if name == self.last and self.underflowed.any():
            # y_t is 0 and 1/y_t is not finite. Their product is, and training computes it so.
            dx = np.array(dx)
            dx[self.underflowed] = loss_from_logits(x, self.t)[1][self.underflowed]
            frozen(dx)
            changed += "; where y_t is too small, it is (y - onehot)/N, as in training"
        self.gradients[before] = dx
        others = (Quantity("o'", before, x), Quantity("o", name, self.trace.ungated[name]),
                  *self._weights(name))
        known = self.explained(name)
        return (known.formula(layer, "backward"),
                (dy, *(q for q in others if q.letter in known.used)),
                (Quantity("∂L/∂o'", f"dL/d{before}", dx),), changed)

    def _gradients(self, name: str) -> Made:
        layer, before, dy = self.net[name], self.before(name), self.upstream(name)
        step, given = f"gradients {name}", {"dy": dy.array}
        answer = call(step, layer, given, self.trace.caches[name])
        if not isinstance(answer, dict) or not set(layer.params) <= set(answer):
            got = ", ".join(map(str, answer)) if isinstance(answer, dict) else type(answer).__name__
            raise StepError(step, layer, given, f"must return {{name: gradient}} for "
                            f"{', '.join(layer.params)}; got {got or 'an empty dict'}")
        outputs = []
        for key, w in layer.params.items():
            grad = shaped(step, layer, given, f"d{key}", answer[key], w.shape)
            outputs.append(Quantity(f"∂L/∂{letter(key)}", f"dL/d{name}.{key}", grad))
        self.parameter_gradients |= {q.of: q.array for q in outputs}
        return (self.explained(name).formula(layer, "gradients"),
                (dy, Quantity("o'", before, self.trace[before])), tuple(outputs),
                f"every parameter of {name} has its gradient")

    def _update(self, name: str) -> Made:
        params, (grads, all_new) = self.net[name].params, self.the_update()
        new = {key: all_new[f"{name}.{key}"] for key in params}
        slopes = (Quantity(f"∂L/∂{letter(key)}", f"dL/d{name}.{key}", grads[f"{name}.{key}"])
                  for key in params)
        most = max(float(np.abs(new[key] - w).max()) for key, w in params.items())
        self.updated |= {f"{name}.{key}": frozen(w) for key, w in new.items()}
        return (self.plan.formula(self.epoch), (*self._weights(name), *slopes),
                tuple(Quantity(letter(key), f"{name}.{key}", w) for key, w in new.items()),
                f"the parameters of {name} have moved, by {most:.3g} at most"
                if np.isfinite(most) else f"the parameters of {name} are not all finite")

    # --- inside -------------------------------------------------------------------------------

    def _weights(self, name: str) -> list[Quantity]:
        return [Quantity(letter(key), f"{name}.{key}", w)
                for key, w in self.net[name].params.items()]


def letter(key: str) -> str:
    """A parameter's letter in the formulas: "W" is w there."""
    return key.lower() if len(key) == 1 else key
