"""The rules of the house: who may import whom, no circles, no names that hide others."""

import ast
import importlib
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

import tinycnn as tc

PACKAGE = Path(tc.__file__).parent

# A room may import from lower floors, and from itself. Rooms on the same floor are neighbours that
# do not need each other.
FLOORS = (
    {"output", "layers"},
    {"network", "datasets"},
    {"gradients"},
    {"figures"},
    {"training"},           # `History.plot` draws, when it is called
    {"analysis"},
    {"gradcheck"},
    {"stepper", "classroom", "course", "paper", "bench"},
    {"commands"},
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def module_name(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
PACKAGES = [name for name, path in MODULES.items() if path.name == "__init__.py"]


def room_of(module):
    """The room of a module; "" for tinycnn itself and its __main__."""
    room = [*module.split("."), ""][1]
    return "" if room == "__main__" else room


def imports(module, *, at_start=False):
    """The modules of tinycnn that a module imports; `at_start`: not those inside functions."""
    path, found = MODULES[module], set()
    folder = module if path.name == "__init__.py" else module.rpartition(".")[0]
    waiting = list(ast.parse(path.read_text("utf-8")).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue            # names for mypy, not imported
        if at_start and isinstance(node, (ast.FunctionDef, ast.Lambda)):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = folder.split(".")[:len(folder.split(".")) + 1 - node.level]
            source = ".".join([*(base if node.level else []), *filter(None, [node.module])])
            found |= {f"{source}.{alias.name}" if f"{source}.{alias.name}" in MODULES else source
                      for alias in node.names}
        else:
            waiting += ast.iter_child_nodes(node)
    return {name for name in found if name in MODULES and name != module}


def python(*lines):
    """What Python prints in a new process."""
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True,
                          cwd=PACKAGE.parent, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


# --- rooms and floors -------------------------------------------------------------------------

def test_only_two_files_are_not_in_a_room():
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}
    assert {room_of(module) for module in MODULES} - {""} == set(FLOOR)


@pytest.mark.parametrize("module", [m for m in MODULES if room_of(m)])
def test_imports_go_down(module):
    for other in imports(module):
        mine, theirs = room_of(module), room_of(other)
        if theirs == "":
            assert module_is_told_the_version(module), f"{module} imports tinycnn itself"
        elif mine != theirs:
            assert FLOOR[theirs] < FLOOR[mine], f"{module} imports {other}, which is not below it"


def module_is_told_the_version(module):
    """Whether all that a module takes from tinycnn itself is its version."""
    taken = [alias.name for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8")))
             if isinstance(node, ast.ImportFrom) and node.level == len(module.split(".")) - 1
             and node.module is None for alias in node.names]
    return taken == ["__version__"]


def test_no_files_import_each_other_in_a_circle():
    # A package is imported before its modules, so a module's imports of its own package's
    # __init__ are left out: kinds/conv2d.py takes `Suite` from kinds/__init__.py.
    graph = {module: {other for other in imports(module, at_start=True)
                      if not module.startswith(f"{other}.")} for module in MODULES}
    TopologicalSorter(graph).prepare()      # raises CycleError, with the circle


def test_the_graph_sees_what_is_imported():
    assert "tinycnn.layers.base" in imports("tinycnn.layers.conv2d")
    assert "tinycnn.commands.main" in imports("tinycnn.__main__")
    assert "tinycnn.gradcheck.student_file" in imports("tinycnn.commands.check")
    assert "tinycnn.gradcheck.student_file" not in imports("tinycnn.commands.check", at_start=True)


# --- names ------------------------------------------------------------------------------------

def test_no_module_has_the_name_of_one_of_pythons():
    """Else `cd tinycnn && python -c "import numpy"` fails."""
    names = {name.rpartition(".")[2] for name in MODULES}
    assert not names & set(sys.stdlib_module_names)


@pytest.mark.parametrize("module", [m for m in MODULES if "." in m and "__main__" not in m])
def test_no_function_hides_a_module(module):
    """`import tinycnn.knockout as k` must not silently give a function."""
    package, _, name = module.rpartition(".")
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        pytest.skip("needs the extra 'oracle' (PyTorch)")
    assert isinstance(getattr(importlib.import_module(package), name), ModuleType)


# --- what is loaded ---------------------------------------------------------------------------

def test_analysis_and_a_worker_of_a_study_load_nothing_that_draws():
    loaded = python("import sys", "import tinycnn, tinycnn.analysis",
                    "import tinycnn.paper.study.runner.workers, tinycnn.paper.study.parts",
                    "print(*(m for m in sys.modules if 'matplotlib' in m or 'figures' in m))")
    assert loaded == []


def test_what_runs_beside_a_students_code_imports_nothing_of_ours():
    for module in MODULES:
        if module.startswith("tinycnn.classroom.process."):
            # Except in a process that only names the causes of what is wrong.
            assert imports(module) <= {"tinycnn.classroom.diagnosis"}
            assert imports(module, at_start=True) == set()
    loaded = python("import sys", "sys.path.insert(0, 'tinycnn/classroom/process')",
                    "import calls, child, frames, guard, loading, probe, syscalls, walls",
                    "print(*(m for m in sys.modules if m.split('.')[0] == 'tinycnn'))")
    assert loaded == []


def test_only_commands_print():
    for module, path in MODULES.items():
        if room_of(module) in ("commands", "course"):       # a course talks to its reader
            continue
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8")))
                 if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
        assert "print" not in {call.func.id for call in calls}, module


# --- the paths that other people's code uses --------------------------------------------------

def test_public_names_are_there():
    for name in tc.__all__:
        assert getattr(tc, name) is not None
    for room in ("layers", "layers.base", "layers.errors", "network", "training", "gradients",
                 "datasets", "figures", "analysis", "gradcheck", "stepper", "classroom", "course"):
        importlib.import_module(f"tinycnn.{room}")
    for room in PACKAGES:
        module = importlib.import_module(room)
        for name in getattr(module, "__all__", ()):
            assert hasattr(module, name), f"{room}.{name}"


def test_the_layers_of_an_exercise_are_there():
    from tinycnn import loops
    from tinycnn.layers import loops as same
    assert loops is same
    assert {"Conv2D", "MaxPool2D", "Dense", "Softmax"} <= set(vars(loops))
