"""Commands that change a map or a parameter, to see what it does."""

from __future__ import annotations

from ..stepper import Stepper
from .prompt import Prompt, real, whole


class Changing(Prompt):
    """Changing"""

    stepper: Stepper

    def do_knock(self, text: str) -> None:
        """knock LAYER MAP [FACTOR]: multiply a map by 0; show how y changes.

        `knock tanh1 4`, or `knock tanh1 4 0.5` to halve it. The steps done so far
        are done again.
        """
        words = text.split()
        if len(words) not in (2, 3):
            raise ValueError("knock which map? `knock tanh1 4`, or to halve it `knock tanh1 4 0.5`")
        factor = real(words[2], "factor") if len(words) == 3 else 0.0
        self.say(self.stepper.knock(words[0], whole(words[1], "map"), factor).text)

    def do_restore(self, text: str) -> None:
        """restore [LAYER [MAP]]: undo knockouts.

        Without LAYER: all knockouts, and all parameters that were set.
        """
        words = text.split()
        if len(words) > 2:
            raise ValueError("restore what? `restore`, `restore tanh1` or `restore tanh1 4`")
        unit = whole(words[1], "map") if len(words) > 1 else None
        self.say(self.stepper.restore(words[0] if words else None, unit).text)

    def do_set(self, text: str) -> None:
        """set NAME[INDEX] VALUE: change a parameter; show how y changes.

        `set conv1.W[0,0,1,1] 0.5`. The steps done so far are done again.
        """
        where, _, value = text.replace("=", " ").strip().rpartition(" ")
        if not where:
            raise ValueError("set what? `set conv1.W[0,0,1,1] 0.5`")
        self.say(self.stepper.set(where.strip(), real(value, "value")).text)
