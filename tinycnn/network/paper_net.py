"""The paper's network (section IV-A)."""

from __future__ import annotations

import numpy as np

from ..layers import Conv2D, Dense, Flatten, MaxPool2D, ShapeError, Softmax, Tanh
from ..layers.base import pair
from .chain import Network


def face_net(n_classes: int = 15, seed: int = 0, size: int | tuple[int, int] = 60) -> Network:
    """The paper's network (section IV-A): three convolutions of 5, 8 and 10 maps, 20 hidden units.

    Args:
        n_classes: K, the number of identities.
        seed: of the weights; the same seed gives the same bits.
        size: (rows, columns) of the images, or one number; at least 36.
    """
    rng = np.random.default_rng(seed)
    rows, columns = height, width = pair(size, "size")
    for _ in range(3):
        rows, columns = (rows - 4) // 2, (columns - 4) // 2
    if min(rows, columns) < 1:
        raise ShapeError(f"face_net: images of size {size} are too small for three 5 x 5 "
                         "convolutions with 2 x 2 pooling. Expected 36 rows and columns or more")
    return Network(
        (1, height, width),
        conv1=Conv2D(1, 5, 5, rng=rng), tanh1=Tanh(), pool1=MaxPool2D(2),
        conv2=Conv2D(5, 8, 5, rng=rng), tanh2=Tanh(), pool2=MaxPool2D(2),
        conv3=Conv2D(8, 10, 5, rng=rng), tanh3=Tanh(), pool3=MaxPool2D(2),
        flatten=Flatten(),
        dense4=Dense(10 * rows * columns, 20, rng=rng), tanh4=Tanh(),
        dense5=Dense(20, n_classes, rng=rng), softmax=Softmax(),
    )
