"""Gradient checks that cannot be fooled, and that say what is wrong.

    report = check_class(MyConv2D, "conv2d")        # a class: the whole contract suite
    report = check_layer(layer, x, rng)             # one layer at one input
    report = check_network(net, x, t, rng)          # which layer is the first to be wrong
    report = check_training(train)                  # a training loop, on four images
    print(report.text)
"""

from .checks import Check, layer_checks
from .one_layer import assert_gradients, check_layer
from .report import Cause, Failure, Report
from .suite import CheckFailed, check_class, check_loss, check_update, parametrize_with_checks
from .training_loop import check_training
from .whole_network import check_network

__all__ = ["Cause", "Check", "CheckFailed", "Failure", "Report", "assert_gradients", "check_class",
           "check_layer", "check_loss", "check_network", "check_training", "check_update",
           "layer_checks", "parametrize_with_checks"]
