"""The digits of scikit-learn as a data set like any other."""

import sys

import numpy as np
import pytest

from tinycnn.datasets.handwritten import digits
from tinycnn.layers.errors import DataError


def test_the_digits_are_those_of_scikit_learn():
    source = pytest.importorskip("sklearn.datasets", reason="pip install -e '.[dev]'").load_digits()
    data = digits()
    assert data.images.shape == (1797, 1, 8, 8)
    assert data.images.dtype == np.float32
    assert np.array_equal(data.images[:, 0] * 16, source.images)
    assert np.array_equal(data.labels, source.target)
    assert data.labels.dtype == np.int64
    assert [data.people[k] for k in data.labels[:3]] == ["0", "1", "2"]


def test_the_digits_come_in_any_size_and_say_so():
    pytest.importorskip("sklearn", reason="pip install -e '.[dev]'")
    data = digits(size=(12, 10), colour=True)
    assert data.images.shape == (1797, 3, 12, 10)
    assert "resized to 10 x 12" in " ".join(data.notes)


def test_each_digit_can_be_found_and_none_is_there_twice():
    pytest.importorskip("sklearn", reason="pip install -e '.[dev]'")
    data = digits()
    assert data.twins() == []
    assert data.labels[data.find(7, "20")] == 7
    assert len({*zip(data.labels.tolist(), data.conditions, strict=True)}) == len(data)
    train, test = data.split("stratified", seed=1)
    assert (len(train), len(test)) == (1348, 449)


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(DataError, match=r"expected scikit-learn.*pip install .tinycnn\[digits\]"):
        digits()
