"""Step through backprop: forward and backward as named steps, and a debugger over them."""

from .explain import Explanation
from .stepper import Stepper
from .steps import Step, StepError

__all__ = ["Explanation", "Step", "StepError", "Stepper"]
