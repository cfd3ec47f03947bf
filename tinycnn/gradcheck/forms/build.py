"""A class or a pair of functions from a file, built or called with an example, guessed or given."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..one_layer import Try, check_tries, keeps_contract
from ..report import Report
from ..subject import Trouble, call
from . import words
from .as_it_is import AsItIs
from .examples import Example, PlainStep, examples, fill, variants
from .signature import X, parameters

Piece = Any     # a class, or (forward function, backward function)


class NotBuilt(Exception):
    """No guess fits: what was tried last, and what to say instead."""


def check_piece(piece: Piece, name: str, seed: int, namespace: Mapping[str, Any], *,
                example: str = "", shape: tuple[int, ...] | None = None, kind: str | None = None
                ) -> Report:
    """Check a class or a pair of functions at guessed examples, or at the one that is given.

    Args:
        example: a call, "Conv(2, 3, 3)" or "conv_forward(x, w, b)", with NumPy as `np`.
        shape: of x.
        kind: which kind it is said to be.

    Raises:
        NotBuilt: nothing that was tried could be built and called.
    """
    tries = list(_given(piece, name, example, shape, namespace, seed)) if example else \
        _guessed(piece, name, seed, shape)
    if kind is None and not isinstance(piece, tuple) and keeps_contract(tries[0].layer):
        return check_tries(name, tries, seed, kind)
    report = check_tries(name, tries[:1], seed, kind)
    if report.numbers_right:
        return check_tries(name, tries, seed, kind) if len(tries) > 1 else report
    if not example and shape is None:       # perhaps it is meant for other images
        for one in _others(piece, name, seed, tries[0].x.shape):
            other = check_tries(name, [one], seed, kind)
            if other.numbers_right:
                other.notes.append(
                    f"right where x is {one.x.shape}; where it is {tries[0].x.shape}: "
                    f"{'; '.join(f.message for f in report.failures[:2])}. Is that meant?")
                return other
    return report


def _given(piece: Piece, name: str, example: str, shape: tuple[int, ...] | None,
           namespace: Mapping[str, Any], seed: int) -> Iterator[Try]:
    """The example as the user wrote it; every usual shape of x if none is given."""
    rng = np.random.default_rng(seed)
    scope = {**namespace, "np": np, "rng": rng, "x": X, "X": X}
    try:
        node = ast.parse(example, mode="eval").body
        if isinstance(piece, tuple):
            if not isinstance(node, ast.Call):
                raise ValueError("a call of the function is expected")
            values = [eval(ast.unparse(arg), scope) for arg in node.args]  # noqa: S307
            args: tuple[Any, ...] | None = tuple(values) if any(v is X for v in values) else (
                X, *values)
            layer: Any = piece
        else:
            np.random.seed(seed)
            layer, args = eval(example, scope), None  # noqa: S307
    except Exception as error:
        raise NotBuilt(f"--example {example!r} cannot be made: {type(error).__name__}: {error}"
                       ) from error
    shapes = [shape] if shape else [e.shape for e in examples(name)]
    last: Exception | None = None
    for i, size in enumerate(dict.fromkeys(shapes)):
        one = Try(layer, np.random.default_rng([seed, i]).normal(size=size), args, text=example)
        try:
            _runs(one)
        except Trouble as trouble:
            last = trouble
            if not shape:
                continue
        yield one
        return
    raise NotBuilt(f"no usual x fits {example}: {last}. Say which: --x 2,2,6,6")


def _guessed(piece: Piece, name: str, seed: int, shape: tuple[int, ...] | None) -> list[Try]:
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
        more = [_made(piece, name, v, seed, varied=True) for v in variants(e, known)]
        return [one, *(m for m in more if m is not None)]
    if half is not None:        # backward raises an error: the report says which
        return [half]
    raise NotBuilt(f"{why}")


def _others(piece: Piece, name: str, seed: int, tried: tuple[int, ...]) -> Iterator[Try]:
    """Other examples that run: x of another shape."""
    for e in examples(name):
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
        return Try(piece, x, tuple(filled[0]), e.words, f"{name} with x {e.shape}")
    filled = fill(parameters(piece)[0 if piece.__init__ is not object.__init__ else 1:]
                  if piece.__init__ is not object.__init__ else [], e, rng, varied=varied)
    if filled is None:
        return None
    np.random.seed(seed)
    random.seed(seed)
    layer = call(f"{name}(...)", piece, *filled[0], **filled[1])
    for method, argument in (("set_input_shape", e.shape[1:]), ("initialize", PlainStep()),
                             ("init_weights", None), ("build", e.shape)):
        function = getattr(layer, method, None)
        if callable(function) and len(needed := [p for p in parameters(function) if p.required]
                                      ) == (0 if argument is None else 1):
            call(method, function, *([argument] if needed else []))
    shown = [*(_short(v) for v in filled[0]), *(f"{k}={_short(v)}" for k, v in filled[1].items())]
    return Try(layer, x, None, e.words, f"{name}({', '.join(shown)})")


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array {value.shape}"
    return "..." if isinstance(value, (PlainStep, np.random.Generator)) else repr(value)


def _runs(one: Try) -> None:
    """Forward and backward once; a Trouble that begins with "forward" or "backward" if not."""
    if not isinstance(one.layer, tuple) and keeps_contract(one.layer):
        y, cache = call("forward", one.layer.forward, one.x.copy())
        call("backward", one.layer.backward, np.ones_like(y), cache)
        return
    layer = call("forward", AsItIs, one.layer, one.x, one.args)
    y, cache = call("forward", layer.forward, one.x.copy())
    if np.asarray(y).dtype.kind != "f":
        raise Trouble("forward gives no array of numbers", "wrong_return")
    dx = call("backward", layer.backward, np.random.default_rng(0).normal(size=y.shape), cache)
    if dx is not None and np.shape(dx) != one.x.shape:
        raise Trouble(f"backward's dx has shape {np.shape(dx)}", "wrong_shape")
