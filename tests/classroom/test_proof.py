"""The proof of a handout can fail: planted leaks and planted false stubs are found."""

import ast
import getpass
import json
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from tinycnn import training
from tinycnn.classroom import ProofError, choose, make_handout, proof, prove
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.proof import leaks
from tinycnn.classroom.syntax import body, functions, statements
from tinycnn.commands.main import main

EXERCISES = choose(["conv2d.backward", "tanh", "update"])
HANDOUT = make_handout(EXERCISES)
LINE = "dpadded[n, c, p * sh + i, q * sw + j] += dy[n, f, p, q] * W[f, c, i, j]"
SAID = f"a line of the solution of Conv2D.backward: {LINE}"


def planted(name, text):
    """The handout with another text in one of its files."""
    return replace(HANDOUT, files={**HANDOUT.files, name: text})


def changed(old, new, name="layers.py"):
    """The handout with something replaced in one of its files."""
    text = HANDOUT.files[name]
    assert text.count(old) == 1
    return planted(name, text.replace(old, new))


def in_pad(line):
    """The handout with one more line in a method that is given."""
    return changed("        return padded\n", f"        {line}\n        return padded\n")


def in_notebook(number, **changes):
    """The handout with a cell of its notebook changed."""
    document = json.loads(HANDOUT.files["layers.ipynb"])
    document["cells"][number] |= changes
    return planted("layers.ipynb", json.dumps(document))


def refusal(handout):
    """What the proof says about it."""
    with pytest.raises(ProofError) as caught:
        prove(handout)
    return str(caught.value).removeprefix("this handout is not written: ")


def test_the_handout_itself_has_no_leaks():
    assert list(leaks(HANDOUT)) == []
    prove(HANDOUT)


# --- lines of solutions ---------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_a_body_in_place_of_its_stub(exercise):
    text = HANDOUT.files["layers.py"]
    solved = dict(functions(ast.parse(student_file(EXERCISES, solved=True))))[exercise.label]
    stub = dict(functions(ast.parse(text)))[exercise.label]
    indent = " " * stub.body[1].col_offset
    code = textwrap.indent("\n".join(map(ast.unparse, solved.body[1:])), indent).strip()
    text = text.replace(ast.get_source_segment(text, stub.body[1]), code)
    found = list(leaks(planted("layers.py", text)))
    assert found
    assert all(f.startswith("layers.py has a line of the solution of ") for f in found)
    assert all(f" of {exercise.label}: " in f for f in found)
    assert refusal(planted("layers.py", text)) == found[0]


@pytest.mark.parametrize("line", [
    LINE, "dpadded[n,c,p*sh+i,q*sw+j]+=dy[n,f,p,q]*W[f,c,i,j]", f"pass; {LINE}",
    "dpadded[(n, c, (p * sh) + i, q * sw + j)] += (dy[n, f, p, q] * W[f, c, i, j])  # so",
    "dpadded[n, c, p * sh + i,\n            q * sw + j] += dy[n, f, p, q] * W[f, c, i, j]",
    f"if W is not None:\n            {LINE}"])
def test_a_line_in_a_given_method_in_any_layout(line):
    assert list(leaks(in_pad(line))) == [f"layers.py has {SAID}"]


@pytest.mark.parametrize(("line", "said"), [
    ("dpadded: Array = np.zeros(self._pad(x).shape, np.result_type(dy, W))",
     "dpadded = np.zeros(self._pad(x).shape, np.result_type(dy, W))"),
    ("x, W, (sh, sw), (ph, pw) = cache, self.params[\"\"\"W\"\"\"], self.stride, self.padding",
     "x, W, (sh, sw), (ph, pw) = (cache, self.params['W'], self.stride, self.padding)"),
    ("return dpadded[:, :, ph:ph+x.shape[2], pw:pw+x.shape[3]]",
     "return dpadded[:, :, ph:ph + x.shape[2], pw:pw + x.shape[3]]")])
def test_annotations_and_quotes_hide_nothing(line, said):
    (found,) = leaks(in_pad(line))
    assert found == f"layers.py has a line of the solution of Conv2D.backward: {said}"


def test_a_line_of_the_fast_layer_is_one_too():
    found = list(leaks(in_pad("np.subtract(1, slope, out=slope)")))
    assert found == ["layers.py has a line of the solution of Tanh.backward: "
                     "np.subtract(1, slope, out=slope)"]


def test_a_line_that_says_something_else_is_none():
    assert list(leaks(in_pad(LINE.replace("+=", "-=")))) == []
    assert list(leaks(in_pad(LINE.replace("W[f", "V[f")))) == []


@pytest.mark.parametrize("old_new", [
    ("        return padded\n", f"        return padded      # {LINE}\n"),
    ("        return padded\n", f"        #{LINE}\n        return padded\n"),
    ("        return padded\n", f"        '{LINE}'\n        return padded\n"),
    ("send adds up. What goes to the padding is dropped.\n",
     f"send adds up. What goes to the padding is dropped.\n\n            {LINE}\n"),
    ('"""y = tanh(x), element', f'"""{LINE}\n\n    y = tanh(x), element')],
    ids=["after code", "comment", "string", "docstring", "first line of a docstring"])
def test_a_line_in_comments_and_docstrings(old_new):
    assert f"layers.py has {SAID}" in list(leaks(changed(*old_new)))


@pytest.mark.parametrize("name", ["README.md", "test_layers.py", "assignment.json", "notes.txt"])
def test_a_line_in_other_files(name):
    code = "#" if name.endswith(".py") else ""
    text = HANDOUT.files.get(name, "") + f"{code}{LINE}\n"
    assert list(leaks(planted(name, text))) == [f"{name} has {SAID}"]


@pytest.mark.parametrize("around", ["```python\n{}\n```\n", "   ```\n      {}\n   ```\n", "`{}`\n",
                                    "\t{}\n"])
def test_a_line_in_the_readme(around):
    handout = planted("README.md", HANDOUT.files["README.md"] + around.format(LINE))
    assert list(leaks(handout)) == [f"README.md has {SAID}"]


def test_a_line_in_a_notebook():
    cells = json.loads(HANDOUT.files["layers.ipynb"])["cells"]
    assert [cell["cell_type"] for cell in cells[:2]] == ["markdown", "code"]
    for number in (0, 1, len(cells) - 1):
        source = [*cells[number]["source"], "\n", LINE]
        assert list(leaks(in_notebook(number, source=source))) == [f"layers.ipynb has {SAID}"]
    source = [*cells[1]["source"], "\n", f"# {LINE}"]
    assert list(leaks(in_notebook(1, source=source))) == [f"layers.ipynb has {SAID}"]


# --- outputs, caches, paths -----------------------------------------------------------------------


def test_a_notebook_that_has_been_run():
    output = [{"output_type": "stream", "name": "stdout", "text": ["right\n"]}]
    assert list(leaks(in_notebook(2, outputs=output))) == ["layers.ipynb: cell 2 has output"]
    assert list(leaks(in_notebook(2, execution_count=3))) == ["layers.ipynb: cell 2 has output"]
    assert refusal(in_notebook(2, outputs=output)) == "layers.ipynb: cell 2 has output"


@pytest.mark.parametrize("name", ["layers.pyc", "__pycache__/layers.cpython-311.opt-1"])
def test_compiled_code(name):
    assert list(leaks(planted(name, ""))) == [f"{name} is compiled code"]


@pytest.mark.parametrize("path", [Path.home(), Path.cwd() / "layers.py",
                                  Path(proof.__file__).parents[2] / "tests"])
def test_a_path_of_this_machine(path):
    found = list(leaks(planted("README.md", f"as in {path}\n")))
    assert found
    assert all(f.startswith("README.md names /") for f in found)


def test_the_name_of_the_user_in_a_path(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "mallory")
    assert list(leaks(HANDOUT)) == []
    assert list(leaks(planted("README.md", "see /srv/mallory/hw\n"))) == [
        "README.md names /mallory/, a path or a name of this machine"]


def test_a_user_without_a_name_and_a_home(monkeypatch):
    def nobody(*_):
        raise KeyError("getpwuid(): uid not found: 12345")

    def homeless(*_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(getpass, "getuser", nobody)
    monkeypatch.setattr(Path, "home", homeless)
    assert list(leaks(HANDOUT)) == []


# --- stubs and solutions --------------------------------------------------------------------------


STUB = f'raise NotImplementedError("{EXERCISES[1].title}")'


@pytest.mark.parametrize("code", ["values = np.tanh(x)\n        return values, values",
                                  "return (out := 1 - 2 / (np.exp(2 * x) + 1)), out"])
def test_a_stub_that_passes(code):
    handout = changed(STUB, code)
    assert list(leaks(handout)) == []
    assert refusal(handout) == "layers.py: the stub of Tanh.forward passes the check plain"


@pytest.mark.parametrize(("code", "said"), [
    ('raise NotImplementedError("to do")', "to do"),
    ("pass", "forward has to return two things"),
    (STUB.replace("Exercise 2", "Exercise 3"), "Exercise 3: Tanh.forward")])
def test_a_stub_without_its_title(code, said):
    refused = refusal(changed(STUB, code))
    assert refused.startswith("layers.py: the stub of Tanh.forward fails the check plain without "
                              "saying its name: ")
    assert said in refused


def test_a_file_that_cannot_be_run():
    refused = refusal(changed("import numpy as np\n", "import numpi as np\n"))
    assert refused.startswith("layers.py: the stub of Conv2D.backward fails the check plain "
                              "without saying its name: ")
    assert "numpi" in refused


def test_a_solution_that_does_not_pass(monkeypatch):
    wrong = student_file(EXERCISES, solved=True).replace("1 - cache[unit] ** 2", "1 - cache[unit]")
    monkeypatch.setattr(proof, "student_file", lambda exercises, solved: wrong)
    assert refusal(HANDOUT).startswith("the solution of Tanh.backward fails the check plain: ")


def test_a_layer_of_tinycnn_that_does_not_pass(monkeypatch):
    monkeypatch.setattr(training, "sgd_update", lambda params, grads, learning_rate: None)
    assert refusal(HANDOUT).startswith("the reference of sgd_update fails the check plain: ")


# --- the command ----------------------------------------------------------------------------------


def leaking(exercises, **options):
    handout = make_handout(exercises, **options)
    return replace(handout, files={**handout.files, "README.md": "dx = np.zeros_like(dy)\n"})


@pytest.mark.parametrize(("target", "value", "said"), [
    ("tinycnn.classroom.proof.leaks", lambda handout: iter(["planted"]), "planted"),
    ("tinycnn.classroom.make_handout", leaking,
     "README.md has a line of the solution of Tanh.backward: dx = np.zeros_like(dy)")])
def test_nothing_is_written_if_the_proof_fails(tmp_path, monkeypatch, capsys, target, value, said):
    monkeypatch.setattr(target, value)
    folder, archive = tmp_path / "hw", tmp_path / "autograder.zip"
    command = ["handout", "tanh", "--out", str(folder), "--gradescope", str(archive)]
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert err == f"tinycnn: this handout is not written: {said}\n"
    assert out == ""
    assert list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    assert main(command) == 0
    assert (folder / "layers.py").exists()
    assert archive.exists()


# --- code compared by what it says ----------------------------------------------------------------


def said(text):
    return list(statements(ast.parse(text)))


@pytest.mark.parametrize(("one", "other"), [
    ("y = a+b", "y  =  (a +\n b)  # the sum"), ("y = d['W']", 'y = d["W"]'),
    ("y: float = a", "y = a"), ("y = a; z = b", "y = a\n\nz = b"), ("y = 10", "y = 1_0"),
    ("if a:\n    y = b", "if(a) :\n  y=b"),
    ("for n in range(3): y = n", "for n in range(3):\n  y=n"),
    ("def f(x):\n    return x + 1", "def g(x: int) -> int:\n    'more'\n    return (x+1)")])
def test_the_same_in_another_layout(one, other):
    assert said(one) == said(other) != []


@pytest.mark.parametrize(("one", "other"), [
    ("y = a + b", "y = a - b"), ("y = a + b", "z = a + b"), ("y = a + b", "y = b + a"),
    ("y += a", "y = a"), ("y = d['W']", "y = d['b']"), ("y = a[1]", "y = a[2]"),
    ("if a:\n    y = b", "while a:\n    y = b"), ("return_ = a", "a"),
    ("for n in range(3): y = n", "for n in range(4): y = n")])
def test_other_names_and_operators_are_something_else(one, other):
    assert said(one) != said(other)


def test_what_says_nothing_is_left_out():
    assert said("import numpy as np\nfrom math import exp\n'text'\npass\n...\n") == []
    assert said("for n in r:\n    continue\n") == ["for n in r:"]
    assert said("def f():\n    return\n") == []


def test_a_body_is_all_of_its_statements_in_order():
    text = "class A:\n    def f(self):\n        '''Text.'''\n        y=1\n        return y\n"
    assert {label: body(node) for label, node in functions(ast.parse(text))} == {
        "A.f": ("y = 1", "return y")}


@pytest.mark.parametrize("text", [
    f"- {LINE}", f"1. {LINE}", f"> {LINE}", f">>> {LINE}", f"$ {LINE}", f"**{LINE}**",
    f"| `{LINE}` |", f"Take `{LINE}` and so on.", LINE.replace(" ", ""), LINE.replace(", ", ",\n")])
def test_a_line_in_any_text_is_found(text):
    assert any(SAID in problem for problem in leaks(planted("README.md", text)))


@pytest.mark.parametrize("code", [
    f"# Hint: {LINE}", f"# - {LINE}", "# " + LINE.replace(" += ", " +=\n#   "),
    f"x = r'''{LINE}'''", f"x = f'{LINE}'", f"x = b'{LINE}'", f"x = 1  # {LINE}"])
def test_a_line_in_any_comment_or_quote_is_found(code):
    assert any(SAID in problem for problem in leaks(planted("layers.py", code)))


def test_the_head_of_a_loop_and_a_line_in_json_are_found():
    head = "for n, f, p, q in np.ndindex(*dy.shape):"
    assert any(head in problem for problem in leaks(planted("README.md", f"Write `{head}` first.")))
    document = json.loads(HANDOUT.files["assignment.json"]) | {"hint": LINE}
    assert any(SAID in problem for problem in leaks(planted("assignment.json",
                                                            json.dumps(document))))
    assert any(SAID in problem for problem in leaks(in_notebook(1, metadata={"note": LINE})))


def test_a_notebook_whose_stub_passes():
    text = HANDOUT.files["layers.ipynb"].replace(
        json.dumps(STUB, ensure_ascii=False)[1:-1],
        r"values = np.tanh(x)\n        return values, values")
    assert text != HANDOUT.files["layers.ipynb"]
    assert refusal(planted("layers.ipynb", text)) == (
        "layers.ipynb: the stub of Tanh.forward passes the check plain")
