"""Every layer is compared with its loop twin, central differences, and the contract."""

import numpy as np
import pytest
from helpers import assert_layer_gradients, in_float64

import tinycnn as tc
from tinycnn.gradcheck.numeric import spread_out
from tinycnn.layers import loops

CONV = [  # C, F, kernel, stride, padding, (H, W)
    (3, 4, (3, 2), 1, 0, (7, 6)),
    (1, 2, (5, 3), 1, (1, 2), (6, 8)),
    (2, 3, 3, 2, 1, (9, 7)),
    (3, 2, (2, 3), (2, 1), (0, 1), (8, 7)),
    (2, 4, 3, (3, 2), 0, (7, 9)),            # windows that do not fit are dropped
    (2, 3, 2, 3, 0, (8, 9)),                 # pixels between the windows
    (2, 3, (4, 5), 1, 0, (4, 5)),            # one window
    (2, 3, 1, 1, 0, (3, 4)),
    (2, 3, 2, 1, 3, (2, 3)),                 # more padding than kernel
    (2, 1, (1, 4), (1, 3), 0, (3, 10)),
]
POOL = [  # size, stride, (H, W)
    (2, None, (6, 8)), (2, None, (7, 5)), (3, 1, (6, 5)), (3, 2, (8, 9)),
    ((2, 3), (1, 2), (5, 8)),
    (2, 3, (9, 8)), (1, 1, (3, 4)), (1, 2, (5, 4)), ((1, 3), None, (4, 7)),
    ((3, 1), (2, 1), (7, 3)),
    ((3, 4), 5, (3, 4)), ((2, 3), (2, 1), (6, 5)), ((3, 2), (1, 2), (5, 6)),
]


def conv_cases():
    for c, f, kernel, stride, padding, (h, w) in CONV:
        arguments = {"stride": stride, "padding": padding, "rng": 1}
        yield (tc.Conv2D(c, f, kernel, **arguments), loops.Conv2D(c, f, kernel, **arguments),
               (2, c, h, w))


def pool_cases():
    for size, stride, (h, w) in POOL:
        yield tc.MaxPool2D(size, stride), loops.MaxPool2D(size, stride), (2, 3, h, w)
        yield tc.AvgPool2D(size, stride), loops.AvgPool2D(size, stride), (2, 3, h, w)
    yield tc.AvgPool2D(None), loops.AvgPool2D(None), (2, 3, 4, 5)


def other_cases():
    for shape in ((2, 3), (3, 2, 4, 5)):
        yield tc.Tanh(), loops.Tanh(), shape
        yield tc.Sigmoid(), loops.Sigmoid(), shape
        yield tc.BatchNorm(shape[1]), loops.BatchNorm(shape[1]), shape
        yield tc.FrozenBatchNorm(shape[1]), loops.FrozenBatchNorm(shape[1]), shape
        yield tc.ReLU(), loops.ReLU(), shape
        yield tc.Flatten(), loops.Flatten(), shape
    yield tc.Dense(4, 3, rng=1), loops.Dense(4, 3, rng=1), (2, 4)
    yield tc.Dense(1, 5, rng=1), loops.Dense(1, 5, rng=1), (3, 1)
    yield tc.Softmax(), loops.Softmax(), (3, 5)
    yield tc.BatchNorm(3, eps=0.1), loops.BatchNorm(3, eps=0.1), (4, 3)


CASES = [*conv_cases(), *pool_cases(), *other_cases()]
each = pytest.mark.parametrize(("layer", "twin", "shape"), CASES,
                               ids=[f"{layer!r}-{shape}" for layer, _, shape in CASES])


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@each
def test_equals_its_loop_twin(layer, twin, shape, rng):
    in_float64(layer), in_float64(twin)
    for name in sorted({"b", "gamma", "beta"} & set(layer.params)):
        layer.params[name] = twin.params[name] = rng.normal(size=layer.params[name].shape)
    # Few different values, so that max-pooling meets ties, and ReLU meets zeros.
    for x in (rng.normal(size=shape), rng.integers(-1, 2, shape).astype(float)):
        y, cache = layer.forward(x)
        loop_y, loop_cache = twin.forward(x)
        np.testing.assert_allclose(y, loop_y, 1e-12, 1e-12)
        dy = rng.normal(size=y.shape)
        np.testing.assert_allclose(layer.backward(dy, cache), twin.backward(dy, loop_cache),
                                   1e-12, 1e-12)
        grads, loop_grads = (one.parameter_gradients(dy, kept)
                             for one, kept in ((layer, cache), (twin, loop_cache)))
        assert grads.keys() == loop_grads.keys() == layer.params.keys()
        for name in grads:
            np.testing.assert_allclose(grads[name], loop_grads[name], 1e-12, 1e-12)


@each
def test_gradients_agree_with_central_differences(layer, twin, shape, rng):
    assert_layer_gradients(in_float64(layer), spread_out(rng, shape), rng)


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_is_pure_and_keeps_the_precision(layer, twin, shape, rng, dtype):
    layer.params = {name: w.astype(dtype) for name, w in layer.params.items()}
    before = {name: w.copy() for name, w in layer.params.items()}
    x = rng.normal(size=shape).astype(dtype)
    x_before = x.copy()
    y, cache = layer.forward(x)
    y_before, dy = y.copy(), rng.normal(size=y.shape).astype(dtype)
    dy_before = dy.copy()
    first = layer.backward(dy, cache), layer.parameter_gradients(dy, cache)
    layer.forward(rng.normal(size=shape).astype(dtype))
    second = layer.backward(dy, cache), layer.parameter_gradients(dy, cache)
    np.testing.assert_array_equal(first[0], second[0])
    for name in before:
        np.testing.assert_array_equal(first[1][name], second[1][name])
        np.testing.assert_array_equal(layer.params[name], before[name])
        assert first[1][name].dtype == dtype
        assert first[1][name].shape == before[name].shape
    for now, then in ((x, x_before), (y, y_before), (dy, dy_before)):
        np.testing.assert_array_equal(now, then)
    assert y.dtype == first[0].dtype == dtype
    assert first[0].shape == x.shape
    assert not np.shares_memory(y, x)
    assert not np.shares_memory(first[0], dy)
    assert vars(layer).keys() <= {"params", "kernel_size", "stride", "padding", "size", "eps"}, \
        "a layer holds no state but its params"


@each
def test_a_batch_is_its_images_one_by_one(layer, twin, shape, rng):
    in_float64(layer)
    x = rng.normal(size=shape)
    y, cache = layer.forward(x)
    dy = rng.normal(size=y.shape)
    dx, grads = layer.backward(dy, cache), layer.parameter_gradients(dy, cache)
    if layer.mixes_images:      # then it must not be so
        other = np.concatenate([x[:1], 2 * x[1:] + 1])
        assert not np.allclose(layer.forward(other)[0][:1], y[:1])
        return
    totals = {name: 0.0 for name in grads}
    for n in range(len(x)):
        one = slice(n, n + 1)
        y_n, cache_n = layer.forward(x[one])
        np.testing.assert_allclose(y_n, y[one], 1e-12, 1e-13)
        np.testing.assert_allclose(layer.backward(dy[one], cache_n), dx[one], 1e-12, 1e-13)
        for name, grad in layer.parameter_gradients(dy[one], cache_n).items():
            totals[name] = totals[name] + grad
    for name, grad in grads.items():
        np.testing.assert_allclose(totals[name], grad, 1e-12, 1e-12)


@each
def test_no_images_are_no_images(layer, twin, shape, rng):
    in_float64(layer)
    if layer.mixes_images:
        with pytest.raises(tc.ShapeError, match="more than one number for each map"):
            layer.forward(np.zeros((0, *shape[1:])))
        return
    y, cache = layer.forward(np.zeros((0, *shape[1:])))
    dy = np.zeros((0, *layer.forward(rng.normal(size=shape))[0].shape[1:]))
    assert y.shape == dy.shape
    assert layer.backward(dy, cache).shape == (0, *shape[1:])
    for grad in layer.parameter_gradients(dy, cache).values():
        assert (grad == 0).all()


def test_conv2d_is_a_cross_correlation():
    layer = tc.Conv2D(1, 1, (1, 2))
    layer.params = {"W": np.array([[[[1.0, 10.0]]]]), "b": np.array([100.0])}
    y, _ = layer.forward(np.array([[[[1.0, 2.0, 3.0]]]]))
    np.testing.assert_array_equal(y, [[[[121, 132]]]])      # not flipped: 1·1 + 10·2 + 100


def test_among_equal_values_the_first_in_reading_order_takes_the_whole_gradient():
    x = np.array([[[[0.0, 7, 7, 7], [7, 7, 0, 7]]]])
    layer = tc.MaxPool2D(2)
    _, cache = layer.forward(x)
    dx = layer.backward(np.array([[[[3.0, 5.0]]]]), cache)
    np.testing.assert_array_equal(dx, [[[[0, 3, 5, 0], [0, 0, 0, 0]]]])


def test_overlapping_windows_add_up():
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 1
    layer = tc.MaxPool2D(2, stride=1)
    _, cache = layer.forward(x)
    dx = layer.backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]), cache)
    assert dx[0, 0, 1, 1] == 10
    assert dx.sum() == 10


def test_softmax_of_huge_logits():
    y, cache = tc.Softmax().forward(np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]]))
    np.testing.assert_array_equal(y[0], [1, 0, 0])
    np.testing.assert_allclose(y[1], [1 / 3] * 3)
    assert np.isfinite(tc.Softmax().backward(np.ones((2, 3)), cache)).all()


def test_saturated_tanh_passes_nothing_and_relu_is_off_at_its_kink():
    _, cache = tc.Tanh().forward(np.array([[1e4, -1e4, 0.0]]))
    np.testing.assert_array_equal(tc.Tanh().backward(np.ones((1, 3)), cache), [[0, 0, 1]])
    _, cache = tc.ReLU().forward(np.array([[-1.0, 0.0, 2.0]]))
    np.testing.assert_array_equal(tc.ReLU().backward(np.ones((1, 3)), cache), [[0, 0, 1]])


@pytest.mark.parametrize(("layer", "shape", "words"), [
    (tc.Conv2D(3, 2, 3), (3, 8, 8), ["Conv2D(3, 2, 3)", "(N, C, H, W)", "(3, 8, 8)", "x[None]"]),
    (tc.Conv2D(3, 2, 3), (2, 1, 8, 8), ["(N, 3, H, W)", "(2, 1, 8, 8)", "feature maps"]),
    (tc.Conv2D(3, 2, 3), (2, 8, 8, 4), ["transparency", "x[..., :3].transpose(0, 3, 1, 2)"]),
    (tc.Conv2D(1, 2, 3), (2, 8, 8, 1), ["last axis; x.transpose(0, 3, 1, 2)"]),
    (tc.Conv2D(1, 2, 3), (2, 8, 8, 3), ["colour images, channels last"]),
    (tc.Conv2D(1, 2, 3), (2, 3, 8, 8), ["colour images; x.mean(axis=1, keepdims=True)"]),
    (tc.Conv2D(3, 2, 5), (2, 3, 4, 8), ["5 x 5", "(2, 3, 4, 8)", "smaller than the kernel"]),
    (tc.MaxPool2D(3), (2, 1, 2, 8), ["MaxPool2D(3", "3 x 3", "(2, 1, 2, 8)"]),
    (tc.MaxPool2D(3), (2, 8), ["(N, C, H, W)", "(2, 8)"]),
    (tc.Dense(4, 3), (2, 5), ["Dense(4, 3)", "(N, 4)", "(2, 5)", "Flatten"]),
    (tc.Dense(4, 3), (4,), ["(N, 4)", "(4,)"]),
    (tc.Softmax(), (4,), ["(N, K)", "(4,)"]),
    (tc.Flatten(), (4,), ["(N, ...)", "(4,)"]),
])
def test_wrong_shapes_are_explained(layer, shape, words):
    with pytest.raises(tc.ShapeError) as error:
        layer.forward(np.zeros(shape))
    for word in [*words, "Likely cause"]:
        assert word in str(error.value)


@each
def test_a_gradient_of_another_shape_is_refused(layer, twin, shape, rng):
    y, cache = layer.forward(rng.normal(size=shape))
    wrong = np.zeros((*y.shape[:-1], y.shape[-1] + 1))
    for method in (layer.backward, layer.parameter_gradients):
        if method == layer.parameter_gradients and not layer.params:
            continue
        with pytest.raises(tc.ShapeError) as error:
            method(wrong, cache)
        assert str(y.shape) in str(error.value)
        assert str(wrong.shape) in str(error.value)


@pytest.mark.parametrize("arguments", [
    {"kernel_size": 0}, {"kernel_size": (3, 3, 3)}, {"kernel_size": 2.5},
    {"kernel_size": 3, "stride": 0}, {"kernel_size": 3, "padding": -1}])
def test_impossible_sizes_are_refused(arguments):
    with pytest.raises(ValueError, match=r"expected a whole number|kernel_size"):
        tc.Conv2D(1, 2, **arguments)


def test_weights_are_glorot_uniform_and_seeded():
    a, b, c = (tc.Conv2D(4, 6, 5, rng=seed).params["W"] for seed in (0, 0, 1))
    np.testing.assert_array_equal(a, b)
    assert (a != c).all()
    limit = np.sqrt(6 / (4 * 25 + 6 * 25))
    assert 0.95 * limit < np.abs(a).max() <= limit
    assert abs(a.mean()) < 0.1 * limit
    assert a.dtype == np.float32


def test_repr_is_how_one_would_write_it():
    assert repr(tc.Conv2D(1, 5, (3, 5), stride=2)) == "Conv2D(1, 5, (3, 5), stride=2)"
    assert repr(tc.Dense(4, 3)) == "Dense(4, 3)"
    assert repr(tc.MaxPool2D(2)) == "MaxPool2D(2)"
    assert repr(tc.MaxPool2D(3, stride=2)) == "MaxPool2D(3, stride=2)"
    assert repr(loops.Conv2D(1, 5, 3)) == repr(tc.Conv2D(1, 5, 3))
