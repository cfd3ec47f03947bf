"""What a teacher's file may have and may not; how it is found, and what a session judges."""

import json

import pytest

from tinycnn.classroom import choose, grade_source, make_handout, prove, read_assignment
from tinycnn.classroom.asking import InProcess
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.grading import grade_answers
from tinycnn.classroom.handout import AssignmentError, changed_file, write_files
from tinycnn.classroom.own.public_questions import own_questions
from tinycnn.classroom.own.teacher_file import TeacherFileError
from tinycnn.classroom.proof import ProofError, doubts, leaks
from tinycnn.classroom.public import check_here
from tinycnn.commands.main import main

DOUBLE = '''\
import numpy as np

def double(x):
    """Twice x."""
    return np.multiply(x, 2)

class Scale:
    """y = factor · x."""
    def __init__(self, factor=2.0):
        self.params = {"factor": np.array([factor])}
    def forward(self, x):
        """x -> (y, x)."""
        return self.params["factor"] * x, x
    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x."""
        return dy * self.params["factor"]
    def parameter_gradients(self, dy, cache):
        """∂s/∂y -> {"factor": ∂s/∂factor}."""
        return {"factor": np.sum(dy * cache, keepdims=True).reshape(1)}

EXAMPLES = {"double": [lambda rng: (rng.normal(size=(2, 3)),)], "Scale": [((), (2, 3))]}
'''


@pytest.fixture
def write(tmp_path):
    def written(text, name="mine.py"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return f"{tmp_path / name}:"
    return written


@pytest.fixture
def hw(write, tmp_path):
    """A handout beside her file; its folder."""
    write_files(make_handout(choose([write(DOUBLE)])).files, tmp_path / "hw")
    return tmp_path / "hw"


def refusal(path, word=""):
    with pytest.raises(TeacherFileError) as caught:
        make_handout(choose([path + word]))
    return str(caught.value)


def results(text, chosen):
    namespace = {"__name__": "work"}
    exec(compile(text, "work.py", "exec"), namespace)
    return grade_answers(InProcess(namespace), chosen, 3)


def lost(text, chosen):
    return {(r.exercise.name, r.check.name) for r in results(text, chosen) if not r.passed}


# --- her file -------------------------------------------------------------------------------------


def test_what_a_word_stands_for(write):
    path = write(DOUBLE + 'POINTS = {"Scale": 4, "Scale.backward": 6}\n')
    assert [e.name for e in choose([path])] == [
        "double", "Scale.forward", "Scale.backward", "Scale.parameter_gradients"]
    chosen = choose(["tanh.forward", f"{path}Scale", f"{path}double=2.5", "loss"])
    assert [(e.number, e.name, e.points) for e in chosen] == [
        (1, "tanh.forward", 10), (2, "loss", 10), (3, "Scale.forward", 4),
        (4, "Scale.backward", 6), (5, "Scale.parameter_gradients", 4), (6, "double", 2.5)]
    assert [e.points for e in choose([f"{path}Scale.backward=1"])] == [1]
    prove(make_handout(chosen))


@pytest.mark.parametrize(("old", "new", "said"), [
    ('"double": [lambda rng: (rng.normal(size=(2, 3)),)], ', "",
     'has no EXAMPLES of double, so nobody knows how to try it. Write such a line in it:\n'
     '    EXAMPLES = {"double": [lambda rng:'),
    ('[((), (2, 3))]', "[]", 'EXAMPLES = {"Scale": [((), (2, 3)), ((), (4, 5))]}'),
    ('[((), (2, 3))]', "[(2, 3)]", "EXAMPLES['Scale'] has (2, 3)"),
    ('[((), (2, 3))]', "[((), (2, -3))]", "EXAMPLES['Scale'] has ((), (2, -3))"),
    ("[lambda rng: (rng.normal(size=(2, 3)),)]", "[3]", "EXAMPLES['double'] is [3]"),
    ("(rng.normal(size=(2, 3)),)", "rng.normal(size=(2, 3))", "expected the tuple of its argument"),
    ("(rng.normal(size=(2, 3)),)", "(object(),)", "x is a object; expected an array"),
    ("(rng.normal(size=(2, 3)),)", "(1, 2)", "cannot be tried: TypeError"),
    ("((), (2, 3))", '(("two",), (2, 3))', "Scale('two') of EXAMPLES"),
    ("(rng.normal(size=(2, 3)),)", "(rng.normal(size=200_000),)", "smaller shapes in EXAMPLES"),
    ("np.multiply(x, 2)", "x / 0 * 0", "some of the numbers that it returns are not finite"),
    ("import numpy as np", "import numpy as np\nimport torch", "line 2, imports torch: a submi"),
    ("import numpy as np", "import numpy as np\n1 / 0", "cannot be run: ZeroDivisionError"),
    ("EXAMPLES = {", "EXAMPLES = 3 or {", "EXAMPLES has to be a dictionary"),
    ("EXAMPLES = {", 'POINTS = {"double": -1}\nEXAMPLES = {', "expected a number above 0, got -1")])
def test_a_file_that_cannot_be_used_says_what_to_write(write, old, new, said):
    assert DOUBLE.count(old) == 1
    path = write(DOUBLE.replace(old, new))
    assert said in "\n".join(refusal(path, name) for name in ("double", "Scale")
                             if name in said or (name == "double" and "Scale" not in said))


def test_names_that_are_not_there_and_files_that_do_not_go_together(write, tmp_path):
    path = write(DOUBLE)
    assert "has no exercise 'doubel'; did you mean double?" in refusal(path, "doubel")
    assert "no exercise 'Scale.__init__'" in refusal(path, "Scale.__init__")
    assert "cannot be read" in refusal(f"{tmp_path / 'other.py'}:", "double")
    with pytest.raises(ValueError, match="one file of yours at most"):
        choose([path, write(DOUBLE, "second.py")])
    tanh = write(DOUBLE.replace("Scale", "Tanh"), "third.py")
    with pytest.raises(ValueError, match="Tanh would be in the students' file twice"):
        make_handout(choose([f"{tanh}Tanh", "tanh.forward"]))
    layer = write(DOUBLE.replace("class Scale:", "class Layer:\n    pass\n\nclass Scale(Layer):"),
                  "fourth.py")
    with pytest.raises(ValueError, match="Layer would be in the students' file twice"):
        make_handout(choose([f"{layer}Scale", "tanh.forward"]))
    make_handout(choose([f"{layer}Scale"]))


# --- what students get ----------------------------------------------------------------------------


def test_comments_and_helpers(write):
    path = write(DOUBLE.replace("    return np.multiply(x, 2)", "    # times two\n"
                                "    y = twice(x)\n    return y").replace(
        "import numpy as np", '''import numpy as np
FACTOR = 2
def twice(x):
    return FACTOR * x
def unused(x):
    return 3 * x
'''))
    text = student_file(choose([f"{path}double"]))
    assert "FACTOR = 2" in text
    assert "def twice(x):" in text
    assert "unused" not in text
    assert "times two" not in text
    assert "class Scale" not in text


def test_a_solution_in_a_comment_of_a_helper_is_a_leak(write):
    text = DOUBLE.replace("    return np.multiply(x, 2)", "    return used(np.multiply(x, 2))")
    text = text.replace("def double", "def used(x):\n    # return used(np.multiply(x, 2))\n"
                        "    return x\n\ndef double")
    handout = make_handout(choose([f"{write(text)}double"]))
    assert any("a line of the solution of double" in said for said in leaks(handout))
    with pytest.raises(ProofError, match="double"):
        prove(handout)


# --- finding her file -----------------------------------------------------------------------------


def test_grading_needs_her_file_and_checking_does_not(hw, tmp_path, capsys):
    solved = student_file(choose([f"{tmp_path / 'mine.py'}:"]), solved=True)
    (hw / "layers.py").write_text(solved, encoding="utf-8")
    work = [str(hw / "layers.py"), "--assignment", str(hw), "--seed", "1"]
    assert main(["grade", *work]) == 0
    assert "40 of 40 points" in capsys.readouterr().out
    (tmp_path / "mine.py").rename(tmp_path / "moved.py")
    assert main(["check", str(hw)]) == 0
    assert "32 of 32 points of the public checks" in capsys.readouterr().out
    assert main(["grade", *work]) == 1
    said = capsys.readouterr().err
    assert "Put it beside the folder of the handout" in said
    assert "--teacher mine.py" in said
    assert main(["grade", *work, "--teacher", str(tmp_path / "moved.py")]) == 0
    assert "40 of 40 points" in capsys.readouterr().out


def test_a_file_that_has_changed_is_said(hw, tmp_path):
    assert changed_file(read_assignment(hw, grading=True)) == ""
    (tmp_path / "mine.py").write_text(DOUBLE + "# more\n", encoding="utf-8")
    exercises = read_assignment(hw, grading=True)
    assert changed_file(exercises).startswith("mine.py has changed since the handout was made")
    assert changed_file(read_assignment(hw)) == ""


def test_public_inputs_that_are_damaged(hw):
    document = json.loads((hw / "assignment.json").read_text("utf-8"))
    document["exercises"][0]["public"]["plain"] = "AAAA"
    (hw / "assignment.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(AssignmentError, match="is not what `tinycnn handout` writes"):
        read_assignment(hw)


def test_the_check_in_a_notebook_knows_the_handout_in_its_folder(hw, monkeypatch):
    monkeypatch.chdir(hw)

    def double(x):
        return x + x

    assert check_here(double) == "double: all 2 public checks passed"
    double.__name__ = "doubel"
    with pytest.raises(ValueError, match="doubel is not an exercise; expected one of double, S"):
        check_here(double)


# --- sessions -------------------------------------------------------------------------------------


def test_another_cache_is_right_if_forward_is(write):
    chosen = choose([f"{write(DOUBLE)}Scale"])
    text = student_file(chosen, solved=True)
    other = text.replace('* x, x\n', '* x, {"x": x}\n').replace("dy * cache,", 'dy * cache["x"],')
    assert other.count('cache["x"]') == 1
    assert lost(other, chosen) == set()


def test_a_wrong_forward_costs_no_points_in_backward(write):
    chosen = choose([f"{write(DOUBLE)}Scale"])
    wrong = student_file(chosen, solved=True).replace('self.params["factor"] * x, x', "-x, -x")
    assert {name for name, _ in lost(wrong, chosen)} == {"Scale.forward"}


def test_arguments_may_be_written_only_if_the_reference_does(write):
    chosen = choose([f"{write(DOUBLE)}double"])
    text = student_file(chosen, solved=True)
    assert lost(text.replace("np.multiply(x, 2)", "np.multiply(x, 2, out=x)"), chosen) == {
        ("double", "contract")}


def test_a_right_answer_in_float64_is_right_also_for_numbers_in_float32(write):
    """In NumPy 2 one np.sqrt of a number is enough to make all of it float64."""
    chosen = choose([f"{write(DOUBLE)}double"])
    text = student_file(chosen, solved=True)
    assert lost(text.replace("np.multiply(x, 2)", "np.sqrt(4.0) * x"), chosen) == set()
    assert lost(text.replace("np.multiply(x, 2)", "x + x * (x.dtype == float)"), chosen) == {
        ("double", "contract")}


@pytest.mark.parametrize(("body", "said"), [
    ("return x * 2, None", "double returns (array, None), expected array"),
    ("return None", "double returns None, expected array"),
    ("return x.tolist()", "double returns ((number, number, number), "),
    ("return np.array([['a']])", "the result has to hold real numbers"),
    ("return x[:1] * 2", "the result has shape (1, 3), expected (2, 3)"),
    ("raise KeyError('k')", "double raised KeyError"),
    ("return x * np.nan", "Likely cause: the result: not finite"),
    ("return x / np.zeros(())", "Likely cause: the result: not finite"),
    ("return -2 * x", "Likely cause: the result: the sign is wrong, everything else is right."),
    ("return 2 * x.T", "the result has shape (3, 2), expected (2, 3)")])
def test_what_is_said_of_a_wrong_answer(write, body, said):
    chosen = choose([f"{write(DOUBLE)}double"])
    text = student_file(chosen, solved=True).replace("return np.multiply(x, 2)", body)
    assert said in results(text, chosen)[0].message


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 1, 2, 1, 2)])
def test_any_shape_can_be_wrong(write, shape):
    chosen = choose([write(f'''
import numpy as np

class Shift:
    """y = x + 1."""
    def forward(self, x):
        """x -> (y, None)."""
        return x + 1, None
    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x."""
        return 1 * dy

EXAMPLES = {{"Shift": [((), lambda rng: np.array(rng.normal(size={shape})))]}}
''')])
    text = student_file(chosen, solved=True)
    assert lost(text, chosen) == set()
    wrong = text.replace("x + 1", "x + 2").replace("1 * dy", "-dy")
    assert len(lost(wrong, chosen)) == (0 if 0 in shape else 6)


def test_a_counter_in_a_dictionary_that_is_written_counts(write):
    chosen = choose([write('''
def count(state):
    """Count a step."""
    state["t"] += 1

EXAMPLES = {"count": [lambda rng: ({"t": int(rng.integers(9))},)]}
''')])
    assert lost(student_file(chosen, solved=True), chosen) == set()
    assert ("count", "plain") in lost("def count(state):\n    pass\n", chosen)


@pytest.mark.parametrize("formula", ["np.cos(1000 * x)", "np.exp(20 * x)"])
def test_inputs_where_right_formulas_differ_are_left_out(write, formula):
    """Large numbers lose the digits of a cosine, and are too large for an exponential."""
    (exercise,) = choose([write(f'''
import numpy as np

class Steep:
    """A steep function."""
    def forward(self, x):
        """x -> (y, None)."""
        with np.errstate(over="ignore"):
            return {formula}, None

EXAMPLES = {{"Steep": [((), (2, 3))]}}
''')])
    (unusual,) = [check for check in exercise.checks if check.name == "unusual"]
    features = {f for q in own_questions(exercise, unusual, 1) for f in q.features}
    assert "the numbers are tiny" in features
    assert "the numbers are large" not in features


def test_a_wrong_gradient_in_the_reference_is_said_when_the_handout_is_made(write):
    right = make_handout(choose([write(DOUBLE)]))
    assert list(doubts(right)) == []
    wrong = DOUBLE.replace("return dy * self", "return 1.5 * dy * self")
    said, = doubts(make_handout(choose([write(wrong)])))
    assert "look at Scale of mine.py" in said
    assert "dx is wrong" in said


def test_layers_of_whole_numbers_have_no_central_differences(write):
    text = """\
import numpy as np
class Embedding:
    def __init__(self, n):
        self.params = {"W": np.zeros((n, 2))}
    def forward(self, x):
        return self.params["W"][x], x
    def backward(self, dy, cache):
        return np.zeros(cache.shape)
    def parameter_gradients(self, dy, cache):
        dW = np.zeros_like(self.params["W"])
        np.add.at(dW, cache, dy)
        return {"W": dW}
EXAMPLES = {"Embedding": [((5,), lambda rng: rng.integers(5, size=(2, 4)))]}
"""
    chosen = choose([f"{write(text)}Embedding.parameter_gradients"])
    handout = make_handout(chosen)
    assert list(doubts(handout)) == []
    bug = student_file(handout.exercises, solved=True).replace("np.add.at(dW, cache, dy)",
                                                               "dW[cache] += dy")
    grade = grade_source(bug, handout.exercises, 3)
    assert not all(r.passed for r in grade.results)
    assert not any("IndexError" in report for report in grade.reports.values())


def test_text_of_numpy_is_text(write):
    text = """\
import numpy as np
def words(p):
    return ["yes" if one > 0 else "no" for one in p]
EXAMPLES = {"words": [lambda rng: (rng.normal(size=6),)]}
"""
    chosen = choose([f"{write(text)}words"])
    other = student_file(chosen, solved=True).replace(
        '["yes" if one > 0 else "no" for one in p]', 'tuple(np.where(p > 0, "yes", "no"))')
    assert "np.where" in other
    assert lost(other, chosen) == set()


def test_what_was_not_written_is_called_so(write):
    text = """\
import numpy as np
def step(config, g):
    config["v"] = 0.9 * config["v"] + g
    return None
EXAMPLES = {"step": [lambda rng: ({"v": rng.normal(size=3)}, rng.normal(size=3))]}
"""
    chosen = choose([f"{write(text)}step"])
    other = student_file(chosen, solved=True).replace("config[\"v\"] = ", "v = ")
    plain = next(r for r in results(other, chosen) if r.check.name == "plain")
    assert "config['v'] was not changed; step has to write into it" in plain.message


def test_a_file_without_examples_is_called_so(write):
    with pytest.raises(ValueError, match=r"mine.py has no EXAMPLES, so it has no exercises"):
        choose([write("def f(x):\n    return x\n")])
