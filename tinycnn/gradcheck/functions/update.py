"""An update: `update(params, grads, learning_rate)` writes w - λ ∂L/∂w into the arrays of params.

Checks compare the step of each array: its numbers after the call minus its numbers before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from ...layers.base import Params
from ..behaviour import Broken
from ..cases import Case
from ..checks import Check, behaviour_check, call_check, numbers_check
from ..compare import is_same
from ..examination import Examination, Run
from ..mistakes import Guess, table
from ..numeric import upstream
from ..report import Failure
from ..subject import Subject, Trouble, call

CALLS = 30      # of the same update: enough for a memory of earlier calls to settle


@dataclass
class Update(Run):
    """One call of an update, and what it did besides the step."""

    in_place: bool = True
    grads: Params = field(default_factory=dict)


def cases(seed: int = 0) -> list[Case]:
    """Weights and biases of layers, two of them with one shape; and a gradient of zeros."""
    rng = np.random.default_rng(seed)
    shapes = {"dense1.W": (3, 4), "dense1.b": (4,), "dense2.W": (3, 4), "conv.W": (2, 1, 3, 2)}
    found = []
    for rate in (0.1, 0.01, 0.7):
        params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        found.append(_case(params, {name: upstream(rng, w.shape) for name, w in params.items()},
                           rate))
    params = found[1].params        # the same arrays, but their gradients in another order
    grads = {name: found[1].arguments["grads"][name] for name in
             ("dense2.W", "dense1.b", "dense1.W", "conv.W")}
    found.append(_case(params, grads, 0.01))
    return [*found, _case(params, {name: np.zeros(w.shape) for name, w in params.items()}, 0.1)]


def _case(params: Params, grads: Params, rate: float) -> Case:
    listed = ", ".join(f"{name} {w.shape}" for name, w in params.items())
    return Case("update", {"grads": grads, "rate": rate}, np.zeros(0), params=params,
                right={name: -rate * grad for name, grad in grads.items()}, outputs=tuple(params),
                where=f"{listed}, learning rate {rate:g}")


def run(subject: Subject, case: Case) -> Run:
    """Call the update once, and look at the arrays that were passed in."""
    result, arrays = Update(case), {name: w.copy() for name, w in case.params.items()}
    given, result.grads = dict(arrays), {n: g.copy() for n, g in case.arguments["grads"].items()}
    try:
        call(subject.name, subject.cls, given, result.grads, case.arguments["rate"])
        for what, now in (("params", given), ("grads", result.grads)):
            if set(now) != set(arrays) or any(not isinstance(w, np.ndarray) for w in now.values()):
                raise Trouble(f"{subject.name} removes arrays from {what}, or puts something else "
                              "in; it has to keep an array for each name", "wrong_return")
    except Trouble as trouble:
        result.note("call", trouble)
        return result
    steps = {name: w - case.params[name] for name, w in arrays.items()}
    due = any(step.any() for step in case.right.values())
    result.in_place = all(given[name] is w for name, w in arrays.items()) and (
        not due or any(step.any() for step in steps.values()))
    if result.in_place:
        result.got = steps
    return result


@np.errstate(all="ignore")
def mistakes(case: Case) -> list[Guess]:
    """The known wrong steps."""
    grads, rate = case.arguments["grads"], case.arguments["rate"]
    in_order = dict(zip(case.params, grads.values(), strict=True))
    whole = float(np.sqrt(sum((g ** 2).sum() for g in grads.values())))
    found: list[Guess] = []
    for name, w in case.params.items():
        g = grads[name]
        steps = {
            ("climbs", ""): rate * g, ("climbs", "and without the learning rate"): g,
            ("parameter_left_out", ""): 0 * g,
            ("rate_forgotten", ""): -g, ("rate_forgotten", "squared"): -rate ** 2 * g,
            ("rate_forgotten", "divided by it"): -g / rate,
            ("rate_forgotten", "1 - rate"): -(1 - rate) * g,
            ("rate_forgotten", "the rate without the gradient"): np.full_like(g, -rate),
            ("upstream_sign", ""): -rate * np.sign(g), ("absolute", ""): -rate * np.abs(g),
            ("squared", ""): -rate * g ** 2, ("factor_extra", "times the weight"): -rate * g * w,
            ("divided_by_N", "by the length of each array"): -rate * g / len(g),
            ("mean_for_sum", "by the size of each array"): -rate * g / g.size,
            ("wrong_sum", "the gradient's mean everywhere"): np.full_like(g, -rate * g.mean()),
            ("wrong_sum", "the gradient's sum everywhere"): np.full_like(g, -rate * g.sum()),
            ("normalised", "array by array"): -rate * g / np.linalg.norm(g),
            ("normalised", "all together"): -rate * g / whole,
            ("normalised", "entry by entry, as Adam does"): -rate * g / (np.abs(g) + 1e-8),
            ("assigned", "the step replaces the weights"): -rate * g - w,
            ("assigned", "the step replaces the weights, positive"): rate * g - w,
            ("assigned", "the gradient replaces the weights"): g - w,
        } | {("clipped", f"at {limit:g}"): -rate * np.clip(g, -limit, limit)
             for limit in (0.1, 0.5, 1.0, 5.0)} | {
             ("wrong_gradient", f"the gradient of {other}"): -rate * grad
             for other, grad in grads.items() if other != name and grad.shape == g.shape}
        steps["wrong_gradient", "the one at the same place in grads"] = -rate * in_order[name]
        for decay in (1e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1):
            steps["weight_decay", f"{decay:g} times the weights"] = -rate * (g + decay * w)
            steps["weight_decay", f"{decay:g} of them, whatever the rate"] = -rate * g - decay * w
        found += table(name, steps)
    return found


def check_in_place(examination: Examination) -> Iterator[Failure]:
    """The arrays that are passed in change."""
    wrong = [r for r in examination.runs if isinstance(r, Update) and not r.in_place]
    for r in wrong[:1]:
        yield Failure("in_place", "the arrays that are passed in do not change, and these are the "
                      "ones that the layers hold", r.case.where, key="not_in_place")


def check_gradients_unchanged(examination: Examination) -> Iterator[Failure]:
    """The gradients stay as they are."""
    for r in examination.runs:
        for name, grad in r.case.arguments["grads"].items():
            if isinstance(r, Update) and not np.array_equal(r.grads[name], grad):
                yield Failure("gradients_unchanged", f"the gradient of {name} changes",
                              r.case.where, key="gradients_changed")
                return


def repeatable(subject: Subject, case: Case) -> Broken:
    """The same call makes the same step, whatever was called before."""
    arrays, results = {name: w.copy() for name, w in case.params.items()}, []
    for _ in range(CALLS):      # in the same arrays, because a memory may be kept for each array
        for name, w in arrays.items():
            w[...] = case.params[name]
        call(subject.name, subject.cls, dict(arrays),
             {name: grad.copy() for name, grad in case.arguments["grads"].items()},
             case.arguments["rate"])
        results.append(np.concatenate([w.ravel() for w in arrays.values()]))
    jumps = [np.nan_to_num(np.abs(b - a)).max() for a, b in pairwise(results)]
    first = np.concatenate([w.ravel() for w in _after(subject, case).values()])
    if not any(jumps) and np.array_equal(results[0], first, equal_nan=True):
        return
    # The effect of a memory settles, or grows evenly; noise does neither.
    settles = max(jumps[-5:]) < max(jumps[:5]) / 2
    evenly = is_same(results[2] - results[1], results[1] - results[0])
    yield ("momentum" if settles or evenly or not any(jumps) else "random",
           "the same call makes another step the next time", "")


def dtype(subject: Subject, case: Case) -> Broken:
    """A step with float32 parameters is possible, and they stay float32."""
    for name, w in _after(subject, case, np.float32).items():
        if w.dtype != np.float32:
            yield "dtype", f"{w.dtype} where float32 goes in: {name}", ""
            return


def _after(subject: Subject, case: Case, precision: type = np.float64) -> Params:
    """What `params` holds after a call with copies of everything."""
    given: Params = {name: w.astype(precision) for name, w in case.params.items()}
    grads = {name: g.astype(precision) for name, g in case.arguments["grads"].items()}
    call(subject.name, subject.cls, given, grads, case.arguments["rate"])
    return given


CHECKS = (
    call_check("call", "call"), Check("in_place", check_in_place),
    numbers_check("step", tuple(cases()[0].params), "gradient"),
    Check("gradients_unchanged", check_gradients_unchanged, "contract"),
    behaviour_check(repeatable), behaviour_check(dtype))
