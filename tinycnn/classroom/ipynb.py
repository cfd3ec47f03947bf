"""Notebooks: makes one from a students' file, and takes the code from one that was handed in."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from .exercises import Exercise
from .syntax import parse, without_magics

CHECKER = "tinycnn.classroom"
INTRODUCTION = """\
# {title}

Replace each `raise NotImplementedError(...)` with your code and run the cells. The cell after each
class checks it. During a check, tinycnn uses its own code for what you have not written yet.
Hand in this notebook, or your code as `layers.py`."""


def notebook(text: str, exercises: Sequence[Exercise]) -> str:
    """A students' file as a notebook: one cell for each class, and after it one that checks it."""
    tree, lines = parse(text), text.splitlines()
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


def code_of(document: str) -> str:
    """The code cells of a notebook, in order, without magics.

    Raises:
        ValueError: it is not a notebook.
    """
    try:
        cells = json.loads(document)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"it is not a notebook: {error}") from error
    return "\n\n".join("\n".join(without_magics(source)) for source in sources) + "\n"


def without_checks(text: str) -> str:
    """The text without the checks that our notebooks contain, with the same line numbers."""
    lines = text.splitlines()
    for node in parse(text).body:
        is_import = isinstance(node, ast.ImportFrom) and node.module == CHECKER and [
            alias.name for alias in node.names] == ["check_here"]
        is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(
            node.value.func, ast.Name) and node.value.func.id == "check_here"
        if (is_import or is_call) and node.end_lineno is not None:
            lines[node.lineno - 1:node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "\n".join(lines) + "\n"
