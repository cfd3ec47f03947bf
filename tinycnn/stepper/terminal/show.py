"""The command `show`: which numbers of a layer are drawn, and how they are laid out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ...layers.base import Array
from ...output.text import times
from .. import names
from ..answers.shading import Mode, bars, shade

if TYPE_CHECKING:
    from ..stepper import Stepper

LONGEST = 60        # bars that are drawn at most


def show(stepper: Stepper, where: str, which: int | None, mode: Mode, blocks: bool,
         width: int) -> str:
    """A layer's maps, a convolution's filters, or the units of a dense layer, drawn as text.

    Args:
        where: a name, with an index or without. which: one map or filter of it, or None for all.
        width: columns of the terminal.
    """
    value = names.lookup(stepper, where)
    array, weights = value.selected, value.kind.startswith("parameter")
    draw = partial(shade, mode=mode, blocks=blocks, columns=width)
    if which is not None:
        return draw(_one(value, array, which, weights)[None],
                    [f"{value.label} {'filter' if weights else 'map'} {which}"])
    if array.ndim == 4:
        word, other = ("filter", "channel") if weights else ("map", "image")
        maps = array[:, 0] if weights else array[0]
        titles = [f"{word} {i}" for i in range(len(maps))] if len(maps) > 1 else [value.label]
        drawn = draw(maps, titles)
        more = array.shape[1] if weights else len(array)
        if more > 1:
            another = f"{value.name}[:,1:2]" if weights else f"{value.name}[1:2]"
            drawn += f"\n{other} 0 of {more}; `show {another}` shows another"
        return drawn
    if array.ndim == 3:
        return draw(array, [f"map {i}" for i in range(len(array))])
    if array.ndim == 2 and (weights or value.array.ndim == 4):
        across = ", from unit down, to unit across" if value.array.ndim == 2 else ""
        return draw(array[None], [value.label + across])
    if array.ndim == 0:
        return value.line
    return _units(stepper, value, array, blocks, width)


def _units(stepper: Stepper, value: names.Value, array: Array, blocks: bool, width: int) -> str:
    """A row of units as bars."""
    row, more = (array[0], len(array)) if array.ndim == 2 else (array, 1)
    notes = {}
    if value.kind == "output" and value.of == stepper.last and stepper.labels is not None:
        image = value.index[0] if value.index and isinstance(value.index[0], int) else 0
        notes = {int(stepper.labels[image]): "the true class"}
    lines = [bars(row[:LONGEST], notes, blocks, width)]
    if len(row) > LONGEST:
        lines.append(f"the first {LONGEST} of {len(row)}; "
                     f"`show {value.name}[0,{LONGEST}:]` shows the rest")
    if more > 1:
        lines.append(f"image 0 of {more}; `show {value.name}[1]` shows another")
    return "\n".join(lines)


def _one(value: names.Value, array: Array, which: int, weights: bool) -> Array:
    """One map of the first image, or one filter's first channel."""
    axis = 0 if weights else 1
    if array.ndim != 4:
        raise ValueError(f"{value.label} has no maps to choose from: its shape is "
                         f"{times(array.shape)}")
    if not 0 <= which < array.shape[axis]:
        raise ValueError(f"{value.name} has {'filters' if weights else 'maps'} 0 to "
                         f"{array.shape[axis] - 1}, got {which}")
    return np.asarray(array[which, 0] if weights else array[0, which])
