"""What code refuses is "not checked", and all other cases are."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.gradcheck import check_class, check_layer


class SquareOnly(tc.MaxPool2D):
    """Only square windows, and no stride in two directions."""

    def __init__(self, size, stride=None):
        if isinstance(size, tuple):
            raise TypeError("square windows only")
        if isinstance(stride, tuple):
            raise NotImplementedError("one stride")
        super().__init__(size, stride)


class Divides(tc.MaxPool2D):
    """Sizes have to divide; an assert says so in forward."""

    def forward(self, x):
        assert (x.shape[2] - self.size[0]) % self.stride[0] == 0, "rows are left over"
        assert (x.shape[3] - self.size[1]) % self.stride[1] == 0, "columns are left over"
        return super().forward(x)


class Reshapes:
    """As most tutorials write it: one size, no stride. It pays all ties."""

    def __init__(self, size):
        self.size, self.params = size, {}

    def forward(self, x):
        n, c, h, w = x.shape
        s = self.size
        return x.reshape(n, c, h // s, s, w // s, s).max((3, 5)), x

    def backward(self, dy, x):
        s = self.size
        y = self.forward(x)[0]
        return (x == y.repeat(s, 2).repeat(s, 3)) * dy.repeat(s, 2).repeat(s, 3)


class SameOrValid(tc.Conv2D):
    """Padding is a word."""

    def __init__(self, *args, stride=1, padding="valid"):
        super().__init__(*args, stride=stride,
                         padding={"valid": 0, "same": args[2] // 2}[padding])


class ByPosition(tc.Conv2D):
    """Other names, square kernels, neither stride nor padding."""

    def __init__(self, inputs, filters, k):
        super().__init__(inputs, filters, (int(k), int(k)))


@pytest.mark.parametrize(("cls", "kind", "words"), [
    (SquareOnly, "maxpool2d", ["square windows only", "one stride", "and "]),
    (Divides, "maxpool2d", ["rows are left over"]),
    (SameOrValid, "conv2d", ["KeyError"]), (ByPosition, "conv2d", ["'stride'", "int()"])])
def test_right_code_that_refuses_some_cases_is_right(cls, kind, words):
    report = check_class(cls, kind)
    assert report.ok, report.text
    assert report.text.startswith(f"{cls.__name__} as {kind}: right, 12 checks passed")
    for word in words:
        assert any(word in note for note in report.notes if note.startswith("not checked: ")), word


def test_what_is_refused_hides_no_mistake():
    class Typo(SquareOnly):
        def backward(self, dy, cache):
            return dslice       # noqa: F821

    report = check_class(Typo, "maxpool2d")
    assert "NameError" in report.causes[0]
    assert any("square windows only" in note for note in report.notes)
    report = check_class(Reshapes, "maxpool2d")
    assert [name for name, passed in report.checks.items() if not passed] == ["ties"]
    assert [cause.key for cause in report.diagnosis] == ["ties_all_paid"]
    assert "cannot reshape" in " ".join(report.notes)


def test_no_case_at_all_is_a_failure():
    class Never(tc.Tanh):
        def __init__(self):
            raise NotImplementedError

    class Later(tc.Tanh):
        def backward(self, dy, cache):
            raise NotImplementedError("to do")

    report = check_class(Never, "tanh")
    assert report.text.startswith("Never as tanh: not checked, 1 of 1 checks failed: build")
    assert not report.numbers_right
    report = check_class(Later, "tanh")
    assert not report.checks["input_gradient"]
    assert "to do" in report.causes[0]


@pytest.mark.parametrize(("error", "line"), [
    ("IndexError", "x[0, 99]"), ("NameError", "padings"),
    ("ValueError", "np.zeros(3) + np.zeros(4)")])
def test_a_mistake_that_raises_in_some_cases_is_no_refusal(error, line):
    class Conv2D(tc.Conv2D):
        def forward(self, x):
            if max(self.padding):
                eval(line)
            return super().forward(x)

    report = check_class(Conv2D, "conv2d")
    assert not report.checks["forward"]
    assert error in report.causes[0]
    assert "exactly where there is padding" in report.causes[0]


def test_a_check_of_behaviour_that_cannot_be_made_is_a_note():
    """The batch is the last axis: a batch of another size has another number of rows."""
    class Columns:
        def __init__(self):
            draw = np.random.default_rng(0)
            self.params = {"W": draw.normal(size=(3, 4)), "b": draw.normal(size=(3, 1))}

        def forward(self, x):
            return self.params["W"] @ x + self.params["b"], x

        def backward(self, dy, x):
            return self.params["W"].T @ dy

        def parameter_gradients(self, dy, x):
            return {"W": dy @ x.T, "b": dy.sum(1, keepdims=True)}

    report = check_layer(Columns(), np.random.default_rng(1).normal(size=(4, 5)))
    assert report.ok, report.text
