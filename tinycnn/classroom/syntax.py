"""Code compared by what it says, not by how it is laid out.

Two statements are the same if they differ in blanks, comments, quotes or annotations only. Of a
statement with a body (a loop, a condition) the head counts, and each statement in it by itself.
"""

from __future__ import annotations

import ast
import io
import json
import textwrap
import tokenize
from collections.abc import Iterator

TRIVIAL = ("pass", "continue", "break", "return", "...")


def statements(code: ast.AST) -> Iterator[str]:
    """Every statement of some code, normalised; docstrings, imports and definitions left out."""
    for node in ast.walk(code):
        if not isinstance(node, ast.stmt) or isinstance(
                node, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        text = _head(node)
        if text not in TRIVIAL:
            yield text


def _head(node: ast.stmt) -> str:
    """A statement without the statements in it, and without the type of what it assigns to."""
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return f"{ast.unparse(node.target)} = {ast.unparse(node.value)}"
    text = ast.unparse(node)
    return text.splitlines()[0] if hasattr(node, "body") else text


def functions(code: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The methods and functions of a file, as ("Conv2D.forward", node)."""
    for node in code.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, ast.FunctionDef):
                    yield f"{node.name}.{item.name}", item


def body(node: ast.FunctionDef) -> tuple[str, ...]:
    """All statements of a function, in order."""
    return tuple(text for item in node.body for text in statements(item))


def code_in(name: str, text: str) -> Iterator[ast.Module]:
    """All code in a file of a handout: of .py and .ipynb as it is, and whatever is hidden in text.

    Comments, text in quotes and the lines of other files are code as well if they can be read as
    such, line by line.
    """
    if name.endswith(".ipynb"):
        for cell in json.loads(text)["cells"]:
            source = "".join(cell["source"])
            yield from code_in("cell.py" if cell["cell_type"] == "code" else "cell.md", source)
        return
    lines = text.splitlines()
    if name.endswith(".py"):
        yield ast.parse(text)
        lines = [line for token in tokenize.generate_tokens(io.StringIO(text).readline)
                 if token.type in (tokenize.COMMENT, tokenize.STRING)
                 for line in token.string.strip("#\"'").splitlines()]
    for line in lines:
        try:
            yield ast.parse(textwrap.dedent(line).strip().strip("`").removesuffix(":"))
        except (SyntaxError, ValueError):
            continue
