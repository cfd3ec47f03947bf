"""Check a whole network: which layer is the first to give a wrong gradient.

There are two questions. Each layer alone: is it right, whatever the other layers do? And end to
end: are the gradients of the logits right, for every parameter and for the input?
"""

from __future__ import annotations

import copy

import numpy as np

from ..layers.base import Array
from ..layers.kinds import claim_of
from ..network import Network
from ..network.loss import one_hot
from ..output.text import columns
from .alone import Row, check_alone, forward_alone
from .causes import CAUSES
from .compare import is_same
from .numeric import upstream
from .one_layer import Rng, name_of
from .report import Cause, Failure, Report
from .slopes import Verdict, along_all, is_wrong, largest
from .subject import Trouble, call, params_of, replace_params
from .suite import check_class

Verdicts = dict[str, list[Verdict]]


def check_network(net: Network, x: Array, t: Array, rng: Rng = 0) -> Report:
    """Check every gradient of a network, and name the layer in which the first wrong one arises.

    The check works in float64 on a copy, along directions that touch every entry and along some
    single entries. A layer that computes the same as tinycnn's own layer is compared with it in
    every entry; this also decides if x is at a kink of a max-pool or a ReLU.

    Args:
        net: a network with tinycnn's layers or others that have the same methods. It is not
            changed.
        x: (N, ...) images; two to four show as much as many.
        t: (N,) their labels, if the network ends with a softmax; else it is not used.
        rng: a Generator or a seed for the directions.

    Raises:
        ShapeError: the labels do not fit. ValueError: a layer's params are no arrays, or x or the
            weights are not finite.
    """
    report = Report(f"Network of {len(net.layers)} layers")
    rng, net, x = np.random.default_rng(rng), _in_float64(net, report), np.array(x, np.float64)
    for name, array in {"x": x, **net.params}.items():
        if not np.isfinite(array).all():
            raise ValueError(f"check_network: {name} holds NaN or infinity, so that no gradient "
                             "can be measured")
    whole, names, sent = Verdicts(), list(net.layers), None
    with np.errstate(all="ignore"):         # wrong code may return NaN
        rows = forward_alone(net.layers, x)
        if net.logits_layer and (logits := rows[-1].x).ndim == 2:
            one_hot(np.asarray(t), logits.shape[1])         # the ShapeError of wrong labels
        for row in reversed(rows):      # what arrives began as a random seed at the logits
            sent = check_alone(row, None if row.name == net.logits_layer else sent, rng)
        if names[len(rows):]:
            report.notes.append("not checked, since nothing arrives there: "
                                f"{', '.join(names[len(rows):])}")
        elif not any(row.troubles for row in rows):
            try:
                whole = call("the network", _end_to_end, net, rows, x, rng)
            except Trouble as trouble:
                report.add("end to end", [Failure("end to end", f"{trouble}", key=trouble.key)])
    rows.reverse()
    for row in rows:
        report.checks[f"{row.name} alone"] = row.ok
        report.errors |= {f"{row.name} {q}": error for q, error in row.errors.items()}
    for key, verdicts in whole.items():
        report.checks[f"{key} end to end"] = not is_wrong(verdicts)
        report.errors[f"{key} end to end"] = largest(verdicts)
    _explain(report, rows, whole)
    report.table = _table(rows, whole)
    return report


def _in_float64(net: Network, report: Report) -> Network:
    """A copy of the network, in which every layer has params of its own."""
    layers, owners = dict(net.layers), dict[int, str]()
    for name, layer in net.layers.items():
        if getattr(layer, "params", None) is None:
            replace_params(layer := copy.copy(layer), {})
            report.notes.append(f"{name} has no params. A network needs them: self.params = {{}} "
                                "where there is nothing to learn.")
        try:
            params, layers[name] = params_of(layer), layer
        except Trouble as trouble:
            raise ValueError(f"check_network: {name}: {trouble}") from None
        for key, w in params.items():
            if (owner := owners.setdefault(id(w), name)) != name:
                report.notes.append(f"{owner} and {name} share the array params[{key!r}]: training "
                                    "one changes both. Was it made in the body of a class?")
    return Network(net.input_shape, **layers).astype(np.float64)


def _end_to_end(net: Network, rows: list[Row], x: Array, rng: np.random.Generator) -> Verdicts:
    """The gradients of a random sum over the logits, for every parameter and for the input.

    The loss is not used: in a trained network its gradient is almost 0, and a mistake is, too. The
    backward pass is linear in its seed, so a random seed shows all that it does. By the chain rule
    it is right if each layer is right alone and gives the same in the chain, which is compared
    first: the slopes are a second opinion.
    """
    x = x.copy()
    trace = net.forward(x)
    seed = upstream(rng, trace.logits.shape)
    back = net.backward(trace, seed, of="logit")
    gradients = {"input": back["input"], **net.parameter_gradients(trace, back)}
    for before, row in zip(trace, rows[:-1] if net.logits_layer else rows, strict=False):
        y, cache = row.layer.forward(trace[before].copy())
        dx = row.layer.backward(back[row.name].copy(), cache)
        if not is_same(y, trace[row.name]) or not is_same(dx, back[before]):
            row.troubles.append(Trouble("other numbers inside the network than alone, from copies "
                                        "of the same x and dy; why is not known"))

    def s() -> tuple[float, float]:
        terms = net.forward(x).logits * seed
        return float(terms.sum()), float(np.abs(terms).sum())

    arrays = {"input": x, **net.params}
    return {key: along_all(s, arrays[key], gradient, rng) for key, gradient in gradients.items()}


def _explain(report: Report, rows: list[Row], whole: Verdicts) -> None:
    """Name the first wrong layer, going backward from the loss, and its likely mistakes."""
    guilty = next((row for row in rows if not row.ok), None)
    measured = {f"{key} end to end": verdicts for key, verdicts in whole.items()}
    for row in rows:
        report.notes += row.notes
        if row.ok:
            measured |= {f"{row.name} {q}": verdicts for q, verdicts in row.verdicts.items()}
        where = name_of(row.layer)
        report.failures += [Failure(f"{row.name} alone", f"{row.name}: {trouble}", where,
                                    key=trouble.key) for trouble in row.troubles]
        if row.wrong:
            errors = ", ".join(f"{q} by {row.errors[q]:.2g}" for q in row.wrong)
            places = " and ".join(dict.fromkeys(row.wrong.values()))
            report.failures.append(Failure(f"{row.name} alone", f"{row.name}: wrong {places}: "
                                           f"{errors} of its size", where, next(iter(row.wrong))))
    if hidden := [name for name, verdicts in measured.items() if all(v.unsure for v in verdicts)]:
        report.notes.append(f"Nothing can be measured of {', '.join(hidden)}: x lies at a kink (a "
                            "tie, or a ReLU's 0), or rounding is larger than the gradient.")
    if guilty is None and (far := [key for key, verdicts in whole.items() if is_wrong(verdicts)]):
        report.failures.append(Failure(
            "end to end", "every layer that could be checked alone is right, and gives the same "
            "in the network, but these gradients are wrong end to end: "
            f"{', '.join(far)}. Why is not known"))
    if guilty is None:
        return
    keys = [trouble.key for trouble in guilty.troubles]
    key, what = "first_wrong_layer", [*guilty.wrong, *map(str, guilty.troubles)]
    # The sentence of a call that gave no numbers begins with {q}, that of a broken rule does not.
    if not guilty.wrong and not CAUSES.get(keys[0], "{q}").startswith("{q}"):
        key, what = keys[0], [str(one) for one in guilty.troubles if one.key == keys[0]]
    report.diagnosis.append(Cause(key, CAUSES[key].format(
        q=f"{guilty.name}, {name_of(guilty.layer)}: {' and '.join(what)}")))
    kind, sure = claim_of(type(guilty.layer))
    if kind is not None and sure:       # only if the class has the same fault
        of_class, same = check_class(type(guilty.layer), kind), {*guilty.wrong, *keys}
        if any({failure.quantity, failure.key} & same for failure in of_class.failures):
            report.diagnosis += [cause for cause in of_class.diagnosis if cause.key not in keys]


def _table(rows: list[Row], whole: Verdicts) -> str:
    """One line for each layer, from the loss backward: its own errors, and those end to end."""
    lines = [("from the loss backward", "alone: dx", "params", "end to end", "verdict")]
    first = ""
    for row in rows:
        own = [error for quantity, error in row.errors.items() if quantity != "dx"]
        far = [verdicts for key, verdicts in whole.items() if key.split(".")[0] == row.name]
        verdict = "right except at kinks" if any(
            v.unsure for verdicts in row.verdicts.values() for v in verdicts) else "right"
        if not row.ok:
            verdict, first = "WRONG HERE" if not first else "WRONG HERE, TOO", first or row.name
        elif any(map(is_wrong, far)):
            verdict = f"wrong, because of {first}" if first else "wrong end to end only"
        lines.append((row.name, _number(row.errors.get("dx")), _number(max(own, default=None)),
                      _number(max(map(largest, far), default=None)), verdict))
    if "input" in whole:
        lines.append(("input", "", "", _number(largest(whole["input"])),
                      f"wrong, because of {first or 'several layers'}"
                      if is_wrong(whole["input"]) else "right"))
    return "\n".join(columns(lines, "<>>><", 0))


def _number(error: float | None) -> str:
    return "" if error is None else f"{error:.0e}"
