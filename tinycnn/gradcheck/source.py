"""A student's file as a module: only what defines something is run.

A file may print, ask for input, load data or train when it is run. So its statements are run one by
one: imports, functions, classes and assignments. What fails or trains is left out, with its reason;
a name that is missing because of it shows where it is used. A notebook is the code of its cells.
"""

from __future__ import annotations

import ast
import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import linecache
import re
import sys
import tokenize
import types
from pathlib import Path

import numpy as np

DEFINE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef,
          ast.Assign, ast.AnnAssign, ast.AugAssign)
ANCESTORS = 4       # folders above the file in which its neighbours are looked for


def text_of(file: Path) -> str:
    """The Python code of a file or notebook.

    Raises:
        OSError: it cannot be read. ValueError: it is no text, or not a notebook.
    """
    data = file.read_bytes()
    if file.suffix != ".ipynb":
        if b"\0" in data:
            raise ValueError("source code string cannot contain null bytes")
        return _decoded(data)
    try:
        cells = json.loads(data)["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("it is not a Jupyter notebook with cells") from error
    # `%matplotlib inline` and `!pip install` are for Jupyter, not Python.
    return "\n".join(re.sub(r"(?m)^(\s*)[%!?].*$", r"\1pass", cell) for cell in code
                     if not cell.lstrip().startswith("%%"))


def _decoded(data: bytes) -> str:
    """Text in UTF-8, or in the encoding that its first lines name."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding)


def definitions(tree: ast.Module) -> dict[str, ast.ClassDef | ast.FunctionDef]:
    """All classes and functions of a file, also those inside if, try and with."""
    found: dict[str, ast.ClassDef | ast.FunctionDef] = {}

    def look(body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                found[node.name] = node
            elif isinstance(node, (ast.If, ast.Try, ast.With)):
                for name in ("body", "orelse", "finalbody"):
                    look(getattr(node, name, []))
                for handler in getattr(node, "handlers", []):
                    look(handler.body)

    look(tree.body)
    return found


def imported(path: Path) -> types.ModuleType:
    """The whole file run as a module, as Python does; it may import the files in its folder."""
    spec = importlib.util.spec_from_file_location(f"student_{path.stem}", path)
    assert spec is not None and spec.loader is not None  # noqa: PT018
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    spec.loader.exec_module(module)
    return module


def load(file: Path) -> tuple[types.ModuleType, list[str]]:
    """The file as a module, and what was left out: "line 3: import cupy: ModuleNotFoundError ...".

    Its neighbours are found wherever an import can mean them: in its folder and in those above.
    """
    file = file.resolve()
    package = _package(file)
    stem = re.sub("[^0-9a-zA-Z]", "_", file.stem)
    name = f"{package}.{file.stem}" if package else f"student_{stem}"
    module = types.ModuleType(name)
    module.__file__, module.__package__ = str(file), package
    sys.modules[name] = module
    _bring_back()
    failed: list[str] = []
    sys.meta_path.append(_Neighbours([file.parent, *list(file.parents)[1:ANCESTORS]], failed))
    text = text_of(file)
    # For a notebook, the lines of its cells: error messages and `inspect` look them up here.
    linecache.cache[str(file)] = len(text), None, text.splitlines(keepends=True), str(file)
    failed += run_definitions(module, text, str(file))
    return module, failed


# Names that NumPy had when much code was written; without them that code stops at once.
GONE = {"int": int, "float": float, "bool": bool, "object": object, "product": np.prod,
        "float_": np.float64, "Inf": np.inf, "infty": np.inf, "NaN": np.nan,
        "cumproduct": np.cumprod, "row_stack": np.vstack, "asfarray": np.asarray}


def _bring_back() -> None:
    """Give NumPy its old names again, in this process."""
    for name, value in GONE.items():
        if name not in vars(np):
            setattr(np, name, value)
    vars(builtins).setdefault("xrange", range)


class _Wide(types.ModuleType):
    """NumPy as a student's module sees it, with float64 in the place of float32."""

    float32 = single = float16 = half = np.float64

    def __getattr__(self, name: str) -> object:
        return getattr(np, name)


def widen_numpy() -> None:
    """Let the student's modules compute in float64.

    In float32 a forward is right to 7 digits, and central differences of it to none.
    """
    wide = _Wide("numpy")
    for module in list(sys.modules.values()):
        if getattr(module, "student_code", False):
            for name, value in list(vars(module).items()):
                if value is np:
                    setattr(module, name, wide)


def run_definitions(module: types.ModuleType, text: str, file: str) -> list[str]:
    """Run the statements of a text that define something; returns what failed."""
    failed: list[str] = []
    setattr(module, "student_code", True)  # noqa: B010
    _run(module, ast.parse(text, file).body, file, failed)
    return failed


def _run(module: types.ModuleType, body: list[ast.stmt], file: str, failed: list[str]) -> None:
    for node in body:
        if isinstance(node, ast.Try):
            before = len(failed)
            _run(module, node.body, file, failed)
            if len(failed) > before:        # `except ImportError: numpy for cupy`
                del failed[before:]
                _run(module, [n for handler in node.handlers for n in handler.body], file, failed)
            _run(module, [*node.orelse, *node.finalbody], file, failed)
        elif isinstance(node, (ast.With, ast.If)) and not _is_main(node):
            branch = node.body
            if isinstance(node, ast.If) and not _true(module, node.test, file):
                branch = node.orelse
            _run(module, branch, file, failed)
        elif isinstance(node, DEFINE) and _calls_students_code(module, node):
            failed.append(f"line {node.lineno}: {ast.unparse(node).splitlines()[0]}: left out, "
                          "because it runs code of this file")
        elif isinstance(node, DEFINE):
            try:
                exec(compile(ast.Module([node], []), file, "exec"), module.__dict__)
            except (Exception, SystemExit) as error:
                why = f"{type(error).__name__}: {error}"
                failed.append(f"line {node.lineno}: {ast.unparse(node).splitlines()[0]}: {why}")


def _calls_students_code(module: types.ModuleType, node: ast.stmt) -> bool:
    """Whether an assignment calls what the student has written: `history = train(net)`."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        return False
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            root = call.func
            while isinstance(root, (ast.Attribute, ast.Subscript, ast.Call)):
                root = root.func if isinstance(root, ast.Call) else root.value
            name = root.id if isinstance(root, ast.Name) else ""
            known = vars(module).get(name, getattr(builtins, name, None)) if name else root
            owner = sys.modules.get(getattr(known, "__module__", None) or type(known).__module__)
            if known is None or getattr(owner, "student_code", False):
                return True
    return False


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _true(module: types.ModuleType, test: ast.expr, file: str) -> bool:
    try:
        return bool(eval(compile(ast.Expression(test), file, "eval"), module.__dict__))
    except Exception:
        return False


def _package(file: Path) -> str:
    """The name of the package that the file's relative imports begin in; "" without any."""
    levels = [node.level for node in ast.walk(ast.parse(text_of(file)))
              if isinstance(node, ast.ImportFrom)]
    depth = max(levels, default=0)
    if not depth:
        return ""
    folders = [file.parent, *file.parent.parents][:depth]
    names = [f"student_{folder.name}" if folder is folders[-1] else folder.name
             for folder in reversed(folders)]
    for i, folder in enumerate(reversed(folders)):
        name = ".".join(names[:i + 1])
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
        start = folder / "__init__.py"
        if start.is_file() and i:       # what it imports from elsewhere may be missing
            package.__package__, package.__file__ = name, str(start)
    return ".".join(names)


class _Neighbours(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules beside the file, after all installed ones, and runs their definitions."""

    def __init__(self, folders: list[Path], failed: list[str]) -> None:
        self.folders, self.failed = folders, failed

    def find_spec(self, name: str, path: object = None, target: object = None
                  ) -> importlib.machinery.ModuleSpec | None:
        """The module of this name in one of the folders, or in the package's own folders."""
        last = name.rpartition(".")[2]
        for folder in map(Path, path or self.folders):      # type: ignore[call-overload]
            for file in (folder / f"{last}.py", folder / last / "__init__.py", folder / last):
                if file.is_file() or (file.is_dir() and any(file.glob("*.py"))):
                    spec = importlib.machinery.ModuleSpec(
                        name, self, origin=str(file), is_package=file.stem != last or file.is_dir())
                    if spec.submodule_search_locations is not None:
                        spec.submodule_search_locations.append(str(folder / last))
                    return spec
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        """Run what the file defines; a folder without __init__.py defines nothing."""
        file = Path(str(module.__spec__.origin)) if module.__spec__ else Path()
        if file.is_file():
            module.__file__ = str(file)
            self.failed += run_definitions(module, text_of(file), str(file))
