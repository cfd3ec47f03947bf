"""A loss function, checked: `loss(logits, t) -> (L, ∂L/∂logits)`, the mean over the batch.

    report = check_loss(my_loss_from_logits)

The value is computed a second time, and the gradient is held against central differences of the
function's own value and against tinycnn's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..loss import loss_from_logits
from .compare import Mismatch, against_measured, is_exact, is_same, relative_error
from .function_check import Compared, explain, ranked
from .mistakes.loss import wrong_gradients, wrong_values
from .numeric import Numeric, numeric_gradient
from .report import Cause, Failure, Report
from .subject import Trouble, call

Array = np.ndarray
Loss = Callable[[Array, Array], tuple[float, Array]]

ROUNDED = 1e-4          # how far a gradient computed in float32 may be off


@dataclass
class Answer:
    """What the function answered for one batch; `trouble` if it gave no usable numbers.

    Attributes:
        group: which check it belongs to: "plain", "offsets" or "extreme".
        measured: the gradient of its own value, None where that cannot be measured.
    """

    logits: Array
    t: Array
    group: str
    value: Array
    gradient: Array
    measured: Numeric | None = None
    trouble: Trouble | None = None

    @property
    def right(self) -> tuple[Array, Array]:
        """The value, image by image with exact sums, and tinycnn's gradient."""
        losses = [math.log(math.fsum(math.exp(x - max(row)) for x in row)) + max(row) - row[label]
                  for row, label in zip(self.logits.tolist(), self.t.tolist(), strict=True)]
        value = np.asarray(math.fsum(losses) / len(losses))
        return value, loss_from_logits(self.logits, self.t)[1]

    @property
    def where(self) -> str:
        """The batch, in words."""
        special = {"plain": "", "offsets": ", a number added to each row",
                   "extreme": f", up to ±{np.abs(self.logits).max():g}"}
        return f"logits {self.logits.shape}{special[self.group]}, t = {self.t.tolist()}"

    @property
    def mismatch(self) -> Mismatch | None:
        """What is off in the gradient.

        Where the value is wrong, a gradient that fits the right one or the wrong one is no mistake.
        """
        value, right = self.right
        exact, expected = is_exact(self.gradient, right), right
        if self.measured is None:
            wrong = ~exact
        else:
            wrong = ~against_measured(self.gradient, self.measured)
            if is_same(self.value, value):
                wrong |= ~exact
            elif exact.all() or not wrong.any():
                return None
            else:
                expected = self.measured.gradient
        return Mismatch(self.gradient, expected, wrong) if wrong.any() else None


def check_loss(function: Loss, seed: int = 0) -> Report:
    """Check a loss function.

    Args:
        function: called as function(logits, t), with logits (N, K) and labels t (N,); returns the
            mean negative log-likelihood of the softmax, and its gradient with respect to logits.
        seed: of all random numbers; the same seed gives the same report.
    """
    report = Report(f"{getattr(function, '__name__', function)!s} as loss")
    batches = list(_batches(np.random.default_rng(seed)))
    answers = [_answer(function, *batch) for batch in batches]
    usable = [a for a in answers if a.trouble is None]
    checks = {
        "returns": _returns(answers),
        "value": _values(usable, "plain"), "gradient": _gradients(usable, "plain"),
        "offsets": [*_values(usable, "offsets"), *_gradients(usable, "offsets")],
        "extreme_values": [*_values(usable, "extreme"), *_gradients(usable, "extreme")]}
    for name, behaviour in (("arguments_unchanged", _arguments_unchanged),
                            ("repeatable", _repeatable), ("own_memory", _own_memory),
                            ("dtype", _dtype)):
        checks[name] = list(behaviour(function, *batches[0][:2])) if not answers[0].trouble else []
    for name, failures in checks.items():
        report.checks[name] = not failures
        report.failures += [Failure(name, **failure) for failure in failures]
    report.errors = {"dlogits": max((relative_error(a.gradient, a.measured.gradient)
                                     for a in usable if a.measured), default=0.0)}
    if not report.ok:
        report.diagnosis = _diagnose(usable, report.failures)
    return report


def _batches(rng: np.random.Generator) -> Iterator[tuple[Array, Array, str]]:
    """(logits, t, group); never N = K, and labels that are not those of another order."""
    for n, k in ((2, 3), (3, 5), (4, 2), (4, 3), (3, 4), (1, 4), (1, 2)):
        yield 1.5 * rng.normal(size=(n, k)), rng.integers(k, size=n), "plain"
    logits = rng.normal(size=(3, 4)) + np.array([[300.0], [-20.0], [5.0]])
    yield logits, rng.integers(4, size=3), "offsets"
    rows = np.array([[1e4, 0, -1e4, 5], [-1e4, -1e4 - 2, -1e4, -1e4], [1e4, 1e4 - 1, 3, 1e4]])
    yield rows, np.array([2, 1, 0]), "extreme"
    yield np.array([[800.0, 0, -800]]), np.array([1]), "extreme"
