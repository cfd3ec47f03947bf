"""The code of a notebook that was handed in: its cells, read as IPython reads them.

    code = code_from_notebook(document, ["Tanh"])

A line for Jupyter (`%timeit`, `!pip`, `np.tanh?`) becomes `pass`, or nothing where it is a whole
cell of another language. A cell that is not Python costs only what it defines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .magics import as_python
from .needed import Code, CodeError, code_from
from .statements import Statement
from .syntax import ONE_PARSER, parse

LARGEST = 1 << 18       # characters of code
LISTS = 1_000_000       # in the file, with its plots; each needs 100 bytes or more
NUMBERS = 5_000_000
CELLS = 5_000           # of code

DEFINES = re.compile(r"^(?:class|def)[ ]+(\w+)|^(\w+)[ ]*=", re.M)


def code_from_notebook(document: str, wanted: Iterable[str], path: Path | None = None) -> Code:
    """What is run of a notebook.

    Args:
        wanted: the names of the classes and functions of the exercises.
        path: its file, if there is one.

    Raises:
        CodeError: it is not a notebook, or none of its cells is Python.
    """
    texts: list[str] = []
    cells: list[tuple[int, int, str]] = []
    broken: list[Statement] = []
    line = 1
    found = list(_code_cells(document))
    size = sum(len(part) for _, _, source in found for part in source)
    if not found or size > LARGEST:
        raise CodeError(f"its cells have {size:,} characters of code; expected some, and at most "
                        f"{LARGEST:,}")
    if len(found) > CELLS:
        raise CodeError(f"it has {len(found):,} cells with code; at most {CELLS:,} are read")
    for number, name, source in found:
        text = as_python("".join(source))
        cells.append((line, number, name))
        try:
            parse(text)
            text.encode()
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            names = dict.fromkeys(a or b for a, b in DEFINES.findall(text))
            broken.append(Statement(line, text.encode(errors="replace").decode(), tuple(names)))
            text = "\n" * text.count("\n")
        texts.append(text)
        line += text.count("\n") + 2
    return code_from("\n\n".join(texts) + "\n", wanted, cells=cells, broken=broken, path=path)


def _code_cells(document: str) -> Iterator[tuple[int, str, list[str]]]:
    """(number, name, parts of the source) of each cell with code. Numbers count all cells."""
    if document.count("[") + document.count("{") > LISTS or document.count(",") > NUMBERS:
        raise CodeError(f"it is not a notebook: it has more than {LISTS:,} lists or {NUMBERS:,} "
                        "numbers")
    try:
        with ONE_PARSER:        # a large file needs much memory: one at a time
            notebook = json.loads(document)
    except (ValueError, RecursionError, MemoryError) as error:
        raise CodeError(f"it is not a notebook: {error}") from error
    if not isinstance(notebook, dict):
        raise CodeError(f"it is not a notebook: expected a dictionary with cells, got "
                        f"{type(notebook).__name__}")
    sheets = [notebook, *_list(notebook.get("worksheets"))]     # worksheets: before 2015
    found = [cell for sheet in sheets if isinstance(sheet, dict)
             for cell in _list(sheet.get("cells"))]
    if not found:
        raise CodeError("it is not a notebook: it has no cells")
    for number, cell in enumerate(found, 1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input"))
            parts: list[Any] = source if isinstance(source, list) else [source]
            if not all(isinstance(part, str) for part in parts) or not any(
                    part and not part.isspace() for part in parts):
                continue        # an empty cell
            count = cell.get("execution_count", cell.get("prompt_number"))
            shown = f" (In [{count}])" if type(count) is int and 0 < count < 100_000 else ""
            yield number, f"cell {number}{shown}", parts


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
