"""MATLAB files, as SciPy writes them, in all versions that it can read."""

import numpy as np
import pytest
import scipy.io

from tinycnn.datasets.matlab import read_mat
from tinycnn.layers.errors import DataError


@pytest.mark.parametrize("how", [{"format": "4"}, {}, {"do_compression": True}])
def test_arrays_come_by_name(tmp_path, how):
    x = np.random.default_rng(0).normal(size=(3, 4))
    scipy.io.savemat(tmp_path / "a.mat", {"x": x, "names": np.array(["ann", "bo "])}, **how)
    read = read_mat(tmp_path / "a.mat")
    assert read.keys() == {"x", "names"}
    np.testing.assert_array_equal(read["x"], x)


def test_a_file_without_arrays_is_an_error(tmp_path):
    scipy.io.savemat(tmp_path / "a.mat", {})
    with pytest.raises(DataError, match="without any array"):
        read_mat(tmp_path / "a.mat")
