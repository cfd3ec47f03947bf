"""Right sigmoids, average-pools and batch norms as students write them: none is called wrong.

`norms_and_pools.txt` has them: with running means and a mode, with other names, another eps or
none, with padding, over the whole map, with the channels last; and layers whose names are alike.
"""

import ast
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tinycnn.gradcheck import check_class
from tinycnn.gradcheck.forms.pieces import Wish, pieces
from tinycnn.gradcheck.source import definitions

SOURCE = Path(__file__).with_name("norms_and_pools.txt").read_text("utf-8")


def found_in(source, tmp_path):
    file = tmp_path / "students.py"      # what looks at the source of a class needs a file
    file.write_text(source, "utf-8")
    module = sys.modules["students"] = ModuleType("students")
    module.__file__ = str(file)
    exec(compile(source, str(file), "exec"), vars(module))
    found = pieces(vars(module), list(definitions(ast.parse(source))), Wish()).found
    return {one.names[0]: one for one in found}


@pytest.mark.filterwarnings("ignore:overflow")
def test_right_forms_are_called_right(tmp_path):
    found = found_in(SOURCE, tmp_path)
    assert len(found) >= 30
    for name, one in found.items():
        report = one.check(0)
        assert report.ok, f"{name}: {report.text}"
        assert report.checks, name
        assert "Is that meant?" not in report.text, report.text


@pytest.mark.parametrize(("old", "new", "name", "cause"), [
    ("dx = self.gamma/self.std/N*(N*dout - dout.sum(0) - self.xhat*(dout*self.xhat).sum(0))",
     "dx = self.gamma/self.std*dout", "BatchNorm1d", "statistics_constant"),
    ("z, s, ax, sh = cache; dz = dy*self.params[\"gamma\"].reshape(sh)",
     "z, s, ax, sh = cache; dz = dy", "MyBatchNorm", "affine_forgotten"),
    ("return dout*(1.0-self.out)*self.out", "return dout*(1.0-self.out**2)", "Sigmoid",
     "derivative_formula"),
    ("return dy.repeat(self.k,2).repeat(self.k,3)/self.k**2",
     "return dy.repeat(self.k,2).repeat(self.k,3)/self.k", "AvgPool2d", "window_divisor")])
def test_the_same_forms_with_a_mistake_are_called_wrong(old, new, name, cause, tmp_path):
    assert SOURCE.count(old) == 1
    report = found_in(SOURCE.replace(old, new), tmp_path)[name].check(0)
    assert not report.ok
    assert report.diagnosis[0].key == cause, report.text


@pytest.mark.parametrize(("changes", "cause", "note"), [
    ({"mu = x.mean(0); var = x.var(0)":
      "mu = x.mean(1, keepdims=True); var = x.var(1, keepdims=True)",
      "dout.sum(0) - self.xhat*(dout*self.xhat).sum(0)": "N*dout", }, "statistics_axes", ""),
    ({"self.xhat = (x - mu)/": "self.xhat = x/"}, "mean_kept", ""),
    ({"gamma*self.xhat + self.beta": "gamma*self.xhat - self.beta"}, "bias_wrong", ""),
    ({"return self.gamma*self.xhat + self.beta": "return self.xhat"}, "affine_forgotten", ""),
    ({"np.sqrt(var + self.eps)": "(var + self.eps)"}, "deviation", ""),
    ({"eps=1e-8": "eps=0.003"}, "", ""),
    ({"var = x.var(0)": "var = x.var(0, ddof=1)", "self.xhat*(dout*self.xhat).sum(0)":
      "self.xhat*(dout*self.xhat).sum(0)*N/(N - 1)"}, "", "n - 1, not by n"),
    ({"self.training = True": "self.training = False", "/N*(N*dout - dout.sum(0) - "
      "self.xhat*(dout*self.xhat).sum(0))": "*dout"}, "", "not checked: the gradient of running"),
    ({"return self.gamma*self.xhat + self.beta": "return self.xhat", "self.gamma/self.std": "1/"
      "self.std", "self.dgamma = (dout*self.xhat).sum(0); self.dbeta = dout.sum(0)": "pass"},
     "", "does not use beta and gamma")])
def test_the_y_of_a_batch_norm_in_a_form_of_its_own_is_compared(changes, cause, note, tmp_path):
    source = SOURCE[:SOURCE.index("class BatchNormalization")]
    for old, new in changes.items():
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    report = found_in(source, tmp_path)["BatchNorm1d"].check(0)
    assert report.ok == (not cause), report.text
    assert report.checks.get("forward", True) == (not cause), report.text
    assert cause in ("", report.diagnosis[0].key if cause else ""), report.text
    assert note in " ".join(report.text.split()), report.text


@pytest.mark.parametrize(("axes", "cause"), [("(0,2,3)", ""), ("0", "(0,)"), ("(2,3)", "(2, 3)"),
                                             ("(1,2,3)", "(1, 2, 3)")])
def test_statistics_over_the_wrong_axes_of_maps_are_found(axes, cause, tmp_path):
    start = SOURCE.index("class BatchNorm2d")
    source = "import numpy as np\n" + SOURCE[start:SOURCE.index("def batchnorm_forward")]
    source = source.replace("mean((0,2,3)", f"mean({axes}").replace(
        "var((0,2,3)", f"var({axes}").replace("1e-5", "1e-4")
    report = found_in(source, tmp_path)["BatchNorm2d"].check(0)
    assert report.ok == (not cause), report.text
    assert f"({cause} for (0, 2, 3))" * bool(cause) in " ".join(report.text.split()), report.text


@pytest.mark.parametrize("eps", ["1e-3", "1e-6", "1e-12"])
def test_another_eps_is_no_mistake_but_eps_elsewhere_is(eps, tmp_path):
    source = SOURCE.replace("np.sqrt(v + 1e-8)", f"np.sqrt(v + {eps})")
    report = found_in(source, tmp_path)["MyBatchNorm"].check(0)
    assert report.subject == "MyBatchNorm as batchnorm"
    assert report.ok, report.text
    source = SOURCE.replace("np.sqrt(v + 1e-8)", "(np.sqrt(v) + 1e-5)")
    report = found_in(source, tmp_path)["MyBatchNorm"].check(0)
    assert [cause.key for cause in report.diagnosis][:1] == ["deviation"], report.text


def test_a_batch_norm_for_rows_only_is_checked_on_rows(tmp_path):
    report = found_in(SOURCE, tmp_path)["BatchNorm4"].check(0)
    assert report.ok
    assert "not checked: BatchNorm4(3), x (2, 3, 4, 5), and 4 more" in " ".join(report.text.split())


def test_a_kind_that_was_asked_for_has_to_be_built_as_that_kind():
    class BatchNorm:
        def __init__(self):
            self.params = {"gain": np.ones(3), "offset": np.zeros(3)}

    assert not check_class(BatchNorm, "batchnorm").ok
