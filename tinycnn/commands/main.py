"""The command line: its parser, and what an error looks like. Each command has its own file."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from .. import __version__
from ..layers import DataError, ModelFileError, NotFiniteError, ShapeError
from ..output.any_terminal import printable
from ..output.text import harmless_lines
from . import bench, check, draw_faces, grade, handout, reproduce, step, study

COMMANDS = (reproduce, draw_faces, check, study, handout, grade, step, bench)


class Harmless(logging.Formatter):
    """Log lines, which may hold names from files, for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record."""
        return harmless_lines(super().format(record))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 after an error, 130 after Ctrl-C."""
    printable(sys.stdout)
    printable(sys.stderr)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Harmless("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    options = parser().parse_args(argv)
    try:
        status = options.run(options)
    except (DataError, ModelFileError, NotFiniteError, ShapeError, ValueError, OSError) as error:
        print(harmless_lines(f"tinycnn: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        print(f"tinycnn: {error or 'stopped'}", file=sys.stderr)
        return 130
    return status or 0


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(prog="tinycnn", description="Convolutional networks from "
                                  "scratch, with the gradient at every unit.")
    top.add_argument("--version", action="version", version=f"tinycnn {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    return top
