"""Any batch of a training, entered again.

A training is determined by its first parameters, its images and its plan. So no batch has to be
recorded: it is computed again, and comes out with the same bits.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from ..layers import NotFiniteError
from ..layers.base import Array, Params
from ..network import Network, Trace
from ..network.losses import labels_in
from .batch import descend
from .plan import Plan
from .updates import State

KEPT = 2 ** 27      # bytes for the parameters at the beginning of epochs; the oldest go first


@dataclass(frozen=True)
class Moment:
    """A place in a training: just before the update of a batch.

    Attributes:
        epoch, batch: which one, counted from 1.
        chosen: (B,) which images of the training it has; x, t: these images and labels.
        net: a network with the parameters before the update; state: that of the update.
        gates: {layer: factors}, the dropout of this batch.
        replay: the training, to go to other places.
        last: L of the batch before it, NaN if it is not known.
    """

    epoch: int
    batch: int
    chosen: Array
    x: Array = field(repr=False)
    t: Array = field(repr=False)
    net: Network = field(repr=False)
    replay: Replay = field(repr=False)
    last: float = float("nan")
    state: State = field(default=None, repr=False)
    gates: Mapping[str, Array] = field(default_factory=dict, repr=False)

    @property
    def params(self) -> Params:
        """The parameters before the update."""
        return self.net.params


class Replay:
    """A training that can be entered at any batch.

    Args:
        net: the network with its first parameters; it is not changed.
        x, t, plan: as `train` had them.
        first: the epoch that begins with these parameters, counted from 1; state: what the update
            remembers there.
        epochs: how many the training has; None for no end.

    Attributes:
        batches: how many an epoch has.
        labels: (N,) the labels that t are; None if they are none.
        starts: {epoch: parameters and the update's state at its beginning}, as far as kept.
        sums: {epoch: a checksum of the same}, of all epochs that were passed through.
        losses: L of every batch that `train` had, from the first one on. A replay has the same, or
            it is not this training.
    """

    def __init__(self, net: Network, x: Array, t: Array, plan: Plan | None = None, *,
                 first: int = 1, epochs: int | None = None, state: State = None) -> None:
        self.x, self.t, self.plan = np.asarray(x), np.asarray(t), plan or Plan()
        self._net, self._copied = net, False
        self.batches = -(-len(self.x) // self.plan.batch_size)
        self.labels: Array | None = self.t
        self._maps: dict[str, int] = {}         # of the layers with dropout
        if self.plan.loss is not None or self.plan.dropout:
            with np.errstate(all="ignore"):
                trial = net.forward(np.zeros((2, *self.x.shape[1:]), self.x.dtype))
            self.labels = labels_in(self.t, trial.y.shape[1])
            self._maps = {name: trial[name].shape[1] for name in net.layers
                          if name in (self.plan.dropout or {})}
        self.starts: dict[int, tuple[Params, State]] = {}
        self.sums: dict[int, int] = {}
        self.first, self.epochs, self.losses = first, epochs, array("d")
        self.begins(first, net.params, state)
        self._place: tuple[int, int] | None = None      # where self.net stands; None: not known
        self._standing: Params | None = None            # parameters there, if it has none yet
        self._state: State = None                       # what the update remembers there
        self._last = float("nan")                       # L of the batch before

    @property
    def net(self) -> Network:
        """A copy that is trained again. It is made when it is needed: `train` needs none."""
        if not self._copied:
            self._net, self._copied = self._net.copy(), True
        return self._net

    def begins(self, epoch: int, params: Params, state: State = None, most: int = 3) -> None:
        """Note how an epoch begins; of `most` epochs parameters and state are kept.

        Raises:
            ValueError: this epoch began in another way before.
        """
        total = crc32(b"".join([w.tobytes() for w in params.values()]))
        if self.sums.setdefault(epoch, total) != total:
            raise self._other(f"epoch {epoch} does not begin")
        self.starts[epoch] = copied(params), deepcopy(state)
        while len(self.starts) > most:
            del self.starts[sorted(self.starts)[1]]         # the first one is needed to go back

    def _other(self, what: str) -> ValueError:
        return ValueError(f"{what} as it did in the training. Likely cause: a layer, the loss or "
                          "the update draws random numbers or keeps something in itself, a "
                          "callback changed the parameters, or somebody the images. Epochs whose "
                          f"beginning is known: {', '.join(map(str, sorted(self.starts)))}")

    def at(self, epoch: int, batch: int = 1) -> Moment:
        """The training just before a batch.

        Raises:
            ValueError: there is no such batch, or the epochs that are known do not come out again.
            NotFiniteError: a batch on the way is not finite.
        """
        if not 1 <= batch <= self.batches or not self.first <= epoch <= (self.epochs or epoch):
            span = f"{self.first} to {self.epochs}" if self.epochs else f"{self.first} on"
            raise ValueError(f"epoch {epoch}, batch {batch}: expected an epoch from {span}, and a "
                             f"batch from 1 to {self.batches}")
        near = max(start for start in self.starts if start <= epoch)
        if self._place is None or not (near, 1) <= self._place <= (epoch, batch):
            put(self.net, self.starts[near][0])
            self._state = deepcopy(self.starts[near][1])
            self._place, self._last = (near, 1), float("nan")
        elif self._standing is not None:
            put(self.net, self._standing)
        self._standing = None
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):     # as `train` does
            while self._place < (epoch, batch):
                self._one()
            return self._moment()

    def after(self, moment: Moment, n: int) -> Moment:
        """The training n batches later, or earlier if n is negative."""
        before = (moment.epoch - self.first) * self.batches + moment.batch - 1
        if before + n < 0:
            raise ValueError(f"{-n} batches back: only {before} were before this one")
        left = ((self.epochs or np.inf) - self.first + 1) * self.batches - 1 - before
        if n > left:
            raise ValueError(f"{n} batches on: only {left:g} are after this one")
        epoch, batch = divmod(before + n, self.batches)
        return self.at(epoch + self.first, batch + 1)

    def order(self, epoch: int) -> list[Array]:
        """Which images are in each batch of an epoch."""
        return self.plan.order(len(self.x), epoch)

    def gates(self, epoch: int, batch: int) -> dict[str, Array]:
        """{layer: factors}, the dropout of a batch; the same for all its images."""
        return self.plan.gates(self._maps, epoch, batch) if self._maps else {}

    def stand_at(self, epoch: int, batch: int, net: Network, state: State) -> None:
        """`net` has the parameters before this batch: nothing needs to be computed to go there."""
        self._place, self._standing, self._state = (epoch, batch), copied(net.params), state

    def _one(self) -> None:
        """The update at `_place`, which then is the next one."""
        assert self._place is not None
        (epoch, batch), self._place = self._place, None     # not known if it fails half-way
        _, trace, self._last, seed = self._forward(epoch, batch)
        try:
            self._state = descend(self.net, self.plan, trace, self._last, seed, self._state,
                                  (epoch, batch))
        except NotFiniteError as error:
            error.replay = self
            raise
        if batch < self.batches:
            self._place = epoch, batch + 1
            return
        size = sum(w.nbytes for w in self.net.params.values())
        self.begins(epoch + 1, self.net.params, self._state, max(4, KEPT // (size + 1)))
        self._place = epoch + 1, 1

    def _forward(self, epoch: int, batch: int) -> tuple[Array, Trace, float, Array]:
        """The images of a batch, and their pass; its L must be that of the training."""
        chosen = self.order(epoch)[batch - 1]
        trace, loss, seed = self.plan.forward(self.net, self.x[chosen], self.t[chosen],
                                              self.gates(epoch, batch))
        number = (epoch - self.first) * self.batches + batch - 1
        if number < len(self.losses) and not np.array_equal(self.losses[number], loss,
                                                            equal_nan=True):
            raise self._other(f"epoch {epoch}, batch {batch} does not have L")
        return chosen, trace, loss, seed

    def _moment(self) -> Moment:
        assert self._place is not None
        chosen, (epoch, batch) = self._forward(*self._place)[0], self._place
        before = (epoch - self.first) * self.batches + batch - 2
        last = self.losses[before] if 0 <= before < len(self.losses) else self._last
        return Moment(epoch, batch, chosen, self.x[chosen], self.t[chosen], self.net.copy(), self,
                      last, deepcopy(self._state), self.gates(epoch, batch))


def copied(params: Params) -> Params:
    """A copy of every array."""
    return {name: w.copy() for name, w in params.items()}


def put(net: Network, params: Mapping[str, Array]) -> None:
    """Give a network these parameters."""
    for name, w in net.params.items():
        w[...] = params[name]
