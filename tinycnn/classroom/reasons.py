"""Puts into a student's answers where in the submission it went wrong, and what caused it."""

from __future__ import annotations

import re

from .needed import Code

MISSING = re.compile(r"name '(\w+)' is not defined|there is no (?:class|function) (\w+)")


class Reasons:
    """Where and why the code of a submission fails.

    Attributes:
        sentences: about each statement that failed, unless it was known beforehand.

    Args:
        failed: the statements that failed, as `process.loading` tells them. They come from the
            student's process, so they explain, and prove nothing.
    """

    def __init__(self, code: Code, failed: object) -> None:
        self.code = code
        self.sentences: list[str] = []
        self.by_name: dict[str, str] = {}
        for one in failed if isinstance(failed, list) else ():
            if isinstance(one, dict) and isinstance(one.get("binds"), list):
                place = self.where(one.get("line"))
                why = f"{place} failed: {one.get('kind')}: {str(one.get('text'))[:500]}"
                if not any(told.startswith((f"{place} ", f"{place}:"))
                           for told in self.code.left_out):
                    self.sentences.append(why)
                for name in one["binds"]:
                    self.by_name.setdefault(str(name), why)

    def where(self, line: object) -> str:
        """A line as the student knows it; "" if there is none."""
        return self.code.where(line) if type(line) is int and 0 < line < 1 << 30 else ""

    def add_to(self, sessions: object) -> None:
        """Add its place to every error in some answers, and why a name is missing."""
        for answers in sessions if isinstance(sessions, list) else ():
            for answer in answers if isinstance(answers, list) else ():
                raised = answer.get("raised") if isinstance(answer, dict) else None
                if isinstance(raised, dict):
                    raised["line"] = self.where(raised.get("line"))
                    raised["why"] = self._why(str(raised.get("text"))[:500])

    def _why(self, text: str) -> str:
        missing = MISSING.search(text)
        if missing is None:
            return ""
        return self.by_name.get(missing[1] or missing[2], self.by_name.get("*", ""))
