"""tinycnn's own layers keep the same contract as students' layers."""

import subprocess
import sys
import time

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.gradcheck import CheckFailed, check_class, layer_checks, parametrize_with_checks
from tinycnn.gradcheck import examination as examination_module
from tinycnn.gradcheck.kinds import cases
from tinycnn.layers.kinds import KINDS

OWN = [row.layer for row in KINDS.values()]
TWINS = [row.loops for row in KINDS.values()]


@parametrize_with_checks(OWN, strict=True)
def test_own_layers(layer_class, check):
    check(layer_class)


@parametrize_with_checks(TWINS)
def test_the_same_layers_as_loops(layer_class, check):
    check(layer_class)


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_layer_passes_for_twenty_seeds_within_five_seconds_each(kind):
    for seed in range(20):
        started = time.process_time()       # of this process: a busy machine does not count
        report = check_class(KINDS[kind].layer, kind, seed)
        assert report.ok, report.text
        assert report.causes == []
        assert time.process_time() - started < 5
        assert max(report.errors.values()) < 1e-6


def scaled(method, factor=1.0005):
    """A dense layer with all of one method's answers off by 0.05 %."""
    class Dense(tc.Dense):
        pass

    def wrong(self, *args):
        result = getattr(tc.Dense, method)(self, *args)
        if isinstance(result, tuple):
            return result[0] * factor, result[1]
        if isinstance(result, dict):
            return {**result, "W": result["W"] * factor}
        return result * factor

    setattr(Dense, method, wrong)
    return Dense


def one_entry(quantity):
    """A convolution with one single entry of dx, dW or db wrong by a hundredth."""
    class Conv2D(tc.Conv2D):
        def backward(self, dy, cache):
            dx = super().backward(dy, cache)
            if quantity == "dx":
                dx[-1, -1, -1, -1] += 0.01
            return dx

        def parameter_gradients(self, dy, cache):
            grads = super().parameter_gradients(dy, cache)
            if quantity != "dx":
                grads[quantity[1:]].flat[-1] += 0.01
            return grads

    return Conv2D


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("method", "check"), [
    ("forward", "forward"), ("backward", "input_gradient"),
    ("parameter_gradients", "parameter_gradients")])
def test_wrong_by_a_twentieth_of_a_percent_fails(method, check, seed):
    report = check_class(scaled(method), "dense", seed)
    assert not report.ok
    assert not report.checks[check]
    assert report.failures[0].ratio == pytest.approx(1.0005)


@pytest.mark.parametrize("quantity", ["dx", "dW", "db"])
def test_one_single_wrong_entry_fails_and_is_named(quantity):
    report = check_class(one_entry(quantity), "conv2d")
    failure = next(f for f in report.failures if f.quantity == quantity)
    assert failure.wrong == 1
    assert failure.got - failure.expected == pytest.approx(0.01, rel=1e-4)
    assert failure.map.count("#") - failure.map.count("# wrong") == 1
    assert report.diagnosis[0].key == "single_entry"


def test_with_the_comparison_disabled_these_tests_fail(monkeypatch):
    """The verdict comes from the comparison: without it a planted bug would pass unseen."""
    monkeypatch.setattr(examination_module, "is_exact", lambda got, right: np.ones(got.shape, bool))
    monkeypatch.setattr(examination_module, "against_measured",
                        lambda got, numeric, **_: np.ones(got.shape, bool))
    for quantity in ("dx", "dW", "db"):
        with pytest.raises((AssertionError, StopIteration)):
            test_one_single_wrong_entry_fails_and_is_named(quantity)


def test_central_differences_alone_and_the_exact_rule_alone_each_catch_a_wrong_gradient(
        monkeypatch):
    agree = {"is_exact": lambda got, right: np.ones(got.shape, bool),
             "against_measured": lambda got, numeric, **_: np.ones(got.shape, bool)}
    for name, function in agree.items():
        with monkeypatch.context() as patch:
            patch.setattr(examination_module, name, function)
            assert not check_class(one_entry("dW"), "conv2d").ok, name


def test_checks_in_pytest_name_the_rule_and_the_likely_cause():
    class Tanh(tc.Tanh):
        def backward(self, dy, cache):
            return dy * (1 - cache)

    decorator = parametrize_with_checks([Tanh])
    failed = {}
    for parameter in decorator.args[1]:
        layer_class, check = parameter.values
        try:
            check(layer_class)
        except CheckFailed as error:
            failed[repr(check)] = str(error)
    assert "input_gradient" in failed
    assert "dx is wrong in" in failed["input_gradient"]
    assert "Likely cause: dx: the local derivative is another function's" in failed[
        "input_gradient"]
    assert "arguments_unchanged" not in failed


def test_checks_that_are_expected_to_fail_are_marked_with_the_reason():
    decorator = parametrize_with_checks(
        [tc.Tanh, tc.Dense], expected_failed_checks=lambda cls: {"dtype": "on purpose"}
        if cls is tc.Tanh else {})
    marked = {(p.values[0], repr(p.values[1])): [m.kwargs["reason"] for m in p.marks]
              for p in decorator.args[1] if p.marks}
    assert marked == {(tc.Tanh, "dtype"): ["on purpose"]}
    with pytest.raises(ValueError, match="a tanh layer has no check 'dtypes'; there are build, "):
        parametrize_with_checks([tc.Tanh], expected_failed_checks=lambda cls: {"dtypes": "?"})


def test_a_failed_check_shows_its_report_and_no_lines_of_tinycnn(tmp_path):
    file = tmp_path / "test_mine.py"
    file.write_text("""
import numpy as np
import tinycnn as tc
from tinycnn.gradcheck import assert_gradients, parametrize_with_checks

class Tanh(tc.Tanh):
    def backward(self, dy, cache):
        return dy * (1 - cache)

@parametrize_with_checks([Tanh])
def test_tanh(layer_class, check):
    check(layer_class)

def test_it_at_one_input():
    assert_gradients(Tanh(), np.arange(6.0).reshape(2, 3) / 7)
""", "utf-8")
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(file)],
                          capture_output=True, text=True, check=False, cwd=tmp_path)
    said = done.stdout.replace(str(tmp_path), "")
    assert "3 failed" in said, said
    assert "Likely cause" in said
    assert "check(layer_class)" in said
    assert "examination" not in said            # no line of the package
    assert "tinycnn/gradcheck" not in said


def test_names_that_say_nothing_are_refused():
    class Mystery(tc.Layer):
        pass

    with pytest.raises(ValueError, match="Mystery: its name does not say which layer it is"):
        parametrize_with_checks([Mystery])
    with pytest.raises(ValueError, match="expected one of conv2d, batchnorm, frozenb"):
        check_class(Mystery, "mystery")


def test_the_grid_is_awkward_and_the_same_for_the_same_seed():
    for kind in KINDS:
        grid, again = cases(kind, 3), cases(kind, 3)
        assert any(len(case.x) > 1 for case in grid)
        assert all((a.x == b.x).all() and (a.dy == b.dy).all()
                   for a, b in zip(grid, again, strict=True))
        assert {check.name for check in layer_checks(kind)} >= {"forward", "input_gradient"}
    conv = cases("conv2d")
    for feature in ("H and W differ", "the window is not square", "there is padding",
                    "the stride is larger than 1", "rows or columns are left over",
                    "rows and columns have different strides or padding"):
        assert any(feature in case.features for case in conv), feature
    assert any(case.arguments["in_channels"] < case.arguments["out_channels"] for case in conv)
    assert any(case.arguments["in_channels"] > case.arguments["out_channels"] for case in conv)
    pool = cases("maxpool2d")
    for feature in ("windows overlap", "values tie", "there are gaps between windows"):
        assert any(feature in case.features for case in pool), feature


def test_a_class_may_refuse_strides_that_are_pairs_but_not_take_them_wrongly():
    class Conv2D(tc.Conv2D):
        def __init__(self, *args, stride=1, padding=0):
            if isinstance(stride, tuple):
                raise TypeError("stride must be an int")
            super().__init__(*args, stride=stride, padding=padding)

    report = check_class(Conv2D, "conv2d")
    assert report.ok
    assert any("not checked" in note and "stride must be an int" in note for note in report.notes)

    class Swapped(tc.Conv2D):
        def __init__(self, *args, stride=1, padding=0):
            stride = stride[::-1] if isinstance(stride, tuple) else stride
            super().__init__(*args, stride=stride, padding=padding)

    report = check_class(Swapped, "conv2d")
    assert not report.ok
    assert report.diagnosis[0].key == "stride_swapped"


def test_a_forward_that_gives_its_argument_another_shape_is_told_so():
    class Flatten(tc.Flatten):
        def forward(self, x):
            shape = x.shape
            x.shape = (len(x), -1)
            return x, shape

    report = check_class(Flatten, "flatten")
    assert not report.checks["arguments_unchanged"]
    assert report.failures[0].message == "forward overwrites x"
    assert "argument_overwritten" in [cause.key for cause in report.diagnosis]
