"""What a layer has to hold besides its numbers: it is pure, keeps dtypes, refuses wrong shapes.

Each check begins with a new layer. Where a call gives no usable numbers at all the checks of
numbers have said so already, and these end without a word.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from .cases import Case
from .compare import is_same
from .examination import Examination
from .mistakes.changes import solve
from .report import Failure
from .subject import Subject, Trouble, replace_params

Array = np.ndarray
Outputs = dict[str, Array]
Broken = Iterator[tuple[str, str, str]]     # of a rule: the key of the cause, a message, a quantity


def _on_plain_cases(check: Callable[[Subject, Case], Broken]
                    ) -> Callable[[Examination], Iterator[Failure]]:
    """A check of one case as a check of an examination: the first case that fails is reported."""

    def run(examination: Examination) -> Iterator[Failure]:
        for r in examination.of_group("gradient", "ties", "given")[:12]:
            if r.troubles:
                continue
            try:
                broken = list(check(examination.subject, r.case))
            except Trouble as trouble:
                key = "state_kept" if trouble.key == "raises" else trouble.key
                broken = [(key, f"{trouble}", "")]
            for key, message, quantity in broken:
                yield Failure(run.__name__.removeprefix("check_"), message,
                              r.case.describe(examination.subject.name), quantity, key=key)
            if broken:
                return

    run.__name__, run.__doc__ = check.__name__, check.__doc__
    return run


@_on_plain_cases
def check_weights_from_params(subject: Subject, case: Case) -> Broken:
    """Forward and backward use self.params as it is now, however it was changed."""
    layer = subject.construct(case)
    old = dict(layer.params)
    replace_params(layer, {name: w.copy() for name, w in case.params.items()})
    before = _outputs(subject, layer, case)
    for array in old.values():
        array += 1
    if not np.array_equal(_outputs(subject, layer, case)["y"], before["y"]):
        yield ("weights_elsewhere", "params were replaced, as Network.load does, and forward still "
               "reads the old arrays", "")
        return
    for how, change in {"changed in place, as an update does": _doubled_in_place,
                        "replaced, as Network.load does": _doubled_anew}.items():
        layer = subject.construct(case)
        stale = {name: np.array(w) for name, w in layer.params.items()}
        replace_params(layer, {name: w.copy() for name, w in case.params.items()})
        before = _outputs(subject, layer, case)
        change(layer, "W")
        after = _outputs(subject, layer, case)
        for name, method in (("y", "forward"), ("dx", "backward")):
            # What never depends on W, for whatever reason, is a matter of the numbers.
            known = [case.right[name], solve(case, name, W=stale["W"])] if case.right \
                else [before[name]]
            if np.array_equal(after[name], before[name]) and any(
                    is_same(before[name], answer) for answer in known):
                yield ("weights_elsewhere", f"params['W'] was {how}, and {method} goes on as if "
                       "nothing had happened", "")


def _doubled_in_place(layer: Any, name: str) -> None:
    layer.params[name] *= 2


def _doubled_anew(layer: Any, name: str) -> None:
    replace_params(layer, {**layer.params, name: 2 * layer.params[name]})


@_on_plain_cases
def check_arguments_unchanged(subject: Subject, case: Case) -> Broken:
    """No method changes x, dy, the cache, an earlier output, or params."""
    layer, x = subject.build(case), case.fresh(case.x)
    subject.forward(layer, x)
    yield from _overwritten(layer, case, "forward", x=(x, case.x))
    for method in ("backward", "parameter_gradients"):
        x, dy = case.fresh(case.x), case.fresh(case.dy)
        y, cache = subject.forward(layer, x)
        x_before, y_before, cache_before = np.array(x), np.array(y), _frozen(cache)
        getattr(subject, method)(layer, dy, cache)
        yield from _overwritten(layer, case, method, x=(x, x_before), dy=(dy, case.dy),
                                **{"the output of forward": (y, y_before)})
        if not _unchanged(cache, cache_before):
            yield "argument_overwritten", f"{method} changes the cache", ""


def _overwritten(layer: Any, case: Case, method: str, **arrays: tuple[Array, Array]) -> Broken:
    """Which arrays are (now, before) not the same any more, and whether params are."""
    for what, (now, before) in arrays.items():
        if not np.array_equal(now, before, equal_nan=True):
            yield "argument_overwritten", f"{method} overwrites {what}", ""
    if set(layer.params) != set(case.params) or any(
            not np.array_equal(layer.params[name], w) for name, w in case.params.items()):
        yield "parameters_changed", f"{method} changes params", ""


@_on_plain_cases
def check_repeatable(subject: Subject, case: Case) -> Broken:
    """The same call gives the same bits, whatever was called before."""
    layer = subject.build(case)
    first = _outputs(subject, layer, case)
    ys, dxs, grads = [], [], []
    for _ in range(2):
        _leave_garbage(case)
        ys.append(np.array(subject.forward(layer, case.fresh(case.x))[0]))
    _, cache = subject.forward(layer, case.fresh(case.x))
    for _ in range(3):
        _leave_garbage(case)
        dxs.append(np.array(subject.backward(layer, case.fresh(case.dy), cache)))
    for _ in range(2):
        _leave_garbage(case)
        grads.append({name: np.array(grad) for name, grad in subject.parameter_gradients(
            layer, case.fresh(case.dy), cache).items()})
    repeated = {"y": [first["y"], *ys], "dx": [first["dx"], *dxs]} | {
        f"d{name}": [first[f"d{name}"], *(g[name] for g in grads)] for name in grads[0]}
    for name, results in repeated.items():
        if all(np.array_equal(results[0], other, equal_nan=True) for other in results[1:]):
            continue
        if is_same(results[2] - results[1], results[1] - results[0]):
            yield "accumulates", f"{name} grows by the same amount with every call", name
        elif _same_when_new(subject, case, name):
            yield "state_kept", f"{name} depends on which calls came before", name
        else:
            yield "random", f"{name} is not the same when the same call is repeated", name


@_on_plain_cases
def check_earlier_cache(subject: Subject, case: Case) -> Broken:
    """Backward belongs to the forward pass whose cache it is given, not to the latest one."""
    alone = _outputs(subject, subject.build(case), case)
    rng = np.random.default_rng(1)
    for images in (len(case.x), len(case.x) + 1):
        layer = subject.build(case)
        _, cache = subject.forward(layer, case.fresh(case.x))
        subject.forward(layer, rng.normal(size=(images, *case.x.shape[1:])))
        for name, now in _gradients(subject, layer, case, cache).items():
            if not _alike(now, alone[name]):
                yield ("state_kept", f"after another forward pass, {name} for the earlier cache is "
                       "another one", name)
                return


@_on_plain_cases
def check_own_memory(subject: Subject, case: Case) -> Broken:
    """What a call handed out stays as it is, whatever is called afterwards."""
    layer = subject.build(case)
    y, cache = subject.forward(layer, case.fresh(case.x))
    held: Outputs = {"y": y}
    copies = {"y": np.array(y)}
    held["dx"] = subject.backward(layer, case.fresh(case.dy), cache)
    copies["dx"] = np.array(held["dx"])
    for name, grad in subject.parameter_gradients(layer, case.fresh(case.dy), cache).items():
        held[f"d{name}"], copies[f"d{name}"] = grad, np.array(grad)
    _, cache = subject.forward(layer, case.fresh(1 - case.x))
    subject.backward(layer, 2 * case.fresh(case.dy), cache)
    subject.parameter_gradients(layer, 2 * case.fresh(case.dy), cache)
    for name, array in held.items():
        if not np.array_equal(array, copies[name], equal_nan=True):
            yield "buffer_reused", f"{name} of one call changes when the next is made", name


@_on_plain_cases
def check_images_one_by_one(subject: Subject, case: Case) -> Broken:
    """A batch is its images one by one: y and dx the same, gradients of weights their sum."""
    layer, n = subject.build(case), len(case.x)
    batch = _outputs(subject, layer, case)
    single = [_outputs(subject, layer, replace(case, x=case.x[i:i + 1], dy=case.dy[i:i + 1]))
              for i in range(n)]
    for name, together in batch.items():
        parts = [one[name] for one in single]
        joined = np.concatenate(parts) if name in ("y", "dx") else sum(parts, np.zeros(()))
        if case.right and not is_same(together, case.right[name]):
            continue        # wrong anyway, as the checks of numbers have said
        if not _alike(together, joined):
            kind = "the images'" if name in ("y", "dx") else "the sum of the images'"
            yield "samples_mixed", f"{name} of a batch of {n} is not {kind} own", name


@_on_plain_cases
def check_dtype(subject: Subject, case: Case) -> Broken:
    """float32 in, float32 out; float64 in, float64 out."""
    for dtype in (np.float32, np.float64):
        layer = subject.build(case, dtype)
        same = replace(case, x=case.x.astype(dtype), dy=case.dy.astype(dtype))
        for name, out in _outputs(subject, layer, same).items():
            if out.dtype != dtype:
                yield ("dtype", f"{name} is {out.dtype} where all that goes in is "
                       f"{np.dtype(dtype)}", name)
        if any(w.dtype != dtype for w in layer.params.values()):
            yield "dtype", "params change their precision", ""


def check_wrong_shapes(examination: Examination) -> Iterator[Failure]:
    """Arrays of a wrong shape raise an error instead of giving numbers."""
    subject, case = examination.subject, examination.cases[1]      # no axis of 1
    wrong_x = {"conv2d": [case.x[:, :-1], case.x[0]], "maxpool2d": [case.x[0]],
               "dense": [case.x[:, :-1], case.x[0]], "softmax": [case.x[0]],
               "flatten": [case.x.ravel()[:3]]}.get(case.kind, [])
    wrong_dy = [np.zeros((*case.dy.shape[:-1], case.dy.shape[-1] + 1)),
                np.zeros((case.dy.shape[0] + 1, *case.dy.shape[1:]))]
    try:
        layer = subject.build(case)
        _, cache = subject.forward(layer, case.fresh(case.x))
    except Trouble:
        return
    calls: list[tuple[str, Array]] = [("forward", x) for x in wrong_x]
    calls += [("backward", dy) for dy in wrong_dy]
    if case.params:
        calls += [("parameter_gradients", dy) for dy in wrong_dy]
    for method, array in calls:
        arguments = (array,) if method == "forward" else (array, cache)
        try:
            getattr(subject, method)(layer, *arguments)
        except Trouble as trouble:
            if trouble.key == "raises":
                continue
        what = "x" if method == "forward" else "dy"
        right = case.x.shape if method == "forward" else case.dy.shape
        yield Failure("wrong_shapes", f"{method} takes {what} of shape {array.shape} where "
                      f"{right} is right, and raises no error",
                      case.describe(subject.name), key="raises")


def _outputs(subject: Subject, layer: Any, case: Case) -> Outputs:
    """y, dx and the parameters' gradients, copied."""
    y, cache = subject.forward(layer, case.fresh(case.x))
    return {"y": np.array(y), **_gradients(subject, layer, case, cache)}


def _gradients(subject: Subject, layer: Any, case: Case, cache: Any) -> Outputs:
    """dx and the parameters' gradients for a cache, copied."""
    result = {"dx": np.array(subject.backward(layer, case.fresh(case.dy), cache))}
    for name, grad in subject.parameter_gradients(layer, case.fresh(case.dy), cache).items():
        result[f"d{name}"] = np.array(grad)
    return result


def _leave_garbage(case: Case) -> None:
    """Fill memory with random numbers and free it: np.empty finds them, another set every time."""
    rng = np.random.default_rng()
    for array in (case.x, case.dy, *case.params.values()):
        blocks = [rng.normal(size=array.shape) for _ in range(8)]
        del blocks


def _alike(a: Array, b: Array) -> bool:
    """The same bits, NaN included, or the same numbers up to rounding."""
    return np.array_equal(a, b, equal_nan=True) or is_same(a, b)


def _same_when_new(subject: Subject, case: Case, name: str) -> bool:
    """Whether two newly built layers answer alike: then the earlier calls are to blame."""
    pair = []
    for _ in range(3):
        layer = subject.build(case)
        _leave_garbage(case)
        y, cache = subject.forward(layer, case.fresh(case.x))
        _leave_garbage(case)        # or backward finds what forward has left, always the same
        pair.append({"y": np.array(y), **_gradients(subject, layer, case, cache)}[name])
    return all(np.array_equal(pair[0], other, equal_nan=True) for other in pair[1:])


def _frozen(cache: Any) -> Any:
    """A deep copy, or None for a cache that cannot be copied."""
    try:
        return copy.deepcopy(cache)
    except Exception:       # whatever a student's object may raise; the cache stays unexamined
        return None


def _unchanged(cache: Any, frozen: Any) -> bool:
    """Whether the arrays in a cache are still what they were; other things are not looked at."""
    if isinstance(frozen, np.ndarray):
        return isinstance(cache, np.ndarray) and np.array_equal(
            cache, frozen, equal_nan=frozen.dtype.kind == "f")
    if isinstance(frozen, (tuple, list)):
        return len(cache) == len(frozen) and all(map(_unchanged, cache, frozen))
    if isinstance(frozen, dict):
        return all(key in cache and _unchanged(cache[key], value)
                   for key, value in frozen.items())
    return True

