"""More about a given layer, measured once it is known to be wrong: its Jacobian, at other inputs.

At one input many mistakes give the same numbers: a factor 1/4 may be 1/N, 1/C or a constant. With
an image, a channel or a row less, only the true one is still right.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..layers.base import Array
from .cases import Case, answers
from .examination import Examination, Run
from .numeric import upstream
from .subject import Subject, Trouble

SMALL = 600     # entries of x and the params; more would take too long
STEP = 1e-4     # with four points this is off by 1e-12, which is enough to compare with guesses


def measured(examination: Examination) -> Examination:
    """The examination of a given layer with its right answers, and at smaller inputs as well."""
    runs = [r for r in examination.runs if r.case.given and "y" in r.got]
    if not runs:
        return examination
    subject, first = examination.subject, runs[0].case
    small = sum(a.size for a in (first.x, *first.params.values())) <= SMALL
    # Of a known kind much is known already: only the number of images is in question.
    for axis, size in enumerate(first.x.shape[:1] if first.kind else first.x.shape):
        if small and size > 1:
            less = replace(first, x=np.delete(first.x, 0, axis), where="", right={},
                           jacobian={}, without={})
            try:
                y, _ = subject.forward(subject.build(less), less.fresh(less.x))
                less.dy = upstream(np.random.default_rng(axis), np.shape(y))
                if less.kind:
                    less.right = answers(less.reference(), less.x, less.dy)
                run = examination.run(subject, less)
            except (Trouble, ValueError):       # a layer may take x of one shape only
                continue
            runs += [run] if not run.troubles else []
    for r in runs:
        if not r.case.kind:
            _complete(subject, r, small)
    result = Examination(subject, [r.case for r in runs], examination.run, examination.guesses)
    result.every_run = runs
    return result


def _complete(subject: Subject, r: Run, small: bool) -> None:
    """The right answers of a layer of no known kind: as its own forward says."""
    case = r.case
    case.right = {q: np.where(n.kinks, r.got.get(q, n.gradient), n.gradient)
                  for q, n in r.measured.items()} | {"y": r.got["y"]}
    if small and not any(n.kinks.any() for n in r.measured.values()):
        for q in r.measured:
            case.jacobian[q] = J = _jacobian(subject, case, q)
            case.right[q] = (case.dy.ravel() @ J).reshape(case.right[q].shape)
        for name, w in case.params.items():     # dx, if one of the params were all 1
            other = replace(case, params={**case.params, name: np.ones_like(w)})
            case.without[name] = (case.dy.ravel() @ _jacobian(subject, other, "dx")).reshape(
                case.x.shape)


def _jacobian(subject: Subject, case: Case, quantity: str) -> Array:
    """∂y/∂x or ∂y/∂w, one row for each entry of y, by central differences with four points."""
    layer, x, columns = subject.build(case), case.fresh(case.x), []
    array = x if quantity == "dx" else layer.params[quantity[1:]]
    for i in np.ndindex(*array.shape):
        old, y = array[i], []
        for steps in (-2, -1, 1, 2):
            array[i] = old + steps * STEP
            y.append(np.array(subject.forward(layer, case.fresh(x))[0]).ravel())
        array[i] = old
        columns.append((y[0] - 8 * y[1] + 8 * y[2] - y[3]) / (12 * STEP))
    return np.stack(columns, axis=1)
