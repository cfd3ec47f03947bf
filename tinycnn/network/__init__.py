"""A chain of layers and its three calls, the loss, the paper's network, and networks on disk."""

from .chain import Gates, Network
from .paper_net import face_net
from .passes import BLOCK, Backward, Of, Trace

__all__ = ["BLOCK", "Backward", "Gates", "Network", "Of", "Trace", "face_net"]
