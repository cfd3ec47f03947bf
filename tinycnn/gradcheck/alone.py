"""One layer of a network alone: right at its own input, and near it, whatever the others do.

Two upstream gradients are tried: a random one, and the one that arrives in the network, whose
entries may be very small or all of one sign. A layer that computes the same as tinycnn's own layer
is compared with it in every entry, which also decides at a tie or a ReLU's 0. Any other layer is
compared with the slopes of its own forward.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import numpy as np

from ..layers import Layer
from ..layers.base import Array
from ..layers.kinds import KINDS, claim_of
from . import behaviour
from .compare import is_exact, is_same, relative_error
from .numeric import upstream
from .one_layer import GivenLayer, case_of
from .slopes import Verdict, along, directions, is_wrong, largest
from .subject import Subject, Trouble, replace_params

PURITY = (behaviour.arguments_unchanged, behaviour.repeatable, behaviour.earlier_cache,
          behaviour.own_memory)


@dataclass
class Row:
    """One layer alone.

    Attributes:
        x, y: its input and output in this network; y is None if it gives none that can be used.
        errors: {"dx", "dW", "db"}: largest relative error.
        wrong: {"dx": where it is wrong}.
        troubles: calls that gave no usable numbers, and rules of the contract that are broken.
        verdicts: of the slopes, {"dx": [...]}; {} if tinycnn's own layer decides.
        notes: what could not be checked.
    """

    name: str
    layer: Layer
    x: Array
    y: Array | None = None
    errors: dict[str, float] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with the layer alone."""
        return not self.wrong and not self.troubles

    @property
    def kinks(self) -> bool:
        """Whether some slope could not be measured, at a kink or because of rounding."""
        return any(v.unsure for verdicts in self.verdicts.values() for v in verdicts)

    @property
    def hidden(self) -> list[str]:
        """The gradients of which no slope could be measured."""
        return [f"{self.name} {q}" for q, verdicts in self.verdicts.items()
                if all(v.unsure for v in verdicts)]


def forward_alone(layers: dict[str, Layer], x: Array) -> list[Row]:
    """Every layer with its input; it ends early if there is no input for the next layer.

    If a layer gives no output, or one that the layers after it do not take, they get the output of
    tinycnn's own layer of this kind, so that one mistake does not hide those after it.
    """
    rows: list[Row] = []
    for name, layer in layers.items():
        row, own = Row(name, layer, x), _own_output(layer, x)
        rows.append(row)
        try:
            y = np.array(Subject(type(layer)).forward(layer, x.copy())[0], np.float64)
            if not np.isfinite(y).all():
                raise Trouble("forward's y is not finite: it holds NaN or infinity", "not_finite")
            after = list(layers.values())[len(rows):]
            if own is not None and y.shape != own.shape and _fit(after, own) and not _fit(after, y):
                raise Trouble(f"forward's y has shape {y.shape}, which the layers after it do not "
                              f"take; tinycnn's own layer gives {own.shape}", "wrong_shape")
            if own is not None and not is_same(y, own) and claim_of(type(layer)).sure:
                row.notes.append(f"{name} computes something else than tinycnn's own layer of that "
                                 "name. Its gradients were compared with its own forward.")
            row.y = x = y
        except Trouble as trouble:
            row.troubles.append(trouble)
            if own is None:
                break
            x = own
    return rows


def check_alone(row: Row, arriving: Array | None, rng: np.random.Generator) -> Array:
    """Check a layer, and write in its row what is wrong.

    Args:
        arriving: the upstream gradient that arrives in this network, if it is known.

    Returns:
        what arrives at the layer before: dx, up to a factor; random numbers if there is none.
    """
    sent = upstream(rng, row.x.shape)
    if row.y is None:
        return sent
    dys = [upstream(rng, row.y.shape)]
    if arriving is not None and 0 < (size := float(np.abs(arriving).max(initial=0))) < np.inf:
        dys.append(arriving / size)     # backward is linear in dy, and rounding hides tiny numbers
    for dy in dys:
        got, row.troubles = _answers(row.layer, row.x, dy)
        sent = got.get("dx", sent)
        _compare(row, row.layer, row.x, got, dy, rng, "at its own input")
        if row.troubles:
            return sent
    near, layer = row.x + 0.01 * (_size(row.x) or 1) * np.abs(upstream(rng, row.x.shape)), \
        copy.copy(row.layer)
    replace_params(layer, {name: w + 0.1 * np.where(w, w, 1) * upstream(rng, w.shape)
                           for name, w in layer.params.items()})
    for dy in dys:      # at other weights, and where equal numbers are equal no more
        got, troubles = _answers(layer, near, dy)
        if not troubles and np.isfinite(got["y"]).all():
            _compare(row, layer, near, got, dy, rng, "near its input, with other weights")
    case = case_of(row.layer, row.x, row.y, dys[0])
    case.layer = row.layer
    for check in PURITY:
        try:
            broken = list(check(GivenLayer(type(row.layer)), case))
        except Trouble as trouble:
            broken = [("", f"{trouble}", "")]
        row.troubles += [Trouble(message, key) for key, message, _ in broken if key]
        row.notes += [f"{row.name}: not checked: {check.__name__}: {message}"
                      for key, message, _ in broken if not key]
    return sent


def _answers(layer: Layer, x: Array, dy: Array) -> tuple[dict[str, Array], list[Trouble]]:
    """{"y", "dx", "dW", "db"} from a copy of the layer, and the calls that gave no numbers."""
    got: dict[str, Array] = {}
    troubles: list[Trouble] = []
    subject, layer = Subject(type(layer)), copy.deepcopy(layer)
    try:
        y, cache = subject.forward(layer, x.copy())
        got["y"] = np.array(y)
        got["dx"] = np.array(subject.backward(layer, dy.copy(), cache, x.shape), np.float64)
    except Trouble as trouble:
        troubles.append(trouble)
    try:
        _, cache = subject.forward(layer, x.copy())
        got |= {f"d{name}": np.array(grad, np.float64) for name, grad in
                subject.parameter_gradients(layer, dy.copy(), cache).items()}
    except Trouble as trouble:
        troubles.append(trouble)
    return got, troubles


def _compare(row: Row, layer: Layer, x: Array, got: dict[str, Array], dy: Array,
             rng: np.random.Generator, where: str) -> None:
    """Compare gradients with tinycnn's own layer, if it gives the same y, and with slopes."""
    x, right = x.copy(), case_of(layer, x, got.pop("y"), dy).right

    def s() -> tuple[float, float]:
        terms = np.asarray(layer.forward(x.copy())[0]) * dy
        return float(terms.sum()), float(np.abs(terms).sum())

    for quantity, gradient in got.items():
        if right:
            error = relative_error(gradient, right[quantity])
            wrong = not is_exact(gradient, right[quantity]).all()
        else:
            array = x if quantity == "dx" else layer.params[quantity[1:]]
            verdicts = [along(s, array, gradient, v) for v in directions(rng, array, gradient)]
            seen = row.verdicts.setdefault(quantity, [])
            seen += verdicts
            error, wrong = largest(verdicts), is_wrong(seen)
        row.errors[quantity] = max(row.errors.get(quantity, 0.0), error)
        if wrong:
            row.wrong.setdefault(quantity, where)


def _size(x: Array) -> float:
    return float(np.sqrt(np.mean(np.square(x)))) if x.size else 0.0


def _own_output(layer: Layer, x: Array) -> Array | None:
    """What tinycnn's own layer of this kind gives; None if there is none."""
    kind = claim_of(type(layer)).kind
    try:
        twin = None if kind is None else KINDS[kind].twin(layer)
        return None if twin is None else twin.forward(x)[0]
    except ValueError:      # x is not an input of such a layer
        return None


def _fit(layers: list[Layer], x: Array) -> bool:
    """Whether these layers take x."""
    try:
        for layer in layers:
            x, _ = Subject(type(layer)).forward(layer, x.copy())
    except Trouble:
        return False
    return True
