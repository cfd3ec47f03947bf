"""What students hand in, read with care.

    code = read_source(path, exercises)     # or a SubmissionError that says why not
"""

from __future__ import annotations

import codecs
import io
import re
import stat
import threading
import tokenize
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from .blanks import solutions
from .cells import code_from_notebook
from .exercises import Exercise
from .magics import file_as_python
from .needed import Code, CodeError, code_from
from .syntax import body, functions, parse

LARGEST = 1 << 18               # bytes of a Python file
LARGEST_NOTEBOOK = 50 << 20     # with its plots

# One emoji makes a text four times as large in memory. Notebooks are read one at a time.
ONE_NOTEBOOK = threading.Lock()

# Encodings of text. Python has others, which unpack a file or compute for a minute.
ENCODINGS = re.compile(r"utf-8(-sig)?|ascii|iso8859-\d+|cp(125\d|437|850|86\d|874|93[26]|949|950)|"
                       r"mac-\w+|koi8-\w+|gb(2312|k|18030)|big5|shift_jis|euc_(jp|kr)")


class SubmissionError(ValueError):
    """A submission cannot be graded; the message is for the student."""


def read_source(path: Path, exercises: Iterable[Exercise]) -> Code:
    """What is run of a submission: what the exercises need.

    Raises:
        SubmissionError: it is not Python that can be graded; the message says what is expected.
    """
    wanted = [e.owner or e.method for e in exercises]
    try:
        if path.suffix.lower() != ".ipynb":
            text = _decoded(path, _bytes(path, LARGEST))
            return _code_from_file(text.replace("\r\n", "\n").replace("\r", "\n"), wanted, path)
        with ONE_NOTEBOOK:
            return code_from_notebook(_decoded(path, _bytes(path, LARGEST_NOTEBOOK)), wanted, path)
    except CodeError as error:
        raise SubmissionError(f"{path.name}: {error}") from error


def _code_from_file(text: str, wanted: Collection[str], path: Path) -> Code:
    """What is run of a .py file; lines for Jupyter are left out if it is no Python with them."""
    try:
        return code_from(text, wanted, path=path)
    except CodeError:
        python = file_as_python(text)
        if python == text:
            raise
    code = code_from(python, wanted, path=path)
    lines = [f"line {number}" for number, (old, new) in enumerate(
        zip(text.split("\n"), python.split("\n"), strict=True), 1) if old != new]
    more = ["..."] if len(lines) > 5 else []
    told = f"left out, since it is for Jupyter and not Python: {', '.join(lines[:5] + more)}"
    return replace(code, left_out=(told, *code.left_out))


def _bytes(path: Path, largest: int) -> bytes:
    """What is in a file."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise SubmissionError(f"{path.name} is a link to another file; hand in the file itself")
        if not stat.S_ISREG(status.st_mode):
            raise SubmissionError(f"{path.name} is not a file")
        if status.st_size > largest:
            raise SubmissionError(f"{path.name} has {status.st_size:,} bytes or more; expected "
                                  f"a file of at most {largest:,}")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, SubmissionError):
            raise
        raise SubmissionError(f"{path.name} cannot be read: {error}") from error


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
        encoding = codecs.lookup(tokenize.detect_encoding(io.BytesIO(data).readline)[0])
        if not ENCODINGS.fullmatch(encoding.name):
            raise LookupError(f"{encoding.name} is no encoding for a Python file")
        return data.decode(encoding.name)
    except (SyntaxError, ValueError, LookupError) as error:
        raise SubmissionError(f"{path.name} is not in UTF-8, and not in an encoding that it "
                              f"declares: {error}. Save it as UTF-8") from error


def copied(source: str | Code, exercises: Iterable[Exercise]) -> list[str]:
    """The exercises whose body equals a solution of tinycnn, statement by statement.

    A short body can hardly be written in another way: only those of four or more statements count.
    """
    exercises = list(exercises)
    text = source if isinstance(source, str) else source.text
    try:
        bodies = {label: body(node) for label, node in functions(parse(text))
                  if label in {e.label for e in exercises}}
    except Exception:       # a hint is not worth a grade: deep code, a number of 5,000 digits
        return []
    return [e.label for e in exercises if len(bodies.get(e.label, ())) >= 4
            and bodies[e.label] in solutions(e)]
