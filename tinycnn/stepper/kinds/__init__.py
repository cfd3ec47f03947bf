"""How each kind of layer makes its numbers: one file a kind, with its `EXPLAINED`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...layers.base import Array
from ...layers.kinds import KINDS, Kind, claim_of, in_room
from ..answers.terms import MANY, coarsest, rounding
from .base import Explained

IMAGES = 2      # on which a layer is compared with tinycnn's own


def explained(layer: Any, x: Array, y: Array) -> Explained:
    """How a layer makes its numbers, y, from an input x.

    A layer has a kind by its name, and the formulas of that kind if it computes the same as
    tinycnn's own layer. If not, and in all layers of no kind, it is explained by what it does.
    But a layer that inherits all but its forward from tinycnn's own has to compute the same: if its
    sums do not add up, the explanation says so.
    """
    kind, sure = claim_of(type(layer))
    module = in_room(kind, __name__) if kind else None
    if kind is None or module is None:
        return Explained()
    row, known = KINDS[kind], module.EXPLAINED
    inherits = [getattr(type(layer), method, None) in (getattr(row.layer, method),
                                                       getattr(row.loops, method))
                for method in ("forward", "backward", "parameter_gradients")]
    other = "" if inherits[0] or (sure and all(inherits[1:])) else _other(row, layer, x, y)
    try:
        for which in ("forward", "backward", "gradients"):
            known.formula(layer, which)
    except Exception:       # a student's layer may keep anything as its stride
        other = "keeps its numbers in another way than"
    return Explained(f"It {other} tinycnn's {row.layer.__name__}") if other else known


def _other(row: Kind, layer: Any, x: Array, y: Array) -> str:
    """How a layer differs from tinycnn's own with its parameters; "" if both compute the same."""
    try:
        twin, biases = row.twin(layer), [w for key, w in layer.params.items() if key != "W"]
        assert twin is not None
        assert all(b.shape == y.shape[1:2] for b in biases)
        ours = twin.forward(np.array(x[:IMAGES]))[0]
    except Exception:
        return "keeps its numbers in another way than"
    size = np.abs(ours[np.isfinite(ours)]).max(initial=0)
    share = rounding(coarsest(ours, y), MANY)
    same = ours.shape == y[:IMAGES].shape and np.allclose(ours, y[:IMAGES], 0, share * size, True)
    return "" if same else "computes something else than"
