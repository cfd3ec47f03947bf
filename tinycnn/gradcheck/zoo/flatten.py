"""Flatten layers with a mistake each."""

from functools import partial

from .entries import bug
from .textbook import Flatten

wrong = partial(bug, "flatten", Flatten)

BUGS = (
    wrong("FlattenByColumns", "memory_reshaped", "forward uses Fortran order: first axis fastest.",
          forward=("len(x), -1)", 'len(x), -1, order="F")')),
    wrong("FlattenMixesImages", "memory_reshaped", "backward uses the images as the last axis.",
          backward=("dy.reshape(cache)", "dy.T.reshape(cache)")),
    wrong("FlattenWholeBatch", "wrong_shape", "All images end up in one row.",
          forward=("len(x), -1)", "1, -1)")),
    wrong("FlattenReadsMemoryOrder", "memory_order",
          'order="A" reads an array that is stored by columns in another order.',
          forward=("len(x), -1)", 'len(x), -1, order="A")')),
    wrong("FlattenRemembersShape", "state_kept",
          "backward uses self.shape, the shape of the latest input, not its cache.",
          forward=("return", "self.shape = x.shape\n        return"),
          backward=("dy.reshape(cache)", "dy.reshape(self.shape)")),
    wrong("FlattenForgetsToUnflatten", "wrong_shape", "backward returns rows, not maps.",
          backward=("dy.reshape(cache)", "dy")),
)
