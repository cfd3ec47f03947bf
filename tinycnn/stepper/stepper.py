"""One training step, walked through: forward, loss, backward, gradients, update."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..layers.base import Array
from ..training.replay import put
from . import names
from .answers.as_html import as_html
from .answers.blocks import StepList, Title
from .answers.terms import at
from .check import Checked, check
from .comparison import Comparison, compare
from .effect import Effect
from .explain import Explanation, explain
from .factors import Factors, factors
from .sizes import Sizes, sizes
from .trouble import Troubles, failure, troubles
from .walking import Walk


class Stepper(Walk):
    """A training step on one image or a batch, as a sequence of named steps.

        stepper = tc.Stepper(net, x, t)
        stepper.next()                                  # forward conv1
        stepper.run("backward conv1")
        stepper.explain("conv1", (0, 4, 10, 10))        # where this number comes from

    The steps of a network are `forward` of each layer, `loss`, `backward` of each layer from the
    last to the first, `gradients` and then `update` of each layer that has parameters.

    Args:
        net: the network. It is not changed: the stepper works on its own copy, in the same
            precision.
        x: (N, C, H, W) images, or one image (C, H, W).
        t: (N,) labels, or one label for one image.
        learning_rate: λ of the update.
        loss: a loss of one's own, (output of the last layer, t) -> (L, ∂L/∂output); without it,
            the negative log-likelihood of probabilities. With it, t may be any array of N rows.

    Attributes:
        net: the copy. It keeps the parameters of this pass until `again` puts in the new ones.
        trace: the outputs of all units whose forward steps are done.
        loss: L, or None until it is computed.
        gradients: {"tanh1": dL/do, ..., "input": ...}, from the backward steps that are done.
        parameter_gradients: {"conv1.W": dL/dw, ...}, likewise.
        updated: {"conv1.W": w - λ dL/dw, or what the training's update makes, ...}, likewise.
        gates: {layer: factors} of maps that are knocked out, or by the training's dropout.
        taken: the steps that are done.
        moment: where in a training this step is; None if it is in none.
        losses: L of the training steps before this one, NaN where it is not known.
    """

    # --- asking -------------------------------------------------------------------------------

    def value(self, where: str) -> Array:
        """The numbers with this name: "tanh1[0,3]", "dL/dtanh1", "conv1.W", "dy/dtanh1", "L"."""
        return names.lookup(self, where).selected

    def explain(self, where: str, unit: tuple[int, ...] | int | None = None) -> Explanation:
        """Where a number comes from, term by term, and what it does to the loss.

        Args:
            where: "tanh1", "conv1.W", or with the index: "tanh1[0,4,10,10]".
            unit: the index; if there is only one image, its index may be left out.
        """
        if unit is None:
            return explain(self, where)
        return explain(self, at(where, (unit,) if isinstance(unit, int) else tuple(unit)))

    def factors(self, layer: str) -> Factors:
        """The three factors of eq. 2 at a layer, and their product beside the training gradient."""
        return factors(self, layer)

    def compare(self, other: Stepper | None = None) -> Comparison:
        """Where two steppers first differ, or this training step and the one before it.

        Without `other`: with what there was before the last `again`, `batch`, `knock` or `set`.
        """
        if other is not None:
            return compare(self, other)
        if self._before is None:
            raise ValueError("nothing to compare with: there was no `again`, `batch`, `knock` or "
                             "`set` yet")
        params, _, x, t, gates, state, epoch = self._before
        net = self.net.copy()
        put(net, params)
        before = Stepper(net, x, t, loss=self.objective.own)
        before.gates, before.plan, before.state, before.epoch = gates, self.plan, state, epoch
        before.run(self.position)
        return compare(before, self, ("before", "now"))

    def troubles(self) -> Troubles:
        """What is wrong in the steps that are done, and where each began; a list with a text."""
        failed = [] if self.failure is None else [failure(self.failure)]
        return Troubles([*failed, *(one for step in self.taken for one in troubles(self, step))])

    def sizes(self) -> Sizes:
        """The sizes of the numbers in each layer so far, and a word where one is unusual."""
        return sizes(self)

    def check(self) -> Checked:
        """Check every layer's gradients on these images, and go to the step of the first wrong."""
        return check(self)

    # --- changing -----------------------------------------------------------------------------

    def knock(self, layer: str, unit: int, factor: float = 0.0) -> Effect:
        """Multiply a map (or a unit of a dense layer) by `factor`, and replay.

        The steps done so far are done again; the effect shows y and L before and after.
        """
        gates = {**self.gates, layer: self._gate(layer, unit, factor)}
        return self._change(f"{layer}[:,{unit}] times {factor:g}", gates)

    def set(self, where: str, value: float) -> Effect:
        """Give one parameter, such as "conv1.W[0,0,1,1]", another value, and replay."""
        name, index = names.parameter(self, where)
        w = self.net.params[name].copy()
        w[index] = value
        return self._change(f"{where} = {value:g}", self.gates, {name: w})

    def restore(self, layer: str | None = None, unit: int | None = None) -> Effect:
        """Undo the knockouts of one map, of a layer, or all knockouts and all set parameters."""
        if layer is None:
            now, first = ({**params, **gates} for params, gates in (
                (self.net.params, self.gates), (self._first, self.dropout)))
            if now.keys() == first.keys() and all(np.array_equal(w, first[name])
                                                  for name, w in now.items()):
                raise ValueError("nothing is knocked out or set")
            return self._change("all restored", self.dropout, self._first)
        if layer not in self.gates:
            raise ValueError(f"no map of {layer!r} is knocked out; layers with a knockout: "
                             f"{', '.join(self.gates) or 'none'}")
        dropped = self.dropout.get(layer, np.ones(len(self.gates[layer])))
        gate = dropped if unit is None else self._gate(layer, unit, 1.0)
        if unit is not None:
            gate[unit] = dropped[unit]
        return self._change(f"{layer} restored", self.gates | {layer: gate})

    def _gate(self, layer: str, unit: int, factor: float) -> Array:
        """The factors of a layer's maps, with one of them changed."""
        if layer not in self.net.layers:
            raise ValueError(f"no layer {layer!r}; there are {', '.join(self.net.layers)}")
        n = self.forward_pass()[layer].shape[1]
        if not 0 <= unit < n:
            raise ValueError(f"{layer} has maps 0 to {n - 1}, got {unit}")
        gate = self.gates.get(layer, np.ones(n)).copy()
        gate[unit] = factor
        return gate

    def _change(self, what: str, gates: Mapping[str, Array],
                params: Mapping[str, Array] | None = None) -> Effect:
        """Put gates and parameters in, and repeat the steps done so far."""
        before, position, self._before = self.forward_pass(), self.position, self._earlier()
        for name, w in (params or {}).items():
            self.net.params[name][...] = w
        self.gates = {name: gate for name, gate in gates.items() if (gate != 1).any()}
        self._begin()
        after = self.forward_pass()
        self.run(position)
        labels = self.labels if before.y.shape[1:] != (1,) else None
        return Effect(what, labels, (before.y, after.y),
                      (self.loss_from(before), self.loss_from(after)))

    def _repr_html_(self) -> str:
        n = len(self.t)
        head = Title(f"{self.position} of {len(self)} steps are done",
                     f"{n} image{'s' if n > 1 else ''}, learning rate {self.learning_rate:g}"
                     + (f"; {self.where}" if self.where else ""))
        return as_html([head, StepList(self.steps, self.position),
                        *(self.step.blocks() if self.step else [])])
