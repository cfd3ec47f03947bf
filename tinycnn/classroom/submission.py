"""What students hand in: read with care, refused if it imports other packages.

    source = read_source(path)      # or a SubmissionError that says why not
"""

from __future__ import annotations

import ast
import io
import stat
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from .blanks import solutions
from .exercises import Exercise
from .ipynb import code_of, without_checks
from .syntax import body, functions, parse

LARGEST = 1 << 20       # bytes of a file


class SubmissionError(ValueError):
    """A submission cannot be graded; the message is for the student."""


def read_source(path: Path) -> str:
    """The code of a submission, without the checks that a notebook contains.

    Raises:
        SubmissionError: it is not Python that can be graded; the message says what is expected.
    """
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise SubmissionError(f"{path.name} is a link to another file; hand in the file itself")
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(f"{path.name} is not a file")
        if status.st_size > LARGEST:
            raise SubmissionError(f"{path.name} has {status.st_size:,} bytes; expected a "
                                  f"Python file of at most {LARGEST:,}")
        data = path.read_bytes()
    except OSError as error:
        raise SubmissionError(f"{path.name} cannot be read: {error.strerror}") from error
    text = _decoded(path, data)
    if path.suffix == ".ipynb":
        try:
            text = code_of(text)
        except ValueError as error:
            raise SubmissionError(f"{path.name}: {error}") from error
    return _checked(path, text)


def _decoded(path: Path, data: bytes) -> str:
    """The text of a file, read in the encoding that the file declares."""
    if data[:4] == b"PK\x03\x04":
        raise SubmissionError(f"{path.name} is a zip archive; hand in the Python file itself")
    if not data.strip():
        raise SubmissionError(f"{path.name} is empty")
    if b"\0" in data:
        raise SubmissionError(f"{path.name} is not text: it has bytes of 0. Is it saved as UTF-16, "
                              "or is it another kind of file?")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise SubmissionError(f"{path.name} is not in UTF-8, and not in an encoding that it "
                              f"declares: {error}. Save it as UTF-8") from error


def _checked(path: Path, text: str) -> str:
    """The code, if it can be parsed and imports only what is allowed."""
    try:
        text = without_checks(text)
    except SyntaxError as error:
        line = f": {error.text.strip()}" if error.text else ""
        raise SubmissionError(f"{path.name}, line {error.lineno}: {error.msg}{line}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SubmissionError(f"{path.name} cannot be parsed: {error}") from error
    for number, module in _imports(parse(text)):
        what, top = f"{path.name}, line {number}, imports {module}", module.partition(".")[0]
        if top == "tinycnn":
            raise SubmissionError(f"{what}: your code is compared with the layers of tinycnn, so "
                                  "a submission may not use them")
        if top != "numpy" and top not in sys.stdlib_module_names:
            raise SubmissionError(f"{what}: expected only NumPy and Python's standard library")
    return text


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, module) for each import in the code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + str(node.module or "")


def copied(source: str, exercises: Iterable[Exercise]) -> list[str]:
    """The exercises whose body equals a solution of tinycnn, statement by statement.

    A short body can hardly be written in another way: only those of four or more statements count.
    """
    bodies = {label: body(node) for label, node in functions(parse(source))}
    return [e.label for e in exercises if len(bodies.get(e.label, ())) >= 4
            and bodies[e.label] in solutions(e)]
