"""The three factors of equation 2 at one layer, ∂L/∂w = ∂L/∂y · ∂y/∂o · ∂o/∂w, multiplied out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..layers.base import Array
from ..network.passes import through_gate
from ..output.text import span, times
from .answers.blocks import Block, Cell, Name, Remark, Table, Title
from .answers.shown import Shown
from .cancelling import before_cancelling, precision_of, same_gradient
from .training_step import TrainingStep, letter


@dataclass(frozen=True, repr=False)
class Factors(Shown):
    """The factors at a layer, and how their product compares with what training computes.

    Attributes:
        layer: its name.
        dL_dy: (N, K). ends: (K, 2), the lowest and the highest ∂y_k/∂o of every class (eq. 1). All
            of them, (N, K, *unit), are too many to keep. Empty if `mixed`.
        dL_do: (N, *unit), Σ_k ∂L/∂y_k · ∂y_k/∂o.
        params: {"W": shape, ...}, the w of ∂o/∂w; {} if the layer has no parameters.
        product: {"conv1.W": ∂L/∂w, ...}, or {"tanh1": ∂L/∂o} if there are no parameters.
        training: the same as `train` computes it, in one step from the logits.
        same: {name of a product: whether it equals the training gradient, but for rounding}.
        mixed: a layer after this one mixes the images: ∂L/∂o is a sum over all of them, too.
    """

    layer: str
    dL_dy: Array
    ends: Array
    dL_do: Array
    params: dict[str, tuple[int, ...]]
    product: dict[str, Array]
    training: dict[str, Array]
    same: dict[str, bool]
    mixed: bool

    @property
    def ok(self) -> bool:
        """Whether all products equal the training gradients."""
        return all(self.same.values())

    def blocks(self) -> list[Block]:
        """The factors with their shapes, and the product beside the training gradient."""
        rows: list[tuple[Cell, ...]] = [
            ("∂L/∂y", times(self.dL_dy.shape), span(self.dL_dy), "from the loss"),
            ("∂y/∂o", "", "", f"a layer after {self.layer} mixes the images: one pass for all y")
            if self.mixed else
            ("∂y/∂o", times((*self.dL_dy.shape, *self.dL_do.shape[1:])),
             span(self.ends) if np.isfinite(self.ends).all() else "not all finite",
             "one pass per class"),
            ("∂L/∂o", times(self.dL_do.shape), span(self.dL_do),
             f"Σ over {'images, ' * self.mixed}classes")]
        for key, shape in self.params.items():
            rows.append((f"∂o/∂{letter(key)}", f"each of {times(shape)}", "",
                         "Σ over images, units"))
        blocks: list[Block] = [
            Title(f"{self.layer}: " + ("∂L/∂w = ∂L/∂y · ∂y/∂o · ∂o/∂w (eq. 2)" if self.params else
                                       "∂L/∂o = ∂L/∂y · ∂y/∂o (eq. 1 and 2)")),
            Table(rows, "<<<<", indent=2)]
        for name, array in self.product.items():
            blocks.append(Table([("→", Name(f"dL/d{name}"), times(array.shape), span(array))],
                                "<<<<", indent=2))
            blocks.append(Remark(
                "the same as training computes" if self.same[name] else
                f"NOT what training computes: {span(self.training[name])}",
                wrong=not self.same[name], indent=5))
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
    n, mixed = dL_dy[0].size, training.mixes(name)
    ends: list[tuple[float, float]] = []
    dL_do = training.passed_back(name, dL_dy) if mixed else np.zeros_like(trace[name])
    for k in range(0 if mixed else n):
        dy_do = training.prediction_gradient(k, name, keep=False)
        ends.append((dy_do.min(), dy_do.max()))
        with np.errstate(invalid="ignore", over="ignore"):
            dL_do += dL_dy[:, k].reshape(-1, *[1] * (dy_do.ndim - 1)) * dy_do
    params = net[name].params if name != "input" else {}

    def gradients(dL_do: Array) -> dict[str, Array]:
        """Multiply by the third factor, ∂o/∂w, if there is one."""
        if not params:
            return {name: dL_do}
        made = net[name].parameter_gradients(through_gate(trace, name, dL_do), trace.caches[name])
        return {f"{name}.{key}": made[key] for key in params}

    def compared(sizes: dict[str, Array]) -> dict[str, bool]:
        return {key: same_gradient(product[key], expected[key], size, precision_of(training))
                for key, size in sizes.items()}

    with np.errstate(invalid="ignore", over="ignore"):
        back = training.training_pass(name)
        # A pass that starts at the logits has no gradients for the layers after them.
        of_training = back[name] if name in back else training.gradients[name]
        # Where y_t is too small for its precision, one factor is infinite and the other 0.
        lost = training.underflowed | (mixed and training.underflowed.any())
        dL_do[lost] = of_training[lost]
        expected, product = gradients(of_training), gradients(dL_do)
        same = compared(expected)
        if not all(same.values()):
            same = compared(gradients(before_cancelling(training, name)))
    shapes = {key: w.shape for key, w in params.items()}
    return Factors(name, dL_dy, np.array(ends), dL_do, shapes, product, expected, same, mixed)
