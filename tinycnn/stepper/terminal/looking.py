"""Commands that show numbers and say where they come from."""

from __future__ import annotations

import numpy as np

from .. import names
from ..answers.as_text import WIDTH, as_text
from ..answers.blocks import StepList
from ..answers.shading import Mode
from .prompt import split, whole
from .show import show
from .stopping import Stopping


class Looking(Stopping):
    """Looking"""

    mode: Mode

    def do_where(self, text: str) -> None:
        """where: the step that was done last, and any trouble."""
        if self.stepper.where:
            self.say(self.stepper.where)
        self.show_step()
        for trouble in self.stepper.troubles():
            if trouble.brought_in:
                self.say(f"! {trouble.text}")

    def do_list(self, text: str) -> None:
        """list: all steps, with a dot at those that are done."""
        self.say(as_text([StepList(self.stepper.steps, self.stepper.position)]))

    def do_net(self, text: str) -> None:
        """net: the network's layers, shapes and parameters."""
        self.say(repr(self.stepper.net))

    def do_trouble(self, text: str) -> None:
        """trouble: NaN, dead maps, saturated layers; where they began.

        nan: NaN or infinity. dead: a map whose ∂L/∂o is 0 for the whole batch; where
        a ReLU gives 0, only if more than half of its maps are. saturated: half of a
        tanh's inputs are beyond ±7.5. Also: a layer that does what it must not, and
        outputs that are no probabilities.
        """
        self.say(self.stepper.troubles().text)
        self._nothing_yet()

    def _nothing_yet(self) -> None:
        if not self.stepper.taken:
            self.say("No step is done yet: `continue` does them all.")

    def do_sizes(self, text: str) -> None:
        """sizes: sizes of o, ∂L/∂o, w and its update in each layer.

        With a word where one is out of the ordinary: vanishing, exploding, ...
        """
        self.say(self.stepper.sizes().text)
        self._nothing_yet()

    def do_check(self, text: str) -> None:
        """check: compare every layer's gradients with differences.

        With these images. If one is wrong, it goes to the step that makes it.
        """
        position = self.stepper.position
        self.say(self.stepper.check().text)
        if self.stepper.position != position:
            self.show_step()

    def do_print(self, text: str) -> None:
        """print NAME[INDEX] ...: numbers.

        `print tanh1[0,3]`, `print dL/dconv1.W[0,0]`, `print y norm(dL/dy)`;
        names: see `help`.
        """
        if not text:
            raise ValueError("print which numbers? `print tanh1[0,3]`, `print dL/dconv1.W`, "
                             "`print L`; names: see `help`")
        for value in [names.lookup(self.stepper, name) for name in split(text)]:
            self.say(value.line)
            if value.selected.ndim:
                self.say(np.array2string(value.selected, max_line_width=WIDTH, threshold=200,
                                         edgeitems=3, formatter={
                                             "float_kind": lambda v: f"{v + 0.0:9.4g}"}))

    def do_show(self, text: str) -> None:
        """show NAME [MAP]: maps as shaded blocks: `show tanh1 4`.

        All maps of a layer, or one; a convolution's filters; dense units as bars.
        """
        name, *which = split(text) or [""]
        if not name or len(which) > 1:
            raise ValueError("show what? `show tanh1`, one of its maps `show tanh1 4`, `show "
                             "conv1.W`, `show dL/dtanh1`; names: see `help`")
        self.say(show(self.stepper, name, whole(which[0], "map") if which else None, self.mode,
                      self.unicode, self._width()))

    def do_explain(self, text: str) -> None:
        """explain NAME[INDEX]: where a number comes from, and its gradient.

        `explain tanh1[0,3,10,10]`, `explain conv1.W[0,0,1,1]`: term by term, from
        the steps that are done, and checked by nudging the number itself.
        Without the index, `explain conv2`, it takes the unit that matters most.
        """
        if not text:
            raise ValueError("explain which number? `explain tanh1[0,3,10,10]`, "
                             "`explain conv1.W[0,0,1,1]`, or `explain tanh1` for the unit that "
                             "matters most")
        self.say(self.stepper.explain(text).text)

    def do_grad(self, text: str) -> None:
        """grad [LAYER]: the three factors of eq. 2, multiplied out.

        At the layer of the last step, or at another one. The product is compared
        with the training gradient, which is computed from the logits.
        """
        step = self.stepper.step
        here = step.name.split()[-1] if step and step.layer else self.stepper.last
        self.say(self.stepper.factors(text or here).text)
