"""A network as a table: its layers, what each puts out, and how many parameters it has."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from .layers import Layer

Row = tuple[str, str, str, str]
HEAD: Row = ("name", "layer", "output", "parameters")


def rows(layers: Mapping[str, Layer], input_shape: tuple[int, ...] | None,
         shapes: Mapping[str, tuple[int, ...]]) -> list[Row]:
    """One row a layer, between the input and the total; an unknown shape is a question mark."""
    def times(shape: tuple[int, ...] | None) -> str:
        return "?" if shape is None else " x ".join(map(str, shape))

    table, total = [("input", "", times(input_shape), "")], 0
    for name, layer in layers.items():
        size = sum(w.size for w in layer.params.values())
        table.append((name, written(layer),
                      times(shapes.get(name)), f"{size:,}" if size else ""))
        total += size
    return [*table, ("total", "", "", f"{total:,}")]


def written(layer: Layer) -> str:
    """A layer as one would write it; a student's class that has no repr of its own by its name."""
    plain = type(layer).__repr__ is object.__repr__
    return f"{type(layer).__name__}()" if plain else repr(layer)


def as_text(table: list[Row]) -> str:
    """Columns of text, numbers flush right."""
    w = [max(map(len, column)) for column in zip(HEAD, *table, strict=True)]
    return "\n".join(f"{a:<{w[0]}}  {b:<{w[1]}}  {c:<{w[2]}}  {d:>{w[3]}}".rstrip()
                     for a, b, c, d in (HEAD, *table))


def as_html(table: list[Row]) -> str:
    """The same for notebooks."""
    sides = ("left", "left", "left", "right")

    def row(cells: Row, tag: str) -> str:
        return "<tr>" + "".join(f"<{tag} style='text-align:{side}'>{escape(cell)}</{tag}>"
                                for side, cell in zip(sides, cells, strict=True)) + "</tr>"

    body = "".join(row(cells, "td") for cells in table)
    return f"<table><thead>{row(HEAD, 'th')}</thead><tbody>{body}</tbody></table>"
