"""Which classes and functions of a file can be checked, and which only look as if they could."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...layers.kinds import claim_of
from ..report import Report
from ..suite import check_class, check_loss, check_update
from . import Found, words
from .as_it_is import method_names
from .build import check_piece
from .signature import parameters

_NETWORK = re.compile("(net|network|model|cnn|sequential|classifier|trainer|lenet.*|mlp|.*net|"
                      ".*network|.*model|.*classifier|.*trainer|graph|solver)")
_OWN = {"loss_from_logits": check_loss, "sgd_update": check_update}     # tinycnn's own two


@dataclass
class Pieces:
    """What a file has.

    Attributes:
        found: what can be checked.
        left: {name: why it is not checked}, of what looks like a layer.
        unfinished: those of `left` whose name says that they should be one.
    """

    found: list[Found] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)


def pieces(namespace: Mapping[str, Any], own: list[str], *, kind: str | None = None,
           example: str = "", shape: tuple[int, ...] | None = None) -> Pieces:
    """Search a file.

    Args:
        namespace: all names of the module; own: those that the file itself defines, in order.
        kind: what all of it is said to be; example, shape: how to build it, and the shape of x.
    """
    result = Pieces()
    mine = {name: namespace[name] for name in own if name in namespace}
    for name, thing in mine.items():
        if isinstance(thing, type):
            _class(name, thing, result, namespace, kind, example, shape)
    _pairs(mine, result, namespace, kind, example, shape)
    _functions(mine, result)
    return result


def _class(name: str, cls: type, result: Pieces, namespace: Mapping[str, Any], kind: str | None,
           example: str, shape: tuple[int, ...] | None) -> None:
    methods, claim = method_names(cls), claim_of(cls)
    if methods is None:
        half = [word for word in ("forward", "backward") if word in
                {words.plain(m) for m in dir(cls)}]
        if half:
            other = "backward" if half == ["forward"] else "forward"
            result.left[name] = f"it has no {other}"
            if claim.kind and claim.sure:
                result.unfinished.add(name)
        return
    if all(_is_empty(getattr(cls, method)) for method in methods):
        result.left[name] = "its forward and backward are empty: a base class"
        return
    if len([p for p in parameters(getattr(cls, methods[0]))[1:] if p.required]) > 1 and not example:
        return      # a loss, with forward(predictions, targets)
    if _NETWORK.fullmatch(words.plain(name)) and not example:
        result.left[name] = "its name says that it is a whole network"
        return

    def check(seed: int) -> Report:
        if _keeps_contract(cls) and (kind or (claim.kind and claim.sure)) and not example:
            return check_class(cls, kind or claim.kind or "", seed)
        return check_piece(cls, name, seed, namespace, example=example, shape=shape, kind=kind)

    result.found.append(Found((name,), check))


def _keeps_contract(cls: type) -> bool:
    """Whether a class means to have tinycnn's form: params, and backward(dy, cache)."""
    if not hasattr(cls, "backward"):
        return True
    try:
        source = "".join(inspect.getsource(base) for base in cls.__mro__ if base is not object)
    except (OSError, TypeError):
        source = ""
    needed = [p for p in parameters(cls.backward)[1:] if p.required]
    return len(needed) == 2 and bool(re.search(r"\bparams\b", source))


def _is_empty(function: Callable[..., Any]) -> bool:
    """Whether a method does nothing: pass, or raise NotImplementedError."""
    try:
        lines = inspect.getsource(function).split("):", 1)[-1]
    except (OSError, TypeError):
        return False
    code = re.sub(r'("""|\'\'\')(.|\n)*?\1|#.*', "", lines)
    return bool(re.fullmatch(r"(\s|pass|\.\.\.|->.*:|raise NotImplementedError.*|return None|"
                             r"return NotImplemented|return)*", code))


_FORWARD = re.compile("forward(_?pass|_?prop(agation)?)?|fwd|Forward|fprop|feedforward")


def _pairs(mine: Mapping[str, Any], result: Pieces, namespace: Mapping[str, Any], kind: str | None,
           example: str, shape: tuple[int, ...] | None) -> None:
    """Functions such as conv_forward and conv_backward, or sigmoid and sigmoid_backward."""
    functions = {name: f for name, f in mine.items() if inspect.isfunction(f)}
    taken = set(_OWN)
    for back, g in functions.items():
        if not _BACKWARD.search(back) or _of_network(g):
            continue
        stem = words.plain(_BACKWARD.sub("", back))
        front = next((name for name in functions if name != back and name not in taken and
                      words.plain(_FORWARD.sub("", name)) == stem), None)
        if front is None:
            if len(parameters(g)) > 1:
                result.left[back] = "no function for its forward was found"
            continue
        taken |= {front, back}
        result.found.append(Found((front, back), _pair_check(
            (functions[front], g), front, namespace, kind, example, shape)))
    for name in functions:
        if _FORWARD.search(name) and name not in taken:
            result.left[name] = "no function for its backward was found"


_BACKWARD = re.compile("backward(_?pass|_?prop(agation)?)?|bwd|Backward|bprop|_?back_?prop"
                       "(agation|agate)?|(?<=_)back(?=_|$)")


def _pair_check(pair: tuple[Any, Any], name: str, namespace: Mapping[str, Any], kind: str | None,
                example: str, shape: tuple[int, ...] | None) -> Callable[[int], Report]:
    return lambda seed: check_piece(pair, name, seed, namespace, example=example, shape=shape,
                                    kind=kind)


def _of_network(function: Any) -> bool:
    """Whether a backward is that of a whole network: it takes all parameters at once."""
    return any(words.plain(p.name) in ("parameters", "params", "caches", "layers", "model", "network",
                                       "net") for p in parameters(function))


def _functions(mine: Mapping[str, Any], result: Pieces) -> None:
    """tinycnn's own two functions."""
    for name, check in _OWN.items():
        if name in mine:
            result.found.append(Found((name,), lambda seed, f=mine[name], c=check: c(f, seed)))
