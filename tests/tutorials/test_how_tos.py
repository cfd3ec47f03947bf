"""The guides for those who add something: they are run, and so is what they say to change."""

import ast
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers_pages import blocks

import tinycnn as tc
from tinycnn.analysis.measures import MEASURES, PAPER
from tinycnn.layers.kinds import claim_of
from tinycnn.paper.study.pages import knockouts as page_knockouts
from tinycnn.paper.study.pages import rankings as page_rankings
from tinycnn.paper.study.pages import specificity as page_specificity
from tinycnn.paper.study.parts import knockout_table, knockouts
from tinycnn.paper.study.rows import Numbers
from tinycnn.paper.study.subject import Subject

ROOT = Path(__file__).resolve().parents[2]
LAYER, MEASURE = (ROOT / f"tutorials/add_a_{thing}.md" for thing in ("layer", "measure"))


def run(page):
    """All Python of a page in one session; what is shown as its output must be its output.

    Returns the names that the session ends with, and how many outputs were compared.
    """
    session, printed, compared = {"__name__": "tutorial"}, "", 0
    for kind, content in blocks(page.read_text("utf-8"), "python", "text"):
        if kind == "text":
            assert content == printed
            compared += 1
            continue
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(content, page.name, "exec"), session)
        printed = out.getvalue()
    return session, compared


def first_class(text, name):
    """The source of the first class of this name in the page's Python, and those after it."""
    return [ast.get_source_segment(block, node) for _, block in blocks(text, "python")
            for node in ast.parse(block).body
            if isinstance(node, ast.ClassDef) and node.name == name]


def apply(diff, tree):
    """Make the changes of a page's diff in a copy of the repository.

    "+++ file" begins a file and "@@" a place in it. What stands there, context and removed lines,
    must be found exactly once.
    """
    for part in re.split(r"^\+\+\+ ", diff, flags=re.MULTILINE)[1:]:
        name, _, changes = part.partition("\n")
        text = (tree / name).read_text("utf-8")
        for place in changes.split("@@\n"):
            lines = place.splitlines()
            assert all(line[:1] in ("+", "-", " ") for line in lines if line), lines
            old, new = ("".join(f"{line[1:]}\n" for line in lines if line[:1] != without)
                        for without in "+-")
            assert text.count(old) == 1, f"{name}: {old!r} stands there {text.count(old)} times"
            text = text.replace(old, new)
        (tree / name).write_text(text, "utf-8")


def copy_of_the_repository(tree, *tests):
    """The package, and these test files with what they need."""
    shutil.copytree(ROOT / "tinycnn", tree / "tinycnn",
                    ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "tests/helpers.py", *tests):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)


def python(tree, *arguments):
    """Python in that copy; returns all that it printed, and how it ended."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tree, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}, timeout=120)
    return done.stdout + done.stderr, done.returncode


# --- a layer ----------------------------------------------------------------------------------

def test_the_new_layer_does_what_the_page_promises():
    session, compared = run(LAYER)
    assert compared == 6
    own, fast, loops = (session[name] for name in ("layers", "fast", "loops"))
    own = type(own["pool1"])
    rng = np.random.default_rng(3)
    x, dy = rng.normal(size=(2, 3, 7, 8)), rng.normal(size=(2, 3, 3, 4))
    three = [own(3, 2), fast, loops]
    for layer in three:
        layer.params = {"a": np.array([0.5, -2.0, 3.0]), "b": np.array([1.0, 0.0, -1.0])}
        assert tc.check_layer(layer, x).ok
    answers = []
    for layer in three:
        y, cache = layer.forward(x)
        grads = layer.parameter_gradients(dy, cache)
        answers.append([y, layer.backward(dy, cache), grads["a"], grads["b"]])
    windows = x[:, :, :6].reshape(2, 3, 3, 2, 4, 2)
    for other in answers:
        np.testing.assert_allclose(
            other[0][:, 1], -2 * windows[:, 1].mean(axis=(2, 4)), 1e-12, 1e-12)
        for one, value in zip(answers[0], other, strict=True):
            np.testing.assert_allclose(one, value, 1e-12, 1e-12)


@pytest.mark.parametrize(("right", "wrong", "check"), [
    (" / k**2\n", "\n", "input_gradient"),
    ('self.params["a"][:, None, None] * dy / k', "dy / k", "input_gradient"),
    ("share.repeat(k, axis=2)", "share[:, :, ::-1].repeat(k, axis=2)", "input_gradient"),
    ("np.zeros(shape, dy.dtype)", "np.zeros(shape)", "dtype"),
    ("(dy * m).sum(axis=(0, 2, 3))", "dy.sum(axis=(0, 2, 3))", "parameter_gradients"),
    ('"b": dy.sum(axis=(0, 2, 3))', '"b": dy.mean(axis=(0, 2, 3))', "parameter_gradients"),
    ("        share = self", "        dy /= k**2\n        share = self", "arguments_unchanged")])
def test_a_mistake_in_the_pages_layer_is_caught(right, wrong, check):
    source = first_class(LAYER.read_text("utf-8"), "Subsample2D")[0]
    assert source.count(right) == 1
    names = {"np": np, "tc": tc}
    exec(source.replace(right, wrong), names)
    layer = names["Subsample2D"](3, 2)
    layer.params["a"][:] = 2, -1, 3
    report = tc.check_layer(layer, np.random.default_rng(0).normal(size=(2, 3, 5, 7)))
    assert not report.checks[check]


@pytest.mark.parametrize("name", ["AveragePool2D", "LeakyReLU"])
def test_a_new_kind_with_an_old_name_passes_check_layer_and_not_check_class(name):
    sources = {
        "AveragePool2D": first_class(LAYER.read_text("utf-8"), "Subsample2D")[0].replace(
            "(self, channels, size)", "(self, size, channels=3)"),
        "LeakyReLU": "class LeakyReLU(tc.Layer):\n"
                     "    def forward(self, x): return np.where(x > 0, x, x / 10), x > 0\n"
                     "    def backward(self, dy, on): return np.where(on, dy, dy / 10)"}
    names = {"np": np, "tc": tc}
    exec(sources[name].replace("Subsample2D", name), names)
    layer = names[name](2) if name == "AveragePool2D" else names[name]()
    assert tc.check_layer(layer, np.random.default_rng(0).normal(size=(2, 3, 4, 5))).ok
    kind = "avgpool2d" if name == "AveragePool2D" else "relu"
    # A doubtful name: what it computes decides. A sure one: it is checked as it is if it is not
    # built as tinycnn's own.
    assert claim_of(names[name]) == (kind, kind == "avgpool2d")
    assert not tc.gradcheck.check_class(names[name], kind).ok


@pytest.fixture(scope="module")
def tree_with_a_layer(tmp_path_factory):
    """The repository with all that the page adds to it: a row, and one file in each room."""
    tree = tmp_path_factory.mktemp("with_a_layer")
    copy_of_the_repository(tree, "tests/layers/test_layers.py", "tests/gradcheck/test_suite.py",
                           "tests/gradcheck/test_mistakes.py")
    text = LAYER.read_text("utf-8")
    [layer] = [block for _, block in blocks(text, "python") if "from tinycnn.layers.base" in block]
    (tree / "tinycnn/layers/subsample2d.py").write_text(
        '"""Subsampling."""\n\n' + layer.replace("tinycnn.layers.base", ".base"), "utf-8")
    with (tree / "tinycnn/layers/loops.py").open("a", encoding="utf-8") as loops:
        loops.write("\n\n" + first_class(text, "Subsample2D")[2] + "\n")
    for _, diff in blocks(text, "diff"):
        apply(diff, tree)
    files = re.findall(r"^```python (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert [name.split("/")[1] for name, _ in files] == ["gradcheck", "stepper", "classroom"]
    for name, content in files:
        (tree / name).write_text(content, "utf-8")
    return tree


def test_the_tests_that_a_new_layer_meets_pass(tree_with_a_layer):
    said, status = python(tree_with_a_layer, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                          "-k", "ubsample", "tests")
    assert status == 0, said
    [passed] = re.findall(r"^(\d+) passed", said, re.MULTILINE)
    # In test_layers 6 for each case, the checks of the suite twice, one test of twenty seeds, and
    # two of mistakes.
    assert int(passed) >= 6 + 2 * 11 + 1 + 2


@pytest.mark.parametrize(("right", "wrong", "failed", "cause"), [
    ("(dy * m).sum(axis=(0, 2, 3))", "dy.sum(axis=(0, 2, 3))", "parameter_gradients",
     "da: computed without the input x"),
    (" / k**2\n", "\n", "input_gradient", "dx: a sum over the window where forward takes its mean"),
    ('self.params["a"][:, None, None] * dy / k', "dy / k", "input_gradient",
     "dx: the factor a of the map is left out")])
def test_the_new_kind_is_known_to_the_command(tree_with_a_layer, tmp_path, right, wrong, failed,
                                              cause):
    source = first_class(LAYER.read_text("utf-8"), "Subsample2D")[0]
    assert source.count(right) == 1
    head = "import numpy as np\nimport tinycnn as tc\n\n\n"
    files = {"right": source, "wrong": source.replace(right, wrong)}
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(head + text.replace("Subsample2D", "MySubsample2D"),
                                             "utf-8")
    said, status = python(tree_with_a_layer, "-m", "tinycnn", "check",
                          *(str(tmp_path / f"{name}.py") for name in files))
    assert status == 1
    assert re.findall(r"^MySubsample2D as subsample2d: (\w+)", said, re.MULTILINE) == [
        "right", "WRONG"], said
    assert f"1 of 11 checks failed: {failed}" in said
    assert f"1. {cause}" in said


NETWORK = """
import numpy as np
import tinycnn as tc

rng = np.random.default_rng(0)
net = tc.Network((2, 7, 9), pool1=tc.Subsample2D(2, 3), tanh1=tc.Tanh(), flatten=tc.Flatten(),
                 dense2=tc.Dense(12, 3, rng=0), softmax=tc.Softmax())
for name in "ab":
    net["pool1"].params[name] = rng.normal(size=2).astype(np.float32)
x = rng.normal(size=(2, 2, 7, 9))
"""


def test_the_new_kind_is_saved_and_loaded(tree_with_a_layer, tmp_path):
    said, status = python(tree_with_a_layer, "-c", NETWORK + f"""
path = {str(tmp_path / "net.npz")!r}
net.save(path)
again = tc.Network.load(path)
assert type(again["pool1"]) is tc.Subsample2D
assert (again.forward(x).y == net.forward(x).y).all()
""")
    assert status == 0, said


def test_the_new_kind_is_explained_term_by_term(tree_with_a_layer):
    said, status = python(tree_with_a_layer, "-c", NETWORK + """
net = net.astype(np.float64)
step = tc.Stepper(net, x, [1, 2])
step.run()
for name in ("pool1[1,1,1,2]", "dL/dinput[1,1,4,8]", "dL/dinput[0,0,6,0]", "dL/dpool1.a[1]",
             "dL/dpool1.b[0]"):
    explanation = step.explain(name)
    assert explanation.ok, explanation.text
    print(explanation.text)
""")
    assert status == 0, said
    assert "a[1]/9 · input[1,1,3,6]" in said
    assert "No window has this unit." in said
    assert "measured" not in said       # as of a layer of which nothing is known
    assert said.count("as in the pass") >= 5


def test_the_new_kind_is_handed_out_and_graded(tree_with_a_layer, tmp_path):
    folder = tmp_path / "hw"
    said, status = python(tree_with_a_layer, "-m", "tinycnn", "handout", "subsample2d",
                          "--out", str(folder))
    assert status == 0, said
    solution = first_class(LAYER.read_text("utf-8"), "Subsample2D")[2]
    handed_out = (folder / "layers.py").read_text("utf-8")
    assert "class Subsample2D(Layer):" in handed_out
    assert "Exercise 3: Subsample2D.parameter_gradients" in handed_out
    assert "dx[n, c" not in handed_out
    submissions = tmp_path / "submissions"
    for name, text in (("ada", solution), ("bob", solution.replace("* a[c] / k**2", "* a[c]"))):
        (submissions / name).mkdir(parents=True)
        (submissions / name / "layers.py").write_text(
            handed_out.partition("class Subsample2D")[0] + text, "utf-8")
    said, status = python(tree_with_a_layer, "-m", "tinycnn", "grade", str(submissions),
                          "--assignment", str(folder), "--out", str(tmp_path / "grades"))
    assert status == 0, said
    rows = (tmp_path / "grades/grades.csv").read_text("utf-8").splitlines()
    points = {row.split(",")[0]: row for row in rows[1:]}
    assert ",30" in points["ada"], rows
    assert ",20" in points["bob"], rows
    feedback = "".join(path.read_text("utf-8") for path in (tmp_path / "grades").rglob("*bob*"))
    assert "a sum over the window where forward takes its mean" in feedback


# --- a measure --------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def measure_page():
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return run(MEASURE)


def test_the_new_measure_does_what_the_page_promises(measure_page):
    session, compared = measure_page
    assert compared == 4
    fisher, net, x, t = (session[name] for name in ("fisher", "net", "x", "t"))
    scores = fisher(net, x, t)
    assert scores.scores.shape == (15, 23)
    assert scores.known == [0, 1, 2]
    assert scores.features == tc.convolutional_gradients(net, x[:1], t[:1]).features
    np.testing.assert_array_equal(scores.scores, fisher(net, x, t).scores)
    # Independent: the gradient of each image's loss as the sum of its factors, image by image.
    one = np.flatnonzero(t == 2)[:2]
    dy_do = tc.prediction_gradients(net, x[one], ["tanh2"], classes=t[one])["tanh2"]
    trace = net.forward(x[one])
    slope = (dy_do * trace["tanh2"]).sum(axis=(2, 3)) / -trace.y[[0, 1], t[one]][:, None]
    found = fisher(net, x[one], t[one])
    for i in range(8):
        assert found.value(2, ("tanh2", i)) == pytest.approx((slope[:, i] ** 2).mean(), rel=1e-9)
    for k in scores.known:
        labels = tc.knockout_curve(net, x, t, scores.strongest(k, 6))
        assert labels.shape == (7, 33)
        assert (labels[0] == net.predict(x)).all()


@pytest.mark.parametrize(("right", "wrong"), [
    ("trace.y - np.eye(n_classes)[t]", "np.eye(n_classes)[t]"),
    ('of="logit"', 'of="prob"'), ("axis=1) ** 2)", "axis=1))"),
    ("trace[name] * back[name]", "back[name]")])
def test_a_mistake_in_the_pages_measure_is_seen_by_its_own_check(measure_page, right, wrong):
    first, check, *_ = (block for _, block in blocks(MEASURE.read_text("utf-8"), "python"))
    assert first.count(right) == 1
    session = dict(measure_page[0])
    exec(first.replace(right, wrong).split("\nfaces = ")[0], session)
    session["scores"] = session["fisher"](session["net"], session["x"], session["t"])
    with pytest.raises(AssertionError):
        exec(check, session)


def test_the_tests_that_a_new_measure_meets_pass(tmp_path):
    copy_of_the_repository(tmp_path, "tests/analysis/test_measures.py",
                           "tests/analysis/test_any_network.py")
    for _, diff in blocks(MEASURE.read_text("utf-8"), "diff"):
        apply(diff, tmp_path)
    said, status = python(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                          "-k", "fisher", "tests")
    assert status == 0, said
    [passed] = re.findall(r"^(\d+) passed", said, re.MULTILINE)
    assert int(passed) >= 1 + 13 + 1        # it is the strongest where planted; on each network


def test_a_name_in_measures_is_all_that_a_study_and_its_page_need(measure_page, tmp_path,
                                                                  monkeypatch):
    """Beside few others, with few random orders: what the page says that the measure gets."""
    session, _ = measure_page
    measures = {name: MEASURES[name] for name in (PAPER, "activation", "filter")} | {
        "greedy knockout": MEASURES["activation"], "fisher": session["fisher"]}
    for module in (knockouts, page_rankings):
        monkeypatch.setattr(module, "MEASURES", measures)
    monkeypatch.setattr(knockout_table, "DRAWS", 2)
    data = tc.drawn_faces(people=3)
    net = tc.face_net(3, seed=0)
    tc.train(net, data.images, data.labels, epochs=3, seed=0)
    subject = Subject(data, 0, params=net.params)
    numbers = Numbers(knockouts.knockouts(subject))
    for option in ("strongest", "strongest, test"):
        for analysis, quantity in (("knockout", "overall error, area"), ("swap", "others"),
                                   ("knockout", "overall error, area, same layers")):
            [error] = numbers.find(analysis, quantity, subject="fisher", option=option)
            assert 0 <= error <= 1
    assert numbers.find("agreement", "rank correlation", subject="fisher", option="fisher") == [1]
    assert len(numbers.find("agreement", "between classes", subject="fisher")) == 1
    for page in (page_knockouts.measures, page_specificity.specificity, page_rankings.agreement):
        assert {row[0] for row in page(numbers, tmp_path).table[1]} == set(measures)
