"""Any batch of a training, entered again.

A training is determined by its first parameters, its images and its seed. So no batch has to be
recorded: it is computed again, and comes out with the same bits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from ..layers import NotFiniteError
from ..layers.base import Array, Params
from ..network import Network
from .batch import batches, descend, forward

KEPT = 2 ** 27      # bytes for the parameters at the beginning of epochs; the oldest go first


@dataclass(frozen=True)
class Moment:
    """A place in a training: just before the update of a batch.

    Attributes:
        epoch, batch: which one, counted from 1.
        chosen: (B,) which images of the training it has; x, t: these images and labels.
        net: a network with the parameters before the update.
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

    @property
    def params(self) -> Params:
        """The parameters before the update."""
        return self.net.params


class Replay:
    """A training that can be entered at any batch.

    Args:
        net: the network with its first parameters; it is not changed.
        x, t, batch_size, learning_rate, seed: as `train` had them.
        first: the epoch that begins with these parameters, counted from 1.

    Attributes:
        batches: how many an epoch has.
        starts: {epoch: parameters at its beginning}, as far as they are kept.
        sums: {epoch: a checksum of the same}, of all epochs that were passed through.
    """

    def __init__(self, net: Network, x: Array, t: Array, *, batch_size: int = 10,
                 learning_rate: float = 0.1, seed: int = 0, first: int = 1) -> None:
        self.net, self.x, self.t = net.copy(), np.asarray(x), np.asarray(t)
        self.batch_size, self.learning_rate, self.seed = batch_size, learning_rate, seed
        self.batches = -(-len(self.x) // batch_size)
        self.starts: dict[int, Params] = {}
        self.sums: dict[int, int] = {}
        self.begins(first, net.params)
        self._place: tuple[int, int] | None = None      # where self.net stands; None: not known
        self._last = float("nan")                       # L of the batch before

    def begins(self, epoch: int, params: Params, most: int = 3) -> None:
        """Note how an epoch begins; of `most` epochs the parameters are kept.

        Raises:
            ValueError: this epoch began in another way before.
        """
        total = 0
        for w in params.values():
            total = crc32(w.tobytes(), total)
        if self.sums.setdefault(epoch, total) != total:
            raise ValueError(f"epoch {epoch - 1} does not end as it did in the training. Likely "
                             "cause: a layer draws random numbers or keeps something in itself, or "
                             "a callback changed the parameters. Epochs that can be entered as "
                             "they were: "
                             + ", ".join(str(e) for e in sorted(self.starts)))
        self.starts[epoch] = copied(params)
        while len(self.starts) > most:
            del self.starts[sorted(self.starts)[1]]         # the first one is needed to go back

    def at(self, epoch: int, batch: int = 1) -> Moment:
        """The training just before a batch.

        Raises:
            ValueError: there is no such batch, or the epochs that are known do not come out again.
            NotFiniteError: a batch on the way is not finite.
        """
        if not 1 <= batch <= self.batches or epoch < min(self.starts):
            raise ValueError(f"epoch {epoch}, batch {batch}: expected an epoch from "
                             f"{min(self.starts)} on, and a batch from 1 to {self.batches}")
        near = max(start for start in self.starts if start <= epoch)
        if self._place is None or not (near, 1) <= self._place <= (epoch, batch):
            _put(self.net, self.starts[near])
            self._place, self._last = (near, 1), float("nan")
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):     # as `train` does
            while self._place < (epoch, batch):
                self._one()
        return self._moment()

    def after(self, moment: Moment, n: int) -> Moment:
        """The training n batches later, or earlier if n is negative."""
        before = (moment.epoch - min(self.starts)) * self.batches + moment.batch - 1
        if before + n < 0:
            raise ValueError(f"{-n} batches back: only {before} were before this one")
        epoch, batch = divmod(before + n, self.batches)
        return self.at(epoch + min(self.starts), batch + 1)

    def stand_at(self, epoch: int, batch: int, last: float, net: Network) -> None:
        """`net` has the parameters before this batch: nothing needs to be computed to go there."""
        _put(self.net, net.params)
        self._place, self._last = (epoch, batch), last

    def _one(self) -> None:
        """The update at `_place`, which then is the next one."""
        assert self._place is not None
        (epoch, batch), self._place = self._place, None     # not known if it fails half-way
        chosen = batches(len(self.x), self.batch_size, self.seed, epoch)[batch - 1]
        trace, self._last, seed = forward(self.net, self.x[chosen], self.t[chosen])
        try:
            descend(self.net, trace, self._last, seed, self.learning_rate, (epoch, batch))
        except NotFiniteError as error:
            error.replay = self
            raise
        if batch < self.batches:
            self._place = epoch, batch + 1
            return
        size = sum(w.nbytes for w in self.net.params.values())
        self.begins(epoch + 1, self.net.params, max(4, KEPT // (size + 1)))
        self._place = epoch + 1, 1

    def _moment(self) -> Moment:
        assert self._place is not None
        epoch, batch = self._place
        chosen = batches(len(self.x), self.batch_size, self.seed, epoch)[batch - 1]
        return Moment(epoch, batch, chosen, self.x[chosen], self.t[chosen], self.net.copy(), self,
                      self._last)


def copied(params: Params) -> Params:
    """A copy of every array."""
    return {name: w.copy() for name, w in params.items()}


def _put(net: Network, params: Params) -> None:
    for name, w in net.params.items():
        w[...] = params[name]
