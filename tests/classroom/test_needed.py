"""What is run of a submission: the statements that the exercises need, and no others."""

import pytest

from tinycnn.classroom.needed import Code, CodeError, code_from
from tinycnn.classroom.process.calls import raised
from tinycnn.classroom.process.loading import load
from tinycnn.classroom.reasons import Reasons

# Each with the lines that are run of it. The exercise is the class A.
NEEDED = {
    "imports that it uses": (
        "import math\nimport os\nclass A:\n    def f(self): return math.pi\n", [1, 3]),
    "one name of several": (
        "import os, math\nclass A:\n    def f(self): return math.pi\n", [1, 2]),
    "functions of functions": (
        "def g(): return h()\ndef h(): return 1\ndef k(): return 2\n"
        "class A:\n    def f(self): return g()\n", [1, 2, 4]),
    "base classes, decorators, defaults": (
        "class Base: pass\ndef same(f): return f\nSIZE = 3\nOTHER = 4\n"
        "@same\nclass A(Base):\n    def f(self, size=SIZE): pass\n", [1, 2, 3, 5]),
    "what is stored in a class": (
        "class A: pass\ndef f(self): return 1\nA.f = f\nA.table = {}\nA.table['x'] = 1\n"
        "setattr(A, 'g', f)\ndel A.table['x']\nA().f()\n", [1, 2, 3, 4, 5, 6, 7]),
    "assignments of all kinds": (
        "x: int = 1\ny = z = 2\n(a, *b) = [1, 2]\n(w := 3)\nx += 1\nu = 4\n"
        "class A:\n    def f(self): return x, z, b, w\n", [1, 2, 3, 4, 5, 7]),
    "blocks": (
        "try:\n    import cupy as np\nexcept ImportError:\n    import numpy as np\n"
        "if True:\n    def g(): pass\nelse:\n    g = None\n"
        "for i in range(3):\n    last = i\n"
        "with open('x') as file:\n    text = file\n"
        "class A:\n    def f(self): return np, g, last\n", [1, 5, 9, 13]),
    "a list that is filled": (
        "table = []\nother = []\nrow = 3\ntable.append(row)\nother.append(row)\n"
        "for i in range(3):\n    table.append(i)\nprint(table)\n"
        "class A:\n    def f(self): return table\n", [1, 3, 4, 6, 9]),
    "calls that set something": (
        "import numpy as np\nnp.seterr(all='ignore')\nx = np.ones(3)\nnp.copyto(x, 2)\nprint(np)\n"
        "class A:\n    def f(self): return np\n", [1, 2, 6]),
    "no other calls": (
        "import numpy as np, time\ndef g(x): return x\ng(np.ones(3))\nnp.ones(3)\n"
        "time.sleep(1)\nclass A:\n    def f(self): return g(np), time\n", [1, 1, 2, 6]),
    "a class that a function changes": (
        "class A: pass\ndef add():\n    A.f = 1\nadd()\n", [1, 2, 4]),
    "a global that a function sets": (
        "def init():\n    global w\n    w = 1\ninit()\ndef other(): pass\nother()\n"
        "class A:\n    def f(self): return w\n", [1, 4, 7]),
    "every definition of a name": (
        "class A: pass\nA()\nclass A:\n    pass\n", [1, 3]),
    "names of its own are no others": (
        "x = y = 1 / 0\nself = 3\nclass A:\n    def f(self, x):\n        y = [z for z in x]\n"
        "        return y\nz = 4\n", [3]),
    "star imports": (
        "from math import *\nprint(pi)\nclass A: pass\n", [1, 3]),
    "names as text": (
        "def g(): pass\nx = 1\nprint(x)\nclass A:\n    def f(self): return globals()['g']\n",
        [1, 2, 4]),
    "no program": (
        "class A: pass\nif __name__ == '__main__':\n    A = None\n", [1]),
    "the future": (
        "from __future__ import annotations\nclass A:\n    def f(self, x: Any): pass\n", [1, 2]),
    "names in annotations": (
        "from typing import Any\nclass A:\n    def f(self, x: Any): pass\n", [1, 2]),
    "a decorator that is given the class": (
        "def add(cls):\n    def put(f): setattr(cls, f.__name__, f)\n    return put\n"
        "SIZE = 3\nclass A: size = SIZE\nclass B: pass\n@add(A)\ndef f(self): pass\n"
        "@add(cls=A)\ndef g(self): pass\n@add(B)\ndef h(self): pass\n", [1, 4, 5, 7, 9]),
    "a call that changes the class": (
        "class A: pass\nclass B: pass\ndef f(self): return 1\n"
        "def patch(cls, f): cls.f = f\ndef register(f, cls): setattr(cls, 'g', f)\n"
        "def look(cls): return cls()\nlook(A)\npatch(A, f)\nregister(f, cls=A)\npatch(B, f)\n"
        "patch(B, A)\npatch(*[B, f], **{})\n", [1, 3, 4, 5, 8, 9]),
    "several on a line": (
        "x = 1; y = (2,\n 3); z = 4\nclass A:\n    a = y\n", [1, 3]),
}


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_needed(name):
    text, lines = NEEDED[name]
    code = code_from(text, ["A"])
    assert [s.line for s in code.statements] == lines
    namespace = {}
    failed = load([(s.line, s.text, s.binds) for s in code.statements], namespace, raised)
    assert failed == []
    whole = {}
    if name not in ("blocks", "names of its own are no others", "no program"):
        exec(text, whole)       # as Python runs all of it
        assert namespace["A"].__dict__.keys() == whole["A"].__dict__.keys()


def test_the_text_of_a_statement_is_its_own():
    code = code_from("x = 'é'; y = 'ü', (1,\n  2); @nothing\n".replace("; @nothing", ""), ["y"])
    assert [(s.line, s.text, s.binds) for s in code.statements] == [
        (1, "y = 'ü', (1,\n  2)", ("y",))]
    code = code_from("# a\n@one\n# b\n@two\ndef f():\n    pass  # c\n", ["f"])
    assert code.statements[0].line == 2
    assert code.statements[0].text == "@one\n# b\n@two\ndef f():\n    pass"


def test_what_fails_is_told_and_the_rest_is_run():
    statements = [(1, "from __future__ import annotations", []), (2, "x = 1 / 0", ["x"]),
                  (4, "raise SystemExit(3)", []), (7, "def f(a: No):\n    return 1 / 0", ["f"]),
                  (9, "y = (\n f(1))", ["y"]), (11, "await f", []), (12, "z = 3", ["z"])]
    namespace = {}
    failed = load(statements, namespace, raised)
    assert [(one["line"], one["kind"], one["binds"]) for one in failed] == [
        (2, "ZeroDivisionError", ["x"]), (4, "SystemExit", []), (8, "ZeroDivisionError", ["y"]),
        (11, "SyntaxError", [])]
    assert namespace["z"] == 3


HINTS = {
    "of a method": "class A:\n    def f(self, x: torch.Tensor = 1) -> torch.Tensor: return x\n",
    "of a variable": "x: torch.Tensor = 1\nclass A:\n    def f(self): return x\n",
    "of a field": "class A:\n    x: 'torch.Tensor' or torch.Tensor\n    def f(self): return 1\n",
    "of what is decorated": "def same(f): return f\n@same\ndef g(x: torch.Tensor): return 1\n"
                            "class A:\n    def f(self): return g(1)\n",
    "of a dataclass": "from dataclasses import dataclass\nfrom typing import ClassVar\n@dataclass\n"
                      "class A:\n    y: torch.Tensor = 1\n    z: ClassVar[int] = 2\n"
                      "    def f(self): return type(self)(1).y\n",
    "of a named tuple": "from typing import NamedTuple\nclass B(NamedTuple):\n    x: torch.Tensor\n"
                        "class A:\n    def f(self): return B(1).x\n",
}


@pytest.mark.parametrize("name", HINTS)
@pytest.mark.parametrize("line", ["import torch", "import math as torch", ""])
def test_a_type_that_is_not_there_costs_nothing(name, line):
    code = code_from(f"{line}\n{HINTS[name]}", ["A"])
    assert code.left_out == ()
    namespace = {"__name__": __name__}
    assert load([(s.line, s.text, s.binds) for s in code.statements], namespace, raised) == []
    assert namespace["A"]().f() == 1


def test_a_type_that_is_there_stays_one():
    text = "class A:\n    x: int = 3\n"
    namespace = {}
    assert load([(1, text, ["A"]), (3, "def g(x: 3): return 1 / 0", ["g"]),
                 (4, "@g\ndef h(x: torch): pass", ["h"])], namespace, raised)[0]["line"] == 3
    assert namespace["A"].__annotations__ == {"x": int}


LEFT_OUT = {
    "import torch\nclass A:\n    def f(self, x: torch.Tensor): pass\n"
    "    def g(self): return torch\n":
        "line 1 imports torch: expected only NumPy and Python's standard library; A.g uses it",
    "from typing_extensions import override\nclass A:\n    @override\n    def f(self): pass\n": "",
    "import torch\nclass A:\n    def f(self): return torch\n":
        "line 1 imports torch: expected only NumPy and Python's standard library; A.f uses it",
    "class A:\n    def f(self):\n        import torch\n":
        "line 3 imports torch: expected only NumPy and Python's standard library; A.f uses it",
    "def g(): pass\ndef g(): pass\nclass A:\n    a = g\n": "",
    "class A: pass\nclass A: pass\n":
        "A is defined 2 times (line 1; line 2): the last one counts",
    "class A:\n    def f(self): return g()\nif __name__ == '__main__':\n    def g(): pass\n":
        "line 3: what is below `if __name__ == ...` is not run, and the exercises need g",
    "import torch\nimport tinycnn\nclass A: pass\nprint(torch)\n": "",
    "from tinycnn import *\nclass A: pass\n":
        "line 1 imports tinycnn: your code is compared with the layers of tinycnn, so it may not "
        "use them",
    "try:\n    import torch\nexcept ImportError:\n    torch = None\nclass A:\n    a = torch\n": "",
}


@pytest.mark.parametrize("text", LEFT_OUT)
def test_what_will_not_count_is_said_beforehand(text):
    assert "\n".join(code_from(text, ["A"]).left_out) == LEFT_OUT[text]


@pytest.mark.parametrize(("text", "message"), [
    ("x = 1\ndef f(:\n", r"line 2: invalid syntax: def f\(:"),
    ("x = '\ud800'", "cannot be parsed"),
    ("x = \0", "cannot be parsed|null bytes"),
    ("x = " + "-" * 100_000 + "1", "nested too deeply|too complex"),
])
def test_what_is_not_python_has_a_reason(text, message):
    with pytest.raises(CodeError, match=message):
        code_from(text, ["A"])


def test_what_a_process_says_about_failures_is_only_shown():
    code = Code("x", (), cells=((1, 2, "cell 2"),))
    reasons = Reasons(code, [{"line": 3, "kind": "E", "text": "no", "binds": ["*"]}, 3, None,
                             {"line": "x", "kind": [], "text": {}, "binds": [[]]}, {"binds": 3}])
    assert reasons.sentences[0] == "cell 2, line 3 failed: E: no"
    missing = {"kind": "NameError", "text": "name 'f' is not defined", "line": 1}
    other = {"kind": "TypeError", "text": "no", "line": 10**30}
    answers = [[{"raised": missing}, {"raised": other}, {"raised": 3}, {}, 3], None, 3]
    reasons.add_to(answers)
    assert missing["why"] == "cell 2, line 3 failed: E: no"     # `from torch import *`, perhaps
    assert missing["line"] == "cell 2, line 1"
    assert (other["why"], other["line"]) == ("", "")
    Reasons(code, "nonsense").add_to("nonsense")


def test_a_function_with_too_many_names_and_functions_has_a_reason():
    """Python looks for each name among all functions: 17,000 of both took 24 s."""
    text = "def f():\n" + "".join(f" a{n} = lambda: 1\n" for n in range(1001))
    with pytest.raises(CodeError, match=r"line 2 begins .* 1,00\d names and 1,00\d fun"):
        code_from(f"\n{text}class A: pass\n", ["A"])
    wide = f"def g():\n global {', '.join(f'a{n}' for n in range(1001))}\n" + " lambda: 1\n" * 1000
    with pytest.raises(CodeError, match=r"line 1 begins .* 1,00\d names and 1,00\d fun"):
        code_from(wide, ["A"])
    assert code_from(text.replace("lambda: 1", "1") + "class A: pass\n", ["A"]).statements
