"""The command line: its parser, and what an error looks like. Each command has its own file."""

from __future__ import annotations

import argparse
import errno
import logging
import sys
from collections.abc import Sequence

from .. import __version__
from ..layers import DataError, ModelFileError, NotFiniteError, ShapeError
from ..output.any_terminal import printable
from ..output.patient import lost, patient
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
    sys.stdout, sys.stderr = patient(sys.stdout), patient(sys.stderr)
    printable(sys.stdout)
    printable(sys.stderr)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Harmless("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    options = parser().parse_args(argv)
    try:
        status = options.run(options) or 0
    except (DataError, ModelFileError, NotFiniteError, ShapeError, ValueError, OSError) as error:
        print(harmless_lines(f"tinycnn: {error}"), file=sys.stderr)
        return 1
    except MemoryError as error:
        smaller = ", or take smaller images (--size) or fewer" if hasattr(options, "size") else ""
        print(f"tinycnn: {'. '.join(['not enough memory', *filter(None, [str(error)])])}. Close "
              f"other programs{smaller}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        print(f"tinycnn: {str(error) or 'stopped'}", file=sys.stderr)
        return 130
    # Files are a result of their own. A reader who leaves, as `head` does, has read enough.
    if (gap := lost(sys.stdout)) and gap.errno != errno.EPIPE:
        print(f"tinycnn: what it printed is not all there ({gap.strerror})", file=sys.stderr)
        if not any(getattr(options, name, None) for name in ("out", "json_file")):
            return status or 1
    return status


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(prog="tinycnn", description="Convolutional networks from "
                                  "scratch, with the gradient at every unit.")
    top.add_argument("--version", action="version", version=f"tinycnn {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add(commands)
    return top
