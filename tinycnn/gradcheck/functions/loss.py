"""A loss function: `loss(logits, t) -> (L, ∂L/∂logits)`, the mean over the images.

L is computed a second time without tinycnn. The gradient is compared with central differences of
the function's own L, and with tinycnn's gradient.
"""

from __future__ import annotations

import math

import numpy as np

from ...layers.base import Array
from ...network.loss import loss_from_logits
from ..behaviour import Broken
from ..cases import Case
from ..checks import behaviour_check, call_check, numbers_check
from ..compare import is_same
from ..examination import Run
from ..mistakes import Guess, table
from ..numeric import numeric_gradient
from ..subject import Subject, Trouble, call, numbers, what
from .loss_mistakes import wrong_answers


def cases(seed: int = 0) -> list[Case]:
    """Awkward shapes, never N = K; numbers added to the rows; and large numbers."""
    rng = np.random.default_rng(seed)
    found = [_case(1.5 * rng.normal(size=(n, k)), rng.integers(k, size=n))
             for n, k in ((2, 3), (3, 5), (4, 2), (4, 3), (3, 4), (1, 4), (1, 2))]
    added = np.array([[300.0], [-20.0], [5.0]])
    found.append(_case(rng.normal(size=(3, 4)) + added, rng.integers(4, size=3), "offset",
                       "a number added to each row"))
    rows = np.array([[1e4, 0, -1e4, 5], [-1e4, -1e4 - 2, -1e4, -1e4], [1e4, 1e4 - 1, 3, 1e4]])
    for logits, t in ((rows, [2, 1, 0]), (np.array([[800.0, 0, -800]]), [1])):
        found.append(_case(logits, np.array(t), "extreme", "numbers so large that exp overflows"))
    return found


def _case(logits: Array, t: Array, group: str = "gradient", special: str = "") -> Case:
    losses = [max(row) + math.log(math.fsum(math.exp(x - max(row)) for x in row)) - row[label]
              for row, label in zip(logits.tolist(), t.tolist(), strict=True)]
    right = {"L": np.asarray(math.fsum(losses) / len(t)), "dlogits": loss_from_logits(logits, t)[1]}
    features = (special,) if special else ()
    return Case("loss", {"t": t}, logits, group, features, right=right, outputs=("L",),
                where=", ".join([f"logits {logits.shape}", *features, f"t = {t.tolist()}"]))


def run(subject: Subject, case: Case) -> Run:
    """What the function answers, and the gradient of its own L by central differences."""
    result, nudged = Run(case), case.x.copy()
    try:
        value, gradient = _ask(subject, case)
        result.got = {"L": value, "dlogits": gradient.astype(np.float64)}
        if case.group != "extreme":
            result.measured["dlogits"] = numeric_gradient(
                lambda: _ask(subject, case, nudged.copy())[0], nudged, np.ones(()))
    except Trouble as trouble:
        result.note("call", trouble)
    return result


def _ask(subject: Subject, case: Case, logits: Array | None = None, t: Array | None = None
         ) -> tuple[Array, Array]:
    """L as an array of shape () and the gradient, or a Trouble."""
    logits = case.x.copy() if logits is None else logits
    result = call(subject.name, subject.cls, logits, case.arguments["t"].copy() if t is None else t)
    if not (isinstance(result, tuple) and len(result) == 2):
        raise Trouble(f"{subject.name} has to return two things, (loss, gradient); it returned "
                      f"{what(result)}", "wrong_return")
    value, gradient = result
    if np.ndim(value) or np.asarray(value).dtype.kind not in "fiu":
        raise Trouble(f"the loss has to be one number, the mean over the images; got "
                      f"{what(value)}", "wrong_return")
    return np.array(value, np.float64), numbers("the gradient", gradient, logits.shape)


@np.errstate(all="ignore")
def mistakes(case: Case) -> list[Guess]:
    """The known wrong values and gradients."""
    values, gradients = wrong_answers(case.x, case.arguments["t"])
    return [*table("L", values), *table("dlogits", gradients)]


def arguments_unchanged(subject: Subject, case: Case) -> Broken:
    """Logits and labels stay as they are."""
    logits, t = case.x.copy(), case.arguments["t"].copy()
    _ask(subject, case, logits, t)
    for name, now, before in (("logits", logits, case.x), ("labels", t, case.arguments["t"])):
        if not np.array_equal(now, before):
            yield "argument_overwritten", f"the {name} that are passed in change", ""


def repeatable(subject: Subject, case: Case) -> Broken:
    """The same call gives the same bits."""
    calls = [_ask(subject, case) for _ in range(3)]
    for name, results in zip(("the loss", "dlogits"), zip(*calls, strict=True), strict=True):
        first, second, third = results
        if not all(np.array_equal(first, other, equal_nan=True) for other in (second, third)):
            if is_same(third - second, second - first):
                yield "accumulates", f"{name} grows by the same amount with every call", ""
            else:
                yield "random", f"{name} is not the same when the same call is repeated", ""


def own_memory(subject: Subject, case: Case) -> Broken:
    """A gradient that was returned stays as it is."""
    _, gradient = _ask(subject, case)
    before = gradient.copy()
    _ask(subject, case, 1 - case.x)
    if not np.array_equal(gradient, before, equal_nan=True):
        yield "buffer_reused", "the gradient of one call changes when the next is made", ""


def dtype(subject: Subject, case: Case) -> Broken:
    """The gradient has the precision of the logits."""
    for precision in (np.float32, np.float64):
        _, gradient = _ask(subject, case, case.x.astype(precision))
        if gradient.dtype != precision:
            yield ("dtype", f"{gradient.dtype} where {np.dtype(precision)} goes in: dlogits", "")


CHECKS = (
    call_check("returns", "call"),
    numbers_check("value", ("L",), "gradient"), numbers_check("gradient", ("dlogits",), "gradient"),
    numbers_check("offsets", ("L", "dlogits"), "offset"),
    numbers_check("extreme_values", ("L", "dlogits"), "extreme"),
    *map(behaviour_check, (arguments_unchanged, repeatable, own_memory, dtype)))
