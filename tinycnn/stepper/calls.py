"""Calls of a layer or a loss, which a student may have written: what they answer is looked at."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layers.base import Array
from .steps import StepError


def call(step: str, layer: Any, given: dict[str, Array], *more: Any) -> Any:
    """Call what a step calls: a method of a layer, or the loss itself.

    Args:
        step: its name, such as "backward conv1". given: the arrays, by their letters.
        more: other arguments, after these.

    Raises:
        StepError: it raised an exception.
    """
    verb = step.split()[0]
    method = "parameter_gradients" if verb == "gradients" else verb
    function = layer if verb == "loss" else getattr(layer, method)
    try:
        return function(*given.values(), *more)
    except Exception as error:
        raise StepError(step, layer, given, f"raised {type(error).__name__}: {error}",
                        error) from error


def shaped(step: str, layer: Any, given: dict[str, Array], what: str, answer: Any,
           shape: tuple[int, ...] | None) -> Array:
    """The answer as a read-only array, or a StepError about its type or shape."""
    array = np.asarray(answer)
    if array.dtype.kind not in "fiub":
        raise StepError(step, layer, given,
                        f"must return an array of numbers as {what}, got {type(answer).__name__}")
    if shape is not None and array.shape != shape:
        raise StepError(step, layer, given,
                        f"must return {what} of shape {shape}, got {array.shape}")
    if shape is None and (array.ndim < 2 or len(array) != len(given["x"])):
        raise StepError(step, layer, given,
                        f"must return one row for each of the {len(given['x'])} images, "
                        f"got {what} of shape {array.shape}")
    return frozen(array)


def frozen(array: Array) -> Array:
    """The array, now read-only: a layer that writes to its argument gets an error there."""
    array.flags.writeable = False
    return array
