"""A training on disk: after a stop it can go on as if it had never stopped."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from ..layers import ModelFileError
from ..network import Network
from ..network.model_file import check_params, read_npz, write_npz
from .history import History
from .replay import put

FORMAT = "tinycnn checkpoint 1"
LISTS = ("loss", "train_error", "test_error", "seconds")


class Checkpoint:
    """Writes the state of a training to a file, and puts it back.

    The order of an epoch's images follows from the seed and the epoch's number, so parameters
    and history are the whole state: there is no random generator to keep.

    Args:
        path: the .npz file, or None for no checkpoint at all.
        data: all arrays that the training sees; only a digest of them is stored.
        settings: what else must be the same when training goes on.
    """

    def __init__(self, path: str | Path | None, data: list[np.ndarray], **settings: Any) -> None:
        self.path = None if path is None else Path(path)
        self.settings = settings
        if self.path is not None:
            if not self.path.absolute().parent.is_dir():
                raise FileNotFoundError(f"checkpoint {self.path}: its folder does not exist")
            self.settings["data"] = digest(data)

    def write(self, net: Network, history: History) -> None:
        """Write the last and the best parameters, and the history."""
        if self.path is None or not len(history):
            return
        header = {"format": FORMAT, "settings": self.settings, "best_epoch": history.best_epoch,
                  **{name: getattr(history, name) for name in LISTS}}
        arrays = {f"last/{name}": w for name, w in net.params.items()}
        arrays |= {f"best/{name}": w for name, w in history.best.items()}
        write_npz(self.path, header, arrays)

    def restore(self, net: Network, history: History) -> None:
        """Put the file's state into `net` and `history`; without a file, do nothing.

        Raises:
            ModelFileError: the file is damaged, or from a training with other data or settings.
        """
        if self.path is None or not self.path.exists():
            return
        header, arrays = read_npz(self.path, FORMAT)
        try:
            self._check_settings(header["settings"])
            lists = {name: [float(value) for value in header[name]] for name in LISTS}
            done, best_epoch = len(lists["loss"]), int(header["best_epoch"])
            if {len(lists["train_error"]), len(lists["seconds"])} != {done} \
                    or len(lists["test_error"]) not in (0, done) or not 1 <= best_epoch <= done:
                raise ValueError("its lists do not fit together")
        except ModelFileError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelFileError(f"{self.path}: a damaged checkpoint ({error})") from error
        if done > history.epochs:
            raise ModelFileError(f"{self.path}: this training already ran {done} epochs, more "
                                 f"than the {history.epochs} asked for")
        sides = {side: {name.removeprefix(f"{side}/"): w for name, w in arrays.items()
                        if name.startswith(f"{side}/")} for side in ("last", "best")}
        for params in sides.values():
            check_params(net.params, params, self.path)
        put(net, sides["last"])
        vars(history).update(lists, best=sides["best"], best_epoch=best_epoch)

    def _check_settings(self, there: dict[str, Any]) -> None:
        different = [f"{name} {there.get(name)} there, {value} here"
                     for name, value in self.settings.items() if there.get(name) != value]
        if different:
            raise ModelFileError(f"{self.path}: a checkpoint of another training "
                                 f"({'; '.join(different)}). Remove it, or name another file")


def digest(arrays: list[np.ndarray]) -> str:
    """A hash (SHA-1, hexadecimal): equal if all shapes, types and numbers are equal."""
    result = hashlib.sha1()
    for array in arrays:
        result.update(f"{array.shape} {array.dtype}".encode())
        result.update(np.ascontiguousarray(array).tobytes())
    return result.hexdigest()
