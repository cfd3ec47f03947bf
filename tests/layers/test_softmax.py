"""Softmax.backward loses no digits: where y_t is 1 but for rounding, 1 - y_t still counts.

The second opinion: y_k Σ_j y_j (dy_k - dy_j). No term of it is a difference of two numbers that
are almost the same, unless two entries of dy are.
"""

import numpy as np
import pytest

import tinycnn as tc

N, K = 40, 7


def pairwise(dy, y):
    """dx (N, K) by plain loops in Python's float64."""
    dx = np.zeros(y.shape)
    for n, row in enumerate(np.asarray(y, np.float64)):
        for k in range(len(row)):
            dx[n, k] = row[k] * sum(row[j] * (float(dy[n, k]) - float(dy[n, j]))
                                    for j in range(len(row)))
    return dx


def sure(rng, scale):
    """float32 logits (N, K): one of each row is far above the others if `scale` is large."""
    z = rng.normal(size=(N, K))
    z[range(N), rng.integers(K, size=N)] += 6
    return (scale * z).astype(np.float32)


def both(z, dy):
    """(y, dx) in float32, and dx from the same logits in float64."""
    y, cache = tc.Softmax().forward(z)
    dx = tc.Softmax().backward(dy.astype(np.float32), cache)
    exact = tc.Softmax().backward(dy.astype(np.float64),
                                  tc.Softmax().forward(z.astype(np.float64))[1])
    return y, dx, exact


@pytest.mark.parametrize("scale", [0.1, 1, 3, 5])
@pytest.mark.parametrize("seeded", ["largest", "smallest", "any"])
def test_every_entry_of_a_prediction_gradient(scale, seeded):
    rng = np.random.default_rng(4)
    z = sure(rng, scale)
    of = {"largest": z.argmax(1), "smallest": z.argmin(1), "any": rng.integers(K, size=N)}[seeded]
    seed = np.eye(K, dtype=np.float32)[of]
    y, dx, exact = both(z, seed)
    if scale >= 3:
        assert (1 - y.max(axis=1) < 1e-7).mean() > 0.2
    # Below 1e-37, float32 has fewer digits.
    np.testing.assert_allclose(dx, exact, rtol=1e-5, atol=1e-37)
    np.testing.assert_allclose(dx, pairwise(seed, y), rtol=1e-5, atol=1e-37)


@pytest.mark.parametrize("scale", [0.1, 1, 3, 5])
def test_random_seeds(scale):
    rng = np.random.default_rng(5)
    z, dy = sure(rng, scale), rng.normal(size=(N, K)).astype(np.float32)
    y, dx, exact = both(z, dy)
    # The differences dy_k - dy_j may cancel: then an entry is small, but its terms are not.
    terms = y * np.einsum("nj,nkj->nk", y, np.abs(dy[:, :, None] - dy[:, None]))
    assert (np.abs(dx - exact) <= 1e-5 * terms).all()
    assert (np.abs(dx - pairwise(dy, y)) <= 1e-5 * terms).all()
    # A constant added to a row changes nothing (8 and 2: then the sum itself is exact).
    rounded = np.round(8 * dy) / 8
    for constant in (2, rng.integers(-3, 4, (N, 1)).astype(np.float32)):
        np.testing.assert_array_equal(tc.Softmax().backward(rounded + constant, y),
                                      tc.Softmax().backward(rounded, y))


def test_ties_and_one_class():
    y = np.array([[0.25] * 4, [0.5, 0, 0.5, 0], [0, 0, 0, 1]], np.float32)
    dy = np.array([[1, 0, 0, 0], [0, 1, 4, 2], [3, 5, 7, 9]], np.float32)
    np.testing.assert_array_equal(tc.Softmax().backward(dy, y), pairwise(dy, y))
    np.testing.assert_array_equal(tc.Softmax().backward(np.array([[5.0]]), np.ones((1, 1))), [[0]])


def test_no_images():
    dx = tc.Softmax().backward(np.zeros((0, K), np.float32), np.zeros((0, K), np.float32))
    assert dx.shape == (0, K)
    assert dx.dtype == np.float32


@pytest.mark.filterwarnings("ignore:invalid value")
def test_nan_and_infinity_stay_in_their_row_and_are_seen():
    rng = np.random.default_rng(6)
    y, dy = tc.Softmax().forward(rng.normal(size=(5, K)))[0], rng.normal(size=(5, K))
    clean = tc.Softmax().backward(dy, y)
    broken, seeds = y.copy(), dy.copy()
    broken[1, 2] = seeds[2, y[2].argmax()] = seeds[3, y[3].argmin()] = np.nan
    seeds[4, y[4].argmax()] = np.inf
    dx = tc.Softmax().backward(seeds, broken)
    np.testing.assert_array_equal(dx[0], clean[0])
    assert not np.isfinite(dx[1:]).any()
