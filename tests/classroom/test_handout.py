"""Any choice of exercises gives a handout that is valid, proved, and graded as it says."""

import ast
import inspect
import json
import random
from dataclasses import replace

import pytest
from classroom_submissions import blamed, bug_namespace

from tinycnn import layers
from tinycnn.classroom import (
    EXERCISES,
    choose,
    grade_source,
    make_handout,
    prove,
    read_assignment,
    write_files,
)
from tinycnn.classroom.asking import InProcess
from tinycnn.classroom.blanks import student_file
from tinycnn.classroom.grading import grade_answers
from tinycnn.classroom.handout import ASSIGNMENT, AssignmentError
from tinycnn.classroom.syntax import functions
from tinycnn.gradcheck.zoo import BUGS
from tinycnn.layers import loops, loops_batchnorm

ALL = choose(everything=True)
NAMES = [e.name for e in EXERCISES]


def random_subsets():
    rng = random.Random(0)
    return [choose(rng.sample(NAMES, rng.randint(1, len(NAMES)))) for _ in range(50)]


SUBSETS = random_subsets()


def methods(text):
    """{"Conv2D.forward": node} of a file."""
    return dict(functions(ast.parse(text)))


def source_methods(module):
    return methods(inspect.getsource(module))


def lost(bug, exercises):
    """The exercises in which a bug loses points."""
    mine = [e for e in exercises if e.kind == bug.kind]
    results = grade_answers(InProcess(bug_namespace(bug)), mine, seed=2)
    return {r.exercise.name for r in results if r.points < r.worth}


# --- which exercises ------------------------------------------------------------------------------


def test_exercises_are_numbered_in_the_order_of_a_network_with_their_points():
    chosen = choose(["update", "softmax.backward=20", "conv2d.forward", "loss=2.5"])
    assert [e.name for e in chosen] == ["conv2d.forward", "softmax.backward", "loss", "update"]
    assert [e.number for e in chosen] == [1, 2, 3, 4]
    assert [e.points for e in chosen] == [10, 20, 2.5, 10]
    assert chosen[1].title == "Exercise 2: Softmax.backward - ∂s/∂x from ∂s/∂y"


def test_a_kind_stands_for_its_methods_and_later_words_win():
    assert [e.name for e in choose(["Dense"])] == [
        "dense.forward", "dense.backward", "dense.parameter_gradients"]
    assert [e.points for e in choose(["tanh=4", "tanh.backward=6"])] == [4, 6]
    assert [e.points for e in choose(["relu.forward=3"], everything=True)].count(10) == 24
    assert [e.name for e in ALL] == NAMES


def test_an_unknown_name_is_guessed():
    with pytest.raises(ValueError, match=r"'conv2d\.forwrd'; did you mean conv2d\.forward\?"):
        choose(["conv2d.forwrd"])
    with pytest.raises(ValueError, match=r"no exercise 'xyz'.*There are: conv2d\.forward, "):
        choose(["xyz"])
    with pytest.raises(ValueError, match="no exercise is chosen"):
        choose([])


@pytest.mark.parametrize("points", ["0", "-1", "ten", "nan", "inf", "1e6", "1,5", "=5"])
def test_points_are_positive_numbers(points):
    with pytest.raises(ValueError, match=r"tanh=.*expected points such as conv2d\.forward=15"):
        choose([f"tanh={points}"])


@pytest.mark.parametrize("speed", [False, True])
@pytest.mark.parametrize("points", [1, 7, 10, 12.5, 33])
def test_the_points_of_the_checks_sum_up(points, speed):
    chosen = choose([f"{name}={points}" for name in NAMES], speed=speed)
    assert len(chosen) == 25
    for e in chosen:
        assert sum(e.worth(c) for c in e.checks) == pytest.approx(points, abs=1e-9)
        assert all(e.worth(c) > 0 for c in e.checks)
        assert [c.name for c in e.checks if not c.public] == ["unusual"]
        timed = speed and e.kind in ("conv2d", "maxpool2d", "dense")
        assert ("speed" in [c.name for c in e.checks]) == timed


# --- the students' file ---------------------------------------------------------------------------


def test_every_stub_has_its_title_its_signature_and_its_docstring():
    given = methods(student_file(ALL))
    reference = source_methods(loops) | source_methods(loops_batchnorm)
    for e in ALL:
        stub, solution = given[e.label], reference[e.label]
        docstring, error = stub.body
        assert isinstance(error, ast.Raise)
        assert ast.unparse(error.exc.func) == "NotImplementedError"
        assert ast.literal_eval(error.exc.args[0]) == e.title
        assert ast.unparse(docstring) == ast.unparse(solution.body[0])
        assert ast.unparse(stub.args) == ast.unparse(solution.args)
        assert ast.unparse(stub.returns) == ast.unparse(solution.returns)


def test_what_is_no_exercise_is_given_as_it_is():
    chosen = choose(["conv2d.backward", "maxpool2d.forward", "softmax.forward"])
    given, reference = methods(student_file(chosen, keep=True)), source_methods(loops)
    for label in ("Conv2D.__init__", "Conv2D._pad", "Conv2D.forward", "MaxPool2D.__init__",
                  "Conv2D.parameter_gradients", "MaxPool2D.backward", "Softmax.backward"):
        assert ast.unparse(given[label]) == ast.unparse(reference[label])
    assert {"pair", "glorot_uniform"} <= set(given)
    assert not any(label.startswith(("Tanh", "Dense", "loss", "sgd")) for label in given)


def test_the_other_gradient_of_a_class_is_left_out():
    """It is nearly the solution: the loops of a convolution are the same."""
    for one, other in (("backward", "parameter_gradients"), ("parameter_gradients", "backward")):
        for kind, owner in (("conv2d", "Conv2D"), ("dense", "Dense")):
            given = methods(student_file(choose([f"{kind}.{one}"])))
            assert {f"{owner}.{one}", f"{owner}.forward"} <= set(given)
            assert f"{owner}.{other}" not in given
    given = methods(student_file(choose(["conv2d.forward"])))
    assert {"Conv2D.backward", "Conv2D.parameter_gradients"} <= set(given)
    prove(make_handout(choose(["dense.backward"]), keep=True))


def test_a_class_without_its_other_gradient_is_diagnosed():
    chosen = choose(["dense.backward"])
    stub = 'raise NotImplementedError("Exercise 1: Dense.backward - ∂s/∂x from ∂s/∂y")'
    text = student_file(chosen)
    assert text.count(stub) == 1
    text = text.replace(stub, 'return -dy @ self.params["W"].T')
    grade = grade_source(text, chosen, 1)
    assert grade.points == 0
    (cause,) = grade.causes["Dense"]
    assert cause.startswith("dx: the sign is wrong")
    assert "parameter_gradients" not in grade.reports["Dense"].splitlines()[0]
    right = grade_source(text.replace("-dy", "dy"), chosen, 1)
    assert right.points == right.worth


def test_classes_have_the_docstrings_of_the_fast_layers_and_no_config():
    text = student_file(ALL)
    assert "config" not in text
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef) and node.name != "Layer":
            assert ast.get_docstring(node) == inspect.getdoc(getattr(layers, node.name))


def test_a_file_has_no_more_helpers_than_it_needs():
    text = student_file(choose(["softmax.backward"]))
    assert "def pair" not in text
    assert "Pair" not in text
    assert "from math import exp\n" in text
    update = student_file(choose(["update"]))
    assert "class Layer" not in update
    assert "from math" not in update


@pytest.mark.parametrize("solved", [False, True])
def test_files_of_all_subsets_are_python_in_lines_that_fit(solved):
    for chosen in SUBSETS:
        text = student_file(chosen, solved=solved)
        compile(text, "layers.py", "exec")
        assert max(map(len, text.splitlines())) <= 100
        assert text.count("raise NotImplementedError(\"Exercise ") == (
            0 if solved else len(chosen))


def test_the_solved_file_passes_everything():
    grade = grade_source(student_file(ALL, solved=True), ALL, seed=4, diagnose=False)
    assert not grade.reason
    assert [r.message for r in grade.results if not r.passed] == []
    assert grade.points == grade.worth == 250
    assert len(grade.results) == sum(len(e.checks) for e in ALL)


def test_the_readme_names_every_exercise_and_check():
    chosen = choose(["conv2d.forward=15", "loss"], speed=True)
    readme = make_handout(chosen).files["README.md"]
    assert "| 1 | `Conv2D.forward` | y and the cache from x | 15 |" in readme
    assert "25 points in all" in readme
    for name in {c.name for e in chosen for c in e.checks}:
        assert f"| {name} | {'hidden' if name == 'unusual' else 'public'} |" in readme


# --- every choice is proved and graded ------------------------------------------------------------


def test_the_subsets_differ():
    assert len({tuple(e.name for e in chosen) for chosen in SUBSETS}) >= 48
    assert {e.name for chosen in SUBSETS for e in chosen} == set(NAMES)
    assert min(map(len, SUBSETS)) <= 2
    assert max(map(len, SUBSETS)) >= 17


def test_handouts_of_everything_and_with_speed_are_proved():
    prove(make_handout(ALL))
    prove(make_handout(choose(["maxpool2d", "dense.forward"], speed=True)))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(SUBSETS)))
def test_any_subset_is_proved_and_bugs_lose_points_where_they_are(number):
    chosen = SUBSETS[number]
    prove(make_handout(chosen))
    kinds = {e.kind for e in chosen}
    possible = [bug for bug in BUGS if bug.kind in kinds]
    names = {e.name for e in chosen}
    for place in range(min(9, len(possible))):
        bug = possible[(9 * number + place) % len(possible)]
        assert lost(bug, chosen) == blamed(bug) & names, bug.name


@pytest.mark.parametrize("kind", sorted({bug.kind for bug in BUGS}))
def test_every_bug_loses_points_in_its_own_exercises_and_no_other(kind):
    mine = [bug for bug in BUGS if bug.kind == kind]
    assert mine
    for bug in mine:
        assert blamed(bug)
        assert lost(bug, ALL) == blamed(bug), bug.name


def test_all_bugs_are_among_these():
    assert len(BUGS) >= 119
    assert {bug.kind for bug in BUGS} == {e.kind for e in EXERCISES}


# --- files ----------------------------------------------------------------------------------------


def test_files_are_written_into_a_new_or_an_empty_folder(tmp_path):
    handout = make_handout(choose(["tanh"]))
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "a" / "new"):
        write_files(handout.files, folder)
        assert {p.name for p in folder.iterdir()} == {
            "layers.py", "layers.ipynb", "README.md", "test_layers.py", ASSIGNMENT}
        for name, text in handout.files.items():
            assert (folder / name).read_bytes() == text.encode()


def test_a_folder_that_is_not_empty_is_refused_and_nothing_is_lost(tmp_path):
    handout = make_handout(choose(["tanh"]))
    (tmp_path / "layers.py").write_text("a night of work")
    with pytest.raises(FileExistsError, match="is not empty; name another folder"):
        write_files(handout.files, tmp_path)
    with pytest.raises(FileExistsError, match="name another folder"):
        write_files(handout.files, tmp_path / "layers.py")
    assert [p.name for p in tmp_path.iterdir()] == ["layers.py"]
    assert (tmp_path / "layers.py").read_text() == "a night of work"


def test_an_assignment_is_read_as_it_was_written(tmp_path):
    for number, chosen in enumerate([ALL, choose(["conv2d=7", "loss=0.3"], speed=True)]):
        folder = tmp_path / str(number)
        write_files(make_handout(chosen).files, folder)
        for place in (folder, folder / ASSIGNMENT):
            read = read_assignment(place)
            assert [replace(e, checks=()) for e in read] == [replace(e, checks=()) for e in chosen]
            assert [e.as_dict() for e in read] == [e.as_dict() for e in chosen]


def entry(**changes):
    return choose(["tanh.forward"])[0].as_dict() | changes


def written(**changes):
    return json.dumps({"format": 1, "tinycnn": "0.1.0", "exercises": [entry()]} | changes)


@pytest.mark.parametrize(("text", "message"), [
    ("exercise: tanh", "is not what `tinycnn handout` writes: JSONDecodeError"),
    ("[1, 2]", "is not what `tinycnn handout` writes"),
    ("{}", "is not what `tinycnn handout` writes: KeyError: 'format'"),
    (written(format=99, tinycnn="7.0"), "has format 99, this version of tinycnn reads 1 and 2; "
                                        "it was made by tinycnn 7.0"),
    (written(exercises=[entry(name="tanh.sideways")]), "tanh.sideways"),
    (written(exercises=[entry(checks=[])]), "is not what `tinycnn handout` writes"),
    (written(exercises=[entry(points=0)]), "is not what `tinycnn handout` writes"),
    (written(exercises=[entry(points="many")]), "is not what `tinycnn handout` writes"),
    (written(exercises=[entry(checks=[{"name": "stride", "public": True, "points": 1}])]),
     "tanh.forward has no checks ['stride']")])
def test_what_is_no_assignment_is_refused_with_a_reason(tmp_path, text, message):
    (tmp_path / ASSIGNMENT).write_text(text, encoding="utf-8")
    with pytest.raises(AssignmentError) as caught:
        read_assignment(tmp_path)
    assert message in str(caught.value)
    assert str(tmp_path / ASSIGNMENT) in str(caught.value)


def test_a_folder_without_an_assignment(tmp_path):
    with pytest.raises(AssignmentError, match=r"assignment\.json cannot be read: No such file or "
                                              r"directory\. Expected a folder that `tinycnn"):
        read_assignment(tmp_path)


def test_an_assignment_with_points_changed_by_hand_is_read(tmp_path):
    document = json.loads(written())
    document["exercises"][0]["points"] = 4
    document["exercises"][0]["checks"] = [{"name": "plain", "public": True, "points": 4}]
    (tmp_path / ASSIGNMENT).write_text(json.dumps(document))
    (exercise,) = read_assignment(tmp_path)
    assert exercise.points == 4
    assert [(c.name, exercise.worth(c)) for c in exercise.checks] == [("plain", 4)]
