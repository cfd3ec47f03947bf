"""`tinycnn study`: many networks, and whether the paper's claims hold."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import Any

from .options import (
    class_options,
    data_option,
    epochs_option,
    folder,
    learning_rate_option,
    network_options,
    new_command,
    option,
)


def add(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    command = new_command(
        commands, "study", run, "train many networks and see whether the paper's claims hold",
        "Train a network for each seed, analyse each with controls, and write a scorecard of the "
        "paper's claims, tables and report.html. Finished work is kept: after a stop, the same "
        "command goes on, and with more seeds it does only what is missing. Several machines can "
        "share a study: give each its own seeds, such as --seeds 0:25 and --seeds 25:50; then copy "
        "what is in seeds/ of each folder into one of them, and say --seeds 50 there.")
    data_option(command)
    class_options(command)
    network_options(command)
    option(command, "--seeds", "how many networks, with the seeds 0 to N-1; or A:B, the seeds A to "
           "B-1", range(10), type=seeds, metavar="N|A:B", shown="10")
    option(command, "--jobs", "how many tasks at a time", type=int, metavar="N",
           shown="one for each processor")
    epochs_option(command)
    learning_rate_option(command)
    option(command, "--out", "where the results go", Path("study"), type=folder, metavar="FOLDER")
    option(command, "--dask", "the scheduler of a Dask cluster that does the work instead, such as "
           "tcp://10.0.0.5:8786; it and its workers need this version of tinycnn, and the file of "
           "--net in the same place", metavar="ADDRESS")


def seeds(text: str) -> range:
    """A type for options: "3" is the seeds 0 to 2, "3:5" the seeds 3 and 4."""
    if not (found := re.fullmatch(r"(?:([0-9]+):)?([0-9]+)", text)):
        raise argparse.ArgumentTypeError(f"expected a number, or two as in 0:25, got {text!r}")
    first, end = int(found[1] or 0), int(found[2])
    if first >= end:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed at all: A:B are the seeds A to B-1"
                                         if found[1] else f"expected 1 or more, got {text!r}")
    return range(first, end)


def run(options: argparse.Namespace) -> int:
    """Run a study, write its results, and print the scorecard; 1 if it could not be finished."""
    jobs = os.cpu_count() or 1 if options.jobs is None else options.jobs
    for name, value in (("jobs", jobs), ("epochs", options.epochs)):
        if value < 1:
            raise ValueError(f"--{name} {value}: expected 1 or more")
    from ..output.out_folder import only_one
    from ..paper.networks import load_for, name_of, network_maker
    from ..paper.study.parts import PARTS  # imports scipy.stats
    from ..paper.study.runner.progress import StudyProgress
    from ..paper.study.runner.run import run_study
    from ..paper.study.runner.workers import StudyError
    from ..paper.study.subject import Training
    net = options.net and str(Path(options.net).absolute())     # for workers in another folder
    training = Training(epochs=options.epochs, learning_rate=options.learning_rate, net=net)
    with only_one(options.out, options.data, kept="seeds"):
        faces, _ = load_for(network_maker(net), name_of(net), options.data, size=options.size,
                            colour=options.colour, label=options.label, labels=options.labels,
                            exclude=options.exclude)
        try:
            rows = run_study(faces, options.out, PARTS, seeds=options.seeds, training=training,
                             jobs=jobs, dask=options.dask, progress=StudyProgress())
        except StudyError as error:
            print(f"tinycnn: {error}", file=sys.stderr)
            return 1
        from ..paper.study.pages.write import write_study  # imports matplotlib
        print(write_study(rows, faces, training, options.out))
        print(f"see {options.out / 'report.html'}")
        return 0
