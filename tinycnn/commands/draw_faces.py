"""`tinycnn draw-faces`: the drawn faces as PNG files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .options import folder, new_command, option, seed_option


def add(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    command = new_command(commands, "draw-faces", run, "write the drawn faces as PNG files",
                          "Write the drawn faces as PNG files.")
    option(command, "--out", "where they go", Path("datasets/drawn"), type=folder,
           metavar="FOLDER")
    seed_option(command, "another seed draws other people")


def run(options: argparse.Namespace) -> None:
    """Write the files."""
    from ..datasets.drawn import save_drawn_faces
    paths = save_drawn_faces(options.out, options.seed)
    print(f"{len(paths)} faces in {options.out}")
