"""Networks on disk: a .npz file with the parameters and a line of JSON, and no pickle.

A file is read as data and never as code. Only layers of the table of kinds and layers that you name
are built, and no array can be larger than the file.
"""

from __future__ import annotations

import json
import math
import tokenize
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ..layers import Layer, ModelFileError
from ..layers.kinds import KINDS
from ..output.whole_file import whole_file

Layers = dict[str, Layer]
UNREADABLE = (OSError, EOFError, KeyError, ValueError, TypeError, AttributeError, SyntaxError,
              tokenize.TokenError, MemoryError, RecursionError, NotImplementedError, RuntimeError,
              zipfile.BadZipFile)       # what zipfile, NumPy and json raise for damaged files


def write_npz(path: str | Path, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write arrays and a JSON header as .npz; an interrupted write leaves the old file whole."""
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ModelFileError(f"{name}: expected numbers, got {array.dtype}; tinycnn never "
                                 "pickles")
    with whole_file(Path(path)) as draft, open(draft, "wb") as file:
        # NumPy's numbers, as in seed=np.int64(0), are written as Python's.
        text = json.dumps(header, default=lambda number: number.item())
        members: dict[str, Any] = {"header": np.array(text), **arrays}
        np.savez(file, **members)


def read_npz(path: str | Path, expected: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of what `write_npz` wrote, if its header's "format" is `expected`."""
    def refuse(got: str) -> ModelFileError:
        return ModelFileError(f"{path}: expected a file of format {expected!r}, got {got}. Likely "
                              "cause: another program's file, or an incomplete copy")
    try:
        with zipfile.ZipFile(path) as archive:
            # Not compressed: then no array can be larger than the file that holds it.
            if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
                raise refuse("compressed members, which tinycnn never writes")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        if not all(isinstance(array, np.ndarray) for array in arrays.values()):
            raise refuse("members that are not arrays")
        header = json.loads(str(arrays.pop("header")))
        if not isinstance(header, dict) or header.get("format") != expected:
            raise refuse("another header")
    except (FileNotFoundError, ModelFileError):
        raise
    except UNREADABLE as error:
        raise refuse(f"something unreadable ({error})") from error
    return header, arrays


def describe(layers: Layers) -> list[dict[str, Any]]:
    """The chain as data, from which `build` makes it again."""
    chain = []
    for name, layer in layers.items():
        if not hasattr(layer, "config"):
            raise ModelFileError(f"layer {name!r}: to be saved, {type(layer).__name__} needs a "
                                 "method config() that returns the arguments that build it again")
        chain.append({"name": name, "kind": type(layer).__name__, "config": layer.config()})
    return chain


def build(chain: list[dict[str, Any]], arrays: dict[str, np.ndarray], path: str | Path,
          own: tuple[type[Layer], ...]) -> Layers:
    """The layers that `describe` described, with the parameters in `arrays`.

    Layers are first built with random weights, so their sizes are compared with the file before.
    """
    classes = {cls.__name__: cls for cls in (*(row.layer for row in KINDS.values()), *own)}
    layers: Layers = {}
    stored, claimed = sum(array.size for array in arrays.values()), 0
    for entry in chain:
        if entry["kind"] not in classes:
            raise ModelFileError(f"{path}: layer {entry['name']!r} is a {entry['kind']!r}, not "
                                 f"one of {', '.join(classes)}. Pass your own classes: "
                                 "Network.load(path, layers=(MyLayer,))")
        config = {key: tuple(value) if isinstance(value, list) else value
                  for key, value in entry["config"].items()}
        claimed += _claimed(config)
        if claimed > stored:
            raise ModelFileError(f"{path}: layer {entry['name']!r} claims {config}, but the file "
                                 f"holds no more than {stored:,} numbers")
        layers[entry["name"]] = classes[entry["kind"]](**config)
    check_params({f"{name}.{key}": w for name, layer in layers.items()
                  for key, w in layer.params.items()}, arrays, path)
    for name, layer in layers.items():
        layer.params = {key: arrays[f"{name}.{key}"] for key in layer.params}
    return layers


def check_params(wanted: dict[str, np.ndarray], arrays: dict[str, np.ndarray],
                 path: str | Path) -> None:
    """ModelFileError unless `arrays` has the names and shapes of `wanted`, in one precision."""
    if set(arrays) != set(wanted):
        raise ModelFileError(f"{path}: expected the parameters {sorted(wanted)}, "
                             f"got {sorted(arrays)}")
    for key, w in wanted.items():
        if arrays[key].shape != w.shape or arrays[key].dtype.kind != "f":
            raise ModelFileError(f"{path}: {key}: expected floats of shape {w.shape}, got "
                                 f"{arrays[key].dtype} of shape {arrays[key].shape}")
    kinds_of_float = {array.dtype for array in arrays.values()}
    if len(kinds_of_float) > 1 or any(not dtype.isnative for dtype in kinds_of_float):
        raise ModelFileError(f"{path}: expected parameters of one precision, in this machine's "
                             f"byte order, got {sorted(map(str, kinds_of_float))}")


def _claimed(config: dict[str, Any]) -> int:
    """How many weights a layer built with these arguments has; 0 for one without any."""
    sizes = [config[name] for name in
             ("n_in", "n_out", "in_channels", "out_channels", "kernel_size") if name in config]
    flat = [n for size in sizes for n in (size if isinstance(size, tuple) else (size,))]
    return math.prod(flat) if flat else 0
