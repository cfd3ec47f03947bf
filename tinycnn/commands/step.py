"""`tinycnn step`: the debugger for backprop, and exercise sheets."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ..output.text import listing
from .options import (
    data_option,
    epochs_option,
    flag,
    grey_option,
    learning_rate_option,
    new_command,
    option,
    seed_option,
)


def add(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    command = new_command(
        commands, "step", run, "step through backprop, unit by unit",
        "A debugger for backpropagation: forward, loss, backward, gradients and update of one "
        "training step, one layer at a time; every number explained. `help` at its prompt lists "
        "the commands.")
    data_option(command)
    option(command, "--model", "a saved network, such as results/model.npz", type=Path,
           metavar="FILE.npz", shown="the paper's network, untrained")
    option(command, "--image", "which images: numbers, names such as subject01.sad, or all",
           nargs="+", metavar="N|NAME", shown="0")
    epochs_option(command, "train for this many epochs first", 0)
    option(command, "--at", "step into the training itself: train up to epoch E and its batch B, "
           "both counted from 1, and stop before that update", type=_place, metavar="E:B")
    learning_rate_option(command)
    grey_option(command)
    seed_option(command, "seed of a new network's weights, or of the tiny exercise")
    option(command, "--commands", "run the commands in this file, one on each line, instead of "
           "asking; exit status 1 if one of them was wrong", type=Path, metavar="FILE")
    option(command, "--color", "colours in maps", "auto", choices=("auto", "always", "never"))
    flag(command, "--tiny", "instead of faces, use a network whose numbers fit on a page, and "
         "print the page")
    flag(command, "--solution", "with --tiny: print the page with all its numbers")
    option(command, "--sheet", "with --tiny: write the page as an exercise sheet, and its solution "
           "as a second file, then stop", type=Path, metavar="FILE.pdf|png")


def run(options: argparse.Namespace) -> int:
    """The debugger for backprop, or the exercise sheet; 1 if a command of a script was wrong."""
    from ..stepper.terminal.debugger import Debugger
    from ..stepper.terminal.start import prepare
    from ..stepper.tiny import page, page_text, tiny_stepper
    _check(options)
    lines = options.commands.read_text(encoding="utf-8").splitlines() if options.commands else None
    if options.tiny:
        stepper = tiny_stepper(options.seed, options.learning_rate)
        if options.sheet is not None:
            print(" and ".join(map(str, _write_sheets(page(stepper), options.sheet, options.seed))))
            return 0
        debugger = Debugger(stepper, color=options.color)
        debugger.say(page_text(page(stepper), options.solution) + "\n")
        if not options.solution:
            debugger.say("`--solution` prints the numbers; `explain` shows where each comes from.")
            debugger.say("")
        stepper.jump(0)
    else:
        stepper, what = prepare(options.data, options.model, options.image, options.seed,
                                options.epochs, options.grey, options.learning_rate, options.at)
        debugger = Debugger(stepper, color=options.color)
        debugger.say(what)
        debugger.say("")
    if lines is None and not sys.stdin.isatty():
        lines = sys.stdin.read().splitlines()
    if lines is None:
        debugger.interact()
        return 0
    debugger.run_script(lines)
    return 1 if debugger.failed else 0


def _place(text: str) -> tuple[int, int]:
    """"3:5" as (3, 5)."""
    epoch, _, batch = text.partition(":")
    if not (epoch.isdecimal() and batch.isdecimal() and int(epoch) and int(batch)):
        raise argparse.ArgumentTypeError(f"{text!r}: expected an epoch and a batch, such as 3:5")
    return int(epoch), int(batch)


def _check(options: argparse.Namespace) -> None:
    """ValueError for options that do not go together."""
    for name in ("sheet", "solution"):
        if getattr(options, name) and not options.tiny:
            raise ValueError(f"--{name} is of the tiny network; give --tiny as well")
    if options.seed < 0:
        raise ValueError(f"--seed {options.seed}: expected 0 or more")
    faces = {f"--{name}": getattr(options, name) for name in ("data", "model", "image", "at",
                                                               "epochs")}
    given = [name for name, value in faces.items() if value]
    if options.tiny and given:
        raise ValueError(f"--tiny has its own network and image; leave out {listing(given)}")
    if options.at and (options.image or options.epochs):
        raise ValueError("--at steps into a batch of the training; leave out --image and --epochs")


def _write_sheets(rows: Any, path: Path, seed: int) -> list[Path]:
    """Write the exercise sheet, and its solution in the same folder."""
    from ..figures import save, worksheet
    if path.suffix.lower() not in (".pdf", ".png"):
        raise ValueError(f"--sheet {path}: expected a name that ends in .pdf or .png")
    solution = path.with_name(f"{path.stem}-solution{path.suffix}")
    for file, solved in ((path, False), (solution, True)):
        save(worksheet(rows, f"Exercise sheet {seed}", solved), file)
    return [path, solution]
