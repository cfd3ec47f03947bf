"""Shapes without arrays are those of a real pass; the largest array is found before it is made."""

import numpy as np
import pytest
from helpers import small_net

import tinycnn as tc
from tinycnn.layers import FrozenBatchNorm
from tinycnn.layers.kinds import KINDS
from tinycnn.network.shapes import largest, output_shape

LAYERS = [
    tc.Conv2D(3, 4, 3), tc.Conv2D(3, 4, (2, 5), stride=(3, 2), padding=(0, 2)),
    tc.Conv2D(1, 2, 9, padding=1), tc.MaxPool2D(2), tc.MaxPool2D((3, 2), stride=(1, 4)),
    tc.AvgPool2D(None), tc.AvgPool2D(3, stride=2), tc.BatchNorm(3), FrozenBatchNorm(3),
    FrozenBatchNorm(72), tc.Tanh(), tc.ReLU(), tc.Sigmoid(), tc.Flatten(), tc.Dense(72, 5),
    tc.Softmax()]


def test_every_kind_of_layer_is_here():
    assert {type(layer) for layer in LAYERS} == {row.layer for row in KINDS.values()}


@pytest.mark.parametrize("shape", [(3, 9, 8), (3, 2, 2), (3, 1, 9), (1, 9, 8), (3,), (72,)])
@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_a_shape_is_that_of_a_pass_or_none_if_it_does_not_fit(layer, shape):
    try:
        expected = layer.forward(np.zeros((2, *shape), np.float32))[0].shape[1:]
    except tc.ShapeError:
        expected = None
    assert output_shape(layer, shape) == expected


def test_a_layer_of_another_class_is_asked_itself():
    class Twice(tc.Tanh):
        def forward(self, x):
            return np.concatenate([x, x], axis=1), None

    assert output_shape(Twice(), (3, 4, 4)) is None
    net = tc.Network((3, 4, 4), a=Twice(), b=tc.MaxPool2D(2))
    assert net.output_shapes() == {"input": (3, 4, 4), "a": (6, 4, 4), "b": (6, 2, 2)}
    large = tc.Network((3, 40_000, 40_000), a=tc.Tanh(), b=Twice(), c=tc.Tanh())
    assert list(large.output_shapes()) == ["input", "a"]


def test_all_shapes_of_a_network_are_those_of_its_pass():
    net = small_net()
    trace = net.forward(np.zeros((2, 1, 11, 9)))
    assert net.output_shapes() == {name: o.shape[1:] for name, o in trace.items()}


def test_the_largest_array_is_a_convolutions_windows_or_the_largest_output():
    layers = {"conv1": tc.Conv2D(3, 5, 3, padding=1), "pool1": tc.MaxPool2D(2),
              "flatten": tc.Flatten(), "dense2": tc.Dense(125, 2)}
    assert largest(layers, (3, 10, 10)) == ("conv1", 27 * 12 * 12)
    assert largest(layers, (1, 10, 10)) == ("input", 100)       # it does not fit
    assert largest({"a": tc.Conv2D(1, 64, 3)}, (1, 10, 10)) == ("a", 64 * 100)
    assert largest({"a": tc.Dense(3, 7)}, (3,)) == ("a", 7)
