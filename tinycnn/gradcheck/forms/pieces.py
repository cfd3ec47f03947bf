"""Which classes and functions of a file can be checked, and which only look as if they could."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ...layers.kinds import claim_of
from ..kinds import suite_of
from ..report import Report
from ..source import definitions, load, text_of
from ..suite import check_class, check_loss, check_update
from . import Found, words
from .activations import activations
from .build import Piece, Wish, check_piece
from .calling import method_names
from .losses import losses
from .signature import NotBuilt, parameters
from .updates import updates

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


def pieces(namespace: Mapping[str, Any], own: list[str], wish: Wish) -> Pieces:
    """Search a file.

    Args:
        namespace: all names of the module; own: those that the file itself defines, in order.
        wish: what the user says about them.
    """
    result = Pieces()
    mine = {name: namespace[name] for name in own if name in namespace}
    result.found += [Found((name,), partial(check, mine[name])) for name, check in _OWN.items()
                     if name in mine]
    for search in (activations, losses, updates) if not (wish.kind or wish.like) else ():
        result.found += search(_without(mine, result))
    mine = _without(mine, result)
    for name, thing in mine.items():
        if isinstance(thing, type):
            _class(name, thing, result, namespace, wish)
    partners, alone = pairs(mine)
    result.left |= alone
    for pair in partners:
        piece = (mine[pair[0]], mine[pair[1]])
        result.found.append(Found(pair, partial(check_piece, piece, pair[0], namespace=namespace,
                                                wish=wish)))
    order = {name: i for i, name in enumerate(own)}
    result.found.sort(key=lambda found: order.get(found.names[0].partition(".")[0], 0))
    return result


def _class(name: str, cls: type, result: Pieces, namespace: Mapping[str, Any], wish: Wish) -> None:
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
    empty = [word for word, method in zip(("forward", "backward"), methods, strict=True)
             if _is_empty(getattr(cls, method))]
    if empty:
        result.left[name] = f"its {' and '.join(empty)} {'are' if empty[1:] else 'is'} empty"
        return
    needed = [p for p in parameters(getattr(cls, methods[0]))[1:] if p.required]
    if len(needed) > 1 and words.role(needed[-1].name) in ("target", "y") and not wish.example:
        return      # a loss, with forward(predictions, targets)
    if _NETWORK.fullmatch(words.plain(name)) and not wish.example:
        result.left[name] = "its name says that it is a whole network"
        return

    def check(seed: int) -> Report:
        kind = wish.kind or (claim.kind if claim.sure else None)
        if _keeps_contract(cls) and kind and not wish.example and not wish.like:
            report = check_class(cls, kind, seed)
            if wish.kind or report.checks.get("build") or not suite_of(kind).free:
                return report
        return check_piece(cls, name, seed, namespace=namespace, wish=wish)

    result.found.append(Found((name,), check))


def _keeps_contract(cls: type) -> bool:
    """Whether a class means to have tinycnn's form: self.params, and backward(dy, cache)."""
    if method_names(cls) != ("forward", "backward"):
        return False
    try:
        source = "".join(inspect.getsource(base) for base in cls.__mro__ if base is not object)
    except (OSError, TypeError):
        source = ""
    needed = [p for p in parameters(cls.backward)[1:] if p.required]    # type: ignore[attr-defined]
    return len(needed) == 2 and words.role(needed[1].name) != "rate" and bool(
        re.search(r"self\.params\s*[:=]|^\s+params\s*[:=]", source, re.MULTILINE))


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


_VARIANT = "(alt|alternative|simple|simplified|fast|naive|vectori[sz]ed|v?[1-9])$"
_BACKWARD = re.compile("backward(_?pass|_?prop(agation)?)?|bwd|Backward|bprop|_?back_?prop"
                       "(agation|agate)?|(?<=_)back(?=_|$)")


def pairs(mine: Mapping[str, Any]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Functions such as conv_forward and conv_backward, or sigmoid and sigmoid_backward.

    Returns:
        Their names, and {name: why it has no partner} of the others that look like one.
    """
    functions = {name: f for name, f in mine.items() if inspect.isfunction(f)}
    found: list[tuple[str, str]] = []
    left: dict[str, str] = {}
    for back, g in functions.items():
        if not _BACKWARD.search(back) or _of_network(g):
            continue
        stem = words.plain(_BACKWARD.sub("", back))
        taken = {name for pair in found for name in pair}
        fronts = {words.plain(_FORWARD.sub("", name)): name for name in functions
                  if name != back and not _BACKWARD.search(name)}
        front = fronts.get(stem, "")
        if not front or front in taken:     # `batchnorm_backward_alt` is a second backward
            front = fronts.get(re.sub(_VARIANT, "", stem), "")
        if front:
            found.append((front, back))
        elif len(parameters(g)) > 1:
            left[back] = "no function for its forward was found"
    taken = {name for pair in found for name in pair}
    left |= {name: "no function for its backward was found" for name, f in functions.items()
             if _FORWARD.search(name) and name not in taken and not _of_network(f)}
    return found, left


def forward_beside(back: str, file: Path) -> Any:
    """The forward of a lonely backward in another file of the folder; None if there is none.

    Some courses hand in each function in a file of its own.
    """
    stem = words.plain(_BACKWARD.sub("", back))
    for other in sorted(file.parent.glob("*.py")):
        with suppress(SyntaxError, ValueError, OSError):
            for name in definitions(ast.parse(text_of(other))) if other != file else ():
                if _FORWARD.search(name) and words.plain(_FORWARD.sub("", name)) == stem:
                    return getattr(load(other)[0], name, None)
    return None


def piece_named(mine: Mapping[str, Any], name: str) -> Piece:
    """A class, or the pair of functions that a function belongs to.

    Raises:
        NotBuilt: there is none.
    """
    if isinstance(mine.get(name), type):
        return mine[name]
    pair = next((pair for pair in pairs(mine)[0] if name in pair), None)
    if pair is None:
        raise NotBuilt(f"there is no class and no pair of functions called {name}")
    return mine[pair[0]], mine[pair[1]]


def _of_network(function: Any) -> bool:
    """Whether a backward is that of a whole network: it takes all parameters at once."""
    return any(words.plain(p.name) in ("parameters", "params", "caches", "layers", "model",
                                       "network", "net") for p in parameters(function))


def _without(mine: Mapping[str, Any], result: Pieces) -> dict[str, Any]:
    """The names that nothing has been found for yet."""
    taken = {name for found in result.found for name in found.names}
    return {name: thing for name, thing in mine.items() if name not in taken}
