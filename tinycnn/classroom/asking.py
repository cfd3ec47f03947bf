"""What answers sessions: a sandbox, or code in this process. And the seed of an exercise."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from .exercises import Exercise
from .needed import Code
from .process.calls import perform
from .process.frames import decode, encode
from .reasons import Reasons


class Asked(Protocol):
    """What answers sessions: a Sandbox, or code in this process."""

    def ask(self, request: list[list[dict[str, Any]]]) -> Any:
        """The answers to some sessions."""


class InProcess:
    """Code that runs in this process: trusted code, code in a debugger, tinycnn's own layers.

    Args:
        namespace: the classes and functions, by their names.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace

    def ask(self, request: list[list[dict[str, Any]]]) -> Any:
        """The answers to some sessions, in the same frames as from another process."""
        sessions = decode(encode(request))
        answers = decode(encode([perform(self.namespace, session) for session in sessions]))
        Reasons(Code("", ()), []).add_to(answers)
        return answers


def seed_of(exercise: Exercise, seed: int) -> int:
    """A seed for each exercise: the inputs of one never show the answers to another."""
    name = int.from_bytes(exercise.name.encode(), "big")
    return int(np.random.SeedSequence([seed, name]).generate_state(1, np.uint64)[0])
