"""The network of a report: the paper's, or one of your own; and images that fit it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any

import numpy as np

from ..datasets import Dataset, choices, read_data
from ..datasets.pixels import Size, image_size
from ..gradients import feature_layers
from ..layers import ModelFileError, ShapeError
from ..network import Network
from ..network.losses import Loss, binary_cross_entropy, cross_entropy
from ..network.paper_net import face_net
from ..output.text import did_you_mean, last_frame, times

Source = str | Path | Callable[..., Network] | Network | None
Maker = Callable[[int, int, tuple[int, ...]], Network]


def name_of(net: Source) -> str:
    """What a network is called in reports: "nets.py:small", or the name of the function."""
    if net is None:
        return "the paper's network"
    return str(net) if isinstance(net, (str, Path)) else getattr(net, "__name__", "your network")


def network_maker(net: Source = None) -> Maker:
    """A function of n_classes, seed and input_shape (C, H, W) that makes a new network each time.

    Args:
        net: None for the paper's network; "FILE.py:function" or a function, which is called with
            those of n_classes=, seed= and input_shape= that it takes; a Network, which is copied.

    Raises:
        ValueError: there is no such function; the maker raises one if the function fails.
    """
    if net is None:
        return lambda n_classes, seed, shape: face_net(n_classes, seed, (shape[1], shape[2]))
    made = _from_file(str(net)) if isinstance(net, (str, Path)) else net
    _refuse_torch(made, name_of(net))
    if isinstance(made, Network):
        return lambda n_classes, seed, shape: made.copy()

    def make(n_classes: int, seed: int, shape: tuple[int, ...]) -> Network:
        with _explained(name_of(net)):
            takes = inspect.signature(made).parameters.values()
            given = {"n_classes": n_classes, "seed": seed, "input_shape": shape}
            unknown = [p.name for p in takes if p.default is p.empty and p.name not in given
                       and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
            if unknown:
                raise TypeError(f"it needs {unknown}, but it is called with those of n_classes=, "
                                "seed= and input_shape= that it takes")
            if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in takes):
                given = {p.name: given[p.name] for p in takes if p.name in given}
            result = made(**given)
        if not isinstance(result, Network):
            _refuse_torch(result, name_of(net))
            raise ValueError(f"{name_of(net)}: expected a tinycnn Network, got a "
                             f"{type(result).__name__}. Likely cause: a missing return")
        return result.copy()        # the function may give the same one each time
    return make


def trained_network(model: str | Path | Network) -> Network:
    """A Network that is trained already, or the one in a file; ModelFileError if there is none."""
    if isinstance(model, Network):
        return model
    _refuse_torch(model, "model")
    if not isinstance(model, (str, Path)) or not Path(model).is_file():
        raise ModelFileError(f"model: expected a Network or the file of one, got {model!r:.200}, "
                             "and there is no such file")
    try:
        return Network.load(model)
    except ModelFileError as error:
        raise ModelFileError(f"{error}. In Python, reproduce(Settings(model=net)) takes any Network"
                             ", also with layers of your own") from None


def loss_for(net: Network) -> Loss | None:
    """The cross-entropy for a network's last layer; None, which trains as in the paper, after a
    softmax."""
    return None if net.ends_in_softmax else (
        binary_cross_entropy if net.ends_in_sigmoid else cross_entropy)


def load_for(make: Maker, name: str, data: str | Path | Dataset | None = None, *,
             size: Size | None = None, colour: bool = False, grey: str = "unit", seed: int = 0,
             **classes: Any) -> tuple[Dataset, Network]:
    """The images in the size and colour that a network takes, and the network.

    Args:
        make: as from `network_maker`.
        name: of the network, for errors.
        data: as in `load_images`; "digits"; None for the drawn faces; or a data set, whose images
            stay as they are.
        size, colour: wishes. Without them: what the network's input_shape says, and 60 x 60 grey
            levels if it has none.
        classes: label, labels and exclude of `load_images`.

    Raises:
        ValueError: the network takes other images, has not one output for each class, or is another
            one when it is made again with the same seed.
    """
    asked = None if size is None else image_size(size)
    if isinstance(data, Dataset) and (asked or colour or grey != "unit" or choices(classes)):
        raise ValueError("size, colour, grey, label, labels and exclude: a Dataset has its images "
                         "and classes already")
    if not isinstance(data, (Dataset, str, Path, NoneType)):
        raise ValueError("data: expected a folder, an archive or a Dataset, got a "
                         f"{type(data).__name__}. tc.dataset(images, labels) makes one of arrays")
    images = data if isinstance(data, Dataset) else read_data(
        data, asked or 60, grey, colour, resize=asked is not None, **classes)
    shape = images.images.shape[1:]
    net = make(images.n_classes, seed, shape)
    takes = net.input_shape
    if takes not in (None, shape) and len(takes) == 3 and not isinstance(data, Dataset):
        if (asked and tuple(takes[1:]) != asked) or (colour and takes[0] != 3):
            wish = [*([f"size asks for {times(asked)}"] if asked else []),
                    *(["colour asks for 3 channels"] if colour else [])]
            raise ShapeError(f"{name}: takes images of {times(takes)}, but {' and '.join(wish)}. "
                             "Without this, its own are taken; --net names another network")
        images = read_data(data, (takes[1], takes[2]), grey, takes[0] == 3, **classes)
    _check(net, name, images, make(images.n_classes, seed, images.images.shape[1:]), seed)
    return images, net


def _check(net: Network, name: str, images: Dataset, again: Network, seed: int) -> None:
    """Refuse a network that does not fit the images, or that another call made otherwise."""
    shape = images.images.shape[1:]
    try:
        with _explained(name):
            y = net.forward(images.images[:2]).y
    except ShapeError as error:
        raise ShapeError(f"{name}: does not take images of {times(shape)}: {error}. size and "
                         "colour (--size, --colour) choose other images") from None
    if y.shape[1:] != (images.n_classes,):
        raise ShapeError(f"{name}: expected {images.n_classes} outputs, one for each class of "
                         f"{images.name}, got {times(y.shape[1:])}")
    if not feature_layers(net):
        raise ValueError(f"{name}: has no convolution and no hidden layer, so there are no features"
                         " whose gradients can be analysed")
    if any(not np.array_equal(w, again.params[key]) for key, w in net.params.items()):
        raise ValueError(f"{name}: made twice with seed={seed}, its weights differ. Likely cause: "
                         "it takes no seed=, or layers with weights do not use it as their rng=")


def _refuse_torch(model: Any, name: str) -> None:
    """A PyTorch model is called in another way; without importing torch it has to be known."""
    if any(cls.__module__.startswith("torch.nn") for cls in type(model).__mro__):
        raise ValueError(f"{name}: expected a tinycnn Network, got a PyTorch "
                         f"{type(model).__name__}, of which tc.from_torch makes one")


def _from_file(text: str) -> Any:
    """What "FILE.py:function" names. The file is run, with all that its code does."""
    file, _, name = text.rpartition(":")
    path = Path(file)
    if not file or not name.isidentifier():
        raise ValueError(f"{text}: expected FILE.py:function, the name of a function after a colon")
    if not path.is_file():
        raise ValueError(f"{text}: there is no file {file}")
    module = ModuleType(f"file_{path.stem}")        # not the stem: it may be that of a library
    module.__package__ = ""                         # of no package
    module.__file__ = str(path.absolute())          # to find other files beside it
    sys.modules[module.__name__] = module           # dataclasses and copies look for it there
    if str(path.resolve().parent) not in sys.path:
        sys.path.append(str(path.resolve().parent))     # the file may import its neighbours
    with _explained(file):
        exec(compile(path.read_text("utf-8"), file, "exec"), vars(module))
    if not hasattr(module, name):
        raise ValueError(f"{file} has no {name}{did_you_mean(name, vars(module))}")
    return getattr(module, name)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    """Turn what a user's code raises into a ValueError that names its line.

    Errors of shapes and of too little memory stay: they say already what is wrong.
    """
    try:
        yield
    except (ShapeError, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        frame = last_frame(error, name.rpartition(":")[0] or name)
        line = getattr(error, "lineno", None) if frame is None else frame.lineno
        hint = ". Import a neighbour without the dot" if "relative import" in str(error) else ""
        raise ValueError(f"{name}{f', line {line}' if line else ''}: {type(error).__name__}: "
                         f"{error}{hint}") from error
