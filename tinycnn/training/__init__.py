"""Gradient descent on minibatches (section IV): the loop, its history, its checkpoint."""

from .condition import Condition
from .descent import Callback, error_rate, train
from .history import History, Params
from .plan import Plan, sgd_update
from .progress import Progress
from .replay import Moment, Replay
from .updates import Adam, Momentum, adam, momentum

__all__ = ["Adam", "Callback", "Condition", "History", "Moment", "Momentum", "Params", "Plan",
           "Progress", "Replay", "adam", "error_rate", "momentum", "sgd_update", "train"]
