"""What in a file can be checked, and how it is built and called without being told."""

import numpy as np
import pytest

from tinycnn.gradcheck.forms.build import Wish, check_piece
from tinycnn.gradcheck.forms.pieces import pairs, pieces
from tinycnn.gradcheck.forms.signature import NotBuilt


def check(piece, name, **wish):
    return check_piece(piece, name, 0, namespace={}, wish=Wish(**wish))


# --- pairs of functions ---------------------------------------------------------------------------


def test_partners_have_one_stem():
    def any_function(x, w):
        return x
    names = ("conv_forward", "conv_backward", "batchnorm_forward", "batchnorm_backward",
             "batchnorm_backward_alt", "forward_pool", "backward_pool", "sigmoid",
             "sigmoid_backward", "fc_fwd", "fc_bwd", "lonely_backward", "plot_loss")
    found, left = pairs(dict.fromkeys(names, any_function))
    assert found == [("conv_forward", "conv_backward"), ("batchnorm_forward", "batchnorm_backward"),
                     ("batchnorm_forward", "batchnorm_backward_alt"),
                     ("forward_pool", "backward_pool"), ("sigmoid", "sigmoid_backward"),
                     ("fc_fwd", "fc_bwd")]
    assert list(left) == ["lonely_backward"]


def linear_forward(A, W, b):
    return W @ A + b, (A, W, b)


def linear_backward(dZ, cache):
    A, W, _ = cache
    m = A.shape[1]
    return W.T @ dZ, dZ @ A.T / m, dZ.sum(axis=1, keepdims=True) / m


def test_columns_and_means_over_the_batch():
    report = check((linear_forward, linear_backward), "linear_forward")
    assert report.ok, report.text
    assert report.checks["forward"]         # compared with tinycnn's own dense layer
    assert "means over the 5 images" in report.text


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    mask = (np.random.rand(*x.shape) < p) / p if mode == "train" else None  # noqa: NPY002
    return x * mask, (dropout_param, mask)


def dropout_backward(dout, cache):
    return dout * cache[1]


def new_mask(dout, cache):
    p = cache[0]["p"]
    return dout * (np.random.rand(*dout.shape) < p) / p  # noqa: NPY002


def test_a_mask_is_held_but_a_second_mask_is_wrong():
    assert check((dropout_forward, dropout_backward), "dropout_forward").ok
    assert not check((dropout_forward, new_mask), "dropout_forward").ok


def pool_forward(x, pool_param, mode="max"):
    s = pool_param["stride"]
    windows = x.reshape(*x.shape[:2], x.shape[2] // s, s, x.shape[3] // s, s)
    return getattr(windows, mode)(axis=(3, 5)), (x, s)


def pool_backward(dout, cache, mode="max"):
    x, s = cache
    wide = dout.repeat(s, 2).repeat(s, 3)
    if mode == "mean":
        return wide / s ** 2
    return wide * (x == pool_forward(x, {"stride": s})[0].repeat(s, 2).repeat(s, 3))


def test_an_example_says_the_arguments_of_both_functions():
    pair = (pool_forward, pool_backward)
    for mode in ("max", "mean"):
        report = check(pair, "pool_forward", shape=(2, 3, 4, 6),
                       example=f"pool_forward(x, {{'stride': 2}}, mode={mode!r})")
        assert report.ok, report.text
    with pytest.raises(NotBuilt, match="forward raised ValueError"):
        check(pair, "pool_forward", shape=(2, 3, 5, 6), example="pool_forward(x, {'stride': 2})")
    with pytest.raises(NotBuilt, match="cannot be made: NameError"):
        check(pair, "pool_forward", example="pool_forward(x, nothing)")


# --- classes --------------------------------------------------------------------------------------


class ConvLayer:
    """Windows of any stride; backward knows only stride 1."""

    def __init__(self, num_filters, filter_size, in_channels, stride=1):
        rng = np.random.default_rng(0)
        self.filters = rng.normal(size=(num_filters, in_channels, filter_size, filter_size))
        self.stride = stride

    def forward(self, x):
        self.x, k, s = x, self.filters.shape[2], self.stride
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), (2, 3))[:, :, ::s, ::s]
        return np.einsum("ncpqij,fcij->nfpq", windows, self.filters)

    def backward(self, dout):
        k = self.filters.shape[2]
        dx, self.d_filters = np.zeros_like(self.x), np.zeros_like(self.filters)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                dx[:, :, i:i + k, j:j + k] += np.einsum("nf,fcij->ncij", dout[:, :, i, j],
                                                        self.filters)
                self.d_filters += np.einsum("nf,ncij->fcij", dout[:, :, i, j],
                                            self.x[:, :, i:i + k, j:j + k])
        return dx


def test_other_strides_are_tried_whether_the_example_is_guessed_or_given():
    for wish in ({}, {"example": "ConvLayer(4, 3, 3)", "shape": (2, 3, 6, 7)}):
        report = check_piece(ConvLayer, "ConvLayer", 0, namespace={"ConvLayer": ConvLayer},
                             wish=Wish(**wish))
        assert not report.ok
        assert "exactly where the stride is 2" in report.text.replace("\n", " ")


class SquareOnly(ConvLayer):
    def backward(self, dout):
        dx = super().backward(dout)
        return dx if dx.shape[2] == dx.shape[3] else dx.transpose(0, 1, 3, 2).reshape(dx.shape)


def test_right_for_square_images_is_said_and_not_called_wrong():
    report = check(SquareOnly, "ConvLayer", example="", shape=None)
    assert report.numbers_right
    assert "Is that meant?" in report.text


class Guessless:
    def __init__(self, alpha_one, beta_two):
        self.w = np.ones((alpha_one, beta_two))

    def forward(self, x):
        return x @ self.w

    def backward(self, dout):
        return dout @ self.w.T


class Unclear:
    def __init__(self, units):
        self.w = np.ones((units, 2))

    def forward(self, x):
        return x @ self.w

    def backward(self, dout):
        raise ValueError("not for this x")


def test_what_was_only_guessed_is_not_called_wrong():
    with pytest.raises(NotBuilt, match="names of its arguments say too little"):
        check(Guessless, "Guessless")
    with pytest.raises(NotBuilt, match="not for this x"):
        check(Unclear, "Unclear")
    report = check_piece(Unclear, "Unclear", 0, namespace={"Unclear": Unclear},
                         wish=Wish(example="Unclear(4)", shape=(5, 4)))
    assert not report.ok
    assert "not for this x" in report.text


class Layer:
    def forward(self, x):
        raise NotImplementedError

    def backward(self, dout):
        pass


class Identity(Layer):
    def forward(self, x):
        return x * 1.0

    def backward(self, dout):
        return dout * 1.0


class Half(Layer):
    def forward(self, x):
        return x / 2


class NeuralNetwork(Identity):
    pass


def test_each_class_is_found_or_named_with_the_reason():
    classes = (Layer, Identity, Half, NeuralNetwork)
    namespace = {cls.__name__: cls for cls in classes}
    result = pieces(namespace, list(namespace), Wish())
    assert [found.names for found in result.found] == [("Identity",)]
    assert result.found[0].check(0).ok
    assert result.left == {"Layer": "its forward and backward are empty",
                           "Half": "its backward is empty",
                           "NeuralNetwork": "its name says that it is a whole network"}
