"""The bug zoo: layers, losses and updates with one mistake each, for exercises and for tests.

    for bug in BUGS:
        print(bug.kind, bug.name, bug.description)

`inspect.getsource(bug.subject)` is the exercise: find the bug. The docstring tells the teacher what
is wrong. The tests of gradcheck demand that every bug is found and its cause is named.
"""

from typing import Any

from ...layers.kinds import KINDS, in_room
from .entries import Bug

BUGS: tuple[Bug, ...] = tuple(bug for kind in (*KINDS, "loss", "update")
                              if (module := in_room(kind, __name__)) for bug in module.BUGS)

# The broken classes and functions by name.
ZOO: dict[str, Any] = {bug.name: bug.subject for bug in BUGS}

__all__ = ["BUGS", "ZOO", "Bug"]
