"""The layers, one file for each: forward, backward and parameter gradients in reading order."""

import numpy as np

from .avgpool2d import AvgPool2D
from .base import Layer
from .batchnorm import BatchNorm, FrozenBatchNorm
from .conv2d import Conv2D
from .dense import Dense
from .errors import DataError, ModelFileError, NotFiniteError, ShapeError
from .flatten import Flatten
from .maxpool2d import MaxPool2D
from .relu import ReLU
from .sigmoid import Sigmoid
from .softmax import Softmax
from .tanh import Tanh

__all__ = [
    "AvgPool2D", "BatchNorm", "Conv2D", "DataError", "Dense", "Flatten", "FrozenBatchNorm", "Layer",
    "MaxPool2D", "ModelFileError", "NotFiniteError", "ReLU", "ShapeError", "Sigmoid", "Softmax",
    "Tanh",
]

# When a large array is freed, its memory goes back to the system. The next array must ask for it
# again: one interrupt for each 4 kB, up to a third of an epoch's time. Linux (glibc) gives memory
# back only above two limits, and freeing an array of at most 32 MB raises both (mallopt(3)): the
# limit for one array to this array's size, and the limit for all free memory at the end of the heap
# to twice that size. So 31 MB are allocated and freed here. They are never written to, so this
# costs nothing. On other systems it does nothing.
np.empty(31 << 20, np.uint8)
