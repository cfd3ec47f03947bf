"""A cell of a notebook as Python: what is for Jupyter is left out, as IPython finds it.

    as_python("%matplotlib inline\\nx = 1")        # "pass\\nx = 1"

Only the beginning of a logical line can be for Jupyter: one in a bracket or a string is Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Cells whose first line alone is for Jupyter.
PYTHON_CELLS = ("time", "timeit", "capture", "prun", "writefile", "file")

# What a logical line for Jupyter begins with: %magic, !command, ?help, help?, x = !command,
# pip install. No line of Python does.
FOR_JUPYTER = re.compile(r"""[%!?] | [\w.,\ \[\]]+=[\ \t]*[!%] | [^\n#'"]*\?[\ \t]*$
                          | (?:pip3?|conda)[\ ]+(?:install|uninstall|list|show)\b""", re.M | re.X)
REST_OF_COMMAND = re.compile(r"(?:[^\n]*\\\n)*[^\n]*")
TOKEN = re.compile(r'''\#[^\n]* | """[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:""")?
                    | \'\'\'[^'\\]*(?:(?:\\.|'(?!\'\'))[^'\\]*)*(?:\'\'\')?
                    | "(?:[^"\\\n]|\\.)*"? | '(?:[^'\\\n]|\\.)*'? | \\\n
                    | [^\#"'\\()\[\]{}\n]+ | .
                    ''', re.S | re.X)


def as_python(source: str) -> str:
    """A cell as Python, with the same number of lines."""
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    text = _without_indent(text)
    magic = re.match(r"\s*%%(\w*)[ \t]*([^\n]*)", text)
    if magic is not None:
        blank = "\n" * text.count("\n", 0, magic.end())
        if magic[1] not in PYTHON_CELLS or ("file" in magic[1] and not magic[2].endswith(".py")):
            return "\n" * text.count("\n")
        return blank + "".join(_lines(text[magic.end():]))
    return "".join(_lines(text))


def file_as_python(text: str) -> str:
    """A .py file as Python, with the same number of lines: Colab and VS Code write such files."""
    return "".join(_lines(text))


def _without_indent(text: str) -> str:
    """A cell that is indented as a whole, moved to the left."""
    indent = re.match(r"(?:[ \t]*\n)*([ \t]+)(?=\S)", text)
    return text if indent is None else re.sub(f"(?m)^{indent[1]}", "", text)


def _lines(text: str) -> Iterator[str]:
    """The logical lines of a cell; `pass` replaces those that are for Jupyter."""
    at = 0
    while at < len(text):
        start = at
        while at < len(text) and text[at] in " \t":
            at += 1
        if FOR_JUPYTER.match(text, at):
            rest = REST_OF_COMMAND.match(text, at)
            end = rest.end() if rest else at
            yield text[start:at] + "pass" + "\n" * text.count("\n", at, end)
            at = end
            if at < len(text):
                yield "\n"
                at += 1
        else:
            at = _end_of_line(text, at)
            yield text[start:at]


def _end_of_line(text: str, at: int) -> int:
    """Where a logical line ends: after a newline that is in no bracket and no string."""
    depth = 0
    while at < len(text):
        token = TOKEN.match(text, at)
        assert token is not None        # "." matches everything else
        at = token.end()
        if token[0] in ("(", "[", "{"):
            depth += 1
        elif token[0] in (")", "]", "}"):
            depth -= 1
        elif token[0] == "\n" and depth <= 0:
            break
    return at
