"""Notebooks as they are handed in: right work in them gets its points, whatever else is there."""

import json

import pytest

from tinycnn.classroom import choose, grade_source
from tinycnn.classroom.asking import InProcess
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.cells import code_from_notebook
from tinycnn.classroom.grading import grade_answers
from tinycnn.classroom.ipynb import notebook
from tinycnn.classroom.magics import as_python
from tinycnn.classroom.needed import CodeError
from tinycnn.classroom.process.calls import raised
from tinycnn.classroom.process.loading import load
from tinycnn.classroom.submission import SubmissionError, read_source

EXERCISES = choose(["tanh"])
SOLVED = student_file(EXERCISES, solved=True)
GIVEN, TANH, CHECK = [cell for cell in json.loads(notebook(SOLVED, EXERCISES))["cells"]
                      if cell["cell_type"] == "code"]


def cell(source, kind="code", **more):
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


def read(cells, **more):
    document = {"cells": cells, "nbformat": 4, **more}
    return code_from_notebook(json.dumps(document), ["Tanh"])


def source_of(given):
    return "".join(given["source"])


# --- right work -----------------------------------------------------------------------------------

# A cell that stands before and after the work, and costs nothing.
UGLY = {
    "raises": "1 / 0",
    "calls what is not right yet": "Tanh().forward(None)",
    "a note": "this is a note that should be markdown",
    "a shell": "%%bash\nls -la | grep 'it's\nfor f in *; do echo $f; done",
    "another language": "%%html\n<b>it's</b>",
    "a magic that is assigned": "t = %timeit -o np.tanh(1)\nfiles = !ls\na, b = %who_ls",
    "help": "np.tanh?\n?np\nnp.tanh??",
    "magics": "%load_ext autoreload\n%matplotlib inline\n!pip install 'torch\n!ls \\\n  -la",
    "a timed cell": "%%time\nimport time\ntime.sleep(1000)",
    "a line that goes on with %": "n = (7\n% 3)\ns = '''\n%no\n!magic\n'''\nm = 7 \\\n% 3",
    "plots": "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
    "IPython": "from IPython.display import Image\ndisplay(Image('x.png'))\n"
               "get_ipython().run_line_magic('matplotlib', 'inline')",
    "asks": "name = input('your name? ')",
    "checks": "from tinycnn.classroom import check_here, choose\nr = check_here(Tanh)\n"
              "for c in (Tanh,):\n    print(check_here(c))",
    "checks in another way": "import tinycnn as tc\ntc.check_layer(Tanh(), np.ones((2, 3)))",
    "waits": "await asyncio.sleep(1)\nasync for x in y: pass",
    "takes long": "while True: pass",
    "installs": "pip install torch",
    "ends": "exit()\nquit()\nraise SystemExit",
    "surrogates": "x = '\ud800'",
    "zeros": "x = '\0'",
    "deep": "x = " + "(" * 3000,
    "nothing": "",
    "ends with a backslash": "x = 1 \\",
}


@pytest.mark.parametrize("name", UGLY)
def test_a_cell_that_no_exercise_needs_costs_nothing(name):
    ugly = cell(UGLY[name])
    code = read([ugly, GIVEN, ugly, TANH, ugly, CHECK])
    assert code.left_out == ()
    namespace = {}
    assert load([(s.line, s.text, s.binds) for s in code.statements], namespace, raised) == []
    assert all(r.passed for r in grade_answers(InProcess(namespace), EXERCISES, 5))


def test_all_of_them_together_cost_nothing_where_it_is_graded():
    ugly = [cell(text) for text in UGLY.values()]
    grade = grade_source(read([*ugly, GIVEN, *ugly, TANH, *ugly]), EXERCISES, 5, timeout=5)
    assert grade.points == grade.worth == 20
    assert grade.remarks == []


@pytest.mark.parametrize("first", ["%%time", "%%timeit -n 1", "%%capture out", "%%prun",
                                   "%%writefile layers.py", "\n%%time\n%matplotlib inline"])
def test_the_cells_of_some_magics_are_python(first):
    code = read([GIVEN, cell(f"{first}\n{source_of(TANH)}")])
    assert "Tanh" in [name for s in code.statements for name in s.binds]


@pytest.mark.parametrize("first", ["%%bash", "%%writefile notes.txt", "%%javascript", "%%latex"])
def test_the_cells_of_others_are_not(first):
    code = read([GIVEN, cell(f"{first}\n{source_of(TANH)}")])
    assert "Tanh" not in [name for s in code.statements for name in s.binds]


def test_magics_inside_of_what_is_needed():
    text = source_of(TANH).replace("class Tanh", "%matplotlib inline\n    \nclass Tanh")
    code = read([GIVEN, cell(f"if True:\n    %time x = 1\n    !ls\n{text}")])
    assert "Tanh" in [name for s in code.statements for name in s.binds]


PYTHON = {
    "x = 1\n%magic\ny = 2": "x = 1\npass\ny = 2",
    "if x:\n    !ls \\\n  'it\n    y()": "if x:\n    pass\n\n    y()",
    "x %= 3\nx = y % 3\na != b": "x %= 3\nx = y % 3\na != b",
    "f(1,\n%2)\n[\n!ls]": "f(1,\n%2)\n[\n!ls]",
    's = "why?"\n# why?\nx  # is it?\n"""\nwhat?\n%x\n"""': 's = "why?"\n# why?\nx  # is it?\n'
                                                          '"""\nwhat?\n%x\n"""',
    "obj.method?\n%%time": "pass\npass",
    "  x = 1\n  y = 2": "x = 1\ny = 2",
    "x = !ls\r\ny = 1": "pass\ny = 1",
    "%%ruby\nputs 'x'": "\n",
}


@pytest.mark.parametrize("source", PYTHON)
def test_a_cell_as_python(source):
    assert as_python(source) == PYTHON[source]


# --- where it is ----------------------------------------------------------------------------------


def test_places_name_the_cell_and_its_line():
    code = read([cell("# a title", "markdown"), cell("x = 1", "raw"), GIVEN,
                 cell("\n\ndef helper():\n    return 1 / 0", execution_count=7),
                 cell("class Tanh(Layer):\n    def forward(self, x):\n        return helper()")])
    grade = grade_source(code, EXERCISES, 5, timeout=5, diagnose=False)
    assert "ZeroDivisionError: division by zero (cell 4 (In [7]), line 4)" in \
        grade.results[0].message


def test_a_cell_that_is_not_python_is_named_if_it_has_the_work():
    code = read([GIVEN, cell("x = 1"), cell(source_of(TANH) + "\n\na note\n")])
    line = source_of(TANH).count("\n") + 3
    assert code.left_out == (f"cell 3, line {line}: invalid syntax. Nothing of this cell counts, "
                             "and it seems to have Tanh",)
    grade = grade_source(code, EXERCISES, 5, timeout=5, diagnose=False)
    assert grade.points == 0
    assert f"there is no class Tanh\n    because cell 3, line {line} failed: SyntaxError" in \
        grade.results[0].message.replace(", in the first call", "")


def test_of_two_definitions_the_last_one_counts_and_this_is_said():
    wrong = cell("class Tanh(Layer):\n    def forward(self, x):\n        return x, x",
                 execution_count=9)
    code = read([GIVEN, TANH, wrong])
    assert code.left_out == ("Tanh is defined 2 times (cell 2, line 1; cell 3 (In [9]), line 1): "
                             "the last one counts",)
    assert grade_source(code, EXERCISES, 5, timeout=5, diagnose=False).points == 0
    assert grade_source(read([GIVEN, wrong, TANH]), EXERCISES, 5, timeout=5).points == 20


# --- files of all kinds ---------------------------------------------------------------------------


def test_a_source_is_a_text_or_a_list_and_old_notebooks_have_worksheets():
    lines = [cell(source_of(GIVEN).splitlines(keepends=True)), cell(source_of(TANH))]
    expected = [s.text for s in read(lines).statements]
    assert any("class Tanh" in text for text in expected)
    old = [{"cell_type": "code", "input": one["source"], "prompt_number": 3} for one in lines]
    code = code_from_notebook(json.dumps({"nbformat": 3, "worksheets": [{"cells": old}]}), ["Tanh"])
    assert [s.text for s in code.statements] == expected
    assert code.cells[1][2] == "cell 2 (In [3])"


@pytest.mark.parametrize("strange", [3, None, [], {}, "x", {"cell_type": "code"}, cell(3),
                                     cell(None), cell([3, None]), cell({"a": 1})])
def test_a_cell_that_is_none_costs_only_itself(strange):
    code = read([strange, GIVEN, strange, TANH])
    assert [s.text for s in code.statements] == [s.text for s in read([GIVEN, TANH]).statements]


@pytest.mark.parametrize(("document", "message"), [
    ("", "it is not a notebook"), ("{", "it is not a notebook"), ("[1, 2]", "got list"),
    ("3", "got int"), ("null", "it is not a notebook"), ("{}", "it has no cells"),
    ('{"cells": 3}', "it has no cells"), ('{"cells": {}}', "it has no cells"),
    ('{"worksheets": [3, {"cells": null}]}', "it has no cells"),
    ("[" * 100_000, "it is not a notebook"), ("[[],{}," * 400_000, "more than 1,000,000 lists"),
    ("[" + "9" * 10_000 + "]", "it is not a notebook"),
    (json.dumps({"cells": [cell("# text", "markdown")]}), "0 characters of code"),
    (json.dumps({"cells": [cell("x = 1\n" * 100_000)]}), "600,000 characters of code"),
])
def test_what_is_not_a_notebook_has_a_reason(document, message):
    with pytest.raises(CodeError, match=message):
        code_from_notebook(document, ["Tanh"])


def test_a_notebook_may_be_large_and_its_code_not(tmp_path):
    path = tmp_path / "alice.ipynb"
    plot = {"output_type": "display_data", "data": {"image/png": "A" * 3_000_000}, "metadata": {}}
    document = {"cells": [GIVEN, TANH, cell("x", outputs=[plot])], "nbformat": 4}
    path.write_text(json.dumps(document), encoding="utf-8")
    assert grade_source(read_source(path, EXERCISES), EXERCISES, 5, timeout=5).points == 20
    with path.open("r+b") as file:
        file.truncate(51 << 20)
    with pytest.raises(SubmissionError, match="expected a file of at most 52,428,800"):
        read_source(path, EXERCISES)


def test_the_handout_itself_is_read():
    stub = code_from_notebook(notebook(student_file(EXERCISES), EXERCISES), ["Tanh"])
    assert stub.left_out == ()
    grade = grade_source(stub, EXERCISES, 5, timeout=5)
    assert all(r.unsolved for r in grade.results)


def test_empty_cells_cost_nothing_and_are_counted(monkeypatch):
    empty = [cell(""), cell([]), cell(["\n", " "])] * 2000
    parsed = []
    monkeypatch.setattr("tinycnn.classroom.cells.as_python",
                        lambda text: parsed.append(text) or as_python(text))
    code = read([*empty, GIVEN, *empty, TANH])
    assert len(parsed) == 2
    assert [number for _, number, _ in code.cells] == [6001, 12002]
    with pytest.raises(CodeError, match="5,001 cells with code; at most 5,000"):
        read([cell("1")] * 5001)
