"""Networks on disk: a .npz file with the parameters and a line of JSON, and no pickle.

A file is read as data and never as code. Only layers of the table of kinds and layers that you name
are built. No array can be larger than the file, and no pass of one image larger than `LARGEST`.
"""

from __future__ import annotations

import io
import json
import math
import tokenize
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..layers import Conv2D, Layer, ModelFileError
from ..layers.kinds import KINDS
from ..output.text import harmless, listing, times
from ..output.whole_file import whole_file
from .shapes import Shape, largest

Layers = dict[str, Layer]
MOST = 10_000           # arrays in a file, and layers in a network
LARGEST = 2 ** 30       # numbers in one array of a pass with one image: 4 GB in float32
WEIGHTS = ("n_in", "n_out", "in_channels", "out_channels", "kernel_size", "channels")
UNREADABLE = (OSError, EOFError, LookupError, ValueError, TypeError, AttributeError, SyntaxError,
              ArithmeticError, tokenize.TokenError, MemoryError, RuntimeError,
              zipfile.BadZipFile)       # what zipfile, NumPy and json raise for damaged files


def write_npz(path: str | Path, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write arrays and a JSON header as .npz; an interrupted write leaves the old file whole."""
    if len(arrays) >= MOST:
        raise ModelFileError(f"{path}: expected fewer than {MOST:,} arrays, got {len(arrays):,}")
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ModelFileError(f"{name}: expected numbers, got {array.dtype}; tinycnn never "
                                 "pickles")
    with whole_file(Path(path)) as draft, open(draft, "wb") as file:
        members: dict[str, Any] = {"header": np.array(_as_json(header)), **arrays}
        np.savez(file, **members)


def read_npz(path: str | Path, expected: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of what `write_npz` wrote, if its header's "format" is `expected`."""
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = {name: _array(archive.read(member))
                      for name, member in _members(archive).items()}
        header = json.loads(str(arrays.pop("header")), object_pairs_hook=_named_once)
        if not isinstance(header, dict) or header.get("format") != expected:
            raise ValueError("another header")
    except FileNotFoundError:
        raise
    except UNREADABLE as error:
        raise ModelFileError(
            f"{path}: expected a file of format {expected!r}, got something unreadable "
            f"({harmless(str(error))[:200]}). Likely cause: another program's file, or an "
            "incomplete copy") from error
    return header, arrays


@contextmanager
def readable(path: str | Path, otherwise: str) -> Iterator[None]:
    """Turn what a damaged header raises into a ModelFileError."""
    try:
        yield
    except ModelFileError:
        raise
    except UNREADABLE as error:
        raise ModelFileError(f"{path}: {otherwise} ({harmless(str(error))[:300]})") from error


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members by name; ValueError unless all of them together are no larger than the file."""
    members = sorted(archive.infolist(), key=lambda member: member.header_offset)
    if len(members) > MOST:
        raise ValueError(f"{len(members):,} members, more than {MOST:,}")
    end = 0
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
            raise ValueError("compressed members, which tinycnn never writes")
        if member.header_offset < end:
            raise ValueError("members that overlap")
        end = member.header_offset + member.file_size
    return _named_once([(member.filename.removesuffix(".npy"), member) for member in members])


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dictionary; ValueError if a name is there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"{twice!r:.80} is there twice")
    return found


def _array(data: bytes) -> np.ndarray:
    """The array in a .npy file, if it is as large as it says."""
    file = io.BytesIO(data)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0,
                   (2, 0): np.lib.format.read_array_header_2_0}[np.lib.format.read_magic(file)]
    shape, _, dtype = read_header(file)
    size = math.prod(shape) * dtype.itemsize
    if dtype.hasobject or dtype.itemsize == 0 or size != len(data) - file.tell():
        raise ValueError(f"an array of {dtype} and shape {shape} in {len(data):,} bytes")
    file.seek(0)
    return np.lib.format.read_array(file, allow_pickle=False)


def _as_json(data: Any) -> str:
    """JSON; NumPy's numbers, as in seed=np.int64(0), are written as Python's."""
    return json.dumps(data, default=lambda number: number.item())


def describe(layers: Layers, input_shape: Shape | None = None) -> list[dict[str, Any]]:
    """The chain as data, from which `build` makes it again; ModelFileError if it cannot."""
    _check_names(layers)
    _check_room(layers, input_shape)
    chain = []
    for name, layer in layers.items():
        try:
            config: Any = layer.config()
            _as_json(config)
        except Exception as error:      # a layer of one's own may raise anything
            raise ModelFileError(
                f"layer {name!r}: to be saved, {type(layer).__name__} needs a method config() that "
                "returns the arguments that build it again, as numbers and texts; got "
                f"{type(error).__name__}: {error}") from error
        chain.append({"name": name, "kind": type(layer).__name__, "config": config})
    return chain


def build(chain: list[dict[str, Any]], arrays: dict[str, np.ndarray], path: str | Path,
          own: tuple[type[Layer], ...], input_shape: Shape | None = None) -> Layers:
    """The layers that `describe` described, with the parameters in `arrays`.

    Layers are first built with random weights, so their sizes are compared with the file before.
    """
    classes = {cls.__name__: cls for cls in (*(row.layer for row in KINDS.values()), *own)}
    layers: Layers = {}
    _check_names([entry["name"] for entry in chain], f"{path}: ")
    stored, claimed = sum(array.size for array in arrays.values()), 0
    for entry in chain:
        if entry["kind"] not in classes:
            raise ModelFileError(f"{path}: layer {entry['name']!r} is a {entry['kind']!r:.80}, not "
                                 f"one of {', '.join(classes)}. Pass your own classes: "
                                 "Network.load(path, layers=(MyLayer,))")
        config = {key: tuple(value) if isinstance(value, list) else value
                  for key, value in entry["config"].items()}
        if max(_numbers(config, ("kernel_size", "stride", "padding", "size")), default=0) > LARGEST:
            raise ModelFileError(f"{path}: layer {entry['name']!r}: expected sizes of at most "
                                 f"{LARGEST:,}, got {config!s:.200}")
        claimed += math.prod(_numbers(config, WEIGHTS) or [0])
        if claimed > stored:
            raise ModelFileError(f"{path}: layer {entry['name']!r} claims {config!s:.200}, but the "
                                 f"file holds no more than {stored:,} numbers")
        layers[entry["name"]] = classes[entry["kind"]](**config)
    _check_room(layers, input_shape, f"{path}: ")
    params = {f"{name}.{key}": w for name, layer in layers.items()
              for key, w in layer.params.items()}
    check_params(params, arrays, path)
    for name, layer in layers.items():
        layer.params = {key: arrays[f"{name}.{key}"] for key in layer.params}
    return layers


def warn_if_not_finite(params: dict[str, np.ndarray], path: str | Path) -> None:
    """A warning, as if from the line that loads the network, that names the parameters."""
    bad = [f"{count:,} of the {w.size:,} numbers of {name}" for name, w in params.items()
           if (count := w.size - np.count_nonzero(np.isfinite(w)))]
    if bad:
        bad[5:] = [f"{len(bad) - 5} other parameters"] * (len(bad) > 5)
        warnings.warn(f"{path}: NaN or infinity in {listing(bad)}. What this network predicts "
                      "means nothing. Likely cause: its training diverged before it was saved",
                      stacklevel=3)


def check_params(wanted: dict[str, np.ndarray], arrays: dict[str, np.ndarray],
                 path: str | Path) -> None:
    """ModelFileError unless `arrays` are floats with the names and shapes of `wanted`."""
    if set(arrays) != set(wanted):
        raise ModelFileError(f"{path}: expected the parameters {sorted(wanted)!s:.500}, "
                             f"got {sorted(arrays)!s:.500}")
    for key, w in wanted.items():
        if arrays[key].shape != w.shape or arrays[key].dtype.kind != "f":
            raise ModelFileError(f"{path}: {key}: expected floats of shape {w.shape}, got "
                                 f"{arrays[key].dtype} of shape {arrays[key].shape}")
        if not arrays[key].dtype.isnative:
            raise ModelFileError(f"{path}: {key}: expected numbers in this machine's byte order, "
                                 f"got {arrays[key].dtype.str}")


def _numbers(config: dict[str, Any], names: tuple[str, ...]) -> list[int]:
    """The sizes of these names in a layer's arguments, (rows, columns) as two."""
    sizes = [config[name] for name in names if config.get(name) is not None]
    return [n for size in sizes for n in (size if isinstance(size, tuple) else (size,))]


def _check_names(names: Iterable[str], where: str = "") -> None:
    """ModelFileError unless there are few enough names, each once and without control characters.
    """
    names = list(names)
    if len(names) > MOST:
        raise ModelFileError(f"{where}expected at most {MOST:,} layers, got {len(names):,}")
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise ModelFileError(f"{where}expected one layer of each name, got two of {twice!r:.80}")
    for name in names:
        if isinstance(name, str) and name != harmless(name):
            raise ModelFileError(f"{where}layer {name!r:.80}: expected a name without control "
                                 "characters")


def _check_room(layers: Layers, shape: Shape | None, where: str = "") -> None:
    """ModelFileError if a pass of one image needs an array of more than LARGEST numbers.

    If the shape of an image is not known, one of 60 x 60 counts.
    """
    if shape is None:
        first = next((layer for layer in layers.values() if isinstance(layer, Conv2D)), None)
        shape = (1 if first is None else first.params["W"].shape[1], 60, 60)
    name, size = largest(layers, shape)
    if size > LARGEST:
        layer = f"layer {name!r}, {layers[name]!s:.80}," if name in layers else "the input"
        raise ModelFileError(f"{where}{layer} needs more than {LARGEST:,} numbers for one image of "
                             f"{times(shape):.80}. Likely cause: a damaged file, or a size with "
                             "too many digits")
