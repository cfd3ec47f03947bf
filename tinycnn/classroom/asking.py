"""Who answers sessions: a sandbox, or code in this process; and with which random numbers."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from .exercises import Exercise
from .process.calls import perform
from .process.frames import decode, encode


class Asked(Protocol):
    """Who answers sessions: a Sandbox, or the code in this process."""

    def ask(self, request: list[list[dict[str, Any]]]) -> Any:
        """The answers to some sessions."""


class InProcess:
    """Code that is asked in this process: for trust, for a debugger, and for tinycnn's own layers.

    Args:
        namespace: with the classes and functions, by their names.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace

    def ask(self, request: list[list[dict[str, Any]]]) -> Any:
        """The answers to some sessions, over the same frames as from another process."""
        sessions = decode(encode(request))
        return decode(encode([perform(self.namespace, session) for session in sessions]))


def seed_of(exercise: Exercise, seed: int) -> int:
    """A seed for each exercise: no answer to one is seen in the inputs of another."""
    name = int.from_bytes(exercise.name.encode(), "big")
    return int(np.random.SeedSequence([seed, name]).generate_state(1, np.uint64)[0])
