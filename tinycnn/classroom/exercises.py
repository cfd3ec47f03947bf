"""The exercises that a handout can be made of: each method of each layer, the loss, the update.

    chosen = choose(["conv2d.forward", "softmax.backward=20"])

An exercise is graded by some checks. The public ones are in the students' hands as well, with other
random numbers; the hidden ones are not. Each is worth a share of the exercise's points.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..layers.kinds import KINDS
from ..output.text import did_you_mean
from .kinds import Check, graded_kinds, shares

POINTS = 10.0


@dataclass(frozen=True)
class Exercise:
    """One body that students write.

    Attributes:
        kind: the layer, "conv2d" and so on; "loss" or "update" for the two functions.
        owner: the class that it belongs to, "" for a function.
        method: of that class, or the function.
        task: what it computes from what, in a few words.
        checks: how it is graded.
        number, points: its place in a handout, and what it is worth there.
    """

    kind: str
    owner: str
    method: str
    task: str
    checks: tuple[Check, ...]
    number: int = 0
    points: float = POINTS

    @property
    def name(self) -> str:
        """As on the command line: "conv2d.forward", "loss"."""
        return f"{self.kind}.{self.method}" if self.owner else self.kind

    @property
    def label(self) -> str:
        """As in the students' file: "Conv2D.forward", "loss_from_logits"."""
        return f"{self.owner}.{self.method}" if self.owner else self.method

    @property
    def title(self) -> str:
        """What the stub says: "Exercise 2: Conv2D.backward - ∂s/∂x from ∂s/∂y"."""
        return f"Exercise {self.number}: {self.label} - {self.task}"

    def worth(self, check: Check) -> float:
        """The points for a check."""
        return round(self.points * check.share, 6)

    def as_dict(self) -> dict[str, Any]:
        """As `assignment.json` has it."""
        return {"number": self.number, "name": self.name, "points": self.points,
                "checks": [{"name": c.name, "public": c.public, "points": self.worth(c)}
                           for c in self.checks]}


_TASKS = {"forward": "y and the cache from x", "backward": "∂s/∂x from ∂s/∂y",
          "parameter_gradients": "∂s/∂w of every parameter from ∂s/∂y"}
GRADED = graded_kinds()

EXERCISES: tuple[Exercise, ...] = (
    *(Exercise(kind, KINDS[kind].layer.__name__, method, task, graded.checks)
      for kind, graded in GRADED.items() for method, task in _TASKS.items()
      if method in vars(KINDS[kind].layer)),
    Exercise("loss", "", "loss_from_logits", "L and ∂L/∂logits from logits and labels",
             shares(plain=0.3, gradient=0.3, contract=0.2)),
    Exercise("update", "", "sgd_update", "one step down the gradient, written in place",
             shares(plain=0.6, contract=0.2)))


def choose(names: Iterable[str] = (), *, everything: bool = False, speed: bool = False
           ) -> tuple[Exercise, ...]:
    """The exercises of a handout, numbered in the order in which a network is built.

    Args:
        names: "conv2d.forward", or "conv2d.forward=15" for other points than 10; "conv2d" alone
            stands for all its methods.
        everything: all there are.
        speed: a tenth of the points goes to a public check "speed", where loops are slow: in
            convolution, pooling and dense layers.

    Raises:
        ValueError: there is no such exercise, or its points are no positive number.
    """
    points: dict[str, float] = dict.fromkeys((e.name for e in EXERCISES), POINTS) if everything \
        else {}
    for word in names:
        name, equals, worth = word.partition("=")
        value = _points(word, worth) if equals else POINTS
        points |= dict.fromkeys(_meant(name), value)
    if not points:
        raise ValueError("no exercise is chosen; `tinycnn handout --list` shows which there are")
    chosen = [e for e in EXERCISES if e.name in points]
    return tuple(replace(e, number=number, points=points[e.name],
                         checks=_with_speed(e.checks) if speed and _is_timed(e) else e.checks)
                 for number, e in enumerate(chosen, 1))


def _is_timed(exercise: Exercise) -> bool:
    return exercise.kind in GRADED and GRADED[exercise.kind].speed is not None


def how_many(exercises: Sequence[Exercise]) -> str:
    """Their number in words: "3 exercises"."""
    return "one exercise" if len(exercises) == 1 else f"{len(exercises)} exercises"


def _meant(name: str) -> list[str]:
    meant = [e.name for e in EXERCISES if name.lower() in (e.name, e.kind)]
    if not meant:
        names = [e.name for e in EXERCISES]
        hint = did_you_mean(name, names) or "."
        raise ValueError(f"there is no exercise {name!r}{hint} There are: {', '.join(names)}")
    return meant


def _points(word: str, worth: str) -> float:
    try:
        value = float(worth)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise ValueError(f"{word}: expected points such as conv2d.forward=15, got {worth!r}")
    return value


def _with_speed(checks: Sequence[Check]) -> tuple[Check, ...]:
    return (*(replace(c, share=0.9 * c.share) for c in checks), Check("speed", True, 0.1))
