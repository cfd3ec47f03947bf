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

from tinycnn.gradcheck import check_class, check_layer
from tinycnn.gradcheck.forms.pieces import Wish, pieces
from tinycnn.gradcheck.source import definitions
from tinycnn.layers.kinds import KINDS

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
    assert len(found) == 32
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
    if cause:
        assert report.diagnosis[0].key == cause, report.text
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


POOL = '''import numpy as np
class Pool:
    def __init__(self, k, s): self.k = k; self.s = s
    def forward(self, x):
        self.x = x; n, c, h, w = x.shape; k, s = self.k, self.s
        y = np.zeros((n, c, (h - k)//s + 1, (w - k)//s + 1))
        for i, j in np.ndindex(*y.shape[2:]):
            y[:, :, i, j] = x[:, :, i*s:i*s + k, j*s:j*s + k].mean((2, 3))
        return y
    def backward(self, d):
        dx = np.zeros(self.x.shape); k, s = self.k, self.s
        for i, j in np.ndindex(*d.shape[2:]):
            dx[:, :, i*s:i*s + k, j*s:j*s + k] += d[:, :, i:i + 1, j:j + 1]/k**2
        return dx
'''


@pytest.mark.parametrize("names", ["k, s", "size, s", "kernel_size, s", "f, s=2", "pool, stride"])
@pytest.mark.parametrize("sign", ["+=", "="])
def test_windows_overlap_whatever_the_stride_is_called(names, sign, tmp_path):
    size, stride = names.replace("=2", "").split(", ")
    source = POOL.replace("k, s): self.k = k; self.s = s", f"{names}): self.k = {size}; "
                          f"self.s = {stride}").replace("+=", sign).replace("Pool", "AvgPool")
    report = found_in(source, tmp_path)["AvgPool"].check(0)
    assert report.ok == (sign == "+="), report.text


def test_a_bare_s_alone_is_the_size_of_the_window(tmp_path):
    source = POOL.replace("k, s): self.k = k; self.s = s", "s): self.k = self.s = s")
    assert found_in(source, tmp_path)["Pool"].check(0).ok


@pytest.mark.parametrize(("divisor", "ok"), [("s**2", True), ("s", False)])
def test_the_pool_of_one_map_in_loops_gets_one_map(divisor, ok, tmp_path):
    report = found_in(f'''import numpy as np
class AvgPoolC:
    def __init__(self, size=2): self.size = size
    def forward(self, x):
        self.sh = x.shape; s = self.size
        return np.array([[x[i:i+s, j:j+s].mean() for j in range(0, x.shape[1]-s+1, s)]
                         for i in range(0, x.shape[0]-s+1, s)])
    def backward(self, d):
        o = np.zeros(self.sh); s = self.size
        for i, j in np.ndindex(*d.shape): o[i*s:i*s+s, j*s:j*s+s] += d[i, j]/{divisor}
        return o
''', tmp_path)["AvgPoolC"].check(0)
    assert report.ok == ok, report.text
    assert [cause.key for cause in report.diagnosis] == ["window_divisor"] * (not ok)
    assert "Is that meant?" not in report.text


def test_an_answer_without_entries_has_no_causes():
    class Nothing:
        params = {}     # noqa: RUF012

        def forward(self, x):
            return x[:0], x

        def backward(self, dy, cache):
            return cache

    assert not check_layer(Nothing(), np.ones((2, 3))).ok


def test_in_a_batch_norm_maps_are_told_from_unequal_sides():
    class BatchNorm(KINDS["batchnorm"].layer):
        def backward(self, dy, cache):
            return super().backward(dy, cache) * (1 if dy.ndim == 2 else dy.std())

    report = check_class(BatchNorm, "batchnorm")
    assert not report.checks["input_gradient"]
    assert "where x has maps (N, C, H, W)" in " ".join(report.text.split())
    assert "H and W differ" not in " ".join(report.text.split()), report.text


def test_one_number_for_each_map_is_too_little_and_no_mistake_of_the_layer():
    report = check_layer(KINDS["batchnorm"].layer(2), np.ones((1, 2, 1, 1)))
    assert not report.checks
    assert "not checked: forward raised ShapeError" in report.text
