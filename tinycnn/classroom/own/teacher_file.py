"""A file of a teacher's own: layers and functions that are right, and how to try them.

    EXAMPLES = {"Sigmoid": [((), (2, 3)), ((), (4, 2, 5, 5))],      # (arguments, shape of x)
                "adam": [lambda rng: (rng.normal(size=5), rng.normal(size=5), None, 0.1)]}
    POINTS = {"Sigmoid.backward": 15}                               # optional, else 10

The file is the teacher's, so it runs in this process. No student gets it.
"""

from __future__ import annotations

import ast
import hashlib
import linecache
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...output.text import did_you_mean
from ..syntax import functions, parse

METHODS = ("forward", "backward", "parameter_gradients")
HOW = {True: '    EXAMPLES = {{"{0}": [((), (2, 3)), ((), (4, 5))]}}\n'
             "a layer has pairs (arguments of the constructor, shape of x)",
       False: '    EXAMPLES = {{"{0}": [lambda rng: (rng.normal(size=(2, 3)), 0.1)]}}\n'
              "a function has functions from a Generator to the tuple of its arguments"}


class TeacherFileError(ValueError):
    """A teacher's file cannot be used; the message says what to write."""


@dataclass(frozen=True)
class LayerExample:
    """How to build a layer, and how to draw an input of it.

    Attributes:
        positional, keywords: for the constructor.
        shape: of x; or a function from a Generator to x.
    """

    positional: tuple[Any, ...]
    keywords: dict[str, Any]
    shape: tuple[int, ...] | Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class TeacherFile:
    """A teacher's file that has been run.

    Attributes:
        name: of the file, without its folder.
        text: what is in it; `digest` is the SHA-256 of that.
        namespace: what running it has defined.
    """

    name: str
    text: str
    digest: str
    namespace: dict[str, Any]

    @property
    def tree(self) -> ast.Module:
        """The file's code."""
        return parse(self.text)

    def is_layer(self, name: str) -> bool:
        """Whether a name of the file is that of a class."""
        return isinstance(self.namespace[name], type)

    def labels(self, word: str) -> list[str]:
        """The exercises that a word stands for: "Sigmoid.backward", "Sigmoid" (all of its methods),
        "adam", or "" for all that EXAMPLES names.

        Raises:
            TeacherFileError: the file has no such class or function, or no examples of it.
        """
        if not word:
            return [label for name in self.examples() for label in self.labels(name)]
        owner, _, method = word.partition(".")
        there = [label for label, _ in functions(self.tree)
                 if "." not in label or label.partition(".")[2] in METHODS]
        meant = [label for label in there if label in (owner, word)] or [
            f"{owner}.{name}" for name in METHODS if f"{owner}.{name}" in there and not method]
        if not meant:
            hint = did_you_mean(word, there) or "."
            raise TeacherFileError(
                f"{self.name} has no exercise {word!r}{hint} Expected a function of it, or one of "
                f"the methods {', '.join(METHODS)} of a class. There are: "
                f"{', '.join(there) or 'none'}")
        self.examples_of(owner)
        return meant

    def examples(self) -> dict[str, Any]:
        """EXAMPLES as the file has it."""
        found = self.namespace.get("EXAMPLES", {})
        if not isinstance(found, dict):
            raise TeacherFileError(f"{self.name}: EXAMPLES has to be a dictionary from names to "
                                   f"lists, got a {type(found).__name__}")
        return found

    def examples_of(self, name: str) -> list[Any]:
        """The examples of a class, as LayerExample, or of a function, as functions.

        Raises:
            TeacherFileError: there are none, or they are not of this form.
        """
        is_layer, found = self.is_layer(name), self.examples().get(name)
        how = f"Write such a line in it:\n{HOW[is_layer].format(name)}"
        if not found:
            raise TeacherFileError(f"{self.name} has no EXAMPLES of {name}, so nobody knows how to "
                                   f"try it. {how}")
        listed = found if isinstance(found, list) else [found]
        if not is_layer:
            if not all(callable(one) for one in listed):
                raise TeacherFileError(f"{self.name}: EXAMPLES[{name!r}] is {found!r}. {how}")
            return listed
        return [self._layer_example(name, one, how) for one in listed]

    def _layer_example(self, name: str, one: Any, how: str) -> LayerExample:
        match one:
            case (tuple() as positional, shape):
                keywords: dict[str, Any] = {}
            case (tuple() as positional, dict() as keywords, shape):
                pass
            case _:
                shape = positional = ()
        sizes = isinstance(shape, tuple) and shape and all(
            isinstance(n, int) and n > 0 for n in shape)
        if not (callable(shape) or sizes):
            raise TeacherFileError(
                f"{self.name}: EXAMPLES[{name!r}] has {one!r}. {how}, or triples (arguments, "
                "dictionary of keyword arguments, shape of x). Instead of the shape there may be a "
                "function from a Generator to x")
        return LayerExample(positional, keywords, shape)

    def points(self, label: str) -> float | None:
        """What POINTS says about an exercise or its class; None if it says nothing."""
        table = self.namespace.get("POINTS", {})
        if not isinstance(table, dict):
            raise TeacherFileError(f'{self.name}: POINTS has to be a dictionary such as '
                                   f'{{"{label}": 15}}, got {table!r}')
        worth = table.get(label, table.get(label.partition(".")[0]))
        if worth is not None and not (isinstance(worth, (int, float)) and 0 < worth < 1e6):
            raise TeacherFileError(f"{self.name}: POINTS[{label!r}]: expected a number above 0, "
                                   f"got {worth!r}")
        return None if worth is None else float(worth)

    def definition(self, label: str) -> ast.FunctionDef:
        """The method or function of an exercise."""
        return next(node for found, node in functions(self.tree) if found == label)

    def task(self, label: str) -> str:
        """What a function computes: the first line of its docstring."""
        said = (ast.get_docstring(self.definition(label)) or "").partition("\n")[0].rstrip(".")
        return said or "as its docstring says"


def read_teacher_file(path: Path) -> TeacherFile:
    """Run a teacher's file.

    Raises:
        TeacherFileError: it cannot be read or run.
    """
    try:
        data = path.read_bytes()
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise TeacherFileError(f"{path} cannot be read: {error}. Expected a Python file with the "
                               "reference of your exercises") from error
    return run_text(text, path.name, hashlib.sha256(data).hexdigest())


def run_text(text: str, name: str, digest: str) -> TeacherFile:
    """Run the text of a teacher's file.

    Raises:
        TeacherFileError: it raises an error.
    """
    module = types.ModuleType(f"teachers {Path(name).stem}")
    where = f"<{name}>"
    module.__file__ = where
    linecache.cache[where] = (len(text), None, text.splitlines(True), where)
    try:
        for number, top in _imports(parse(text)):
            if top != "numpy" and top not in sys.stdlib_module_names:
                raise TeacherFileError(
                    f"{name}, line {number}, imports {top}: a submission may import only NumPy and "
                    "Python's standard library, and your reference has to run where it runs. What "
                    "it needs of another module has to be written in the file itself")
        sys.modules[module.__name__] = module       # a dataclass looks there
        exec(compile(text, where, "exec"), vars(module))
    except TeacherFileError:
        raise
    except Exception as error:
        raise TeacherFileError(f"{name} cannot be run: {type(error).__name__}: {error}") from error
    return TeacherFile(name, text, digest, vars(module))


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, first part of the module's name) for each import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, (node.module or "").partition(".")[0] if not node.level else "."
