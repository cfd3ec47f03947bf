"""Walking through a training step, and from one step of a training to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import NamedTuple, TypeVar

import numpy as np

from ..layers import NotFiniteError
from ..layers.base import Array, Params
from ..network import Network, Trace
from ..training import History, Moment
from ..training.replay import copied, put
from ..training.updates import State
from . import names
from .objective import Loss
from .steps import Step, StepError
from .training_step import TrainingStep

Self = TypeVar("Self", bound="Walk")


class Earlier(NamedTuple):
    """What the training step before this one began with; `first`: before any `set`."""

    params: Params
    first: Params
    x: Array
    t: Array
    gates: dict[str, Array]
    state: State
    epoch: int


class Walk(TrainingStep):
    """The steps that are done, and the training steps before. `Stepper` says what it has."""

    failure: StepError | None = None        # of the step that was tried last

    def __init__(self, net: Network, x: Array, t: Array | int, *, learning_rate: float = 0.1,
                 loss: Loss | None = None) -> None:
        super().__init__(net, x, t, learning_rate, loss)
        self._first = copied(self.net.params)
        self._agains: list[Earlier] = []        # to undo them
        self._before: Earlier | None = None     # to compare with
        self.moment: Moment | None = None
        self.losses: list[float] = []

    @classmethod
    def into(cls: type[Self], found: History | NotFiniteError | Moment) -> Self:
        """A stepper in the batch at which `train(stop=...)` stopped, or which was not finite.

        Raises:
            ValueError: the training did not stop at a batch.
        """
        moment = found if isinstance(found, Moment) else found.moment
        if moment is None:
            raise ValueError(
                "this came from a file or another process, and the images stayed there"
                if found.replay is None else "this training did not stop at a batch (give it "
                "stop=(3, 5)); `tc.debug(history.replay.at(3, 5))` enters it anywhere")
        stepper = cls(moment.net, moment.x, moment.t, loss=moment.replay.plan.loss)
        stepper._stand_at(moment)
        stepper._before = None          # there is none in this session
        return stepper

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
        try:
            self.taken.append(self.do(self.position + 1))
        except StepError as error:
            self.failure = error            # for `troubles`
            raise
        self.failure = None
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

    def again(self, n: int = 1) -> None:
        """Begin the next training step on the same images, with the updated parameters; n times."""
        for _ in range(n):
            self.run()
            assert self.loss is not None
            self._agains.append(self._earlier())
            self._before = self._agains[-1]
            self.losses.append(self.loss)
            self.state = self.plan.step(self.net.params, self.the_update()[0],
                                        deepcopy(self.state), self.epoch)
            self._put(self.net.params)

    @property
    def where(self) -> str:
        """The batch of the training that these images are, in a sentence; "" if of none."""
        moment = self.moment
        if moment is None:
            return ""
        chosen = ", ".join([*map(str, moment.chosen[:10]), *["..."][:len(moment.chosen[10:])]])
        dropout = f", with the dropout of {' and '.join(moment.gates)}" if moment.gates else ""
        n = len(self._agains)
        when = f"after {n} update{'s' * (n > 1)} with it" if n else "before its update"
        return (f"epoch {moment.epoch}, batch {moment.batch} of {moment.replay.batches}, {when}: "
                f"images {chosen} of the training{dropout}")

    @property
    def undoable(self) -> int:
        """How many training steps `undo_again` can take back."""
        return len(self._agains)

    def undo_again(self) -> None:
        """Go back to the end of the training step before the last `again`."""
        if not self._agains:
            raise ValueError("there is no `again` to undo; `back batch` goes to an earlier batch "
                             "of a training, `restore` takes back `knock` and `set`")
        self._before = self._earlier()
        earlier = self._agains.pop()
        self.losses.pop()
        self.gates, self.state = dict(earlier.gates), earlier.state
        self._put(earlier.params)
        self._first = earlier.first
        self.run()

    def go_to(self, epoch: int, batch: int) -> None:
        """Go to a batch of the training, just before its update; both are counted from 1.

        Knockouts, set parameters and the steps of `again` are dropped: the training had none.

        Raises:
            ValueError: there is no such batch, or a batch on the way was not finite. Then the
                stepper stands in that batch.
        """
        self._enter(lambda moment: moment.replay.at(epoch, batch))

    def batch(self, n: int = 1) -> None:
        """Go n batches on in the training, or back if n is negative; as `go_to`."""
        self._enter(lambda moment: moment.replay.after(moment, n))

    def _enter(self, where: Callable[[Moment], Moment]) -> None:
        """Go to a place in the training that is found from this one."""
        if self.moment is None:
            raise ValueError("these images are not in a training: `tinycnn step --at 3:5` enters "
                             "one, and so do `tc.train(..., stop=(3, 5))` and `tc.debug(history)`. "
                             "`again` repeats the step with these images")
        try:
            self._stand_at(where(self.moment))
        except NotFiniteError as error:
            self._stand_at(error.moment)
            raise ValueError(f"{error}. The training ends here, in this batch") from error

    def _stand_at(self, moment: Moment) -> None:
        """Take the images and parameters of a place in a training."""
        self._before, self.moment = self._earlier(), moment
        self.t = self.objective.t = moment.t
        self._x = np.array(moment.x, self._x.dtype)
        self.plan, self.epoch, self.state = moment.replay.plan, moment.epoch, moment.state
        self.losses, self._agains = [*self.losses, moment.last], []
        self.gates = self.dropout = {name: gate for name, gate in moment.gates.items()
                                     if (gate != 1).any()}
        self._put(moment.params)

    def _earlier(self) -> Earlier:
        return Earlier(copied(self.net.params), self._first, self._x, self.t, dict(self.gates),
                       self.state, self.epoch)

    def _put(self, params: Mapping[str, Array]) -> None:
        """Begin a training step with these parameters."""
        put(self.net, params)
        self._first = copied(self.net.params)
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

    def _begin(self) -> None:
        super()._begin()
        self.taken: list[Step] = []
        self.failure = None

    def forward_pass(self) -> Trace:
        """The whole forward pass at once, with the current parameters and gates."""
        with np.errstate(all="ignore"):
            return self.net.forward(self._x, self.gates)

    def __repr__(self) -> str:
        where = self.step.name if self.step else "the start"
        return f"<Stepper at {where}, {self.position} of {len(self)} steps done>"
