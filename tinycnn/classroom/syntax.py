"""Compares code by what it says, not by its layout.

Two statements are the same if they differ only in blanks, comments, quotes or annotations. The head
of a statement with a body (a loop, a condition) counts as one, and so does each statement in it.
"""

from __future__ import annotations

import ast
import copy
import io
import json
import re
import threading
import tokenize
import warnings
from collections.abc import Collection, Iterator

from .magics import as_python

# Tokens of code. The rest are comments and strings, with any prefix.
CODE_TOKENS = (tokenize.NAME, tokenize.NUMBER, tokenize.OP, tokenize.INDENT, tokenize.DEDENT,
               tokenize.NEWLINE, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER)
TRIVIAL = ("pass", "continue", "break", "return", "...")

# Python 3.11 counts the depth of syntax trees for all threads together. Two threads that parse at
# the same time (submissions are graded in parallel) get a SystemError.
ONE_PARSER = threading.Lock()


def parse(text: str) -> ast.Module:
    """Code as a tree; one thread at a time, see `ONE_PARSER`."""
    with ONE_PARSER, warnings.catch_warnings():
        warnings.simplefilter("ignore")     # of what students write, on the teacher's terminal
        return ast.parse(text)


def statements(code: ast.AST, without: Collection[ast.AST] = ()) -> Iterator[str]:
    """Every statement of some code, normalised, without docstrings, imports and definitions.

    Args:
        without: nodes of the code to leave out.
    """
    for node in ast.walk(code):
        if node in without or not isinstance(node, ast.stmt) or isinstance(
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
    if not hasattr(node, "body") and not hasattr(node, "cases"):
        return ast.unparse(node)
    head = copy.copy(node)      # without its body: it would be written again for each level
    for name, short in (("body", [ast.Pass()]), ("orelse", []), ("handlers", []),
                        ("finalbody", [])):
        if hasattr(node, name):
            setattr(head, name, short)
    if hasattr(node, "body"):
        return ast.unparse(head).splitlines()[0]
    assert isinstance(head, ast.Match)
    head.cases = [ast.match_case(case.pattern, case.guard, [ast.Pass()]) for case in head.cases]
    return ast.unparse(head)


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
    """The code in a file of a handout: all of a .py file, each code cell of an .ipynb file."""
    if name.endswith(".py"):
        yield parse(text)
    elif name.endswith(".ipynb"):
        for cell in json.loads(text)["cells"]:
            if cell["cell_type"] == "code":
                yield parse(as_python("".join(cell["source"])))


def prose_in(name: str, text: str) -> str:
    """All that is not code but may hide some, squeezed: comments, strings, text."""
    if name.endswith(".py"):
        return squeezed(" ".join(token.string for token in tokenize.generate_tokens(
            io.StringIO(text).readline) if token.type not in CODE_TOKENS))
    if name.endswith(".ipynb"):
        document = json.loads(text)
        parts = [squeezed(json.dumps(document.get("metadata")))]
        for cell in document["cells"]:
            source = "".join(cell.pop("source"))
            if cell["cell_type"] == "code":
                source = as_python(source)
            parts += [squeezed(json.dumps(cell)), prose_in(
                "cell.py" if cell["cell_type"] == "code" else "cell.md", source)]
        return "\n".join(parts)
    return squeezed(text)


def squeezed(text: str) -> str:
    """The text without characters that lay out or mark code: blanks, quotes, #, >, `, *, |."""
    return re.sub(r"[\s#>`*|\\\"'$]", "", text)
