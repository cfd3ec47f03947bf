"""Results never show that convolutions share memory."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers import in_float64

import tinycnn as tc

LAYERS = [tc.Conv2D(2, 3, (3, 2), rng=0), tc.Conv2D(2, 3, 3, padding=1, rng=0),
          tc.Conv2D(2, 3, (2, 3), stride=2, rng=0)]


def everything(layer, x, dy):
    y, cache = layer.forward(x)
    grads = layer.parameter_gradients(dy, cache)
    return [y, layer.backward(dy, cache), grads["W"], grads["b"]]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_results_stay_when_the_layer_is_used_again(layer):
    rng = np.random.default_rng(0)
    x, other = rng.normal(size=(2, 3, 2, 9, 8)).astype(np.float32)
    dy = rng.normal(size=layer.forward(x)[0].shape).astype(np.float32)
    results = everything(layer, x, dy)
    copies = [array.copy() for array in results]
    everything(layer, other, -dy)
    for result, copy in zip(results, copies, strict=True):
        np.testing.assert_array_equal(result, copy)


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_threads_do_not_disturb_each_other(layer):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(8, 6, 2, 40, 41)).astype(np.float32)
    dy = rng.normal(size=(8, *layer.forward(x[0])[0].shape)).astype(np.float32)
    alone = [everything(layer, *pair) for pair in zip(x, dy, strict=True)]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            together = list(pool.map(everything, [layer] * 8, x, dy))
            for ours, theirs in zip(together, alone, strict=True):
                for array, expected in zip(ours, theirs, strict=True):
                    np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("layer", [*LAYERS, tc.MaxPool2D(2), tc.MaxPool2D(3, 1)], ids=repr)
def test_arrays_in_any_order_of_memory(layer):
    in_float64(layer)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(9, 2, 3, 10)).transpose(1, 2, 0, 3)[:, 2::-2, :, ::-1]
    dy = rng.normal(size=layer.forward(x)[0].shape)[::-1]
    assert not x.flags.c_contiguous
    assert not dy.flags.c_contiguous
    (y, cache), (copied_y, copied_cache) = layer.forward(x), layer.forward(x.copy())
    np.testing.assert_array_equal(y, copied_y)
    np.testing.assert_array_equal(layer.backward(dy, cache),
                                  layer.backward(dy.copy(), copied_cache))
    for name, grad in layer.parameter_gradients(dy, cache).items():
        np.testing.assert_array_equal(
            grad, layer.parameter_gradients(dy.copy(), copied_cache)[name])


def test_what_overflowed_once_does_not_come_back():
    """The zeros between the gradients' lines, and the padding, stay zero for any input."""
    layer = tc.Conv2D(1, 1, 3, padding=1, rng=0)
    x = np.ones((1, 1, 5, 6), np.float32)
    dy = np.ones((1, 1, 5, 6), np.float32)
    before = everything(layer, x, dy)
    with np.errstate(all="ignore"):
        everything(layer, x * np.nan, dy * np.inf)
    for now, then in zip(everything(layer, x, dy), before, strict=True):
        np.testing.assert_array_equal(now, then)
