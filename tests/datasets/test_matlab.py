"""MATLAB files, as SciPy writes and reads them."""

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from tinycnn.datasets.matlab import read_mat

RNG = np.random.default_rng(0)
NUMBERS = {f"a_{kind}": RNG.uniform(0, 100, (3, 4)).astype(kind)
           for kind in ("u1", "i2", "u2", "i4", "f4", "f8")}
MORE = {**{f"a_{kind}": RNG.uniform(0, 100, (3, 4)).astype(kind)
           for kind in ("i1", "u4", "i8", "u8")},
        "four": RNG.normal(size=(3, 4, 5, 2)), "truth": RNG.random((2, 3)) > 0.5,
        "a_long_name_of_31_letters_xxxxx": np.arange(3), "empty": np.zeros((0, 3)), "one": 7}


@pytest.mark.parametrize("how", [{"format": "4"}, {}, {"do_compression": True}])
def test_numbers_are_those_of_scipy(tmp_path, how):
    scipy.io.savemat(tmp_path / "a.mat", NUMBERS if "format" in how else NUMBERS | MORE, **how)
    expected = {name: array for name, array in scipy.io.loadmat(tmp_path / "a.mat").items()
                if not name.startswith("__")}
    read = read_mat(tmp_path / "a.mat")
    assert read.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(read[name], array)


@pytest.mark.parametrize("how", [{"format": "4"}, {}])
def test_texts_and_what_is_neither(tmp_path, how):
    others = {"complex": np.ones((2, 3)) * 1j, "sparse": scipy.sparse.csc_matrix(np.eye(3))}
    if not how:
        others |= {"cell": np.array(["a", 1], object), "struct": {"x": 1}}
    scipy.io.savemat(tmp_path / "a.mat", {"names": np.array(["ann", "bo"]), **others}, **how)
    read = read_mat(tmp_path / "a.mat")
    assert read["names"].tolist() == ["ann", "bo"]
    assert {name for name, array in read.items() if array.dtype == object} == {*others}


def test_the_other_order_of_bytes(tmp_path):
    """Written by hand: a big-endian file with one 2 x 3 array of doubles."""
    def element(kind, content):
        return np.array([kind, len(content)], ">u4").tobytes() + content.ljust(
            -(-len(content) // 8) * 8, b"\0")
    x = np.arange(6.0).reshape(2, 3)
    matrix = (element(6, np.array([6, 0], ">u4").tobytes())
              + element(5, np.array([2, 3], ">i4").tobytes()) + element(1, b"some_x")
              + element(9, x.T.astype(">f8").tobytes()))
    (tmp_path / "a.mat").write_bytes(
        b"MATLAB 5.0 MAT-file".ljust(124) + b"\1\0MI" + element(14, matrix))
    np.testing.assert_array_equal(scipy.io.loadmat(tmp_path / "a.mat")["some_x"], x)
    np.testing.assert_array_equal(read_mat(tmp_path / "a.mat")["some_x"], x)
