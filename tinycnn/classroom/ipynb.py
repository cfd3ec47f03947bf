"""Makes a notebook from a students' file. `cells` reads those that are handed in."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from .exercises import Exercise
from .syntax import parse

INTRODUCTION = """\
# {title}

Replace each `raise NotImplementedError(...)` with your code and run the cells. The cell after each
class checks it. During a check, tinycnn uses its own code for what you have not written yet.
Hand in this notebook, or your code as `layers.py`."""


def notebook(text: str, exercises: Sequence[Exercise]) -> str:
    """A students' file as a notebook: one cell for each class, and after it one that checks it."""
    tree, lines = parse(text), text.split("\n")
    title = (ast.get_docstring(tree) or "").splitlines()[0].rstrip(".")
    owners = list(dict.fromkeys(e.owner or e.method for e in exercises))
    starts = {node.name: node.lineno - 1 for node in tree.body
              if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    given_from = tree.body[1].lineno - 1
    borders = sorted([given_from, *(starts[name] for name in owners), len(lines)])
    cells = [_cell("markdown", INTRODUCTION.format(title=title))]
    for begin, end in pairwise(borders):
        source = "\n".join(line for line in lines[begin:end]
                           if not line.startswith("# --- ")).strip()
        cells.append(_cell("code", source))
        name = next((name for name in owners if starts[name] == begin), None)
        if name is not None:
            cells.append(_cell("code", f"from tinycnn.classroom import check_here\n\n"
                                       f"check_here({name})"))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return json.dumps({
        "cells": cells, "nbformat": 4, "nbformat_minor": 5,
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python",
                                    "name": "python3"}, "language_info": {"name": "python"}},
    }, indent=1, ensure_ascii=False) + "\n"


def _cell(kind: str, source: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {},
                            "source": source.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
