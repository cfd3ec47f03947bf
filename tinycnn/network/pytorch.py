"""A network from PyTorch, `from_torch(model)`, and back, `to_torch(net)`.

What computes nearly the same would give wrong gradients without a word. So a layer without an exact
counterpart is refused, by its place. Arrays are copied, and neither model nor network is changed.
"""

from __future__ import annotations

from collections import OrderedDict
from importlib import import_module
from inspect import signature
from typing import Any

import numpy as np

from .. import layers as own
from ..layers.kinds import KINDS
from .chain import Network

LAYERS: dict[str, Any] = {      # by PyTorch's name
    "Conv2d": own.Conv2D, "BatchNorm1d": own.BatchNorm, "BatchNorm2d": own.BatchNorm,
    "Tanh": own.Tanh, "ReLU": own.ReLU, "Sigmoid": own.Sigmoid, "MaxPool2d": own.MaxPool2D,
    "AdaptiveAvgPool2d": own.AvgPool2D, "AvgPool2d": own.AvgPool2D, "Flatten": own.Flatten,
    "Linear": own.Dense, "Softmax": own.Softmax}
# What has another name in PyTorch, and PyTorch's options with the one value that we compute.
THEIRS = {"n_in": "in_features", "n_out": "out_features", "channels": "num_features",
          "size": "kernel_size", "W": "weight", "b": "bias", "gamma": "weight", "beta": "bias"}
ONLY = {"groups": 1, "dilation": 1, "padding_mode": "zeros", "ceil_mode": False, "dim": 1,
        "return_indices": False, "divisor_override": None, "output_size": 1, "start_dim": 1,
        "end_dim": -1}
EPS = 2.0 ** -16        # with the variance 1 - EPS it makes exactly 1, in float32 too


def from_torch(model: Any, input_shape: tuple[int, ...] | None = None,
               softmax: bool = True) -> Network:
    """A `torch.nn.Sequential`, or one layer, as a Network: what it computes in eval mode.

    A batch norm is fixed with its running mean and variance; without them it stays a BatchNorm.
    Dropout and Identity become nothing. The layers are called conv1, relu1, conv2, ... For one
    without an exact counterpart, the ValueError has its place in the model, such as body.3.

    Args:
        model: of layers and Sequentials, in any mode; float32, or float64 (also if it has both).
        input_shape: (C, H, W) of one image; ShapeError if the layers do not fit it.
        softmax: add a Softmax after a last Linear or Flatten, if it has more than one unit.
    """
    torch = _pytorch()
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"expected a torch.nn.Sequential, got a {type(model).__name__}")
    layers, owners = dict[str, own.Layer](), dict[int, str]()
    kind, units, double = "", 0, False
    for place, module in model.named_modules(remove_duplicate=False):
        try:
            for w in (*module.parameters(False), *module.buffers(False)):
                if w.is_meta or w.dtype not in (torch.float32, torch.float64, torch.int64):
                    raise ValueError(f"expected float32 or float64, got {w.dtype} on {w.device}")
                if owners.setdefault(id(w), place) != place:
                    raise ValueError(f"has the weights of {owners[id(w)]} too; copy.deepcopy it")
                double = double or w.dtype == torch.float64
            layer = _counterpart(torch.nn, module)
            if layer is not None and kind == "softmax":
                raise ValueError("comes after a Softmax, which has to be the last layer")
        except ValueError as error:
            raise ValueError(f"{place or 'the model'} ({type(module).__name__}): {error}") from None
        if layer is not None:
            kind = type(layer).__name__.lower().replace("2d", "").replace("frozen", "")
            number = 1 + sum(name.startswith(kind) for name in layers)
            layers[kind if kind == "softmax" else f"{kind}{number}"] = layer
            units = len(layer.params["b"]) if "b" in layer.params else units
    if softmax and kind in ("dense", "flatten") and units != 1:
        layers["softmax"] = own.Softmax()
    net = Network(input_shape, **layers).astype(np.float64 if double else np.float32)
    net.output_shapes()         # an error, if the layers do not fit
    return net


def to_torch(net: Network) -> Any:
    """The network as a `torch.nn.Sequential` in eval mode, its layers under their names.

    A frozen batch norm has mean 0 and variance 1 (`model.train()` would take the batch's); one that
    is not frozen takes the batch's in every mode. A layer of one's own is refused by its name.
    """
    torch, modules, owners = _pytorch(), OrderedDict[str, Any](), dict[int, str]()
    names = {cls: name for name, cls in LAYERS.items()} | {own.FrozenBatchNorm: "BatchNorm2d"}
    fast = {cls: row.layer for row in KINDS.values() for cls in (row.layer, row.loops)}
    shaping = [cls for cls in map(fast.get, map(type, net.layers.values())) if cls in (
        own.Conv2D, own.MaxPool2D, own.AvgPool2D, own.Flatten, own.Dense)]
    # Whether a layer gets numbers for each image, and not maps.
    rows = len(net.input_shape or "any") == 1 or shaping[:1] == [own.Dense]
    with torch.random.fork_rng(devices=()):         # weights are drawn, and then replaced
        for name, layer in net.layers.items():
            cls: Any = fast.get(type(layer))
            others = {owners.setdefault(id(w), name) for w in layer.params.values()} - {name}
            if others or not cls or hasattr(torch.nn.Sequential(), name):
                raise ValueError(f"layer {name!r}: " + (
                    f"a {type(layer).__name__} of one's own, not tinycnn's" if not cls else
                    f"has the weights of {', '.join(others)} too; copy.deepcopy it" if others else
                    "a torch.nn.Sequential needs this name itself"))
            theirs, rows = names[cls], rows or cls in (own.Dense, own.Flatten)
            options = {"dim": 1} if cls is own.Softmax else {
                THEIRS.get(key, key): value for key, value in layer.config().items()}
            if "gamma" in layer.params:
                theirs = "BatchNorm1d" if rows else theirs
                options |= {"track_running_stats": False} if cls is own.BatchNorm else {"eps": EPS}
            elif options.get("kernel_size", 1) is None:
                theirs, options = "AdaptiveAvgPool2d", {"output_size": 1}
            module = modules[name] = getattr(torch.nn, theirs)(**options)
            for key, array in layer.params.items():
                w = torch.tensor(array.T.copy() if array.ndim == 2 else array)
                setattr(module.to(w.dtype), THEIRS[key], torch.nn.Parameter(w))
            if cls is own.FrozenBatchNorm:
                module.running_var -= EPS
    return torch.nn.Sequential(modules).eval()


def _pytorch() -> Any:
    try:
        return import_module("torch")
    except ImportError as error:
        raise ImportError("this needs PyTorch: pip install torch") from error


def _counterpart(nn: Any, module: Any) -> own.Layer | None:
    """The layer that computes what a module does, in float64; None if that is nothing."""
    cls, name = type(module), type(module).__name__
    known = name if cls is getattr(nn, name, None) else ""      # not a class that inherits from it
    if "forward" in vars(module) or any(getattr(module, f"_{kind}_hooks") for kind in (
            "forward", "forward_pre", "backward", "backward_pre")):
        raise ValueError("a hook or another forward may change what it computes. Weight norm, "
                         "pruning and torch.compile make one; so do Lazy layers until the first x")
    if "Dropout" in known or known == "Identity" or (
            isinstance(module, nn.Sequential) and cls.forward is nn.Sequential.forward):
        return None
    if known not in LAYERS:
        raise ValueError("has no exact counterpart. " + (
            f"There are {', '.join(LAYERS)}" if cls.__module__.startswith("torch.") else
            "A forward of one's own is code, which cannot be read. Pass a Sequential of its parts: "
            "nn.Sequential(model.conv1, nn.ReLU(), nn.Flatten(), model.fc)"))
    for option, only in (ONLY if known == "Conv2d" else ONLY | {"padding": 0}).items():
        value = getattr(module, option, only)
        if value not in (only, (only, only), [only, only]) and (option, value) != ("dim", -1):
            raise ValueError(f"{option}={value!r}; tinycnn computes only {option}={only!r}")
    config = {ours: getattr(module, THEIRS.get(ours, ours), None)
              for ours in signature(LAYERS[known]).parameters if ours not in ("rng", "init")}
    if isinstance(config.get("padding"), str):
        same, kernel = module.padding == "same", module.kernel_size
        if same and not all(side % 2 for side in kernel):
            raise ValueError(f"padding='same' with kernel_size={kernel}: PyTorch adds one zero "
                             "more on one side, which tinycnn cannot")
        config["padding"] = [side // 2 for side in kernel] if same else 0
    layer: own.Layer = LAYERS[known](**config)
    for key, begin in layer.params.items():
        w = getattr(module, THEIRS[key])    # None for what stays as it begins: ones or zeros
        array = begin if w is None else w.detach().cpu().numpy()
        layer.params[key] = np.array(array.T if array.ndim == 2 else array, np.float64, order="C")
    if isinstance(layer, own.BatchNorm) and module.running_mean is not None:
        return layer.frozen(*[w.cpu().double().numpy()
                              for w in (module.running_mean, module.running_var)])
    return layer
