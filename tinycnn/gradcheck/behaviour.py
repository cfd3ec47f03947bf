"""Checks of behaviour: be pure, keep dtypes, refuse wrong shapes. Each check builds a new layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..layers.base import Array
from ..output.text import listing
from .cases import Case
from .compare import is_same
from .examination import Examination
from .forms.inside import has_generator
from .kinds import suite_of
from .mistakes import solve
from .refusals import is_deliberate
from .report import Failure
from .subject import Subject, Trouble, replace_params

Outputs = dict[str, Array]
Keep = Callable[[Any], Array]
# A broken rule: the key of its cause ("" if it cannot be checked), a message that begins with what
# was seen in a few words, before a colon, and the quantity.
Broken = Iterator[tuple[str, str, str]]


def first_broken(check: Callable[[Subject, Case], Broken], name: str, examination: Examination
                 ) -> Iterator[Failure]:
    """Run a check on up to twelve ordinary cases, and report the first case that fails."""
    for r in examination.of_group("gradient", "ties", "given")[:12]:
        if r.troubles:      # a call gave no usable numbers: the numeric checks have reported it
            continue
        try:
            broken = list(check(examination.subject, r.case))
        except Trouble as trouble:
            broken = [("" if is_deliberate(trouble) else trouble.key, f"{trouble}", "")]
        where = r.case.describe(examination.subject.name)
        for key, message, quantity in broken:
            if key:
                yield Failure(name, message, where, quantity, key=key)
            else:
                examination.notes.append(f"not checked: {name} for {where}: {message}")
        if broken:
            return


def weights_from_params(subject: Subject, case: Case) -> Broken:
    """Forward and backward use self.params as it is now, and each layer has its own."""
    layer, second = subject.construct(case), subject.construct(case)
    if any(np.shares_memory(w, second.params[name]) for name, w in layer.params.items()):
        yield "params_shared", "a second layer has the same params as the first", ""
        return
    old = dict(layer.params)
    replace_params(layer, {name: w.copy() for name, w in case.params.items()})
    y = np.array(subject.forward(layer, case.fresh(case.x))[0])
    for array in old.values():
        array += 1
    if not np.array_equal(subject.forward(layer, case.fresh(case.x))[0], y):
        yield ("weights_elsewhere", "params were replaced, as Network.load does, and forward still "
               "reads the old arrays", "")
        return
    key = case.weights
    doubled = {key: 2 * case.params[key]}
    twice = replace(case, params={**case.params, **doubled})
    # What 2W has to give: at x = 0, or where W is only added, it may be the same as for W.
    due = {name: solve(case, name, arguments=None, **doubled) for name in ("y", "dx")} \
        if case.right else _outputs(subject, subject.build(twice), twice)
    for how in ("changed in place, as an update does", "replaced, as Network.load does"):
        layer = subject.construct(case)
        stale = np.array(layer.params[key])
        replace_params(layer, {name: w.copy() for name, w in case.params.items()})
        before = _outputs(subject, layer, case)
        if how.startswith("changed"):
            layer.params[key] *= 2
        else:
            replace_params(layer, {**layer.params, key: 2 * layer.params[key]})
        after = _outputs(subject, layer, case)
        for name, method in (("y", "forward"), ("dx", "backward")):
            # An answer that never depends on W is wrong in its numbers, not in its behaviour.
            known = [before[name]] if not case.right else [
                case.right[name], solve(case, name, arguments=None, **{key: stale})]
            known = known[:1] if (stale == 1).all() else known      # it may as well be forgotten
            if np.array_equal(after[name], before[name]) and not is_same(
                    due[name], before[name]) and any(
                    is_same(before[name], answer) for answer in known):
                yield ("weights_elsewhere", f"params[{key!r}] was {how}, and {method} still "
                       f"uses the old {key}", "")


def arguments_unchanged(subject: Subject, case: Case) -> Broken:
    """No method changes x, dy, the cache, an earlier output, or params."""
    layer, x = subject.build(case), case.fresh(case.x)
    subject.forward(layer, x)
    yield from _overwritten(layer, case, "forward", x=(x, case.x))
    for method in ("backward", "parameter_gradients"):
        x, dy = case.fresh(case.x), case.fresh(case.dy)
        y, cache = subject.forward(layer, x)
        x_before, y_before, cache_before = np.array(x), np.array(y), _arrays_in(cache)
        getattr(subject, method)(layer, dy, cache)
        yield from _overwritten(layer, case, method, x=(x, x_before), dy=(dy, case.dy),
                                **{"the output of forward": (y, y_before)})
        cache_now = _arrays_in(cache)
        if len(cache_now) != len(cache_before) or not all(map(_same_bits, cache_now, cache_before)):
            yield "argument_overwritten", f"{method} changes the cache", ""


def _overwritten(layer: Any, case: Case, method: str, **arrays: tuple[Array, Array]) -> Broken:
    """Report changes of arrays, given as (now, before), and of params."""
    for what, (now, before) in arrays.items():
        if not _same_bits(now, before):
            yield "argument_overwritten", f"{method} overwrites {what}", ""
    if set(layer.params) != set(case.params) or any(
            not _same_bits(layer.params[name], w) for name, w in case.params.items()):
        yield "parameters_changed", f"{method} changes params", ""


def repeatable(subject: Subject, case: Case) -> Broken:
    """The same call gives the same bits, whatever was called before."""
    layer = subject.build(case)
    first = _outputs(subject, layer, case)
    repeated = {name: [answer] for name, answer in first.items()}
    for _ in range(2):
        _leave_garbage(case)
        repeated["y"].append(np.array(subject.forward(layer, case.fresh(case.x))[0]))
    _, cache = subject.forward(layer, case.fresh(case.x))
    for _ in range(3):
        _leave_garbage(case)
        repeated["dx"].append(np.array(subject.backward(layer, case.fresh(case.dy), cache)))
    for _ in range(2):
        _leave_garbage(case)
        for name, grad in subject.parameter_gradients(layer, case.fresh(case.dy), cache).items():
            repeated[f"d{name}"].append(np.array(grad))
    for name, results in repeated.items():
        if all(_same_bits(results[0], other) for other in results[1:]):
            continue
        if is_same(results[2] - results[1], results[1] - results[0]):
            yield "accumulates", f"{name} grows by the same amount with every call", name
        elif not has_generator(layer) and _same_when_new(subject, case, name):
            yield "state_kept", f"{name} depends on which calls came before", name
        else:
            yield "random", f"{name} is not the same when the same call is repeated", name


def earlier_cache(subject: Subject, case: Case) -> Broken:
    """Backward uses the cache that it is given, not the latest forward pass."""
    alone = _outputs(subject, subject.build(case), case)
    rng = np.random.default_rng(1)
    for images in (len(case.x), len(case.x) + 1):
        layer = subject.build(case)
        _, cache = subject.forward(layer, case.fresh(case.x))
        try:
            subject.forward(layer, rng.normal(size=(images, *case.x.shape[1:])))
        except Trouble as trouble:      # perhaps it only takes x of one shape
            yield "", f"another x, with {images} along its first axis: {trouble}", ""
            return
        try:
            gradients = _gradients(subject, layer, case, cache)
        except Trouble as trouble:      # the same call has worked without that forward pass
            yield "state_kept", f"{trouble}, after another forward pass", ""
            return
        for name, now in gradients.items():
            if not (_same_bits(now, alone[name]) or is_same(now, alone[name])):
                yield ("state_kept", f"{name} for an earlier cache changes after another forward "
                       "pass", name)
                return


def own_memory(subject: Subject, case: Case) -> Broken:
    """What a call has returned stays as it is, whatever is called afterwards."""
    layer = subject.build(case)
    held = _outputs(subject, layer, case, np.asarray)
    copies = {name: np.array(array) for name, array in held.items()}
    _outputs(subject, layer, replace(case, x=1 - case.x, dy=2 * case.dy))
    for name, array in held.items():
        if not _same_bits(array, copies[name]):
            yield "buffer_reused", f"{name} of one call changes when the next is made", name


def images_one_by_one(subject: Subject, case: Case) -> Broken:
    """A batch equals its images one by one: y and dx the same, gradients of weights summed."""
    layer, n = subject.build(case), len(case.x)
    batch = _outputs(subject, layer, case)
    single = [_outputs(subject, layer, replace(case, x=case.x[i:i + 1], dy=case.dy[i:i + 1]))
              for i in range(n)]
    for name, together in batch.items():
        parts = [one[name] for one in single]
        joined = np.concatenate(parts) if name in ("y", "dx") else sum(parts, np.zeros(()))
        if case.right and not is_same(together, case.right[name]):
            continue        # wrong anyway: the numeric checks have reported it
        if not (_same_bits(together, joined) or is_same(together, joined)):
            kind = "the results of" if name in ("y", "dx") else "the sum over"
            yield "samples_mixed", f"{name} of a batch of {n} is not {kind} its single images", name


def dtype(subject: Subject, case: Case) -> Broken:
    """float32 in, float32 out; float64 in, float64 out."""
    for dtype in (np.float32, np.float64):
        layer = subject.build(case, dtype)
        same = replace(case, x=case.x.astype(dtype), dy=case.dy.astype(dtype))
        other: dict[str, list[str]] = {}
        for name, out in _outputs(subject, layer, same).items():
            if out.dtype != dtype:
                other.setdefault(str(out.dtype), []).append(name)
        for got, names in other.items():
            yield ("dtype", f"{got} where {np.dtype(dtype)} goes in: {listing(names)}", "")
        if any(w.dtype != dtype for w in layer.params.values()):
            yield "dtype", "params change their precision", ""


def wrong_shapes(examination: Examination) -> Iterator[Failure]:
    """Arrays of a wrong shape raise an error instead of giving numbers."""
    subject, case = examination.subject, examination.cases[1]      # no axis has length 1
    wrong_dy = [np.zeros((*case.dy.shape[:-1], case.dy.shape[-1] + 1)),
                np.zeros((case.dy.shape[0] + 1, *case.dy.shape[1:]))]
    try:
        layer = subject.build(case)
        _, cache = subject.forward(layer, case.fresh(case.x))
    except Trouble:
        return
    calls: list[tuple[str, Array]] = [
        *(("forward", x) for x in suite_of(case.kind).wrong_x(case.x)),
        *((method, dy) for method in ("backward", "parameter_gradients") for dy in wrong_dy
          if method == "backward" or case.params)]
    for method, array in calls:
        name, right, more = ("x", case.x, ()) if method == "forward" else ("dy", case.dy, (cache,))
        try:
            getattr(subject, method)(layer, array, *more)
        except Trouble as trouble:
            if trouble.key == "raises":
                continue
        yield Failure("wrong_shapes", f"{method} accepts {name} of shape {array.shape} instead of "
                      f"{right.shape} without an error", case.describe(subject.name), key="raises")


def _outputs(subject: Subject, layer: Any, case: Case, keep: Keep = np.array) -> Outputs:
    """y, dx and the parameters' gradients: copies, or with np.asarray what was returned."""
    y, cache = subject.forward(layer, case.fresh(case.x))
    return {"y": keep(y), **_gradients(subject, layer, case, cache, keep)}


def _gradients(subject: Subject, layer: Any, case: Case, cache: Any, keep: Keep = np.array
               ) -> Outputs:
    """dx and the parameters' gradients for a cache."""
    dx = keep(subject.backward(layer, case.fresh(case.dy), cache))
    grads = subject.parameter_gradients(layer, case.fresh(case.dy), cache)
    return {"dx": dx} | {f"d{name}": keep(grad) for name, grad in grads.items()}


def _leave_garbage(case: Case) -> None:
    """Fill memory with new random numbers and free it, so that np.empty finds them."""
    rng = np.random.default_rng()
    for array in (case.x, case.dy, *case.params.values()):
        blocks = [rng.normal(size=array.shape) for _ in range(8)]
        del blocks


def _same_bits(a: Array, b: Array) -> bool:
    """The same numbers to the last bit, NaN included."""
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _same_when_new(subject: Subject, case: Case, name: str) -> bool:
    """Whether newly built layers give the same: then the earlier calls are to blame."""
    answers = []
    for _ in range(3):
        layer = subject.build(case)
        _leave_garbage(case)
        y, cache = subject.forward(layer, case.fresh(case.x))
        _leave_garbage(case)        # else backward always finds what forward left
        answers.append({"y": np.array(y), **_gradients(subject, layer, case, cache)}[name])
    return all(_same_bits(answers[0], other) for other in answers[1:])


def _arrays_in(cache: Any) -> list[Array]:
    """Copies of all arrays in a cache, also inside tuples, lists and dictionaries."""
    if isinstance(cache, np.ndarray):
        return [cache.copy()]
    parts = cache.values() if isinstance(cache, dict) else \
        cache if isinstance(cache, (tuple, list)) else ()
    return [array for part in parts for array in _arrays_in(part)]


PURITY = (arguments_unchanged, repeatable, earlier_cache, own_memory)   # of a layer that is pure
