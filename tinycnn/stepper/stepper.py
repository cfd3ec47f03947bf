"""One training step, walked through: forward, loss, backward, gradients, update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

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

Array = np.ndarray


class Stepper(TrainingStep):
    """A training step on one image or a batch, as a sequence of named steps.

        stepper = tc.Stepper(net, x, t)
        stepper.next()                                  # forward conv1
        stepper.run("backward conv1")
        stepper.explain("conv1", (0, 4, 10, 10))        # where this number comes from

    The steps of a network are `forward` of each layer, `loss`, `backward` of each layer from the
    last to the first, `gradients` and then `update` of each layer that has parameters.

    Args:
        net: the network. It stays as it is: the stepper has a copy of its own, in float64.
        x: (N, C, H, W) images, or one image with t one label. t: (N,) labels.
        learning_rate: λ of the update.

    Attributes:
        net: the copy. Its parameters are those of the pass until `again` puts in the new ones.
        trace: every unit's output, as far as the forward steps have come.
        loss: L, or None as long as it is not computed.
        gradients: {"tanh1": dL/do, ..., "input": ...}, as far as the backward steps have come.
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
            StepError: a layer raised an exception or answered in a wrong shape; the stepper stays
                where it was, and the same step may be tried again.
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
        """Do all steps up to and with `to`, a step's name or number; without it, all of them."""
        last = len(self.steps) if to is None else self.number(to)
        if last < self.position:
            raise ValueError(f"{self.steps[last - 1]} is done already, it was step {last}; "
                             "`jump` goes there in either direction")
        while self.position < last:
            self.next()
        return self.step

    def jump(self, to: str | int) -> Step | None:
        """Go to just behind a step, forward or backward; 0 is the start."""
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
        """The steps that are still to do, each done when it is asked for."""
        while not self.done:
            yield self.next()

    def __len__(self) -> int:
        return len(self.steps)

    # --- asking -------------------------------------------------------------------------------

    def value(self, where: str) -> Array:
        """The numbers of that name: "tanh1[0,3]", "dL/dtanh1", "conv1.W", "dy/dtanh1", "L"."""
        return names.lookup(self, where).selected

    def explain(self, where: str, unit: tuple[int, ...] | None = None) -> Explanation:
        """Where a number comes from, term by term, and what it does to the loss.

        Args:
            where: "tanh1", "conv1.W", or with the index: "tanh1[0,4,10,10]".
            unit: the index; of one image alone the image may be left out.
        """
        return explain(self, where if unit is None else at(where, tuple(unit)))

    def factors(self, layer: str) -> Factors:
        """The three factors of eq. 2 at a layer, and their product beside what training has."""
        return factors(self, layer)

    def troubles(self) -> list[Trouble]:
        """NaN, dead maps and saturated layers in the steps that are done, and who brought them."""
        return [trouble for step in self.taken for trouble in troubles(self, step)]

    # --- changing -----------------------------------------------------------------------------

    def knock(self, layer: str, unit: int, factor: float = 0.0) -> Effect:
        """Multiply a map (or a unit of a dense layer) with `factor`, and replay.

        All steps that are done are done anew; the effect tells what became of y and L.
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
        """Take back knockouts: one map's, a layer's, or all of them and all set parameters."""
        if layer is None:
            if not self.gates and all(np.array_equal(w, self._first[name])
                                      for name, w in self.net.params.items()):
                raise ValueError("nothing is knocked out or set")
            return self._change("all restored", {}, self._first)
        if layer not in self.gates:
            raise ValueError(f"no map of {layer!r} is knocked out; there are "
                             f"{', '.join(self.gates) or 'none in any layer'}")
        gates = {name: gate for name, gate in self.gates.items() if name != layer}
        if unit is not None:
            gates[layer] = self._gate(layer, unit, 1.0)
        return self._change(f"{layer} restored", gates)

    def _gate(self, layer: str, unit: int, factor: float) -> Array:
        """The factors of a layer's maps, that of one of them changed."""
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
        """Put gates and parameters in, and do anew what is done."""
        before, position = self.forward_pass(), self.position
        for name, w in (params or {}).items():
            self.net.params[name][...] = w
        self.gates = {name: gate for name, gate in gates.items() if (gate != 1).any()}
        self._begin()
        after = self.forward_pass()
        self.run(position)
        return Effect(what, self.t, before.y, after.y)

    def forward_pass(self) -> Trace:
        """The whole forward pass at once, with the parameters and gates of now."""
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
