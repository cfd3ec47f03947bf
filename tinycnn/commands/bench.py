"""`tinycnn bench`: how fast tinycnn is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ..layers import DataError
from ..output.whole_file import write_text
from .options import data_option, epochs_option, flag, new_command, option, seed_option


def add(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    command = new_command(
        commands, "bench", run, "measure how fast tinycnn is",
        "Time training, gradients and knockouts, and say what this machine could do at best. This "
        "takes a minute; some minutes against PyTorch, or with --scaling.")
    option(command, "--against", "time PyTorch's best way to do each job as well",
           choices=("torch",))
    flag(command, "--scaling", "instead, measure how time and peak memory grow with larger "
         "batches, more images, larger images, and more maps")
    flag(command, "--alternatives", "instead, time other ways to write the layers; none gains time")
    option(command, "--json", "write all numbers to this file", type=Path, metavar="FILE",
           dest="json_file")
    option(command, "--plot", "with --scaling: draw them on log axes", type=Path,
           metavar="FILE.png")
    data_option(command, "faces to work on, as in reproduce")
    seed_option(command, "seed of the weights, the split, and the order of the jobs")
    option(command, "--rounds", "how often each job is timed, long ones less often", 15)
    epochs_option(command, "epochs of the whole training")


def run(options: argparse.Namespace) -> None:
    """Time tinycnn, and print a report."""
    if options.plot and not options.scaling:
        raise ValueError("--plot draws what --scaling measures; give both")
    if (options.scaling or options.alternatives) and options.against:
        raise ValueError("--scaling and --alternatives measure only tinycnn; leave --against out")
    if options.scaling and options.alternatives:
        raise ValueError("--scaling and --alternatives are two measurements; give one")
    for path in (options.json_file, options.plot):      # before minutes of work, not after
        if path and not path.parent.is_dir():
            raise DataError(f"{path}: there is no folder {path.parent}")
    if options.scaling:
        from ..bench.scaling import as_text, measure_scaling
        document = measure_scaling(options.data, options.seed)
    elif options.alternatives:
        from ..bench.alternatives import as_text, measure_alternatives
        from ..datasets import read_data
        images = read_data(options.data).images[:16]
        document = measure_alternatives(images, options.rounds, options.seed)
    else:
        from ..bench.measure import BenchSettings, measure
        from ..bench.report import as_text
        document = measure(BenchSettings(options.against, options.data, options.seed,
                                         options.rounds, options.epochs))
    print(as_text(document))
    if options.json_file:
        write_text(options.json_file, json.dumps(document, indent=1) + "\n")
    if options.plot:
        from ..figures import growth, save
        save(growth(document["growth"]), options.plot)
