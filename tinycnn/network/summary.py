"""A network as a table: each layer, its output shape, and how many parameters it has."""

from __future__ import annotations

from collections.abc import Mapping

from ..layers import Layer
from ..output import notebook
from ..output.text import columns, harmless, times

Row = tuple[str, str, str, str]
HEAD: Row = ("name", "layer", "output", "parameters")
SIDES = "<<<>"


def rows(layers: Mapping[str, Layer], input_shape: tuple[int, ...] | None,
         shapes: Mapping[str, tuple[int, ...]]) -> list[Row]:
    """One row for each layer, after the input, before the total; an unknown shape is "?"."""
    def shown(shape: tuple[int, ...] | None) -> str:
        return "?" if shape is None else times(shape)

    table, total = [("input", "", shown(input_shape), "")], 0
    for name, layer in layers.items():
        size = sum(w.size for w in layer.params.values())
        table.append((harmless(name), harmless(written(layer)),
                      shown(shapes.get(name)), f"{size:,}" if size else ""))
        total += size
    return [*table, ("total", "", "", f"{total:,}")]


def written(layer: Layer) -> str:
    """A layer as one would write it; if a student's class has no __repr__, its name."""
    plain = type(layer).__repr__ is object.__repr__
    return f"{type(layer).__name__}()" if plain else repr(layer)


def as_text(table: list[Row]) -> str:
    """Columns of text, numbers flush right."""
    return "\n".join(columns([HEAD, *table], SIDES, 0))


def as_html(table: list[Row]) -> str:
    """The same for notebooks."""
    return notebook.table(table, HEAD, SIDES)
