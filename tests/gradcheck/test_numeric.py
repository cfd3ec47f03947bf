"""Central differences against derivatives that are known."""

import numpy as np
import pytest

from tinycnn.gradcheck.compare import against_measured
from tinycnn.gradcheck.numeric import numeric_gradient, spread_out, upstream


@pytest.mark.parametrize(("function", "derivative"), [
    (np.sin, np.cos), (np.exp, np.exp), (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    (lambda x: x ** 3, lambda x: 3 * x ** 2), (lambda x: 1e-6 * np.sin(x),
                                               lambda x: 1e-6 * np.cos(x)),
    (lambda x: 1e6 * np.sin(x), lambda x: 1e6 * np.cos(x))])
def test_known_derivatives_agree_and_slightly_wrong_ones_do_not(function, derivative):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4))
    dy = upstream(rng, x.shape)
    numeric = numeric_gradient(lambda: function(x), x, dy)
    right = dy * derivative(x)
    assert against_measured(right, numeric).all()
    assert not numeric.kinks.any()
    assert not against_measured(right * 1.0005, numeric).any()
    wrong = right.copy()
    wrong[1, 2] *= 1.0005
    assert against_measured(wrong, numeric).sum() == 11
    wrong[1, 2] = np.nan
    assert against_measured(wrong, numeric).sum() == 11


def test_a_gradient_of_zero_is_held_against_the_size_of_the_others():
    x = np.array([0.0, 1.0])
    numeric = numeric_gradient(lambda: x ** 2, x, np.ones(2))
    assert against_measured(np.array([0.0, 2.0]), numeric).all()
    assert not against_measured(np.array([1e-6, 2.0]), numeric)[0]


def test_x_is_put_back():
    x = np.random.default_rng(0).normal(size=(2, 3))
    before = x.copy()
    numeric_gradient(lambda: x ** 2, x, np.ones((2, 3)))
    np.testing.assert_array_equal(x, before)


def test_kinks_are_seen_at_x_and_within_a_step_and_nowhere_else():
    x = np.array([-0.5, -4e-6, 0.0, 5e-6, 1e-4, 0.5])
    dy = np.array([1.5, -0.7, 1.1, 0.6, 1.2, -0.9])
    numeric = numeric_gradient(lambda: np.abs(x), x, dy)
    assert numeric.kinks.tolist() == [False, True, True, True, False, False]
    between = dy * np.array([-1, -1, -0.9, 1, 1, 1])
    assert not against_measured(between, numeric)[1:4].any()
    assert against_measured(between, numeric, kinks=True).all()
    beyond = between * [1, 9, 1.2, 9, 1, 1]
    assert against_measured(beyond, numeric, kinks=True).tolist() == [
        True, False, False, False, True, True]


def test_random_numbers_keep_their_distance():
    rng = np.random.default_rng(0)
    values = spread_out(rng, (3, 5, 7))
    assert np.abs(values).min() >= 0.01 - 1e-12
    assert np.diff(np.sort(values.ravel())).min() >= 0.02 - 1e-12
    dy = upstream(rng, (100,))
    assert np.abs(dy).min() >= 0.5
    assert (dy > 0).any()
    assert (dy < 0).any()
