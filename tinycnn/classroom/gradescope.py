"""Gradescope: its results.json, and the archive that it accepts as an autograder.

The format is documented at gradescope-autograders.readthedocs.io ("Autograder Specifications").
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .blanks import teacher_of
from .exercises import Exercise
from .feedback import counted
from .handout import Handout
from .results import Grade

SETUP = """\
#!/usr/bin/env bash
# Runs once, when Gradescope builds the image: an environment with what tinycnn needs.
set -euo pipefail
cd "$(dirname "$0")"
# One more wall round a submission, where Gradescope lets it stand. The others need nothing.
command -v bwrap || { apt-get update && apt-get install -y bubblewrap; } || echo "no bubblewrap"
if python3 -c 'import matplotlib, numpy, PIL, scipy' 2>/dev/null; then
    echo "Python has what tinycnn needs"
    exit 0
fi
python3 -c 'import sys; assert sys.version_info >= (3, 10), "tinycnn needs Python 3.10"'
python3 -m venv ../venv || { apt-get update && apt-get install -y python3-venv &&
    python3 -m venv --clear ../venv; }
# The versions that the assignment was made with; others if there are none for this Python.
../venv/bin/pip install -r pinned.txt || ../venv/bin/pip install -r requirements.txt
"""

RUN = """\
#!/usr/bin/env bash
# Runs for each submission: grades it, and writes results/results.json.
set -euo pipefail
cd "$(dirname "$0")"
python=python3
if [ -x venv/bin/python ]; then python=venv/bin/python; fi
mkdir -p results
PYTHONPATH=source PYTHONDONTWRITEBYTECODE=1 "$python" -m tinycnn grade submission \\
    --assignment source/assignment --gradescope results/results.json
"""

NEEDED = ("numpy", "scipy", "pillow", "matplotlib")


def results_json(grade: Grade, exercises: Sequence[Exercise]) -> dict[str, Any]:
    """A grade as the document that Gradescope reads.

    Public checks are visible at once; hidden ones when the grades are published.
    """
    tests = []
    for exercise in exercises:
        for number, r in enumerate(grade.of(exercise), 1):
            kind = "public" if r.check.public else "hidden"
            tests.append({
                "name": f"{exercise.label}: {r.check.name} ({kind})",
                "number": f"{exercise.number}.{number}",
                "score": r.points, "max_score": r.worth,
                "status": "passed" if r.passed else "failed",
                "output": r.message, "output_format": "text",
                "tags": [exercise.kind, kind],
                "visibility": "visible" if r.check.public else "after_published"})
    return {"score": grade.points, "execution_time": round(grade.seconds, 2),
            "output": _output(grade), "output_format": "text", "visibility": "visible",
            "stdout_visibility": "hidden", "tests": tests}


def _output(grade: Grade) -> str:
    """The text above the tests; of the hidden ones it only says how many there are."""
    if grade.ungraded:
        return f"This is no grade. Your teacher has to look first: {grade.ungraded}"
    if grade.reason:
        return f"Nothing could be graded: {grade.reason}"
    hidden = sum(not r.check.public for r in grade.results)
    lines = [*grade.remarks, counted(grade, public=True),
             f"There are {hidden} hidden checks as well; you will see them when the grades are "
             "published."]
    wrong = {r.exercise.owner or r.exercise.method for r in grade.results
             if r.check.public and not r.passed}
    for name, report in grade.reports.items():
        if name in wrong:       # else the report would show what only a hidden check found
            lines += ["", report]
    return "\n".join(lines)


def autograder_zip(handout: Handout) -> bytes:
    """The archive to upload: scripts, the assignment, and this version of tinycnn."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"setup.sh": SETUP, "run_autograder": RUN}.items():
            _write(archive, name, text, 0o755)
        _write(archive, "pinned.txt", "".join(f"{n}=={version(n)}\n" for n in NEEDED))
        _write(archive, "requirements.txt", "".join(f"{n}\n" for n in NEEDED))
        _write(archive, "assignment/assignment.json", handout.files["assignment.json"])
        teacher = teacher_of(handout.exercises)
        if teacher is not None:
            _write(archive, f"assignment/{teacher.name}", teacher.text)
        package = Path(__file__).resolve().parents[1]
        for path in sorted(package.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                _write(archive, f"tinycnn/{path.relative_to(package).as_posix()}",
                       path.read_bytes())
    return file.getvalue()


def _write(archive: zipfile.ZipFile, name: str, data: str | bytes, mode: int = 0o644) -> None:
    """Put a file into the archive: always the same bytes, at any time and for any user."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.external_attr = (0o100000 | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)
