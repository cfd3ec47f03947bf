"""The layers, one a file: forward, backward and parameter gradients in reading order."""

import numpy as np

from .base import Layer
from .conv2d import Conv2D
from .dense import Dense
from .errors import DataError, ModelFileError, NotFiniteError, ShapeError
from .flatten import Flatten
from .maxpool2d import MaxPool2D
from .relu import ReLU
from .softmax import Softmax
from .tanh import Tanh

__all__ = [
    "Conv2D", "DataError", "Dense", "Flatten", "Layer", "MaxPool2D", "ModelFileError",
    "NotFiniteError", "ReLU", "ShapeError", "Softmax", "Tanh",
]

# Memory that an array leaves free goes back to the system, and the next array pays for it again:
# one interrupt for each 4 kB, up to a third of an epoch's time. Under Linux a freed array of at
# most 32 MB raises the limits from which that happens: to its own size for one array, to twice that
# for all that is free at the end (glibc, mallopt(3)). This one is never written to, so it costs
# nothing; elsewhere it does nothing.
np.empty(31 << 20, np.uint8)
