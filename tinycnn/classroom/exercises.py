"""The exercises that a handout can be made of: each method of each layer, the loss, the update.

    chosen = choose(["conv2d.forward", "softmax.backward=20", "teacher.py:Sigmoid.backward"])

An exercise is graded by some checks. The public ones are in the students' hands as well, with other
random numbers; the hidden ones are not. Each is worth a share of the exercise's points.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..layers.kinds import KINDS
from ..output.text import did_you_mean
from .kinds import Check, graded_kinds, shares
from .own.handed_out import Own
from .own.teacher_file import TeacherFile, read_teacher_file

POINTS = 10.0


@dataclass(frozen=True)
class Exercise:
    """One body that students write.

    Attributes:
        kind: the layer, "conv2d" and so on; "loss" or "update" for the two functions; of a
            teacher's own exercise, its class or function.
        owner: the class that it belongs to, "" for a function.
        method: of that class, or the function.
        task: what it computes from what, in a few words.
        checks: how it is graded.
        number, points: its place in a handout, and what it is worth there.
        own: what it is compared with, if it is a teacher's own.
    """

    kind: str
    owner: str
    method: str
    task: str
    checks: tuple[Check, ...]
    number: int = 0
    points: float = POINTS
    own: Own | None = None

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
        entry = {"number": self.number, "name": self.name, "points": self.points,
                 "checks": [{"name": c.name, "public": c.public, "points": self.worth(c)}
                            for c in self.checks]}
        return entry | ({"task": self.task, **self.own.as_dict()} if self.own else {})


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
            stands for all its methods. "FILE.py:Sigmoid.backward" is a teacher's own exercise.
        everything: all there are.
        speed: a tenth of the points goes to a public check "speed", where loops are slow: in
            convolution, pooling and dense layers.

    Raises:
        ValueError: there is no such exercise, or its points are no positive number.
    """
    points: dict[str, float] = dict.fromkeys((e.name for e in EXERCISES), POINTS) if everything \
        else {}
    own: dict[str, Exercise] = {}
    teachers: dict[str, TeacherFile] = {}
    for word in names:
        name, equals, worth = word.partition("=")
        value = _points(word, worth) if equals else None
        file, _, label = name.rpartition(":") if ".py:" in name else ("", "", name)
        if file:
            if file not in teachers:
                teachers[file] = read_teacher_file(Path(file))
            found = {e.name: e for e in _own_exercises(teachers[file], label, value)}
            if not found:
                raise ValueError(f"{file} has no EXAMPLES, so it has no exercises; they say how to "
                                 "try each class and function")
            own |= found
        else:
            points |= dict.fromkeys(_meant(name), POINTS if value is None else value)
    chosen = [*(replace(e, points=points[e.name]) for e in EXERCISES if e.name in points),
              *own.values()]
    if not chosen:
        raise ValueError("no exercise is chosen; `tinycnn handout --list` shows which there are")
    if len(teachers) > 1:
        raise ValueError(f"exercises of {' and of '.join(teachers)}: one handout has exercises of "
                         "one file of yours at most; put them into one file")
    return tuple(replace(e, number=number, checks=_with_speed(e) if speed else e.checks)
                 for number, e in enumerate(chosen, 1))


def own_exercise(own: Own, label: str, task: str = "", checks: tuple[Check, ...] = (),
                 points: float = POINTS, number: int = 0) -> Exercise:
    """A teacher's own exercise, by what it is called in her file."""
    owner, _, method = label.rpartition(".")
    return Exercise(owner or method, owner, method, task, checks or shares(plain=0.6, contract=0.2),
                    number, points, own)


def _own_exercises(teacher: TeacherFile, word: str, points: float | None) -> list[Exercise]:
    """The exercises that a word stands for in a teacher's file."""
    found = []
    for label in teacher.labels(word):
        task = _TASKS[label.partition(".")[2]] if "." in label else teacher.task(label)
        worth = points or teacher.points(label) or POINTS
        found.append(own_exercise(Own(teacher), label, task, points=worth))
    return found


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


def _with_speed(e: Exercise) -> tuple[Check, ...]:
    """The checks with a stopwatch, if the loops of its kind are slow."""
    if e.own or e.kind not in GRADED or GRADED[e.kind].speed is None:
        return e.checks
    return (*(replace(c, share=0.9 * c.share) for c in e.checks), Check("speed", True, 0.1))
