"""Networks for `tinycnn reproduce --net tutorials/my_network.py:FUNCTION`: change them."""

import numpy as np

import tinycnn as tc


def two_convolutions(n_classes, seed, input_shape):
    """ReLU, batch norm and average pooling, for images (C, H, W) of any size from 10 x 10 on."""
    rng = np.random.default_rng(seed)
    return tc.Network(
        input_shape,
        conv1=tc.Conv2D(input_shape[0], 8, 3, rng=rng, init="he"), norm1=tc.BatchNorm(8),
        relu1=tc.ReLU(), pool1=tc.MaxPool2D(2),
        conv2=tc.Conv2D(8, 12, 3, rng=rng, init="he"), norm2=tc.BatchNorm(12),
        relu2=tc.ReLU(), pool2=tc.AvgPool2D(None),      # the mean of each map
        flatten=tc.Flatten(), dense3=tc.Dense(12, n_classes, rng=rng), softmax=tc.Softmax())


def perceptron(n_classes, seed, input_shape):
    """No convolution: its features are 20 hidden units."""
    rng = np.random.default_rng(seed)
    return tc.Network(
        input_shape, flatten=tc.Flatten(),
        dense1=tc.Dense(int(np.prod(input_shape)), 20, rng=rng), tanh1=tc.Tanh(),
        dense2=tc.Dense(20, n_classes, rng=rng), softmax=tc.Softmax())


def paper_with_relu(n_classes, seed, input_shape):
    """The paper's network with ReLU for tanh; it learns with --learning-rate 0.03."""
    net = tc.face_net(n_classes, seed, input_shape[1:])
    return tc.Network(input_shape, **{name: tc.ReLU() if isinstance(layer, tc.Tanh) else layer
                                      for name, layer in net.layers.items()})


def five_convolutions(n_classes, seed, input_shape):
    """A deeper network with 48 maps, for images (C, H, W) of any size from 16 x 16 on."""
    rng, layers, maps = np.random.default_rng(seed), {}, input_shape[0]
    for i, more in enumerate((6, 8, 10, 12, 12), 1):
        layers[f"conv{i}"] = tc.Conv2D(maps, more, 3, rng=rng, padding=1)
        layers[f"tanh{i}"], maps = tc.Tanh(), more
        if i < 5:
            layers[f"pool{i}"] = tc.MaxPool2D(2)
    rows, columns = (n // 2**4 for n in input_shape[1:])        # four times pooled
    return tc.Network(
        input_shape, **layers, flatten=tc.Flatten(),
        dense6=tc.Dense(maps * rows * columns, n_classes, rng=rng), softmax=tc.Softmax())
