"""Check a whole network: which layer is the first to give a wrong gradient.

There are two questions. Each layer alone, at its own input and with a random upstream gradient: are
dx and the gradients of its parameters right? Mistakes in later layers do not count here. And end
to end: are the gradients of the logits right, for every parameter and for the input?
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ..layers import Layer
from ..layers.base import Array
from ..layers.kinds import claim_of
from ..network import Network
from ..network.loss import loss_from_logits, negative_log_likelihood_gradient
from ..output.text import columns
from .causes import CAUSES
from .compare import is_exact, is_same, relative_error
from .numeric import RTOL, upstream
from .one_layer import Rng, case_of, name_of
from .report import Cause, Failure, Report
from .slopes import Verdict, along, directions
from .subject import Subject, Trouble
from .suite import check_class


@dataclass
class Row:
    """One layer alone.

    Attributes:
        errors: {"dx", "dW", "db"}: largest relative error.
        wrong: the wrong gradients; kinks: gradients for which some directions met a kink.
        trouble: why there are no numbers, if there are none.
    """

    name: str
    layer: Layer
    errors: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    kinks: list[str] = field(default_factory=list)
    trouble: Trouble | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with the layer alone."""
        return not self.wrong and self.trouble is None


def check_network(net: Network, x: Array, t: Array, rng: Rng = 0) -> Report:
    """Check every gradient of a network, and name the layer in which the first wrong one arises.

    The check works in float64 on a copy, along random directions that touch every entry and along
    some single entries. A layer that computes the same as tinycnn's own layer is compared with it
    in every entry; this also decides if x is at a kink of a max-pool or a ReLU.

    Args:
        net: a network that ends with a softmax, with tinycnn's layers or others that have the same
            methods. It is not changed.
        x: (N, ...) images; two to four show as much as many.
        t: (N,) their labels.
        rng: a Generator or a seed for the directions.

    Raises:
        ShapeError: the labels do not fit. ValueError: the network does not end with a softmax.
    """
    rng, net, x = np.random.default_rng(rng), net.astype(np.float64), np.array(x, np.float64)
    if net.logits_layer is None:
        raise ValueError("check_network: expected a network whose last layer is a Softmax, so that "
                         f"it has a loss; got {', '.join(net.layers)}")
    report = Report(f"Network of {len(net.layers)} layers")
    rows = list(reversed(list(_layers_alone(net, x, rng))))
    whole: dict[str, list[Verdict]] = {}
    if all(row.trouble is None for row in rows):
        _check_loss(report, net, x, np.asarray(t))
        whole = _end_to_end(net, x, rng)
    for row in rows:
        report.checks[f"{row.name} alone"] = row.ok
        report.errors |= {f"{row.name} {q}": error for q, error in row.errors.items()}
    for key, verdicts in whole.items():
        report.checks[f"{key} end to end"] = all(v.passes for v in verdicts)
        report.errors[f"{key} end to end"] = _largest(verdicts)
    _explain(report, rows, whole)
    report.table = _table(rows, whole)
    return report


def _layers_alone(net: Network, x: Array, rng: np.random.Generator) -> Iterator[Row]:
    """Every layer with its input in this network, from the first to the last."""
    for name, layer in net.layers.items():
        row, subject = Row(name, layer), Subject(type(layer))
        try:
            y, cache = subject.forward(layer, x.copy())
            y = np.array(y)
            _one_layer(row, subject, x, y, cache, rng)
        except Trouble as trouble:
            row.trouble = trouble
            yield row
            return
        yield row
        x = y


def _one_layer(row: Row, subject: Subject, x: Array, y: Array, cache: object,
               rng: np.random.Generator) -> None:
    layer, dy = row.layer, upstream(rng, y.shape)
    got = {"dx": np.array(subject.backward(layer, dy.copy(), cache, x.shape))}
    arrays = {"dx": x.copy()}
    subject.forward(layer, x[::-1] / 2)
    if not is_same(np.asarray(subject.backward(layer, dy.copy(), cache)), got["dx"]):
        raise Trouble("after another forward pass, backward gives another dx for the earlier "
                      "cache", "state_kept")
    _, cache = subject.forward(layer, x.copy())
    for name, grad in subject.parameter_gradients(layer, dy.copy(), cache).items():
        got[f"d{name}"], arrays[f"d{name}"] = np.array(grad), layer.params[name]
    right = case_of(layer, x, y, dy).right

    def s() -> tuple[float, float]:
        terms = np.asarray(layer.forward(arrays["dx"].copy())[0]) * dy
        return float(terms.sum()), float(np.abs(terms).sum())

    for quantity, gradient in got.items():
        if not np.isfinite(gradient).all():
            row.wrong.append(quantity)
            row.errors[quantity] = float("inf")
            continue
        verdicts = [along(s, arrays[quantity], gradient, v) for v in directions(rng, gradient)]
        row.errors[quantity] = _largest(verdicts)
        if right:       # a known layer: every entry is compared, also at kinks
            exact = is_exact(gradient, right[quantity])
            row.errors[quantity] = max(row.errors[quantity],
                                       relative_error(gradient, right[quantity]))
            if not exact.all():
                row.wrong.append(quantity)
                continue
        elif any(v.kink for v in verdicts):
            row.kinks.append(quantity)
        if not all(v.passes for v in verdicts):
            row.wrong.append(quantity)


def _check_loss(report: Report, net: Network, x: Array, t: Array) -> None:
    """∂L/∂logits by central differences, and by the two factors of eq. 2 through the softmax."""
    trace = net.forward(x)
    logits = trace.logits.copy()
    _, gradient = loss_from_logits(logits, t)
    rng = np.random.default_rng(0)

    def s() -> tuple[float, float]:
        loss = loss_from_logits(logits, t)[0]
        return loss, 1 + float(np.abs(logits).max())

    verdicts = [along(s, logits, gradient, upstream(rng, logits.shape)) for _ in range(2)]
    report.checks["loss"] = all(v.right for v in verdicts)
    report.errors["loss"] = _largest(verdicts)
    if trace.y[np.arange(len(t)), t].min() < 1e-100:       # ∂L/∂y = -1/y would overflow
        report.notes.append("Some probabilities are almost 0; the path through ∂L/∂y is left out.")
        return
    last = list(net.layers)[-1]
    seed = negative_log_likelihood_gradient(trace.y, t)
    both = net[last].backward(seed, trace.caches[last])
    error = relative_error(both, gradient)
    report.checks["two factors"] = bool(error < RTOL or np.abs(both - gradient).max() < 1e-12)
    report.errors["two factors"] = error


def _end_to_end(net: Network, x: Array, rng: np.random.Generator) -> dict[str, list[Verdict]]:
    """The gradients of a random sum over the logits, for every parameter and for the input.

    The loss is not used: in a trained network its gradient is almost 0, and a mistake is, too. The
    backward pass is linear in its seed, so a random seed shows all that it does.
    """
    x = x.copy()
    trace = net.forward(x)
    seed = upstream(rng, trace.logits.shape)
    back = net.backward(trace, seed, of="logit")
    gradients = {"input": back["input"], **net.parameter_gradients(trace, back)}

    def s() -> tuple[float, float]:
        terms = net.forward(x).logits * seed
        return float(terms.sum()), float(np.abs(terms).sum())

    arrays = {"input": x, **net.params}
    return {key: [along(s, arrays[key], gradient, v) for v in directions(rng, gradient)]
            for key, gradient in gradients.items()}


def _explain(report: Report, rows: list[Row], whole: dict[str, list[Verdict]]) -> None:
    """Name the first wrong layer, going backward from the loss, and its likely mistakes."""
    guilty = next((row for row in rows if not row.ok), None)
    far = [key for key, verdicts in whole.items() if not all(v.passes for v in verdicts)]
    for row in rows:
        if row.trouble is not None:
            report.failures.append(Failure(f"{row.name} alone", f"{row.name}: {row.trouble}",
                                           name_of(row.layer), key=row.trouble.key))
        elif row.wrong:
            errors = ", ".join(f"{q} by {row.errors[q]:.2g}" for q in row.wrong)
            report.failures.append(Failure(
                f"{row.name} alone", f"{row.name}: wrong at its own input with a random upstream "
                f"gradient: {errors} of its size", name_of(row.layer), row.wrong[0]))
    kinked = [f"{row.name} {q}" for row in rows for q in row.kinks]
    kinked += [f"{key} end to end" for key, verdicts in whole.items()
               if any(v.kink for v in verdicts)]
    if kinked:
        report.notes.append(f"x lies at a kink (a tie, or a ReLU's 0), so central differences say "
                            f"nothing about {', '.join(kinked)}: each layer alone was compared "
                            "with the exact rule.")
    if guilty is None and far:
        report.failures.append(Failure("end to end", "every layer alone is right, but these "
                                       f"gradients are wrong end to end: {', '.join(far)}"))
        report.diagnosis.append(Cause("state_kept", CAUSES["state_kept"].format(
            q="each layer is right alone, and wrong as a part of the network")))
    if guilty is None:
        return
    what = " and ".join(guilty.wrong) or str(guilty.trouble)
    report.diagnosis.append(Cause("first_wrong_layer", CAUSES["first_wrong_layer"].format(
        q=f"{guilty.name}, {name_of(guilty.layer)}: {what}")))
    kind, sure = claim_of(type(guilty.layer))
    if kind is not None and sure:
        report.diagnosis += check_class(type(guilty.layer), kind).diagnosis


def _largest(verdicts: list[Verdict]) -> float:
    """The largest relative error; a verdict at a kink does not count."""
    return max((v.error for v in verdicts if not v.kink), default=0.0)


def _table(rows: list[Row], whole: dict[str, list[Verdict]]) -> str:
    """One line for each layer, from the loss backward: its own errors, and those end to end."""
    lines = [("from the loss backward", "alone: dx", "params", "end to end", "verdict")]
    first = ""
    for row in rows:
        own = [error for quantity, error in row.errors.items() if quantity != "dx"]
        far = [v for key, verdicts in whole.items() if key.split(".")[0] == row.name
               for v in verdicts]
        verdict = "right except at kinks" if row.kinks else "right"
        if not row.ok:
            verdict, first = "WRONG HERE" if not first else "WRONG HERE, TOO", first or row.name
        elif not all(v.passes for v in far):
            verdict = f"wrong, because of {first}" if first else "wrong end to end only"
        lines.append((row.name, _number(row.errors.get("dx")), _number(max(own, default=None)),
                      _number(_largest(far) if far else None), verdict))
    if "input" in whole:
        fine = all(v.passes for v in whole["input"])
        lines.append(("input", "", "", _number(_largest(whole["input"])),
                      "right" if fine else f"wrong, because of {first or 'several layers'}"))
    return "\n".join(columns(lines, "<>>><", 0))


def _number(error: float | None) -> str:
    return "" if error is None else f"{error:.0e}"
