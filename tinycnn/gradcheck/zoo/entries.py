"""What an entry of the zoo is: a mistake with its cause, or a right answer written differently."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Subject = Callable[..., Any]


@dataclass(frozen=True)
class Bug:
    """A planted bug.

    Attributes:
        name: of the class or function, unique in the zoo.
        kind: "conv2d", "maxpool2d", "dense", "softmax", "tanh", "relu", "flatten", "loss" or
            "update": as `check_class` takes it.
        description: the mistake in a sentence, for the teacher.
        cause: the key in `causes.CAUSES` of what a good report says first.
        subject: the class or function itself; `inspect.getsource` gives the exercise.
    """

    name: str
    kind: str
    description: str
    cause: str
    subject: Subject


@dataclass(frozen=True)
class Variant:
    """A right layer, loss or update that is written in another way; attributes as in `Bug`."""

    name: str
    kind: str
    description: str
    subject: Subject


def bugs(kind: str, causes: Mapping[Subject, str]) -> tuple[Bug, ...]:
    """The bugs of a kind, from {class or function: key of its cause}."""
    return tuple(Bug(subject.__name__, kind, _description(subject), cause, subject)
                 for subject, cause in causes.items())


def variants(kind: str, subjects: Iterable[Subject]) -> tuple[Variant, ...]:
    """The right variants of a kind."""
    return tuple(Variant(subject.__name__, kind, _description(subject), subject)
                 for subject in subjects)


def _description(subject: Subject) -> str:
    return (inspect.getdoc(subject) or "").splitlines()[0]
