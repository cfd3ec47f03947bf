"""A class or a pair of functions from a file, built or called with an example, guessed or given."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from ..one_layer import check_tries, keeps_contract
from ..own_form import Try
from ..report import Report
from ..source import widen_numpy
from ..subject import Trouble, call
from .as_it_is import AsItIs
from .calling import seed_all
from .examples import Example, PlainStep, examples, family, fill, other_windows, variants
from .signature import NotBuilt, X, parameters

Piece = Any     # a class, or (forward function, backward function)
OTHERS = 3      # inputs of other shapes that are tried if the first one is wrong


@dataclass(frozen=True)
class Wish:
    """What the user says about a piece of code.

    Attributes:
        kind: which kind of layer it is said to be.
        example: how to build or call it, "Conv(2, 3, 3)" or "conv_forward(x, w, b)"; NumPy is np.
        shape: of x.
        like: a class or a pair of functions that is right.
    """

    kind: str | None = None
    example: str = ""
    shape: tuple[int, ...] | None = None
    like: Piece = None


def check_piece(piece: Piece, name: str, seed: int, *, namespace: Mapping[str, Any],
                wish: Wish) -> Report:
    """Check a class or a pair of functions at guessed examples, or at the one that is given.

    Raises:
        NotBuilt: nothing that was tried could be built and called.
    """
    tries = _tries(piece, name, seed, namespace, wish, [])
    if wish.like:
        other = getattr(wish.like, "__name__", None) or wish.like[0].__name__
        again = replace(wish, example=re.sub(r"^[\w.]+", other, wish.example))
        right = _tries(wish.like, other, seed, {**namespace, other: wish.like}, again, [])
        tries = [replace(one, like=same) for one, same in zip(tries, right, strict=False)]
    if not isinstance(piece, tuple) and keeps_contract(tries[0].layer):
        return check_tries(name, tries, seed, wish.kind)
    widen_numpy()
    notes: list[str] = []
    tries = _tries(piece, name, seed, namespace, wish, notes) if not wish.like else tries
    report = check_tries(name, tries[:1], seed, wish.kind)
    if report.numbers_right:
        report = check_tries(name, tries, seed, wish.kind) if len(tries) > 1 else report
        report.notes += notes
        return report
    if wish.example or wish.shape or wish.like or (     # a norm's y is known in every layout
            family(name) == "norm" and not report.checks.get("forward", True)):
        return report
    for one in islice(_others(piece, name, seed, tries[0].x.shape), OTHERS):
        other_report = check_tries(name, [one], seed, wish.kind, explain=False)
        if other_report.numbers_right:      # perhaps it is meant for such images only
            said = "; ".join(failure.message for failure in report.failures[:2])
            other_report.notes.append(f"right where x is {one.x.shape}; where it is "
                                      f"{tries[0].x.shape}: {said}. Is that meant?")
            return other_report
    try:
        _runs(tries[0])
    except Trouble as trouble:      # the guess may be wrong, unless forward is what it has to be
        if not report.checks.get("forward") and not isinstance(trouble.__cause__, NameError):
            raise NotBuilt(f"{tries[0].text}, x {tries[0].x.shape}: {trouble}") from trouble
    return report


def _tries(piece: Piece, name: str, seed: int, namespace: Mapping[str, Any], wish: Wish,
           notes: list[str]) -> list[Try]:
    return _given(piece, name, wish.example, wish.shape, namespace, seed, notes) \
        if wish.example else _guessed(piece, name, seed, wish.shape, notes)


def _given(piece: Piece, name: str, example: str, shape: tuple[int, ...] | None,
           namespace: Mapping[str, Any], seed: int, notes: list[str]) -> list[Try]:
    """The example as the user wrote it, with every usual x if none is given; and its variants."""
    half: list[Try] = []        # what cannot run whatever the example is: the report says why
    last: Trouble | None = None
    for size in dict.fromkeys([shape] if shape else [e.shape for e in examples(name)]):
        try:
            one = _called(piece, example, size, namespace, seed)
            _runs(one)
        except Trouble as trouble:
            last = trouble
            # A name that does not exist is no matter of the example.
            if trouble.args[0].startswith("backward") or isinstance(trouble.__cause__, NameError):
                half.append(one)
            continue
        more: list[Try] = []
        for text, features in other_windows(example, piece, family(name)):
            with suppress(NotBuilt, Trouble):
                more.append(replace(_called(piece, text, size, namespace, seed), words=features))
        return [one, *(other for other in more if _usable(other, notes))]
    if half:        # the report says which error
        return half[:1]
    hint = "" if shape else ". Say which shape x has: --x 2,6,6,3"
    raise NotBuilt(f"{example} with x {size}: {last}{hint}")


def _called(piece: Piece, example: str, shape: tuple[int, ...], namespace: Mapping[str, Any],
            seed: int) -> Try:
    """The example made, with an x of this shape."""
    rng = np.random.default_rng(seed)
    scope = {**namespace, "np": np, "rng": rng, "x": X, "X": X}
    seed_all(seed)
    try:
        if isinstance(piece, tuple):
            node = ast.parse(example, mode="eval").body
            if not isinstance(node, ast.Call):
                raise ValueError("a call of the function is expected")
            values = [eval(ast.unparse(arg), scope) for arg in node.args]
            named = {w.arg: eval(ast.unparse(w.value), scope) for w in node.keywords if w.arg}
            if not any(value is X for value in (*values, *named.values())):
                values = [X, *values]
            bound = inspect.signature(piece[0]).bind(*values, **named)
            bound.apply_defaults()
            return Try(piece, rng.normal(size=shape), tuple(bound.arguments.values()), text=example)
        layer = eval(example, scope)
    except Exception as error:
        raise NotBuilt(f"{example} cannot be made: {type(error).__name__}: {error}") from error
    x = rng.normal(size=shape)
    _prepare(layer, x)
    return Try(layer, x, text=example)


def _guessed(piece: Piece, name: str, seed: int, shape: tuple[int, ...] | None,
             notes: list[str]) -> list[Try]:
    """The first example that runs, forward and backward, and its variants."""
    half: Try | None = None
    why: Exception | str = "the names of its arguments say too little"
    for e in examples(name):
        if shape:
            e = Example(e.family, shape, e.kernel, e.stride, e.pad, e.columns, e.optional)
        try:
            one = _made(piece, name, e, seed)
            if one is None:
                continue
            _runs(one)
        except Trouble as trouble:
            if trouble.args[0].startswith("backward") and half is None:
                half = one
            why = trouble
            continue
        known = parameters(piece[0] if isinstance(piece, tuple) else piece)
        more: list[Try] = []
        for variant in variants(e, known):
            with suppress(Trouble):
                more += filter(None, [_made(piece, name, variant, seed, varied=True)])
        return [one, *(other for other in more if _usable(other, notes))]
    if half is not None:        # backward raises an error: the report says which
        return [half]
    raise NotBuilt(f"{why}")


def _others(piece: Piece, name: str, seed: int, tried: tuple[int, ...]) -> Iterator[Try]:
    """Other examples that run: x of another shape, one image alone first."""
    for e in sorted(examples(name), key=lambda e: len(e.shape) > 1 and 1 not in e.shape):
        if e.shape == tried:
            continue
        try:
            one = _made(piece, name, e, seed)
            if one is not None:
                _runs(one)
                yield one
        except Trouble:
            continue


def _made(piece: Piece, name: str, e: Example, seed: int, *, varied: bool = False) -> Try | None:
    """A layer for this example, with an x; None if its arguments cannot be guessed.

    Raises:
        Trouble: it cannot be built.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=e.shape)
    if isinstance(piece, tuple):
        filled = fill(parameters(piece[0]), e, rng, call=True, varied=varied)
        if filled is None:
            return None
        return Try(piece, x, tuple(filled[0]), e.words, name)
    filled = fill(parameters(piece)[0 if piece.__init__ is not object.__init__ else 1:]
                  if piece.__init__ is not object.__init__ else [], e, rng, varied=varied)
    if filled is None:
        return None
    seed_all(seed)
    layer = call(f"{name}(...)", piece, *filled[0], **filled[1])
    _prepare(layer, x)
    shown = [*(_short(v) for v in filled[0]), *(f"{k}={_short(v)}" for k, v in filled[1].items())]
    return Try(layer, x, None, e.words, f"{name}({', '.join(shown)})")


def _prepare(layer: Any, x: np.ndarray) -> None:
    """Call what some frameworks call before the first forward: the shape of x, an optimizer."""
    for method, argument in (("set_input_shape", x.shape[1:]), ("initialize", PlainStep())):
        function = getattr(layer, method, None)
        needed = [p for p in parameters(function) if p.required] if callable(function) else []
        if function and not isinstance(function, type) and len(needed) < 2 and not (
                inspect.ismethod(function) and inspect.isclass(function.__self__)):
            call(method, function, *([argument] if parameters(function) else []))


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array {value.shape}"
    return "..." if isinstance(value, (PlainStep, np.random.Generator)) else repr(value)


def _usable(one: Try, notes: list[str]) -> bool:
    """Whether a variant runs. If it raises an error, it is perhaps not meant to: a note says it."""
    try:
        _runs(one)
    except Trouble as trouble:
        if trouble.key != "wrong_shape":
            if not trouble.args[0].startswith("forward"):
                notes.append(f"not checked: {', '.join(one.words)}: {trouble}")
            return False
    return True


def _runs(one: Try) -> None:
    """Forward and backward once; a Trouble that begins with "forward" or "backward" if not."""
    if not isinstance(one.layer, tuple) and keeps_contract(one.layer):
        y, cache = call("forward", one.layer.forward, one.x.copy())
        call("backward", one.layer.backward, np.ones_like(y), cache)
        return
    layer = call("forward", AsItIs, one.layer, one.x, one.args)
    y, cache = call("forward", layer.forward, one.x.copy())
    if np.asarray(y).dtype.kind != "f" or not np.size(y):
        raise Trouble("forward gives no array of numbers", "wrong_return")
    if family(one.text) == "pool" and y.ndim != one.x.ndim and y.shape[:1] != one.x.shape[:1]:
        raise Trouble(f"forward gives {y.shape}: x is not what it expects", "wrong_shape")
    dx = call("backward", layer.backward, np.random.default_rng(0).normal(size=y.shape), cache)
    if dx is not None and np.shape(dx) != one.x.shape:
        raise Trouble(f"backward's dx has shape {np.shape(dx)}", "wrong_shape")
