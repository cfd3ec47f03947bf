"""What makes an exercise a teacher's own: her file, or the public questions that she handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .teacher_file import TeacherFile


@dataclass(frozen=True, eq=False)
class Own:
    """What a teacher's own exercise is compared with.

    Attributes:
        teacher: her file; None where only the public questions are known, as with students.
        public: {check: its questions as text}, from `assignment.json`.
        digest: of the file that the handout was made with, "" before there is one.
    """

    teacher: TeacherFile | None
    public: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As `assignment.json` has it, for one exercise."""
        return {"public": dict(self.public)}
