"""The command that asks whether the paper's claims hold: `tinycnn study`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any


def add_study(commands: Any) -> None:
    """Add the parser of `study` to the subparsers of the command line."""
    command = commands.add_parser(
        "study", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        help="train many networks and see whether the paper's claims hold",
        description="Train a network for each seed, analyse each with controls, and write a "
                    "scorecard of the paper's claims, tables and report.html. What is finished is "
                    "kept: the same command goes on after a stop, and does no more than is "
                    "missing if there are to be more seeds.")
    command.set_defaults(run=run_study_command)
    command.add_argument("--data", metavar="FOLDER|ZIP", default=argparse.SUPPRESS,
                         help="faces, as in reproduce (default: the drawn faces)")
    command.add_argument("--seeds", type=int, default=10, metavar="N",
                         help="how many networks: those of the seeds 0 to N-1")
    command.add_argument("--jobs", type=int, default=argparse.SUPPRESS, metavar="N",
                         help="how many tasks at a time (default: one for each processor)")
    command.add_argument("--epochs", type=int, default=250,
                         help="passes over the training images")
    command.add_argument("--out", type=Path, metavar="FOLDER", default=Path("study"),
                         help="where the results go")
    command.add_argument("--dask", metavar="ADDRESS", default=argparse.SUPPRESS,
                         help="the scheduler of a Dask cluster that does the work instead, such "
                              "as tcp://10.0.0.5:8786; it and its workers need this version of "
                              "tinycnn")


def run_study_command(seeds: int, epochs: int, out: Path, data: str | None = None,
                      jobs: int | None = None, dask: str | None = None) -> int:
    """Run a study, write what came out, and print the scorecard; 1 if it could not be finished."""
    if jobs is None:
        jobs = os.cpu_count() or 1
    for name, value in (("seeds", seeds), ("jobs", jobs), ("epochs", epochs)):
        if value < 1:
            raise ValueError(f"--{name} {value}: expected 1 or more")
    from ..datasets import load_faces
    from ..paper.study.parts import PARTS  # brings scipy.stats
    from ..paper.study.runner.progress import StudyProgress
    from ..paper.study.runner.run import run_study
    from ..paper.study.runner.workers import StudyError
    from ..paper.study.subject import Training
    training = Training(epochs=epochs)
    faces = load_faces(data)
    try:
        rows = run_study(faces, out, PARTS, seeds=seeds, training=training, jobs=jobs, dask=dask,
                         progress=StudyProgress())
    except StudyError as error:
        print(f"tinycnn: {error}", file=sys.stderr)
        return 1
    from ..paper.study.pages.write import write_study  # brings matplotlib
    print(write_study(rows, faces, training, out))
    print(f"see {out / 'report.html'}")
    return 0
