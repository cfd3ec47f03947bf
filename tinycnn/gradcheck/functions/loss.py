"""A loss function, checked: `loss(logits, t) -> (L, ∂L/∂logits)`, the mean over the batch.

    report = check_loss(my_loss_from_logits)

The value is computed a second time; the gradient is held against central differences of the
function's own value, and against tinycnn's gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...network.loss import loss_from_logits
from ..causes import CAUSES
from ..compare import Mismatch, against_measured, failure_at, is_exact, is_same, relative_error
from ..numeric import Numeric, numeric_gradient
from ..report import Cause, Failure, Report
from ..subject import Trouble, call, numbers, what
from .function_check import Compared, explain, name_of, ranked
from .loss_mistakes import wrong_gradients, wrong_values

Array = np.ndarray
Loss = Callable[[Array, Array], tuple[float, Array]]

OFFSET = "a number added to each row"
LARGE = "numbers so large that exp overflows"


@dataclass(frozen=True)
class Batch:
    """One input: logits (N, K), labels t (N,), and what is special about it ("" if nothing)."""

    logits: Array
    t: Array
    special: str = ""

    @property
    def value(self) -> Array:
        """The right loss, image by image and without tinycnn."""
        losses = [max(row) + math.log(math.fsum(math.exp(x - max(row)) for x in row)) - row[label]
                  for row, label in zip(self.logits.tolist(), self.t.tolist(), strict=True)]
        return np.asarray(math.fsum(losses) / len(losses))

    @property
    def gradient(self) -> Array:
        """The right gradient."""
        return loss_from_logits(self.logits, self.t)[1]

    def __str__(self) -> str:
        special = f", {self.special}" if self.special else ""
        return f"logits {self.logits.shape}{special}, t = {self.t.tolist()}"


@dataclass(frozen=True)
class Answer:
    """What the function answered for a batch.

    Attributes:
        measured: the gradient of the function's own value; None where numbers are too large.
    """

    batch: Batch
    value: Array
    gradient: Array
    measured: Numeric | None

    @property
    def value_right(self) -> bool:
        """Whether the loss is the right number."""
        return is_same(self.value, self.batch.value)

    @property
    def mismatch(self) -> Mismatch | None:
        """What is off in the gradient.

        Where the value is wrong, a gradient that fits the right value or the wrong one is no
        mistake.
        """
        exact = is_exact(self.gradient, self.batch.gradient)
        if self.measured is None:
            wrong, expected = ~exact, self.batch.gradient
        elif self.value_right:
            wrong = ~exact | ~against_measured(self.gradient, self.measured)
            expected = self.batch.gradient
        else:
            wrong = ~against_measured(self.gradient, self.measured) & ~exact.all()
            expected = self.measured.gradient
        return Mismatch(self.gradient, expected, wrong) if wrong.any() else None


def check_loss(function: Loss, seed: int = 0) -> Report:
    """Check a loss function.

    Args:
        function: called as function(logits, t), with logits (N, K) and labels t (N,); returns the
            mean negative log-likelihood of the softmax, and its gradient with respect to logits.
        seed: of all random numbers; the same seed gives the same report.
    """
    report = Report(f"{name_of(function)} as loss")
    answers: list[Answer] = []
    with np.errstate(all="ignore"):         # a wrong function may answer NaN
        report.add("returns", _ask(function, list(batches(np.random.default_rng(seed))), answers))
        plain, offset, large = ([a for a in answers if a.batch.special == special]
                                for special in ("", OFFSET, LARGE))
        if plain:
            report.add("value", _values("value", plain))
            report.add("gradient", _gradients("gradient", plain))
            for check, special in (("offsets", offset), ("extreme_values", large)):
                report.add(check, [*_values(check, special), *_gradients(check, special)])
            for check, behaviour in (("arguments_unchanged", _arguments_unchanged),
                                     ("repeatable", _repeatable), ("own_memory", _own_memory),
                                     ("dtype", _dtype)):
                report.add(check, behaviour(function, plain[0].batch))
            report.errors["dlogits"] = max(relative_error(a.gradient, a.measured.gradient)
                                           for a in answers if a.measured)
        if not report.ok:
            report.diagnosis = _diagnose(answers, report.failures)
    return report


def batches(rng: np.random.Generator) -> Iterator[Batch]:
    """Awkward shapes, never N = K; numbers added to the rows; and large numbers."""
    for n, k in ((2, 3), (3, 5), (4, 2), (4, 3), (3, 4), (1, 4), (1, 2)):
        yield Batch(1.5 * rng.normal(size=(n, k)), rng.integers(k, size=n))
    added = np.array([[300.0], [-20.0], [5.0]])
    yield Batch(rng.normal(size=(3, 4)) + added, rng.integers(4, size=3), OFFSET)
    yield Batch(np.array([[1e4, 0, -1e4, 5], [-1e4, -1e4 - 2, -1e4, -1e4], [1e4, 1e4 - 1, 3, 1e4]]),
                np.array([2, 1, 0]), LARGE)
    yield Batch(np.array([[800.0, 0, -800]]), np.array([1]), LARGE)


def _call(function: Loss, logits: Array, t: Array) -> tuple[Array, Array]:
    """The value as an array of shape () and the gradient, or a Trouble."""
    name = name_of(function)
    result = call(name, function, logits, t)
    if not (isinstance(result, tuple) and len(result) == 2):
        raise Trouble(f"{name} has to return two things, (loss, gradient); it returned "
                      f"{what(result)}", "wrong_return")
    value, gradient = result
    if np.ndim(value) or np.asarray(value).dtype.kind not in "fiu":
        raise Trouble(f"the loss has to be one number, the mean over the images; got "
                      f"{what(value)}", "wrong_return")
    gradient = numbers("the gradient", gradient)
    if gradient.shape != logits.shape:
        raise Trouble(f"the gradient has shape {gradient.shape}, expected that of the logits, "
                      f"{logits.shape}", "wrong_shape")
    return np.array(value, np.float64), gradient


def _ask(function: Loss, asked: Sequence[Batch], answers: list[Answer]) -> Iterator[Failure]:
    """Every batch, answered: `answers` are appended to; each sort of trouble is told once."""
    told = set()
    for batch in asked:
        logits = batch.logits.copy()

        def value(logits: Array = logits, t: Array = batch.t) -> Array:
            return _call(function, logits.copy(), t.copy())[0]

        try:
            got, gradient = _call(function, batch.logits.copy(), batch.t.copy())
            gradient = gradient.astype(np.float64)      # a copy: it may be a buffer of the function
            measured = None if batch.special == LARGE else numeric_gradient(
                value, logits, np.ones(()))
            answers.append(Answer(batch, got, gradient, measured))
        except Trouble as trouble:
            if trouble.key not in told:
                told.add(trouble.key)
                yield Failure("returns", f"{trouble}", f"{batch}", key=trouble.key)


def _values(check: str, answers: Sequence[Answer]) -> Iterator[Failure]:
    """The loss is the mean negative log-likelihood."""
    wrong = [a for a in answers if not a.value_right]
    if wrong:
        first = wrong[0]
        yield Failure(check, f"the loss is {first.value:.8g}, expected {first.batch.value:.8g}; it "
                      f"is wrong in {len(wrong)} of {len(answers)} batches", f"{first.batch}")


def _gradients(check: str, answers: Sequence[Answer]) -> Iterator[Failure]:
    """The gradient is that of the loss."""
    wrong = [(a, mismatch) for a in answers if (mismatch := a.mismatch) is not None]
    if wrong:
        yield failure_at(wrong[0][1], check, "dlogits", f"{wrong[0][0].batch}")


def _arguments_unchanged(function: Loss, batch: Batch) -> Iterator[Failure]:
    """Logits and labels stay as they are."""
    logits, t = batch.logits.copy(), batch.t.copy()
    _call(function, logits, t)
    for name, now, before in (("the logits", logits, batch.logits), ("the labels", t, batch.t)):
        if not np.array_equal(now, before):
            yield Failure("arguments_unchanged", f"{name} that are passed in change", f"{batch}",
                          key="argument_overwritten")


def _repeatable(function: Loss, batch: Batch) -> Iterator[Failure]:
    """The same call gives the same bits."""
    calls = [_call(function, batch.logits.copy(), batch.t.copy()) for _ in range(3)]
    for name, results in zip(("the loss", "dlogits"), zip(*calls, strict=True), strict=True):
        first, second, third = results
        if not all(np.array_equal(first, other, equal_nan=True) for other in (second, third)):
            grows = is_same(third - second, second - first)
            yield Failure("repeatable", f"{name} " + (
                "grows by the same amount with every call" if grows else
                "is not the same when the same call is repeated"), f"{batch}",
                key="accumulates" if grows else "random")


def _own_memory(function: Loss, batch: Batch) -> Iterator[Failure]:
    """A gradient that was handed out stays as it is."""
    _, gradient = _call(function, batch.logits.copy(), batch.t.copy())
    before = gradient.copy()
    _call(function, 1 - batch.logits, batch.t.copy())
    if not np.array_equal(gradient, before, equal_nan=True):
        yield Failure("own_memory", "the gradient of one call changes when the next is made",
                      f"{batch}", key="buffer_reused")


def _dtype(function: Loss, batch: Batch) -> Iterator[Failure]:
    """The gradient has the precision of the logits."""
    for dtype in (np.float32, np.float64):
        gradient = _call(function, batch.logits.astype(dtype), batch.t.copy())[1]
        if gradient.dtype != dtype:
            yield Failure("dtype", f"dlogits is {gradient.dtype} where the logits are "
                          f"{np.dtype(dtype)}", f"{batch}", key="dtype")


def _diagnose(answers: Sequence[Answer], failures: Sequence[Failure]) -> list[Cause]:
    """The mistakes that give these numbers, and what the checks of behaviour know by themselves."""
    explained = [("the loss", *name) for name in explain([
        Compared(a.value, a.batch.value, wrong_values(a.batch.logits, a.batch.t))
        for a in answers])]
    if any(a.mismatch is not None for a in answers):
        explained += [("dlogits", *name) for name in explain([
            Compared(a.gradient, a.batch.gradient, wrong_gradients(a.batch.logits, a.batch.t))
            for a in answers])]
    for quantity, of in (("the loss", lambda a: a.value), ("dlogits", lambda a: a.gradient)):
        infinite = [a for a in answers if not np.isfinite(of(a)).all()]
        if infinite:
            large = all(a.batch.special for a in infinite)
            explained.append((quantity, "overflow" if large else "not_finite", ""))
    return ranked(explained, failures) or [Cause("unknown", CAUSES["unknown"].format(q="the loss"))]
