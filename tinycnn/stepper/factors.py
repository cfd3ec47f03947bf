"""The three factors of equation 2 at one layer, ∂L/∂w = ∂L/∂y · ∂y/∂o · ∂o/∂w, multiplied out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..layers.base import Array
from ..network import Backward
from ..network.loss import loss_from_logits
from ..network.passes import through_gate
from ..output.text import span, times
from .answers.blocks import Block, Cell, Name, Remark, Table, Title
from .answers.shown import Shown
from .cancelling import before_cancelling, same_gradient
from .training_step import TrainingStep, letter


@dataclass(frozen=True, repr=False)
class Factors(Shown):
    """The factors at a layer, and how their product compares with what training computes.

    Attributes:
        layer: its name.
        dL_dy: (N, K). dy_do: (N, K, *unit), the prediction gradients of all classes (eq. 1).
        dL_do: (N, *unit), Σ_k ∂L/∂y_k · ∂y_k/∂o.
        params: {"W": shape, ...}, the w of ∂o/∂w; {} if the layer has no parameters.
        product: {"conv1.W": ∂L/∂w, ...}, or {"tanh1": ∂L/∂o} if there are no parameters.
        training: the same as `train` computes it, in one step from the logits.
        uncancelled: numbers of the size that these are the rest of, see `before_cancelling`.
    """

    layer: str
    dL_dy: Array
    dy_do: Array
    dL_do: Array
    params: dict[str, tuple[int, ...]]
    product: dict[str, Array]
    training: dict[str, Array]
    uncancelled: dict[str, Array]

    def agrees(self, name: str) -> bool:
        """Whether a product equals the training gradient, but for rounding."""
        return same_gradient(self.product[name], self.training[name], self.uncancelled[name])

    @property
    def ok(self) -> bool:
        """Whether all agree."""
        return all(map(self.agrees, self.product))

    def blocks(self) -> list[Block]:
        """The factors with their shapes, and the product beside the training gradient."""
        rows: list[tuple[Cell, ...]] = [
            ("∂L/∂y", times(self.dL_dy.shape), span(self.dL_dy), "from the loss"),
            ("∂y/∂o", times(self.dy_do.shape), span(self.dy_do), "one pass per class"),
            ("∂L/∂o", times(self.dL_do.shape), span(self.dL_do), "Σ over classes")]
        for key, shape in self.params.items():
            rows.append((f"∂o/∂{letter(key)}", f"each of {times(shape)}", "",
                         "Σ over images, units"))
        blocks: list[Block] = [
            Title(f"{self.layer}: " + ("∂L/∂w = ∂L/∂y · ∂y/∂o · ∂o/∂w (eq. 2)" if self.params else
                                       "∂L/∂o = ∂L/∂y · ∂y/∂o (eq. 1 and 2)")),
            Table(rows, "<<<<", indent=2)]
        for name, array in self.product.items():
            ok = self.agrees(name)
            blocks.append(Table([("→", Name(f"dL/d{name}"), times(array.shape), span(array))],
                                "<<<<", indent=2))
            blocks.append(Remark("the same as training computes" if ok else
                                 f"NOT what training computes: {span(self.training[name])}",
                                 wrong=not ok, indent=5))
        return blocks

    def __repr__(self) -> str:
        return f"<Factors at {self.layer}>"


def factors(training: TrainingStep, name: str) -> Factors:
    """Multiply the three factors out at the layer `name`.

    Raises:
        ValueError: there is no such layer, or the loss is not computed yet.
    """
    net, trace, last = training.net, training.trace, training.last
    if name not in training.units:
        raise ValueError(f"no layer {name!r}; there are {', '.join(training.units)}")
    if last not in training.gradients:
        raise ValueError("the first factor, ∂L/∂y, is not known yet; `until loss` goes there")
    dL_dy = training.gradients[last]
    shape = trace[name].shape
    dy_do = np.empty((len(dL_dy), dL_dy.shape[1], *shape[1:]), trace[name].dtype)
    for k in range(dL_dy.shape[1]):         # many images and classes are large: keep them once
        dy_do[:, k] = training.prediction_gradient(k, name, keep=False)
    params = net[name].params if name != "input" else {}

    def gradients(dL_do: Array) -> dict[str, Array]:
        """Multiply by the third factor, ∂o/∂w, if there is one."""
        if not params:
            return {name: dL_do}
        made = net[name].parameter_gradients(through_gate(trace, name, dL_do), trace.caches[name])
        return {f"{name}.{key}": made[key] for key in params}

    with np.errstate(invalid="ignore", over="ignore"):
        dL_do = np.einsum("nk,nk...->n...", dL_dy, dy_do)
        back = _training_pass(training, name)
        # A pass that starts at the logits has no gradients for the layers after them.
        of_training = back[name] if name in back else training.gradients[name]
        # Where y_t is too small for its precision, one factor is infinite and the other 0.
        dL_do[training.underflowed] = of_training[training.underflowed]
        expected, product = gradients(of_training), gradients(dL_do)
        uncancelled = gradients(before_cancelling(training, name))
    shapes = {key: w.shape for key, w in params.items()}
    return Factors(name, dL_dy, dy_do, dL_do, shapes, product, expected, uncancelled)


def _training_pass(training: TrainingStep, name: str) -> Backward:
    """∂L/∂o down to a layer as `train` computes it: from the logits if there is a softmax."""
    net, last = training.net, training.last
    if net.logits_layer is None or training.own_loss:
        return net.backward(training.trace, training.gradients[last], down_to=name)
    seed = loss_from_logits(training.trace.logits, training.t)[1]
    return net.backward(training.trace, seed, of="logit",
                        down_to=net.logits_layer if name == last else name)
