"""The network of a report: the paper's, or one of your own; and images that fit it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from ..datasets import Dataset, load_faces
from ..datasets.pixels import Size, image_size
from ..gradients import feature_layers
from ..layers import ShapeError
from ..layers.kinds import claim_of
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
    if isinstance(made, Network):
        return lambda n_classes, seed, shape: made.copy()

    def make(n_classes: int, seed: int, shape: tuple[int, ...]) -> Network:
        with _explained(name_of(net)):
            takes = inspect.signature(made).parameters.values()
            given = {"n_classes": n_classes, "seed": seed, "input_shape": shape}
            if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in takes):
                given = {p.name: given[p.name] for p in takes if p.name in given}
            result = made(**given)
        if not isinstance(result, Network):
            raise ValueError(f"{name_of(net)}: expected a tinycnn Network, got a "
                             f"{type(result).__name__}. Likely cause: a missing return, or a torch "
                             "model, of which tc.from_torch makes one")
        return result.copy()        # the function may give the same one each time
    return make


def loss_for(net: Network) -> Loss | None:
    """The cross-entropy for a network's last layer; None, which trains as in the paper, after a
    softmax."""
    last = claim_of(type(next(reversed(net.layers.values())))).kind
    return None if net.ends_in_softmax else (
        binary_cross_entropy if last == "sigmoid" else cross_entropy)


def load_for(make: Maker, name: str, data: str | Path | Dataset | None = None, *,
             size: Size | None = None, colour: bool = False, grey: str = "unit", seed: int = 0
             ) -> tuple[Dataset, Network]:
    """The images in the size and colour that a network takes, and the network.

    Args:
        make: as from `network_maker`.
        name: of the network, for errors.
        data: as in `load_faces`, or a data set, whose images stay as they are.
        size, colour: wishes. Without them: what the network's input_shape says, and 60 x 60 grey
            levels if it has none.

    Raises:
        ValueError: the network takes other images, or has not one output for each class.
    """
    asked = None if size is None else image_size(size)
    if isinstance(data, Dataset) and (asked or colour):
        raise ValueError("size and colour: a Dataset has its images already")
    images = data if isinstance(data, Dataset) else load_faces(data, asked or 60, grey, colour)
    shape = images.images.shape[1:]
    net = make(images.n_classes, seed, shape)
    takes = net.input_shape
    if takes not in (None, shape) and len(takes) == 3 and not isinstance(data, Dataset):
        if (asked and tuple(takes[1:]) != asked) or (colour and takes[0] != 3):
            raise ShapeError(f"{name}: takes images of {times(takes)}, but size and colour ask for "
                             f"{times(shape)}. Without them, its own are taken")
        images = load_faces(data, (takes[1], takes[2]), grey, takes[0] == 3)
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
    return images, net


def _from_file(text: str) -> Any:
    """What "FILE.py:function" names. The file is run, with all that its code does."""
    file, _, name = text.rpartition(":")
    path = Path(file)
    if not file or not name.isidentifier():
        raise ValueError(f"{text}: expected FILE.py:function, the name of a function after a colon")
    if not path.is_file():
        raise ValueError(f"{text}: there is no file {file}")
    module = ModuleType(f"file_{path.stem}")        # not the stem: it may be that of a library
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
    """Turn what a user's code raises into a ValueError that names its line; ShapeErrors stay."""
    try:
        yield
    except ShapeError:
        raise
    except (Exception, SystemExit) as error:
        frame = last_frame(error, name.rpartition(":")[0] or name)
        line = getattr(error, "lineno", None) if frame is None else frame.lineno
        raise ValueError(f"{name}{f', line {line}' if line else ''}: {type(error).__name__}: "
                         f"{error}") from error
