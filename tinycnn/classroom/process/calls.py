"""The student's side: makes the calls that the grader asks for, and answers with the results.

    answers = perform(namespace, session)

A session is a list of steps for one layer: build it, call its methods, change its weights. The
answer to a step is the result of the call, and its arguments as they are afterwards. At the end all
results are copied once more, since a later call may have changed them. Nothing is compared here:
the right numbers never reach this side.

The student's process runs this file too, so it needs NumPy only and nothing from tinycnn.
"""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

LARGEST = 1 << 21       # numbers in an array


class Unusable(Exception):
    """A call gave something that cannot be sent; the message says what was expected."""


_LAST: list[Desk] = []      # the desk of the last session, for one that begins with "resume"


def perform(namespace: dict[str, Any], session: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make the calls of a session, one after the other, and answer each of them.

    A session that begins with "resume" goes on with the layer of the last one. So a call can be
    timed that the code could not know of beforehand.
    """
    desk = Desk(namespace)
    if session and session[0]["do"] == "resume" and _LAST:
        desk, desk.held = _LAST[0], []
    _LAST[:] = [desk]
    answers = []
    for step in session:
        answers.append(desk.answer(step))
    for answer, held in zip(answers, desk.held, strict=True):
        if held is not None:
            answer["later"] = held()
    return answers


class Desk:
    """A layer that answers, and everything that it has returned."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.layer: Any = None
        self.caches: list[Any] = []
        self.held: list[Callable[[], Any] | None] = []
        self.called: list[tuple[list[Any], Any]] = []   # a function's arguments and its result

    def answer(self, step: dict[str, Any]) -> dict[str, Any]:
        """{"got": ...} or {"raised": ...}, and {"after": the arguments}."""
        arguments = {name: _laid_out(value, step.get("layout", "C"))
                     for name, value in step.get("arguments", {}).items()}
        answer: dict[str, Any] = {}
        self.called = []
        self.held.append(None)
        try:
            _leave_garbage(arguments)
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                outputs = getattr(self, f"_{step['do']}")(step, arguments)
            answer["got"] = _copies(outputs)
            self.held[-1] = lambda: _copies(outputs)
        except Unusable as error:
            answer["raised"] = {"kind": "", "text": str(error), "line": 0}
        except BaseException as error:      # SystemExit and KeyboardInterrupt are answers too
            answer["raised"] = raised(error, self.namespace.get("__file__"))
        answer["after"] = arguments
        for values, result in self.called:
            answer["form"] = form_of(result)
            for name, value in zip(step["names"], values, strict=True):
                answer["after"] |= numbers_in(name, value)
        params = getattr(self.layer, "params", None)
        if isinstance(params, dict):
            answer["params"] = {str(name): _copy(w) for name, w in params.items() if _is_array(w)}
        return answer

    def _resume(self, step: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        return {}

    def _build(self, step: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        """Build a layer, and replace its parameters by those of the session."""
        if step["class"] not in self.namespace:
            raise Unusable(f"there is no class {step['class']}")
        positional = whole(step["positional"])
        keywords = {name: whole(value) for name, value in step["keywords"].items()}
        self.layer = self.namespace[step["class"]](*positional, **keywords)
        own = getattr(self.layer, "params", None)
        if own is None and not params:
            return {}       # a layer without weights needs no params
        if not isinstance(own, dict) or set(own) != set(params):
            raise Unusable(f"self.params has to be a dictionary with {sorted(params)}, got "
                           f"{sorted(map(str, own)) if isinstance(own, dict) else _what(own)}")
        self.layer.params = {name: w.copy() for name, w in params.items()}
        return {}

    def _forward(self, step: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        self.caches.append(None)
        result = self.layer.forward(arguments["x"])
        if not (isinstance(result, tuple) and len(result) == 2):
            raise Unusable("forward has to return two things, (y, cache); it returned "
                           f"{_what(result)}")
        self.caches[-1] = result[1]
        return {"y": _number_array("forward's y", result[0])}

    def _backward(self, step: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        result = self.layer.backward(arguments["dy"], self._cache(step))
        return {"dx": _number_array("what backward returns", result)}

    def _parameter_gradients(self, step: dict[str, Any], arguments: dict[str, Any]
                             ) -> dict[str, Any]:
        result = self.layer.parameter_gradients(arguments["dy"], self._cache(step))
        if not isinstance(result, dict):
            raise Unusable("parameter_gradients has to return a dictionary with the keys of "
                           f"params, it returned {_what(result)}")
        return {f"d{name}": _number_array(f"the gradient of {name}", grad)
                for name, grad in result.items()}

    def _write(self, step: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        """Change the weights in place, as an update does."""
        for name, w in params.items():
            self.layer.params[name][...] = w
        return {}

    def _replace(self, step: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
        """Replace the weights, as Network.load does."""
        self.layer.params = {name: w.copy() for name, w in params.items()}
        return {}

    def _loss(self, step: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        result = self._function(step)(arguments["logits"], arguments["t"])
        if not (isinstance(result, tuple) and len(result) == 2):
            raise Unusable(f"{step['function']} has to return two things, (L, ∂L/∂logits); it "
                           f"returned {_what(result)}")
        value = np.asarray(result[0])
        if value.ndim or value.dtype.kind not in "fiu":
            raise Unusable(f"the loss has to be one number, got {_what(result[0])}")
        return {"L": value, "dlogits": _number_array("the gradient", result[1])}

    def _update(self, step: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        """Call the update; the answer is the arrays that were passed in."""
        given = {name.removeprefix("w:"): w for name, w in arguments.items() if name[:2] == "w:"}
        grads = {name.removeprefix("g:"): g for name, g in arguments.items() if name[:2] == "g:"}
        self._function(step)(dict(given), grads, step["rate"])
        return {f"w:{name}": w for name, w in given.items()}

    def _call(self, step: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a function of a teacher's; the answer is all numbers in its result."""
        values = [whole(value, arguments) for value in step["values"]]
        result = self._function(step)(*values)
        self.called = [(values, result)]
        return {name: _number_array(name, value)
                for name, value in numbers_in("the result", result).items()}

    def _function(self, step: dict[str, Any]) -> Callable[..., Any]:
        if step["function"] not in self.namespace:
            raise Unusable(f"there is no function {step['function']}")
        function: Callable[..., Any] = self.namespace[step["function"]]
        return function

    def _cache(self, step: dict[str, Any]) -> Any:
        """The cache of an earlier forward pass of this layer, or one that the grader gives."""
        if "given" not in step:
            return self.caches[step["cache"]]
        return whole(step["given"])


def whole(tree: Any, arrays: dict[str, Any] | None = None) -> Any:
    """A value from what stands for it in a frame.

    A list stands for a tuple. {"list": ...}, {"dict": pairs}, {"generator": seed} and
    {"array": the name of one of `arrays`} stand for what they say.
    """
    if isinstance(tree, list):
        return tuple(whole(item, arrays) for item in tree)
    if isinstance(tree, np.ndarray):
        return tree.copy()
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind == "array":
        return (arrays or {})[content]
    if kind == "generator":
        return np.random.default_rng(content)
    if kind == "list":
        return [whole(item, arrays) for item in content]
    return {key: whole(value, arrays) for key, value in content}


def numbers_in(name: str, value: Any) -> dict[str, Any]:
    """All arrays and numbers in a value, by where they are: {"m['W'][0]": array}."""
    if isinstance(value, (bool, int, float)):
        return {name: np.asarray(value)}
    if _is_array(value):
        return {name: value}
    if isinstance(value, (tuple, list)):
        parts: Any = enumerate(value)
    elif isinstance(value, dict):
        parts = value.items()
    else:
        return {}
    found: dict[str, Any] = {}
    for key, item in parts:
        found |= numbers_in(f"{name}[{key!r}]", item)
    return found


def form_of(value: Any) -> str:
    """A value without its numbers: "(array, {'t': number}, None)"."""
    if _is_array(value):
        return "array" if value.ndim else "number"
    if isinstance(value, (bool, int, float)):
        return "number"
    if isinstance(value, str):      # NumPy's text shows itself as np.str_('a')
        return repr(str(value))
    if value is None:
        return "None"
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(form_of, value))})"
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{k!r}: {form_of(item)}" for k, item in value.items())) + "}"
    return f"a {type(value).__name__}"


def _laid_out(array: Any, layout: str) -> Any:
    """The array, in memory as before, column by column ("F"), or with gaps ("strided")."""
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "strided" and array.ndim:
        return np.repeat(array, 2, axis=-1)[..., ::2]
    return array


def _leave_garbage(arguments: dict[str, Any]) -> None:
    """Fill memory with NaN and free it, so that np.empty may return it."""
    for array in arguments.values():
        garbage = [np.full(np.shape(array), np.nan) for _ in range(4)]
        del garbage


def _number_array(name: str, value: Any) -> np.ndarray:
    if not _is_array(value):
        raise Unusable(f"{name} has to be a NumPy array, got {_what(value)}"
                       + ("; is a return missing?" if value is None else ""))
    if value.dtype.kind not in "fiub" or value.size > LARGEST:
        raise Unusable(f"{name} has to hold real numbers, got {_what(value)} of {value.dtype}")
    return value


def _is_array(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic)) and not isinstance(value, str)


def _copies(outputs: dict[str, Any]) -> dict[str, np.ndarray]:
    return {name: _copy(_number_array(name, value)) for name, value in outputs.items()}


def _copy(value: Any) -> np.ndarray:
    """A copy as a plain array, not a subclass."""
    return np.array(value, copy=True, subok=False)


def _what(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return "None" if value is None else f"a {type(value).__name__}"


def raised(error: BaseException, file: object) -> dict[str, Any]:
    """An error of a student's code: its kind, its text, and the last line in the student's file."""
    return {"kind": type(error).__name__, "text": _text(error), "line": _line(error, file)}


def _text(error: BaseException) -> str:
    try:
        return str(error.msg if isinstance(error, SyntaxError) else error)[:500]
    except BaseException:       # even this may fail
        return "an error that cannot be shown"


def _line(error: BaseException, file: object) -> int:
    """The last line of the student's file on the way to an error; 0 if there is none."""
    try:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
        return int((lines[-1] if lines else getattr(error, "lineno", 0)) or 0)
    except BaseException:       # out of memory, or out of stack
        return 0
