"""The first line of a report, its JSON, and two mistakes that are told as two."""

import json

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.gradcheck import check_class, check_layer


def refuse(constant):
    raise ValueError(f"{constant} is not JSON")


class Wide(tc.Dense):
    def backward(self, dy, cache):
        return super().backward(dy, cache).astype(np.float64)


class Overwrites(tc.Tanh):
    def backward(self, dy, cache):
        dx = super().backward(dy, cache)
        dy *= 0
        return dx


class Both(Wide):
    def forward(self, x):
        y, cache = super().forward(x)
        return 2 * y, cache


@pytest.mark.parametrize(("cls", "kind", "line"), [
    (tc.Tanh, "tanh", "Tanh: right, 11 checks passed"),
    (Wide, "dense", "Wide as dense: numbers right in all 5 checks; contract: float64 where float32 "
     "goes in"),
    (Overwrites, "tanh", "Overwrites as tanh: numbers right in all 5 checks; contract: backward "
     "overwrites dy"),
    (Both, "dense", "Both as dense: WRONG, 2 of 12 checks failed: forward, dtype")])
def test_the_first_line_tells_numbers_from_contract(cls, kind, line):
    report = check_class(cls, kind)
    assert " ".join(report.text.split("\n\n")[0].split()) == line
    assert report.numbers_right == report.as_dict()["numbers_right"] == ("WRONG" not in line)
    assert report.ok == ("right, " in line)
    assert ("WRONG" in report.text) == ("WRONG" in line)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_the_json_of_a_report_is_strict(value):
    class Tanh(tc.Tanh):
        def backward(self, dy, cache):
            return np.full_like(dy, value)

    for report in (check_class(Tanh, "tanh"), check_layer(Tanh(), np.ones((2, 3)))):
        found = json.loads(json.dumps(report.as_dict()), parse_constant=refuse)
        assert found["failures"][0]["got"] is None
        assert found["errors"]["dx"] is None


def test_an_error_is_told_once():
    class Tanh(tc.Tanh):
        def forward(self, x):
            return np.tanh(x)

    for report in (check_class(Tanh, "tanh"), check_layer(Tanh(), np.ones((2, 3)))):
        assert report.text.count("forward has to return two things") == 1


class Columns(tc.Softmax):
    """Over the images, and exp overflows."""

    def forward(self, x):
        e = np.exp(x)
        return e / e.sum(0), e / e.sum(0)

    def backward(self, dy, y):
        return y * (dy - (dy * y).sum(0))


class Diagonal(tc.Softmax):
    def forward(self, x):
        e = np.exp(x)
        y = e / e.sum(1, keepdims=True)
        return y, y

    def backward(self, dy, y):
        return dy * y * (1 - y)


@pytest.mark.parametrize(("cls", "keys"), [
    (Columns, ["softmax_axis", "overflow"]), (Diagonal, ["diagonal_only", "overflow"])])
def test_extreme_values_do_not_hide_what_is_wrong_in_ordinary_cases(cls, keys):
    assert [cause.key for cause in check_class(cls, "softmax").diagnosis] == keys


def test_mistakes_in_different_cases_are_told_as_two():
    class Conv2D(tc.Conv2D):
        def backward(self, dy, cache):
            dx = super().backward(dy, cache)
            if max(self.stride) > 1:
                return -dx
            return np.flip(dx, 3) if max(self.padding) else dx

    report = check_class(Conv2D, "conv2d")
    assert {cause.key for cause in report.diagnosis} == {"sign", "mirrored"}
    assert "the stride is larger than 1" in report.text
    assert "explains" not in report.text


def test_what_is_half_explained_is_unknown():
    class Conv2D(tc.Conv2D):
        def backward(self, dy, cache):
            dx = super().backward(dy, cache)
            return -dx if max(self.padding) == 0 else dx + np.sin(dx)

    report = check_class(Conv2D, "conv2d")
    assert [cause.key for cause in report.diagnosis] == ["unknown"]
