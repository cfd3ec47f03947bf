"""`sizes`: one line a layer with the sizes of its numbers, and a word where one is unusual.

Each threshold is at least three times beyond the most extreme number in networks that train well.
`python tests/healthy_nets.py` measures these; they are given in brackets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ..layers.base import Array
from ..layers.kinds import claim_of
from ..output.text import listing, number
from .answers.blocks import Block, Cell, Name, Remark, Table, Title
from .answers.shown import Shown
from .training_step import TrainingStep
from .trouble import LEARNT, all_zero, doubtful_output, saturated, saturation

PIXELS = 0.1, 10.0          # the input [0.5 to 1.0]
SPARSE = 0.5                # it may be smaller if a few numbers are over this, as in (0, 0, 1, 0)
OUTPUT = 50.0               # o, compared with the input, or with 1 if that is less [15.7]
LARGE, SMALL = 30.0, 1e-5   # ∂L/∂o, compared with the last layer that has weights [1.4, 1e-3]
# λ·|∂L/∂w| / |w| [0.44]. Small weights may grow in one step: huge is only what is so for new
# weights of the usual size, too. Vanishing is only what is SMALL and TINY.
HUGE, TINY = 2.0, 1e-5
LOSS = 3.5                  # L / log K, if 9 of 10 images are wrong, and there are 4 or more [1.1]

COLUMNS = ("o", "∂L/∂o", "w", "update", "dead", "saturated")
WORDS = {
    "not finite": "NaN or infinity; `trouble` says where it began",
    "not of size 1": "about 1 is usual; are these pixels from 0 to 255, or divided by 255 twice?",
    "weights all 0": "nothing gets through them, and no gradient back: begin with random numbers",
    "all off": "o is 0 at every unit and image: is all that goes into a ReLU negative?",
    "all 0": "o is 0 at every unit and image",
    "knocked out": "all of it is; `restore` brings it back",
    "dead": "∂L/∂o is 0 at every unit and image, so the layers before learn nothing",
    "saturated": "half of the units are so far out that the slope is 0: too large weights or input",
    "exploding": f"o is over {OUTPUT:g} times the input, or ∂L/∂o over {LARGE:g} times that of the "
                 "last layer with weights: the weights are too large",
    "vanishing": "∂L/∂o becomes next to nothing on its way back, and the update with it: too small "
                 "weights or slopes in the layers after",
    "huge update": f"the update is over {HUGE:g} times as large as the weights: the learning rate "
                   "is too large",
}


@dataclass(frozen=True, repr=False)
class Sizes(Shown):
    """The sizes of a network's numbers: root mean squares.

    Attributes:
        names: "input" and the layers.
        columns: {"o": {layer: size}, "∂L/∂o": ..., ...} as in COLUMNS, as far as it is known.
            w: parameters with two axes or more (biases begin at 0, where a size means nothing).
            update: λ·|∂L/∂w| / |w| of these, or |change of w| / |w| of another update. dead,
            saturated: shares of the maps or units.
        words: {what is unusual: the layers where it begins}. remarks: the same in sentences.
        loss: L and log K in a sentence; "" if L is not known yet. how: what an update is here.
    """

    names: tuple[str, ...]
    columns: dict[str, dict[str, float]]
    words: dict[str, list[str]]
    remarks: tuple[str, ...]
    loss: str
    how: str

    def blocks(self) -> list[Block]:
        """The table, the loss, and what is unusual."""
        rows: list[tuple[Cell, ...]] = [("", *COLUMNS, "")]
        for name in self.names:
            cells = [(self.columns[column].get(name), column) for column in COLUMNS]
            words = [word for word, names in self.words.items() if name in names]
            rows.append((Name(name if len(name) <= 10 else f"{name[:8]}.."), *(
                "" if value is None else f"{value:.0%}" if column in COLUMNS[4:]
                else number(value, 3) for value, column in cells), *(words or [""])[:1]))
        wrong = bool(self.remarks)
        remarks = self.remarks or ("No size is unusual in the steps that are done; `trouble` looks "
                                   "for other things.",)
        return [Title(f"sizes: root mean squares; update: {self.how}"),
                Table(rows, "<>>>>>><", indent=0),
                *(Remark(self.loss, indent=0) for _ in range(bool(self.loss))),
                *(Remark(text, wrong, indent=0) for text in remarks)]

    def __repr__(self) -> str:
        return f"<Sizes: {', '.join(self.words) or 'nothing unusual'}>"


def sizes(training: TrainingStep) -> Sizes:
    """The sizes of all numbers that are computed so far, and what is unusual about them."""
    units, trace, slopes = training.units, training.trace, training.parameter_gradients
    o = {name: rms(trace[name]) for name in units if name in trace}
    dy = {name: rms(array) for name, array in training.gradients.items()}
    w, update, jump = dict[str, float](), dict[str, float](), dict[str, float]()
    for name, layer in training.net.layers.items():
        arrays = {f"{name}.{key}": array for key, array in layer.params.items() if array.ndim > 1}
        moved = {key: training.learning_rate * rms(slopes[key]) for key in arrays if key in slopes
                 } if training.plan.plain else {
            key: rms(training.updated[key] - array) for key, array in arrays.items()
            if key in training.updated}
        # The usual size of new weights: the root of 2 / (fan-in + fan-out), Glorot's.
        steps = [(moved[key], rms(a), (2 / (a.shape[0] + a.shape[1]) / a[0, 0].size) ** 0.5)
                 for key, a in arrays.items() if key in moved and a.any()]
        w |= {name: rms(*arrays.values())} if arrays else {}
        if steps:
            update[name] = max(step / size for step, size, _ in steps)
            jump[name] = max(step / max(size, usual) for step, size, usual in steps)
    first, *_, last = [*w, *w] or ["input", "input"]
    hidden = units[max(1, units.index(first)):units.index(last) + 1]
    shares = {name: saturation(training, name) for name in units[1:] if name in trace}
    flat = {name: share for name, share in shares.items() if share is not None}
    learns = abs(training.loss or 0) >= LEARNT
    dead = {name: float(all_zero(training.gradients[name]).mean()) for name in hidden
            if name in dy and learns and training.gradients[name].ndim > 1}

    top, unit = dy.get(last, np.nan), max(1.0, o["input"])
    zero = [name for name in w if w[name] == 0]
    none = zero if zero != [last] else []       # the last layer alone learns from 0, too
    off = {name: _why_off(training, name)
           for name in _begins(units, o, lambda size: size == 0) if name not in zero}
    bad = _begins(units, o, lambda size: not np.isfinite(size))
    small = o["input"] < PIXELS[0] and np.abs(trace["input"]).max() < SPARSE
    words = {
        "not of size 1": ["input"] if small or not o["input"] <= PIXELS[1] else [],
        "not finite": bad or _begins(units[::-1], dy, lambda size: not np.isfinite(size)),
        "weights all 0": none,
        **{word: [name for name in off if off[name] == word]
           for word in ("all off", "all 0", "knocked out")},
        "dead": [] if none or off else _begins(hidden[::-1], dead, lambda share: share == 1),
        "saturated": [name for name in flat if saturated(training, name)],
        "exploding": [*_begins(units, o, lambda size: size > OUTPUT * unit),
                      *_begins(hidden[::-1], dy, lambda size: size > LARGE * top)],
        "vanishing": [name for name, moved in update.items()
                      if 0 < dy[name] < SMALL * top and moved < TINY],
        "huge update": [name for name in jump if jump[name] > HUGE]}
    remarks = [f"{word} ({listing(words[word])}): {text}" for word, text in WORDS.items()
               if words[word]]
    for name in shares:
        word, sentence = doubtful_output(training, name)
        if word:
            words[word] = [name]
            remarks.append(sentence)
    loss, doubt = _loss(training)
    if not remarks and not np.isfinite(training.loss or 0):
        words["not finite"], remarks = ["L"], [f"not finite (L): {WORDS['not finite']}"]
    words["far above log K"] = ["L"] * len(doubt)
    how = (f"λ·|∂L/∂w| / |w|, λ = {training.learning_rate:g}" if training.plan.plain else
           f"|change of w| / |w|; {training.plan.formula(training.epoch)}")
    return Sizes(units, dict(zip(COLUMNS, (o, dy, w, update, dead, flat), strict=True)),
                 {word: names for word, names in words.items() if names},
                 (*remarks, *doubt), loss, how)


def _why_off(training: TrainingStep, name: str) -> str:
    """The word for a layer whose outputs are all 0."""
    on = training.trace.ungated.get(name, np.zeros(0)).any()
    if on and training.dropout.get(name, np.ones(1)).any():
        return "knocked out"
    return "all off" if name != "input" and not on and claim_of(
        type(training.net[name])).kind == "relu" else "all 0"


def _begins(names: Iterable[str], sizes_: dict[str, float], beyond: Callable[[float], bool]
            ) -> list[str]:
    """Where it begins: the layers that are beyond, while the one before in this order is not."""
    known = [(name, beyond(sizes_[name])) for name in names if name in sizes_]
    return [name for (name, now), (_, earlier) in zip(known, [("", False), *known], strict=False)
            if now and not earlier]


def _loss(training: TrainingStep) -> tuple[str, list[str]]:
    """L in a sentence, and what is unusual about it."""
    loss, y, t = training.loss, training.trace.y, training.labels
    if loss is None:
        return "", []
    if training.own_loss or t is None or y.ndim != 2:
        return f"L = {number(loss, 5)}", []
    base, wrong = float(np.log(y.shape[1])), int((y.argmax(axis=1) != t).sum())
    said = f"L = {number(loss, 5)}; log K = {number(base, 5)} is that of a guess among K classes"
    if not loss > LOSS * base or len(t) < 4 or wrong < 0.9 * len(t):
        return said, []
    return said, [f"far above log K: L is {loss / base:.1f} times as large, and {wrong} of "
                  f"{len(t)} images are wrong: surer of wrong answers than chance. Labels that do "
                  "not belong to the images, or a step that was too large?"]


def rms(*arrays: Array) -> float:
    """The root mean square of all numbers of the arrays."""
    numbers = np.concatenate([np.ravel(array) for array in arrays]).astype(np.float64)
    largest = float(np.abs(numbers).max())      # a square may be too large for its precision
    return largest * float(np.sqrt(np.mean((numbers / largest) ** 2))) \
        if 0 < largest < np.inf else largest
