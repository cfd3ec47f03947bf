"""The code under test, called with care: an error or a wrong result becomes a Trouble."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..layers.base import Array
from ..output.text import last_frame
from .cases import Case


class Trouble(Exception):
    """A call that gave no usable numbers: a sentence that says why, and the key of its cause.

    Attributes:
        refused: it was a TypeError: perhaps the class does not accept such an argument.
        array, quantity: an array of a wrong shape that was returned, and what it should be.
    """

    def __init__(self, message: str, key: str = "raises", *, refused: bool = False,
                 array: Array | None = None, quantity: str = "") -> None:
        super().__init__(message)
        self.key, self.refused, self.array, self.quantity = key, refused, array, quantity


def call(what: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the function without warnings; an exception becomes a Trouble that names the line."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return function(*args, **kwargs)
    except Trouble:
        raise
    except (Exception, SystemExit) as error:
        try:
            frame = last_frame(error, inspect.getfile(inspect.unwrap(function)))
        except TypeError:       # a function without a file
            frame = None
        code = f": {frame.line}" if frame and frame.line else ""    # there may be no file of it
        line = f" (line {frame.lineno}{code})" if frame else ""
        raise Trouble(f"{what} raised {type(error).__name__}: {error}{line}",
                      refused=isinstance(error, TypeError)) from error


def copied(thing: Any) -> Any:
    """A copy that shares nothing; a Trouble if the thing holds something like a lock or a file."""
    try:
        return copy.deepcopy(thing)
    except Exception as error:
        raise Trouble(f"it cannot be copied: {type(error).__name__}: {error}", "not_copied"
                      ) from error


class Subject:
    """A class that claims to be a layer; a method raises a Trouble if a call gives no numbers."""

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self.name = getattr(cls, "__name__", repr(cls))

    def build(self, case: Case, dtype: Any = np.float64) -> Any:
        """A new layer with the weights of the case."""
        layer = self.construct(case)
        replace_params(layer, {name: np.array(w, dtype) for name, w in case.params.items()})
        return layer

    def construct(self, case: Case) -> Any:
        """A new layer with its own initial weights."""
        layer = call(f"{self.name}(...)", self.cls, *case.positional, **case.keywords)
        params = params_of(layer)
        shapes = {name: np.shape(w) for name, w in params.items()}
        expected = {name: w.shape for name, w in case.params.items()}
        if set(shapes) != set(expected):
            raise Trouble(f"self.params has {_names(shapes)}; a {case.kind} layer has "
                          f"{_names(expected)}", "missing_parameter")
        for name, shape in expected.items():
            if shapes[name] != shape:
                raise Trouble(f"params[{name!r}] has shape {shapes[name]}, expected {shape}",
                              "missing_parameter")
        return layer

    def forward(self, layer: Any, x: Array, shape: tuple[int, ...] | None = None
                ) -> tuple[Array, Any]:
        """(y, cache), where y is an array of numbers of the expected shape."""
        result = call("forward", _method(layer, "forward"), x)
        if not (isinstance(result, tuple) and len(result) == 2):
            raise Trouble(f"forward has to return two things, (y, cache); it returned "
                          f"{what(result)}", "wrong_return")
        return numbers("forward's y", result[0], shape, "y"), result[1]

    def backward(self, layer: Any, dy: Array, cache: Any, shape: tuple[int, ...] | None = None
                 ) -> Array:
        """dx, an array of numbers, of the shape of x."""
        result = call("backward", _method(layer, "backward"), dy, cache)
        if isinstance(result, tuple):
            raise Trouble(f"backward has to return dx alone, it returned {what(result)}; the "
                          "gradients of the weights belong to parameter_gradients", "wrong_return")
        return numbers("backward's dx", result, shape, "dx")

    def parameter_gradients(self, layer: Any, dy: Array, cache: Any) -> dict[str, Array]:
        """{name: gradient}, one for each of the layer's params, with the same shape."""
        if not layer.params and not hasattr(layer, "parameter_gradients"):
            return {}
        result = call("parameter_gradients", _method(layer, "parameter_gradients"), dy, cache)
        if not isinstance(result, dict) and (layer.params or result is not None):
            raise Trouble("parameter_gradients has to return a dictionary with the keys of "
                          f"params, it returned {what(result)}", "wrong_return")
        result = result or {}
        if set(result) != set(layer.params):
            raise Trouble(f"parameter_gradients returned {_names(result)}, expected "
                          f"{_names(layer.params)}: one for each of params", "wrong_return")
        return {name: numbers(f"the gradient of {name}", grad, np.shape(layer.params[name]),
                              f"d{name}") for name, grad in result.items()}


def params_of(layer: Any) -> dict[str, Array]:
    """The layer's params, a dictionary of arrays; a Trouble if they are something else."""
    params = getattr(layer, "params", None)
    if not isinstance(params, dict):
        raise Trouble("self.params has to be a dictionary of arrays ({} where there is nothing to "
                      f"learn), got {what(params)}", "missing_parameter")
    for name, w in params.items():
        if not isinstance(w, np.ndarray):
            raise Trouble(f"params[{name!r}] has to be a NumPy array, got {what(w)}",
                          "missing_parameter")
    return params


def replace_params(layer: Any, params: dict[str, Array]) -> None:
    """Give a layer other parameters, as `Network.astype` and `Network.load` do."""
    try:
        layer.params = params
    except AttributeError as error:
        raise Trouble("params cannot be assigned to; it has to be a plain attribute",
                      "missing_parameter") from error


def _method(layer: Any, name: str) -> Callable[..., Any]:
    method = getattr(layer, name, None)
    if not callable(method):
        raise Trouble(f"{type(layer).__name__} has no method {name}; a layer has forward, backward "
                      "and, if it has params, parameter_gradients", "missing_method")
    return method


def numbers(name: str, value: Any, shape: tuple[int, ...] | None = None, quantity: str = ""
            ) -> Array:
    """The value as an array of real numbers of a shape, or a Trouble that says its name."""
    if value is None:
        raise Trouble(f"{name} is None; is a return missing?", "wrong_return")
    if not isinstance(value, (np.ndarray, np.generic)):
        raise Trouble(f"{name} has to be a NumPy array, got {what(value)}", "wrong_return")
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise Trouble(f"{name} has to hold real numbers, got an array of {array.dtype}",
                      "wrong_return")
    if shape is not None and array.shape != shape:
        raise Trouble(f"{name} has shape {array.shape}, expected {shape}", "wrong_shape",
                      array=array, quantity=quantity)
    return array


def what(value: Any) -> str:
    """A value in a few words: its type, and its shape or length."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return "None" if value is None else f"a {type(value).__name__}"


def _names(mapping: Any) -> str:
    return ", ".join(repr(name) for name in mapping) or "none"
