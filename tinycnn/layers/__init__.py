"""The layers, one a file: forward, backward and parameter gradients in reading order."""

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
