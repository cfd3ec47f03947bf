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
