"""The process that a student's code runs in: run as a script, never imported.

    python -I -S -B child.py '{"folder": ..., "packages": [...], ...}'

It reads the submission as a frame from its standard input, and answers each request that follows,
until there are no more. Of what the code prints, the beginning is kept. It never gets into the
answers: they go out through a copy of standard output that has no name.
"""

from __future__ import annotations

import io
import json
import os
import sys
import types
from typing import Any

PRINTED = 2000      # characters of a submission's output that are kept


class _Bounded(io.TextIOBase):
    """Takes what is printed, keeps the beginning, and forgets the rest."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        """Keep it if there is room."""
        self.text += text[:PRINTED - len(self.text)]
        return len(text)


def _serve(settings: dict[str, Any]) -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    python = [path for path in sys.path if path]
    sys.path[:0] = [here, *settings["packages"]]
    import calls  # type: ignore[import-not-found]
    import frames  # type: ignore[import-not-found]
    import guard  # type: ignore[import-not-found]
    import loading  # type: ignore[import-not-found]
    import probe  # type: ignore[import-not-found]
    import syscalls  # type: ignore[import-not-found]
    import walls  # type: ignore[import-not-found]
    perform, send, receive = calls.perform, frames.send, frames.receive
    diagnose: Any = None
    if settings["diagnose"]:
        from tinycnn.classroom import diagnosis
        diagnose = diagnosis.diagnose
    sys.path.remove(here)
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    printed = _Bounded()
    sys.stdout = sys.stderr = printed
    library = [*python, *settings["library"]]
    needed = [path for path in (*library, *settings["readable"]) if os.path.isdir(path)]
    off = guard.become_another(settings["users"], needed)
    off += guard.limit(settings["cpu"], settings["memory"])
    guard.disarm()
    if sys.platform == "linux" and settings["kernel"]:
        off += walls.raise_all(settings["seen"], settings["folder"], settings["parent"])
        off += syscalls.only_these()
    receive(requests)       # until here nothing is the doing of the submission
    if settings["probe"]:
        send(answers, {"off": off, "possible": probe.possible(*settings["probe"]),
                       "works": probe.works()})
        return
    send(answers, {"off": off})
    statements = receive(requests)
    guard.watch(settings["folder"], library, settings["readable"], imports=settings["diagnose"])
    sys.modules["typing_extensions"] = loading.typing_extensions()
    module = sys.modules["submission"] = types.ModuleType("submission")
    module.__file__ = loading.FILE
    namespace = vars(module)
    send(answers, {"failed": loading.load(statements, namespace, calls.raised)})
    while True:
        try:
            request = receive(requests)
        except EOFError:
            os._exit(0)
        if diagnose is not None:
            found = diagnose(namespace, **request)
        else:
            found = [perform(namespace, session) for session in request]
        send(answers, {"answers": found, "printed": printed.text[:PRINTED]})


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
