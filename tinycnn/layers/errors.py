"""The errors that tinycnn raises on purpose: what was expected, what came, the likely cause."""

from __future__ import annotations


class ShapeError(ValueError):
    """An array's shape (or the range of labels) does not fit the layer or function."""


class DataError(ValueError):
    """A data set cannot be read as it is; the message names the file and what was expected."""


class ModelFileError(ValueError):
    """A file is not a network that `Network.save` wrote, or it is damaged."""


class NotFiniteError(ArithmeticError):
    """Training met a NaN or an infinity; the message says where, and the likely cause."""
