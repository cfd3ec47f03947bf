"""Guess how a layer is built or called, from the names of its arguments, and an x that it takes.

Several shapes are tried, because code may want N, C, H, W or N, H, W, C, a batch in the last axis,
one image alone, or square images. No two sizes of a shape are equal where that is possible, so that
a gradient can be told by its shape.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .signature import Parameter, X, parameters
from .words import plain

# What a name says the layer is: the shapes of x that are tried. C or D is always 3 or 4.
SHAPES: dict[str, list[tuple[int, ...]]] = {
    "conv": [(2, 3, 6, 7), (2, 3, 6, 6), (2, 6, 7, 3), (2, 6, 6, 3), (3, 6, 7), (6, 7, 3), (6, 7),
             (6, 6), (3, 6, 6), (3, 6, 7, 2)],
    "pool": [(2, 3, 6, 8), (2, 3, 6, 6), (2, 6, 8, 3), (2, 6, 6, 3), (3, 6, 8), (6, 8, 3), (6, 8),
             (6, 6), (3, 6, 8, 2)],
    "dense": [(5, 4), (4, 5), (4,), (1, 4), (4, 1), (5, 2, 2)],
    "norm": [(5, 4), (4, 5), (5, 4, 2, 6), (5, 2, 6, 4)],
    "flatten": [(2, 3, 4, 5), (3, 4, 5), (5, 4)],
    "": [(5, 4), (4, 5), (2, 3, 4, 6), (2, 4, 6, 3), (4,), (4, 1)],
}
_FAMILY = {"pool": "pool", "conv": "conv|cov2d", "norm": "norm|^bn$",
           "dense": "dense|linear|affine|fullyconnected|^fc|fclayer|fc$|inner|hidden|^layer$",
           "flatten": "flatten|reshape"}
_ROLES = {
    "in": "(n|num|number)?(in|input|inputs|prev|c)(ch|channels?|features?|dims?|size|sizes|units|"
          "depth|planes|neurons|nodes|n|len|length)?|cin|ncprev|channels?in|fanin|nin|inplanes|"
          "channels?|numchannels?|nchannels?|dims?|(n|num)features?|features|ninput|ninputs|d|m|"
          "sizein|insz|indim|nprev|n|units|numinputchannels|inpchannels|inc|depthin|normshape|"
          "normalizedshape|(n|num)inputs?|featuresize|ch",
    "out": "(n|num|number)?(out|output|outputs)(ch|channels?|features?|dims?|size|units|depth|"
           "planes|neurons|nodes|n|len)?|cout|channels?out|fanout|nout|outplanes|(n|num|number)?"
           "(of)?(filters?|kernels?|units?|neurons?|nodes?|hidden)|nf|filtern|filternum|hiddensize|"
           "depth|sizeout|outsz|numoutputchannels|outc|depthout|filterscount|filtercount|"
           "(n|num)outputs?|hiddenunits|classes|nclasses|numclasses|kernelnum|kernelcount|fn",
    "kernel": "(kernel|filter|pool|pooling|window|conv|mask)?(size|shape|sz|dim|dims|length|width|"
              "height|h|w|s|len)|k|f|ks|fs|ksize|fsize|kernel|fh|fw|kh|kw|ph|pw|window|pool|"
              "filterheight|filterwidth|region|area|scale|factor|hh|ww|filter",
    "stride": "strides?|s|step|st|stridex|stridey|strideh|stridew|poolstride|convstride",
    "pad": "padding|pad|p|pads|padsize|zeropadding|paddingsize",
    "shape": "(input|x|in|image|img)(shape|dims?|dimensions?)|shape|inshape|shapein|inpshape",
    "height": "(input|in|img|image)?(height|h|rows)|hin|inheight",
    "width": "(input|in|img|image)?(width|w|cols|columns)|win|inwidth",
    "W": "w|ws|weights?|filters?|kernels?|theta|wmat|weightmatrix",
    "b": "b|bias|biases|bs|intercept",
    "gamma": "gamma", "beta": "beta",
    "rate": "rate|ratio|dropoutratio|dropoutrate|dropratio|droprate|keepprob|prob|probability|"
            "dropprob|dropoutprob|keep|pdrop|drop|dropout|dropoutprobability|keepprobability",
    "lr": "lr|learningrate|learnrate|eta|lrate",
    "small": "eps|epsilon|alpha|slope|negativeslope|leak|leakiness|std|weightinitstd|scale|"
             "initstd|lambd|reg|l2|weightdecay|decay|a",
    "momentum": "momentum|decayrate|rho",
    "flag": "training|istraining|train|trainflg|usebias|bias|hasbias",
    "mode": "mode|phase",
    "seed": "seed|randomseed|randomstate",
    "rng": "rng|generator",
    "optimizer": "optimizer|optim|opt|updater",
    "none": "activation|activationfunction|act|actfn|initializer|init|regularizer|prevlayer|"
            "kernelregularizer|hook|parent|activationfn|nonlinearity",
    "groups": "g|groups|numgroups",
    "name": "name|layername|id|label",
    "param": ".*(param|params|hparameters|hparams|hyperparams|parameters|config|options|cfg|args)",
}
_ROLE = {role: re.compile(words) for role, words in _ROLES.items()}


class PlainStep:
    """Stands for an optimizer: one step with learning rate 1, so that the step is the gradient."""

    def update(self, w: Any, grad: Any, *more: Any) -> Any:
        """The new weights."""
        return w - grad

    __call__ = update


@dataclass(frozen=True)
class Example:
    """Sizes to try: an input shape and a window.

    Attributes:
        shape: of x. window: kernel, stride and padding; a size is an int or a pair.
        words: what is special about it, as in a Case's features.
        optional: also fill arguments whose default is None.
    """

    family: str
    shape: tuple[int, ...]
    kernel: Any = 3
    stride: int = 1
    pad: int = 0
    columns: bool = False       # W (out, in), for W @ x; gamma (1, C, 1, 1)
    optional: bool = False
    words: tuple[str, ...] = field(default_factory=tuple)

    @property
    def channels(self) -> int:
        """C or D, by the place that the shape has for it."""
        if self.family == "norm":
            return 4
        if self.family == "dense":
            return int(np.prod(self.shape[1:])) if len(self.shape) == 3 else 4
        return 3 if 3 in self.shape else 4 if 4 in self.shape else 1

    @property
    def last(self) -> bool:
        """Whether the channels are the last axis."""
        return len(self.shape) > 2 and self.shape[-1] in (3, 4) and self.shape[1] not in (3, 4)


def family(name: str) -> str:
    """What kind of shapes a name asks for: "conv", "pool", "dense", "norm", "flatten" or ""."""
    word = re.sub("(forward|backward|layer|naive|fast|my)+", "", plain(name)) or plain(name)
    return next((f for f, pattern in _FAMILY.items() if re.search(pattern, word)), "")


def examples(name: str) -> Iterator[Example]:
    """What to try on a layer of this name; the most telling first."""
    kind = family(name)
    for optional in (False, True):
        spatial = kind == "norm" and re.search("spatial|2d", name.lower())
        for shape in SHAPES[kind][2:] if spatial else SHAPES[kind]:
            sizes = (2, (2, 2)) if kind == "pool" else (3, (3, 3)) if kind == "conv" else (3,)
            for kernel in sizes:
                for columns in (True, False) if kind == "dense" and shape == (4, 5) else \
                        (False, True) if kind in ("dense", "norm") else (False,):
                    yield Example(kind, shape, kernel, 2 if kind == "pool" else 1, 0, columns,
                                  optional)


def variants(base: Example, known: list[Parameter]) -> Iterator[Example]:
    """The example again with other strides and padding, if the layer has such arguments."""
    roles = {*_roles(known, base)}
    if base.family in ("conv", "pool") and roles & {"stride", "param"}:
        stride = 2 if base.family == "conv" else 1
        yield replace(base, stride=stride, words=(f"the stride is {stride}",))
    if base.family == "conv" and roles & {"pad", "param"}:
        yield replace(base, pad=1, words=("there is padding",))


def other_windows(example: str, piece: Any, kind: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A given example again with another stride, if the constructor has such an argument."""
    node = ast.parse(example, mode="eval").body
    known = [] if isinstance(piece, tuple) else parameters(piece)
    roles = _roles(known, Example(kind, ()))
    if not isinstance(node, ast.Call) or "stride" not in roles or kind not in ("conv", "pool"):
        return
    at = roles.index("stride")
    stride = ast.Constant(2 if kind == "conv" else 1)
    if at < len(node.args):
        if ast.unparse(node.args[at]) == ast.unparse(stride):
            return
        node.args[at] = stride
    else:
        node.keywords = [k for k in node.keywords if k.arg != known[at].name] + [
            ast.keyword(known[at].name, stride)]
    yield ast.unparse(node), (f"the stride is {ast.unparse(stride)}",)


def fill(known: list[Parameter], example: Example, rng: np.random.Generator, *, call: bool = False,
         varied: bool = False) -> tuple[list[Any], dict[str, Any]] | None:
    """Arguments for a constructor, or for a forward function if `call`: by position, and by name.

    Args:
        varied: also fill the arguments that have a default and say what stride and padding are.

    Returns:
        None if a needed argument has a name that says nothing.
    """
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for i, (p, role) in enumerate(zip(known, _roles(known, example, call), strict=True)):
        if (call and i == 0 and role not in ("W", "b")) or (call and role == "x"):
            value = X
        elif p.required or (example.optional and p.default is None and role in (
                "in", "shape", "out", "optimizer")) or (varied and role in ("stride", "pad")):
            value = _value(role, p.name, example, rng, call)
            if value is _UNKNOWN:
                return None
        else:
            continue
        if p.required:
            positional.append(value)
        else:
            named[p.name] = value
    return (positional, named) if not call or X in positional else None


_UNKNOWN = object()


def _roles(known: list[Parameter], example: Example, call: bool = False) -> list[str]:
    """What each argument is. A bare `s` is the size of a window; beside one it is the stride."""
    roles = [_role(p.name, example, call) for p in known]
    beside = roles.count("kernel") > 1 or "W" in roles
    return ["stride" if role == "kernel" and beside and plain(p.name) == "s" else role
            for p, role in zip(known, roles, strict=True)]


def _role(name: str, example: Example, call: bool = False) -> str:
    word = plain(name)
    if call and word in ("x", "inp", "input", "inputs", "aprev", "a", "z", "data", "x_in"):
        return "x"
    order = ["W", "b", "gamma", "beta", *_ROLES] if call else \
        ["shape", "seed", "rng", "optimizer", "none", *_ROLES]
    if example.family == "norm" or not example.family:
        order = ["small", "rate", *order]
    if example.family == "pool":
        order = ["kernel", *order]
    if word in ("w", "b", "weights", "bias", "biases", "weight") and word != "bias":
        order = ["W", "b", *order]
    if word == "p" and example.family not in ("conv", "pool"):
        return "rate"
    if word in ("s", "size") and example.family not in ("conv", "pool"):
        return "in"
    return next((role for role in order if _ROLE[role].fullmatch(word)), "")


def _value(role: str, name: str, e: Example, rng: np.random.Generator, call: bool) -> Any:
    c, out = e.channels, 2 if e.family == "dense" and len(e.shape) == 3 else \
        4 if e.family == "conv" else 3
    batch = 1 if len(e.shape) > 1 and not (e.family == "conv" and len(e.shape) == 3) else 0
    vector = (1, c, 1, 1) if e.columns and len(e.shape) == 4 else (c,)
    values: dict[str, Any] = {
        "in": c, "out": out, "kernel": e.kernel, "stride": e.stride, "pad": e.pad,
        "shape": e.shape[batch:] if batch else e.shape, "height": 6,
        "width": e.shape[-2] if e.last else e.shape[-1], "rate": 0.5, "lr": 1.0, "small": 0.01,
        "momentum": 0.9, "flag": True, "mode": "train", "seed": 0, "none": None,
        "groups": 2 if e.family == "norm" else 1, "rng": np.random.default_rng(0),
        "optimizer": PlainStep(), "name": "layer",
        "gamma": rng.uniform(0.5, 1.5, vector), "beta": rng.normal(size=vector)}
    if role in ("W", "b"):
        return _weight(role, c, out, e, rng)
    if role == "param" and call:
        sizes = dict.fromkeys(("f", "pool_height", "pool_width", "HH", "WW", "size", "pool_size",
                               "kernel_size", "filter_size", "k"), e.kernel)
        return {"mode": "train", "p": 0.5, "seed": 0, "eps": 1e-5, "momentum": 0.9, **sizes,
                "stride": e.stride, "pad": e.pad, "padding": e.pad, "train": True, "keep_prob": 0.5}
    if role == "kernel" and isinstance(e.kernel, tuple) and re.search("h$|w$|height|width", name):
        return e.kernel[0]
    return values.get(role, _UNKNOWN)


def _weight(role: str, c: int, out: int, e: Example, rng: np.random.Generator) -> Any:
    shape: tuple[int, ...] = (out, c) if e.columns else (c, out)
    bias: tuple[int, ...] = (out, 1) if e.columns and len(e.shape) > 1 else (out,)
    if e.family == "conv":
        k = e.kernel if isinstance(e.kernel, tuple) else (e.kernel, e.kernel)
        shape = (*k, c, out) if e.last else (out, c, *k)
        bias = (1, 1, 1, out) if e.last else (out,)
    return rng.normal(size=shape if role == "W" else bias)
