"""tinycnn: convolutional networks from scratch in NumPy, with the gradient at every unit.

    trace = net.forward(x)                         # every unit's output o
    back  = net.backward(trace, seed)              # seed · ∂y/∂o at every unit
    grads = net.parameter_gradients(trace, back)   # (seed · ∂y/∂o) · ∂o/∂w for every parameter
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

# The matrices here are small, so a second BLAS thread gains nothing. On a busy machine, waiting for
# it makes training several times slower. This works only if NumPy is not imported yet, which is
# always true on the command line. A value that the user has set is kept.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from .analysis.knockouts import KnockoutCurve, knockout, knockout_curve, knockout_experiments
from .gradcheck import Report, check_layer, check_network, check_training
from .gradients import (
    FeatureScores,
    class_gradients,
    convolutional_gradients,
    feature_layers,
    iter_prediction_gradients,
    map_norms,
    prediction_gradients,
)
from .layers import (
    AvgPool2D,
    BatchNorm,
    Conv2D,
    DataError,
    Dense,
    Flatten,
    FrozenBatchNorm,
    Layer,
    MaxPool2D,
    ModelFileError,
    NotFiniteError,
    ReLU,
    ShapeError,
    Sigmoid,
    Softmax,
    Tanh,
    loops,
)
from .network import Backward, Network, Trace, face_net
from .network.losses import (
    binary_cross_entropy,
    binary_cross_entropy_from_logits,
    cross_entropy,
    hinge,
    squared_error,
)
from .training import History, Progress, adam, momentum, train

if TYPE_CHECKING:
    from .datasets import Dataset, drawn_faces, load_faces, load_images
    from .datasets.dataset import dataset
    from .datasets.handwritten import digits
    from .network.pytorch import from_torch, to_torch
    from .stepper import Stepper, debug

__version__ = "0.1.0"

__all__ = [
    "AvgPool2D", "Backward", "BatchNorm", "Conv2D", "DataError", "Dataset", "Dense",
    "FeatureScores", "Flatten", "FrozenBatchNorm", "History", "KnockoutCurve", "Layer", "MaxPool2D",
    "ModelFileError", "Network", "NotFiniteError", "Progress", "ReLU", "Report", "ShapeError",
    "Sigmoid", "Softmax", "Stepper", "Tanh", "Trace", "adam", "binary_cross_entropy",
    "binary_cross_entropy_from_logits", "check_layer", "check_network", "check_training",
    "class_gradients", "convolutional_gradients", "cross_entropy", "dataset", "debug", "digits",
    "drawn_faces", "face_net", "feature_layers", "from_torch", "hinge", "iter_prediction_gradients",
    "knockout", "knockout_curve", "knockout_experiments", "load_faces", "load_images", "loops",
    "map_norms", "momentum", "prediction_gradients", "squared_error", "to_torch", "train",
]


# Loaded on first use, so that training does not wait for a debugger, Pillow, or what has extras.
_LATER = {"Dataset": "datasets", "Stepper": "stepper", "dataset": "datasets.dataset",
          "debug": "stepper", "digits": "datasets.handwritten", "drawn_faces": "datasets",
          "from_torch": "network.pytorch", "load_faces": "datasets", "load_images": "datasets",
          "to_torch": "network.pytorch"}


def __getattr__(name: str) -> Any:
    """What is loaded later."""
    if name == "datasets":
        return import_module(f"{__name__}.datasets")
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
