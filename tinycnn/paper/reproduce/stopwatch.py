"""How long the stages of a job take."""

from __future__ import annotations

import logging
import time

log = logging.getLogger("tinycnn")


class Stopwatch:
    """Seconds for each stage of a job, by name; those of a long one are logged."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def stop(self, stage: str) -> None:
        """End a stage; the next one begins."""
        now = time.perf_counter()
        self.seconds[stage] = now - self._since
        if self.seconds[stage] >= 2:
            log.info("%s: %.0f s", stage, self.seconds[stage])
        self._since = now
