"""A training on disk: after a stop it can go on as if it had never stopped."""

from __future__ import annotations

import hashlib
import reprlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ..layers import ModelFileError
from ..layers.kinds import is_tinycnns
from ..network import Network
from ..network.model_file import check_params, read_npz, readable, write_npz
from ..output.text import harmless
from .history import LISTS, History, Params
from .plan import Plan
from .replay import put
from .updates import State

FORMAT = "tinycnn checkpoint 1"


class Checkpoint:
    """Writes the state of a training to a file, and puts it back.

    The order of an epoch's images and its dropout follow from the seed and the epoch's number, so
    parameters, the update's state and history are the whole state: no random generator is kept.

    Args:
        path: the .npz file, or None for no checkpoint at all.
        plan: it must be the same when training goes on, and so must the precision.
        data: {what: arrays} that the training sees; only digests of them are stored.
    """

    def __init__(self, path: str | Path | None, plan: Plan, net: Network, precision: str,
                 data: dict[str, list[np.ndarray]]) -> None:
        self.path, self.plan = None if path is None else Path(path), plan
        self.settings = {**plan.settings(), "precision": precision}
        if self.path is not None:
            if not self.path.absolute().parent.is_dir():
                raise FileNotFoundError(f"checkpoint {self.path}: its folder does not exist")
            # The layers as one would write them: others may have parameters of the same names.
            self.layers = [
                f"{name}={repr(layer) if is_tinycnns(layer) else type(layer).__name__}"
                for name, layer in net.layers.items()]
            self.settings |= {what: digest(arrays) for what, arrays in data.items() if arrays}

    def write(self, params: Params, history: History, state: State) -> None:
        """Write the last and the best parameters, the update's state and the history."""
        if self.path is None or not len(history):
            return
        arrays = {f"last/{name}": w for name, w in params.items()}
        arrays |= {f"best/{name}": w for name, w in history.best.items()}
        header = {"format": FORMAT, "settings": self.settings, "layers": self.layers,
                  "best_epoch": history.best_epoch,
                  **{name: getattr(history, name) for name in LISTS},
                  "rates": [self.plan.rate(i + 1) for i in range(len(history))],
                  "state": packed(state, arrays)}
        write_npz(self.path, header, arrays)

    def restore(self, net: Network, history: History) -> State:
        """Put the file's state into `net` and `history`; returns the state of the update.

        Without a file, it does nothing.

        Raises:
            ModelFileError: the file is damaged, or from a training with other data or settings.
        """
        if self.path is None or not self.path.exists():
            return None
        header, arrays = read_npz(self.path, FORMAT)
        if header.get("layers", self.layers) != self.layers:
            raise ModelFileError(f"{self.path}: a checkpoint of another network. Remove it, or "
                                 "name another file")
        older = "rates" not in header         # of plain gradient descent
        with readable(self.path, "a damaged checkpoint"):
            header = {"validation_error": [], "validation_loss": [], "state": None,
                      "rates": [self.plan.learning_rate] * len(header["loss"])} | header
            lists = {name: [float(value) for value in header[name]] for name in LISTS}
            done, best_epoch = len(lists["loss"]), int(header["best_epoch"])
            if {len(lists["train_error"]), len(lists["seconds"])} != {done} \
                    or any(len(values) not in (0, done) for values in lists.values()) \
                    or len(header["rates"]) != done or not 1 <= best_epoch <= done:
                raise ValueError("its lists do not fit together")
            self._check_settings(header["settings"], header["rates"])
            state = _unpacked(header["state"], arrays)
        if done > history.epochs:
            raise ModelFileError(f"{self.path}: this training already ran {done} epochs, more "
                                 f"than the {history.epochs} asked for")
        sides = {side: {name.removeprefix(f"{side}/"): w for name, w in arrays.items()
                        if name.startswith(f"{side}/")} for side in ("last", "best")}
        for params in sides.values():
            check_params(net.params, params, self.path)
        put(net, sides["last"])
        vars(history).update(lists, best=sides["best"], best_epoch=best_epoch)
        if older and history.test_error:
            warnings.warn(f"{self.path}: the best epoch so far, {best_epoch}, was chosen by the "
                          "test error, by an older tinycnn", stacklevel=3)
        return state

    def _check_settings(self, there: dict[str, Any], rates: list[float]) -> None:
        here = self.settings
        different = [f"{name} {there.get(name)} there, {here.get(name)} here"
                     for name in {**there, **here} if there.get(name) != here.get(name)]
        different = different or [      # they include the learning rate
            f"schedule: epoch {i} had the rate {rate} there, {self.plan.rate(i)} here"
            for i, rate in enumerate(rates, 1) if rate != self.plan.rate(i)][:1]
        if different:
            raise ModelFileError(f"{self.path}: a checkpoint of another training "
                                 f"({harmless('; '.join(different))[:1000]}). Remove it, or name "
                                 "another file")


def packed(state: State, arrays: dict[str, np.ndarray]) -> Any:
    """The state of an update as JSON: [name] for an array in `arrays`, ["list", ...] for a list."""
    if state is None or type(state) in (bool, int, float, str):
        return state
    if isinstance(state, dict) and all(isinstance(name, str) for name in state):
        return {name: packed(part, arrays) for name, part in state.items()}
    if type(state) in (list, tuple):
        return [type(state).__name__, *[packed(part, arrays) for part in state]]
    if isinstance(state, (np.ndarray, np.generic)) and not state.dtype.hasobject:
        arrays[name := f"state/{len(arrays)}"] = np.asarray(state)
        return [name]
    raise ValueError("the state of the update: a checkpoint can keep numbers, texts, arrays, and "
                     "lists, tuples and dictionaries (with texts as keys) of them, got "
                     f"{type(state).__name__} {reprlib.repr(state)}")


def _unpacked(packed: Any, arrays: dict[str, np.ndarray]) -> State:
    """What `packed` packed."""
    if isinstance(packed, dict):
        return {name: _unpacked(part, arrays) for name, part in packed.items()}
    if not isinstance(packed, list) or packed[0] in arrays:
        return arrays[packed[0]] if isinstance(packed, list) else packed
    return {"list": list, "tuple": tuple}[packed[0]]([_unpacked(part, arrays)
                                                      for part in packed[1:]])


def digest(arrays: list[np.ndarray]) -> str:
    """A hash (SHA-1, hexadecimal): equal if all shapes, types and numbers are equal."""
    result = hashlib.sha1()
    for array in arrays:
        result.update(f"{array.shape} {array.dtype}".encode())
        result.update(np.ascontiguousarray(array).tobytes())
    return result.hexdigest()
