"""Gradient descent on minibatches (section IV): the loop, its history, its checkpoint."""

from .descent import Callback, error_rate, sgd_update, train
from .history import History, Params
from .progress import Progress

__all__ = ["Callback", "History", "Params", "Progress", "error_rate", "sgd_update", "train"]
