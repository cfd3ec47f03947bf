"""One layer of a network alone: right at its own input, and near it, whatever the others do.

Two upstream gradients are tried: a random one, and the one that arrives in the network, some of
whose entries may be tiny. A layer that computes the same as tinycnn's own layer is compared with it
in every entry, which also decides at a tie or a ReLU's 0; any other, with slopes of its forward.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..layers import Layer
from ..layers.base import Array
from ..layers.kinds import KINDS, claim_of
from . import behaviour
from .cases import Case
from .compare import is_exact, is_same, relative_error
from .examination import Run, run
from .numeric import upstream
from .one_layer import GivenLayer, case_of
from .slopes import Verdict, along_all, is_wrong, largest
from .subject import Subject, Trouble, copied


@dataclass
class Row:
    """One layer alone.

    Attributes:
        x, y: its input and output in this network; y is None if it gives none that can be used.
        errors: {"dx", "dW", "db"}: largest relative error; wrong: {"dx": where it is wrong}.
        troubles: calls that gave no usable numbers, and rules of the contract that are broken.
        verdicts: of the slopes, {"dx": [...]}; {} if tinycnn's own layer decides.
        notes: what is not checked, or not as one would expect.
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


def forward_alone(layers: dict[str, Layer], x: Array) -> list[Row]:
    """Every layer with its input; it ends early if there is no input for the next layer.

    Where a layer gives no output that the next layers take, they get that of tinycnn's own layer of
    this kind, so that one mistake does not hide those after it.
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

    Returns what arrives at the layer before: dx for the gradient that arrives here, up to a factor;
    random numbers if there is none.
    """
    sent, x, params = upstream(rng, row.x.shape), row.x, dict(row.layer.params)
    if row.y is None:
        return sent
    try:
        copied(row.layer)
    except Trouble as trouble:
        row.notes.append(f"{row.name} was not checked alone: {trouble}")
        return sent
    dys = [upstream(rng, row.y.shape)]
    if arriving is not None and 0 < (size := float(np.abs(arriving).max(initial=0))) < np.inf:
        dys.append(arriving / size)     # backward is linear in dy, and rounding hides tiny numbers
    for dy in dys:
        answers = _compare(row, x, params, dy, rng, "at its own input")
        sent, row.troubles = answers.got.get("dx", sent), list(answers.troubles.values())
        if row.troubles:
            return sent
    near = x + 0.01 * (float(np.sqrt(np.mean(x * x))) or 1) * np.abs(upstream(rng, x.shape))
    others = {name: w + 0.1 * np.where(w, w, 1) * upstream(rng, w.shape)
              for name, w in params.items()}
    for dy in dys:      # where equal numbers are equal no more; positive ones stay so
        _compare(row, near, others, dy, rng, "near its input, with other weights")
    case = case_of(row.layer, x, row.y, dys[0])
    case.layer = row.layer
    for check in behaviour.PURITY:
        try:
            broken = list(check(GivenLayer(type(row.layer)), case))
        except Trouble as trouble:
            broken = [("", f"{trouble}", "")]
        row.troubles += [Trouble(message, key) for key, message, _ in broken if key]
        row.notes += [f"{row.name}: not checked: {check.__name__}: {message}"
                      for key, message, _ in broken if not key]
    return sent


def _compare(row: Row, x: Array, params: dict[str, Array], dy: Array, rng: np.random.Generator,
             where: str) -> Run:
    """Compare gradients with tinycnn's own layer, if it gives the same y, or else with slopes."""
    subject, x = GivenLayer(type(row.layer)), x.copy()
    case = Case("", {}, x, "alone", params=params, dy=dy, layer=row.layer)
    answers, layer = run(subject, case), subject.build(case)
    y = answers.got.pop("y", None)
    if y is None or not np.isfinite(y).all():       # near its input: x may not be allowed there
        return answers
    right = case_of(layer, x, y, dy).right

    def s() -> tuple[float, float]:
        terms = np.asarray(layer.forward(x.copy())[0]) * dy
        return float(terms.sum()), float(np.abs(terms).sum())

    for quantity, gradient in answers.got.items():
        if right:
            error = relative_error(gradient, right[quantity])
            wrong = not is_exact(gradient, right[quantity]).all()
        else:
            array = x if quantity == "dx" else layer.params[quantity[1:]]
            verdicts = along_all(s, array, gradient, rng)
            row.verdicts[quantity] = row.verdicts.get(quantity, []) + verdicts
            error, wrong = largest(verdicts), is_wrong(row.verdicts[quantity])
        row.errors[quantity] = max(row.errors.get(quantity, 0.0), error)
        if wrong:
            row.wrong.setdefault(quantity, where)
    return answers


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
