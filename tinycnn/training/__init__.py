"""Gradient descent on minibatches (section IV): the loop, its history, its checkpoint."""

from .batch import sgd_update
from .condition import Condition
from .descent import Callback, error_rate, train
from .history import History, Params
from .progress import Progress
from .replay import Moment, Replay

__all__ = ["Callback", "Condition", "History", "Moment", "Params", "Progress", "Replay",
           "error_rate", "sgd_update", "train"]
