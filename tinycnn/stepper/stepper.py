"""One training step, walked through: forward, loss, backward, gradients, update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from ..layers.base import Array
from ..network import Network, Trace
from . import names
from .answers.as_html import as_html
from .answers.blocks import StepList, Title
from .answers.terms import at
from .effect import Effect
from .explain import Explanation, explain
from .factors import Factors, factors
from .steps import Step
from .training_step import TrainingStep
from .trouble import Trouble, troubles


class Stepper(TrainingStep):
    """A training step on one image or a batch, as a sequence of named steps.

        stepper = tc.Stepper(net, x, t)
        stepper.next()                                  # forward conv1
        stepper.run("backward conv1")
        stepper.explain("conv1", (0, 4, 10, 10))        # where this number comes from

    The steps of a network are `forward` of each layer, `loss`, `backward` of each layer from the
    last to the first, `gradients` and then `update` of each layer that has parameters.

    Args:
        net: the network. It is not changed: the stepper works on its own copy, in float64.
        x: (N, C, H, W) images, or one image (C, H, W).
        t: (N,) labels, or one label for one image.
        learning_rate: λ of the update.

    Attributes:
        net: the copy. It keeps the parameters of this pass until `again` puts in the new ones.
        trace: the outputs of all units whose forward steps are done.
        loss: L, or None until it is computed.
        gradients: {"tanh1": dL/do, ..., "input": ...}, from the backward steps that are done.
        parameter_gradients: {"conv1.W": dL/dw, ...}, likewise.
        updated: {"conv1.W": w - λ dL/dw, ...}, likewise.
        gates: {layer: factors} of maps that are knocked out.
        taken: the steps that are done.
    """

    def __init__(self, net: Network, x: Array, t: Array | int, *,
                 learning_rate: float = 0.1) -> None:
        super().__init__(net, x, t, learning_rate)
        self._first = {name: w.copy() for name, w in self.net.params.items()}

    # --- walking ------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """How many steps are done."""
        return len(self.taken)

    @property
    def done(self) -> bool:
        """Whether the last step is done."""
        return self.position == len(self.steps)

    @property
    def step(self) -> Step | None:
        """The step that was done last."""
        return self.taken[-1] if self.taken else None

    def next(self) -> Step:
        """Do the next step.

        Raises:
            StepError: a layer raised an exception or returned a wrong shape. The stepper stays
                where it was; the same step can be tried again.
            ValueError: there is no step left.
        """
        if self.done:
            raise ValueError("the last step is done; `again` begins the next training step with "
                             "the new parameters, `back` goes back")
        self.taken.append(self.do(self.position + 1))
        return self.taken[-1]

    def back(self) -> Step | None:
        """Undo the last step; returns the one before it, None at the start."""
        if not self.taken:
            raise ValueError("this is the start; there is no step to take back")
        self.undo(self.taken.pop().name)
        return self.step

    def run(self, to: str | int | None = None) -> Step | None:
        """Do all steps up to and including `to`, a name or a number; without it, all of them."""
        last = len(self.steps) if to is None else self.number(to)
        if last < self.position:
            raise ValueError(f"{self.steps[last - 1]} is done already, it was step {last}; "
                             "`jump` goes there in either direction")
        while self.position < last:
            self.next()
        return self.step

    def jump(self, to: str | int) -> Step | None:
        """Go to the point just after a step, forward or backward; 0 is the start."""
        number = self.number(to)
        while self.position > number:
            self.back()
        return self.run(number)

    def again(self) -> None:
        """Begin the next training step on the same images, with the updated parameters."""
        self.run()
        for name, w in self.net.params.items():
            w[...] = self._first[name] = self.updated[name]
        self._begin()

    def number(self, to: str | int) -> int:
        """The number of a step, given its name or its number."""
        return names.step_number(self.steps, to)

    def __iter__(self) -> Iterator[Step]:
        """Do the steps that are left, one at a time, and yield each."""
        while not self.done:
            yield self.next()

    def __len__(self) -> int:
        return len(self.steps)

    # --- asking -------------------------------------------------------------------------------

    def value(self, where: str) -> Array:
        """The numbers with this name: "tanh1[0,3]", "dL/dtanh1", "conv1.W", "dy/dtanh1", "L"."""
        return names.lookup(self, where).selected

    def explain(self, where: str, unit: tuple[int, ...] | None = None) -> Explanation:
        """Where a number comes from, term by term, and what it does to the loss.

        Args:
            where: "tanh1", "conv1.W", or with the index: "tanh1[0,4,10,10]".
            unit: the index; if there is only one image, its index may be left out.
        """
        return explain(self, where if unit is None else at(where, tuple(unit)))

    def factors(self, layer: str) -> Factors:
        """The three factors of eq. 2 at a layer, and their product beside the training gradient."""
        return factors(self, layer)

    def troubles(self) -> list[Trouble]:
        """NaN, dead maps and saturated layers in the steps that are done, and where each began."""
        return [trouble for step in self.taken for trouble in troubles(self, step)]

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
            if not self.gates and all(np.array_equal(w, self._first[name])
                                      for name, w in self.net.params.items()):
                raise ValueError("nothing is knocked out or set")
            return self._change("all restored", {}, self._first)
        if layer not in self.gates:
            raise ValueError(f"no map of {layer!r} is knocked out; layers with a knockout: "
                             f"{', '.join(self.gates) or 'none'}")
        gates = {name: gate for name, gate in self.gates.items() if name != layer}
        if unit is not None:
            gates[layer] = self._gate(layer, unit, 1.0)
        return self._change(f"{layer} restored", gates)

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

    def _begin(self) -> None:
        super()._begin()
        self.taken: list[Step] = []

    def _change(self, what: str, gates: Mapping[str, Array],
                params: Mapping[str, Array] | None = None) -> Effect:
        """Put gates and parameters in, and repeat the steps done so far."""
        before, position = self.forward_pass(), self.position
        for name, w in (params or {}).items():
            self.net.params[name][...] = w
        self.gates = {name: gate for name, gate in gates.items() if (gate != 1).any()}
        self._begin()
        after = self.forward_pass()
        self.run(position)
        return Effect(what, self.t, before.y, after.y)

    def forward_pass(self) -> Trace:
        """The whole forward pass at once, with the current parameters and gates."""
        with np.errstate(all="ignore"):
            return self.net.forward(self._x, self.gates)

    def __repr__(self) -> str:
        where = self.step.name if self.step else "the start"
        return f"<Stepper at {where}, {self.position} of {len(self)} steps done>"

    def steps_block(self) -> StepList:
        """All steps, and how many of them are done."""
        return StepList(self.steps, self.position)

    def _repr_html_(self) -> str:
        n = len(self.t)
        head = Title(f"{self.position} of {len(self)} steps are done",
                     f"{n} image{'s' if n > 1 else ''}, learning rate {self.learning_rate:g}")
        return as_html([head, self.steps_block(), *(self.step.blocks() if self.step else [])])
