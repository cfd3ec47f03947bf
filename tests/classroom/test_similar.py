"""Similar wrong code is named for the teacher, whatever the names in it; other code is not."""

import ast
import builtins
import inspect
import itertools
import random
import textwrap

import right_conv2d
from right_maxpool2d import PoolByMask

from tinycnn.classroom import choose
from tinycnn.classroom.classbook import ClassBook, Entry
from tinycnn.classroom.found import Submission
from tinycnn.classroom.judge import judge
from tinycnn.classroom.needed import Code, Statement, code_from
from tinycnn.classroom.questions import layer_questions
from tinycnn.classroom.results import Grade, Result
from tinycnn.classroom.similar import SMALLEST, bodies_of, similar

EXERCISES = choose(["conv2d.forward", "conv2d.backward", "maxpool2d.forward"])
KEPT = {"self", "np", "Conv2D", "MaxPool2D", *dir(builtins)}
CONVOLUTIONS = [getattr(right_conv2d, name) for name in dir(right_conv2d)
                if name.startswith("Conv") and name != "Conv2D"]


class Renamed(ast.NodeTransformer):
    """Other names for all that a student names herself, and other comments."""

    def visit_Name(self, node):
        node.id = node.id if node.id in KEPT else f"my_{node.id}"
        return node

    def visit_arg(self, node):
        node.arg = node.arg if node.arg in KEPT else f"my_{node.arg}"
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(ast.Constant("My own work.")))
        return node


def source(cls, owner):
    return textwrap.dedent(inspect.getsource(cls)).replace(f"class {cls.__name__}(",
                                                           f"class {owner}(")


def renamed(text):
    return ast.unparse(ast.fix_missing_locations(Renamed().visit(ast.parse(text))))


def entry(student, text, wrong=("conv2d.forward",), message="y[0] is 1, expected 2"):
    grade = Grade([Result(e, c, e.name not in wrong, message if e.name in wrong else "")
                   for e in EXERCISES for c in e.checks])
    code = code_from(text, ["Conv2D", "MaxPool2D"])
    return Entry(Submission(student), grade, bodies_of(code, EXERCISES, grade))


def alike(*entries):
    return similar(ClassBook(EXERCISES, 1, entries=list(entries)))


def test_the_same_wrong_code_under_other_names_is_named():
    text = source(right_conv2d.ConvByShiftedImages, "Conv2D")
    other = source(right_conv2d.ConvByPositions, "Conv2D")
    both = ("conv2d.forward", "conv2d.backward")
    assert alike(entry("ann", text, both), entry("bob", renamed(text), both),
                 entry("cy", other, both)) == [
        "ann and bob: Conv2D.forward: the same code but for names, with the same wrong numbers; "
        "Conv2D.backward: the same code but for names, with the same wrong numbers"]


def test_nearly_the_same_code_is_named_and_how_near():
    text = source(right_conv2d.ConvByShiftedImages, "Conv2D")
    changed = renamed(text).replace("return", "my_extra = 1\n        return", 1)
    line, = alike(entry("ann", text), entry("bob", changed, message="y[0] is 3, expected 2"))
    assert line.startswith("ann and bob: Conv2D.forward: ")
    assert line.endswith("% of the code")


def test_other_ways_to_write_it_are_not_named():
    texts = [source(cls, "Conv2D") for cls in CONVOLUTIONS]
    for one, other in itertools.combinations(texts, 2):
        assert alike(entry("ann", one), entry("bob", other)) == []


def test_right_code_and_short_code_are_not_named():
    text = source(right_conv2d.ConvByPositions, "Conv2D")
    assert alike(entry("ann", text, ()), entry("bob", text, ())) == []
    short = "class MaxPool2D:\n    def forward(self, x):\n        return x.max(axis=(2, 3)), x\n"
    assert alike(*(entry(name, short, ["maxpool2d.forward"]) for name in "ab")) == []


def test_what_many_write_is_the_usual_way():
    text = source(PoolByMask, "MaxPool2D")
    wrong = ["maxpool2d.forward", "maxpool2d.backward"]
    few = [entry(f"s{n}", text if n < 3 else "x = 1", wrong) for n in range(12)]
    many = [entry(f"s{n}", text if n < 8 else "x = 1", wrong) for n in range(12)]
    assert len(alike(*few)) == 1
    assert alike(*many) == []


def test_code_that_cannot_be_read_is_no_reason_to_stop():
    grade = entry("ann", "x = 1").grade
    deep = "class Conv2D:\n    def forward(self, x):\n        return " + "-" * 3000 + "x\n"
    large = deep.replace("-" * 3000, "0x1" + "0" * 5000 + "+")
    assert bodies_of(code_from(large, ["Conv2D"]), EXERCISES, grade) == {}
    for text in (deep, "def f(:", "\0"):
        bodies = bodies_of(Code(text, (Statement(1, text, ()),)), EXERCISES, grade)
        assert bodies == {} or text == deep     # some versions of Python read it


def test_300_submissions_are_compared():
    draw = random.Random(1)
    first = [entry(f"s{n}", source(cls, "Conv2D")) for n, cls in enumerate(CONVOLUTIONS)]
    entries = []
    for n in range(300):
        one = first[n % len(first)]
        parts = [*one.bodies.get("Conv2D.forward", ()), *draw.choices("abcdefghi", k=8 * SMALLEST)]
        entries.append(Entry(Submission(f"s{n}"), one.grade, {"Conv2D.forward": parts}))
    entries[7].bodies.update(entries[299].bodies)
    assert [line.partition(":")[0] for line in alike(*entries)] == ["s7 and s299"]


def test_right_code_that_only_raises_with_a_given_cache_is_no_copy():
    """A backward may be right with a cache of its own, such as a deviation with other axes."""
    exercises = choose(["batchnorm.backward"])
    questions = layer_questions(exercises[0], exercises[0].checks[0], 0)
    raised = {"raised": {"kind": "ValueError", "text": "operands could not be broadcast"}}
    fault = judge(questions, [(
        [{"got": {name: 0 * a for name, a in step.right.items()}} for step in q.steps],
        [raised if step.right else {"got": {}} for step in q.given]) for q in questions])
    assert "its cache is as the docstring of forward says, (4, 3) and (3,)" in fault.text
    text = textwrap.dedent("""
        class BatchNorm:
            def backward(self, dy, cache):
                z, std = cache
                axes = (0, *range(2, dy.ndim))
                dz = dy * self.params['gamma'].reshape((1, -1) + (1,) * (dy.ndim - 2))
                mean, along = dz.mean(axes, keepdims=True), (z * dz).mean(axes, keepdims=True)
                return (dz - mean - z * along) / std
    """)
    for message, kept in ((fault.text, {}), ("dx is wrong in 12 entries", {"BatchNorm.backward"})):
        grade = Grade([Result(exercises[0], exercises[0].checks[0], False, message)])
        code = Code(text, (Statement(1, text, ()),))
        assert set(bodies_of(code, exercises, grade)) == set(kept)
