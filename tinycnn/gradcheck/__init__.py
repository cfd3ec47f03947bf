"""Gradient checks that cannot be fooled, and that say what is wrong."""
from .checks import layer_checks
from .report import Cause, Failure, Report
from .suite import CheckFailed, check_class, parametrize_with_checks
