"""An update, checked: `update(params, grads, learning_rate)` writes w - λ ∂L/∂w into the arrays.

    report = check_update(my_sgd_update)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..causes import CAUSES
from ..compare import Mismatch, failure_at, is_exact, is_same
from ..numeric import upstream
from ..report import Cause, Failure, Report
from ..subject import Trouble, call
from .function_check import Compared, explain, name_of, ranked
from .update_mistakes import wrong_updates

Array = np.ndarray
Params = dict[str, Array]
Update = Callable[[Params, Params, float], object]

CALLS = 30      # of one and the same update: enough for a memory of earlier ones to settle


@dataclass(frozen=True)
class Step:
    """One call: what goes in, and what the arrays that were passed in hold afterwards."""

    params: Params
    grads: Params
    rate: float
    after: Params
    same_arrays: bool
    grads_after: Params

    def right(self, name: str) -> Array:
        """w - λ ∂L/∂w."""
        return self.params[name] - self.rate * self.grads[name]

    def is_right(self, name: str) -> bool:
        """Whether an array holds it."""
        return is_same(self.after[name], self.right(name))

    def __str__(self) -> str:
        shapes = ", ".join(f"{name} {w.shape}" for name, w in self.params.items())
        return f"{shapes}, learning rate {self.rate:g}"


def check_update(function: Update, seed: int = 0) -> Report:
    """Check an update.

    Args:
        function: called as function(params, grads, learning_rate), with two dictionaries of arrays
            that have the same names and shapes; it writes into the arrays of `params`.
        seed: of all random numbers; the same seed gives the same report.
    """
    report, rng = Report(f"{name_of(function)} as update"), np.random.default_rng(seed)
    with np.errstate(all="ignore"):         # a wrong function may leave NaN
        _check(function, rng, report)
    return report


def _check(function: Update, rng: np.random.Generator, report: Report) -> None:
    steps: list[Step] = []
    try:
        steps += [_step(function, *given) for given in inputs(rng)]
        report.add("in_place", _in_place(steps))
        if report.ok:
            report.add("step", _values(steps))
        report.add("gradients_unchanged", _gradients_unchanged(steps))
        report.add("repeatable", _repeatable(function, steps[0]))
        report.add("dtype", _dtype(function, steps[0]))
    except Trouble as trouble:
        report.checks["call"] = False
        report.failures.append(Failure("call", f"{trouble}", key=trouble.key))
    if not report.ok:
        report.diagnosis = ranked(_explained(steps), report.failures) or [
            Cause("unknown", CAUSES["unknown"].format(q="the step"))]


def inputs(rng: np.random.Generator) -> Iterator[tuple[Params, Params, float]]:
    """Weights and biases of two layers, two of them of one shape; and a gradient of zeros."""
    shapes = {"dense1.W": (3, 4), "dense1.b": (4,), "dense2.W": (3, 4), "conv.W": (2, 1, 3, 2)}
    for rate in (0.1, 0.01, 0.7):
        params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        yield params, {name: upstream(rng, w.shape) for name, w in params.items()}, rate
    yield params, {name: np.zeros(w.shape) for name, w in params.items()}, 0.1


def _step(function: Update, params: Params, grads: Params, rate: float) -> Step:
    arrays = {name: w.copy() for name, w in params.items()}
    given, given_grads = dict(arrays), {name: g.copy() for name, g in grads.items()}
    call(name_of(function), function, given, given_grads, rate)
    for what, now in (("params", given), ("grads", given_grads)):
        if set(now) != set(params) or any(not isinstance(w, np.ndarray) for w in now.values()):
            raise Trouble(f"{name_of(function)} takes arrays out of {what}, or puts something else "
                          "in; afterwards it has to hold an array for each name", "wrong_return")
    same = all(given[name] is w for name, w in arrays.items())
    return Step(params, grads, rate, arrays, same, given_grads)


def _in_place(steps: list[Step]) -> Iterator[Failure]:
    """The arrays that are passed in change."""
    for step in steps:
        moved = any(not np.array_equal(step.after[n], w) for n, w in step.params.items())
        due = any(g.any() for g in step.grads.values())
        if not step.same_arrays or (due and not moved):
            yield Failure("in_place", "the arrays that are passed in do not change, and these are "
                          "the ones that the layers hold", f"{step}", key="not_in_place")
            return


def _values(steps: list[Step]) -> Iterator[Failure]:
    """Every array is w - λ ∂L/∂w afterwards."""
    for step in steps:
        for name, got in step.after.items():
            wrong = ~is_exact(got, step.right(name))
            if wrong.any():
                mismatch = Mismatch(got, step.right(name), wrong)
                yield failure_at(mismatch, "step", name, f"{step}")
        if not all(map(step.is_right, step.after)):
            return


def _gradients_unchanged(steps: list[Step]) -> Iterator[Failure]:
    """The gradients stay as they are."""
    for step in steps:
        for name, grad in step.grads.items():
            if not np.array_equal(step.grads_after[name], grad):
                yield Failure("gradients_unchanged", f"the gradient of {name} changes", f"{step}",
                              key="gradients_changed")
                return


def _repeatable(function: Update, step: Step) -> Iterator[Failure]:
    """The same call makes the same step, whatever came before."""
    arrays, results = {name: w.copy() for name, w in step.params.items()}, []
    for _ in range(CALLS):      # in the same arrays: a memory may be kept for each of them
        for name, w in arrays.items():
            w[...] = step.params[name]
        call(name_of(function), function, dict(arrays),
             {name: grad.copy() for name, grad in step.grads.items()}, step.rate)
        results.append(_joined(arrays))
    jumps = [np.nan_to_num(np.abs(b - a)).max() for a, b in pairwise(results)]
    if not any(jumps) and np.array_equal(results[0], _joined(step.after), equal_nan=True):
        return
    # What a memory adds settles, or grows evenly; noise does neither.
    settles = max(jumps[-5:]) < max(jumps[:5]) / 2
    evenly = is_same(results[2] - results[1], results[1] - results[0])
    yield Failure("repeatable", "the same call makes another step the next time", f"{step}",
                  key="momentum" if settles or evenly or not any(jumps) else "random")


def _dtype(function: Update, step: Step) -> Iterator[Failure]:
    """float32 parameters stay float32; a step in them is possible."""
    params = {name: w.astype(np.float32) for name, w in step.params.items()}
    grads = {name: g.astype(np.float32) for name, g in step.grads.items()}
    given = dict(params)
    call(name_of(function), function, given, grads, step.rate)
    for name, w in given.items():
        if w.dtype != np.float32:
            yield Failure("dtype", f"{name} is {w.dtype} afterwards, it was float32", f"{step}",
                          key="dtype")
            return


def _explained(steps: list[Step]) -> list[tuple[str, str, str]]:
    """The mistakes that give these numbers, as (quantity, key, detail)."""
    wrong = [s for s in steps if s.same_arrays and not all(map(s.is_right, s.after))]
    if not wrong or not any(not np.array_equal(s.after[n], w)
                            for s in wrong for n, w in s.params.items()):
        return []
    step, names = wrong[0], list(wrong[0].params)
    moved = [n for n in names if not np.array_equal(step.after[n], step.params[n])]
    if len(moved) < len(names) and all(map(step.is_right, moved)):
        left = ", ".join(n for n in names if n not in moved)
        return [("the step", "parameter_left_out", f"not {left}")]
    others = [n for n in names if not step.is_right(n) and any(
        step.grads[m].shape == step.params[n].shape and is_same(
            step.after[n], step.params[n] - step.rate * step.grads[m]) for m in names if m != n)]
    if others and all(step.is_right(n) or n in others for n in names):
        return [("the step", "wrong_gradient", ", ".join(others))]
    due = [s for s in steps if any(g.any() for g in s.grads.values())]
    compared = [Compared(_joined(s.after), _joined({n: s.right(n) for n in names}), {
        key: _joined(new) for key, new in wrong_updates(s.params, s.grads, s.rate).items()})
        for s in due]
    weights, off = _joined(step.params), _joined(step.after) - compared[0].right
    share = float(off @ weights / (weights @ weights))
    if share and is_same(off, share * weights):
        return [("the step", "weight_decay", f"{share:.4g} times the weights")]
    if not all(np.isfinite(c.got).all() for c in compared):
        return [("the step", "not_finite", "")]
    times = [float((_joined(s.params) - c.got) @ (_joined(s.params) - c.right) / np.sum(
        (_joined(s.params) - c.right) ** 2)) for s, c in zip(due, compared, strict=True)]
    if np.allclose(times, times[0]) and all(
            is_same(c.got, _joined(s.params) + times[0] * (c.right - _joined(s.params)))
            for s, c in zip(due, compared, strict=True)) and not np.isclose(times[0], -1):
        return [("the step", "scaled", f"{times[0]:.6g} times")]
    return [("the step", *name) for name in explain(compared)[:2]]


def _joined(params: Params) -> Array:
    return np.concatenate([w.ravel() for w in params.values()])
