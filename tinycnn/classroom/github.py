"""GitHub: a workflow that runs the public checks of a handout at each push of a student.

GitHub Classroom gives its own workflow the same name. This one has no secrets, may only read, and
gives no grade: students can change it.
"""

from __future__ import annotations

from .. import __version__

PATH = ".github/workflows/classroom.yml"
WORKFLOW = f"""\
# Runs the public checks of this homework at every push: what is right, what is wrong, and why.
# The hidden checks run when the work is graded; they are not here.
name: Public checks
on: [push, repository_dispatch, workflow_dispatch]
permissions:
  contents: read
env:
  TINYCNN: tinycnn=={__version__}    # for `pip install`: the package that your teacher names
jobs:
  check:
    if: github.actor != 'github-classroom[bot]'
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install "$TINYCNN"
      - run: tinycnn check .
"""
