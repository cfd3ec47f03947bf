"""One way for all commands to declare options, and the options that several commands share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

FACES = "the drawn faces, which need no download"


def new_command(commands: Any, name: str, run: Callable[[argparse.Namespace], int | None],
                short: str, description: str) -> argparse.ArgumentParser:
    """A command: `run` gets its options, and returns the exit status if that is not 0.

    Args:
        commands: the subparsers of the command line.
        short: what `tinycnn --help` says of it.
        description: what its own --help begins with.
    """
    command: argparse.ArgumentParser = commands.add_parser(name, help=short,
                                                           description=description)
    command.set_defaults(run=run)
    return command


def option(command: argparse.ArgumentParser, name: str, says: str, default: Any = None, *,
           shown: str = "", **more: Any) -> None:
    """An option that takes a value. If the default is a number, the value has its type.

    Args:
        shown: what the help says of the default, if that is not shown itself.
        more: as in argparse's add_argument.
    """
    if type(default) in (int, float):
        more.setdefault("type", type(default))
    shown = shown or ("" if default is None else str(default))
    command.add_argument(name, default=default, help=says + (f" (default: {shown})" if shown
                                                             else ""), **more)


def flag(command: argparse.ArgumentParser, name: str, says: str, **more: Any) -> None:
    """An option without a value: it is given or not."""
    command.add_argument(name, action="store_true", help=says, **more)


def folder(text: str) -> Path:
    """A type for options: the path of a folder."""
    if not text:
        raise argparse.ArgumentTypeError("expected a folder, got nothing. Likely cause: a variable "
                                         "that is not set")
    return Path(text)


def data_option(command: argparse.ArgumentParser, says: str = "images, as in reproduce") -> None:
    """--data: the images."""
    option(command, "--data", says, metavar="FOLDER|FILE", shown=FACES)


def class_options(command: argparse.ArgumentParser) -> None:
    """--label, --labels and --exclude: which class an image belongs to, and which are left out."""
    option(command, "--label", "what tells the class: folder:1 for the first folder, or a regular "
           "expression for the path of the file, whose first group is the class", metavar="RULE",
           shown="found from folders and names; a note says how")
    option(command, "--labels", "a table of files and classes (CSV), or the classes as .npy",
           metavar="FILE")
    command.add_argument("--exclude", action="append", default=[], metavar="PATTERN",
                         help="leave these files out, such as '*Ambient.pgm'; may be given again")


def network_options(command: argparse.ArgumentParser) -> None:
    """--net, --size and --colour: a network of one's own, and its images."""
    option(command, "--net", "a function that makes the network; it is called with those of "
           "n_classes=, seed= and input_shape= that it takes", metavar="FILE.py:FUNCTION",
           shown="the paper's")
    option(command, "--size", "rows and columns of the images, 28 or 28x40", metavar="SIZE",
           shown="what the network takes, or 60")
    flag(command, "--colour", "images with red, green and blue; a network that takes them gets "
         "them without this")


def seed_option(command: argparse.ArgumentParser, says: str) -> None:
    """--seed: for the random numbers that `says` names."""
    option(command, "--seed", says, 0)


def epochs_option(command: argparse.ArgumentParser, says: str = "passes over the training images",
                  default: int = 250) -> None:
    """--epochs: how long to train."""
    option(command, "--epochs", says, default)


def learning_rate_option(command: argparse.ArgumentParser) -> None:
    """--learning-rate: the step size of the update."""
    option(command, "--learning-rate", "the step along the gradient", 0.1)


def grey_option(command: argparse.ArgumentParser) -> None:
    """--grey: how images are scaled."""
    option(command, "--grey", "grey levels in [0, 1], or each image to mean 0 and deviation 1",
           "unit", choices=("unit", "standardised"))
