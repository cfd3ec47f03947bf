"""A training on disk, so that one that was stopped can go on as if it had not been."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from .history import History
from .layers import ModelFileError
from .model_file import read_npz, set_params, write_npz
from .network import Network

FORMAT = "tinycnn checkpoint 1"
LISTS = ("loss", "train_error", "test_error", "seconds")


class Checkpoint:
    """Writes the state of a training to a file, and puts it back.

    The order of an epoch's images follows from the seed and the epoch's number, so parameters
    and history are the whole state: there is no random generator to keep.

    Args:
        path: the .npz file, or None for no checkpoint at all.
        x, t, settings: what must be the same when training goes on; only digests of the data
            are stored.
    """

    def __init__(self, path: str | Path | None, x: np.ndarray, t: np.ndarray,
                 **settings: Any) -> None:
        self.path = None if path is None else Path(path)
        if self.path is not None:
            data = hashlib.sha1(np.ascontiguousarray(x).tobytes())
            data.update(np.ascontiguousarray(t).tobytes())
            settings["data"] = data.hexdigest()
        self.settings = settings

    def write(self, net: Network, history: History) -> None:
        """The last and the best parameters, and the history."""
        if self.path is None or not len(history):
            return
        header = {"format": FORMAT, "settings": self.settings, "best_epoch": history.best_epoch,
                  **{name: getattr(history, name) for name in LISTS}}
        arrays = {f"last/{name}": w for name, w in net.params.items()}
        arrays |= {f"best/{name}": w for name, w in history.best.items()}
        write_npz(self.path, header, arrays)

    def restore(self, net: Network, history: History) -> None:
        """Put the file's state into `net` and `history`; without a file, do nothing."""
        if self.path is None or not self.path.exists():
            return
        header, arrays = read_npz(self.path, FORMAT)
        if header["settings"] != self.settings:
            different = [f"{name} {header['settings'].get(name)} there, {value} here"
                         for name, value in self.settings.items()
                         if header["settings"].get(name) != value]
            raise ModelFileError(f"{self.path}: a checkpoint of another training "
                                 f"({'; '.join(different)}). Remove it, or name another file")
        if len(header["loss"]) > history.epochs:
            raise ModelFileError(f"{self.path}: this training already ran {len(header['loss'])} "
                                 f"epochs, more than the {history.epochs} asked for")
        sides = {side: {name.removeprefix(f"{side}/"): w for name, w in arrays.items()
                        if name.startswith(f"{side}/")} for side in ("last", "best")}
        set_params(net.layers, sides["last"], self.path)
        history.best, history.best_epoch = sides["best"], header["best_epoch"]
        for name in LISTS:
            setattr(history, name, list(header[name]))
