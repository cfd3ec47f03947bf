"""`tinycnn handout`: a homework from the reference layers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .options import flag, new_command, option


def add(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    command = new_command(
        commands, "handout", run, "make a homework from the reference layers",
        "Make a file in which students write the chosen methods, the same as a notebook, a README "
        "and public tests. Before any file is written, it is proved that the stubs fail, that the "
        "solutions pass, and that no line of a solution is in the handout.")
    command.add_argument("names", nargs="*", metavar="EXERCISE[=POINTS]",
                         help="conv2d.forward, or conv2d for all of its methods; 10 points each, "
                              "or conv2d.forward=15; of your own: teacher.py:Sigmoid.backward, "
                              "teacher.py:adam")
    flag(command, "--list", "list the exercises", dest="show")
    flag(command, "--all", "choose all exercises", dest="everything")
    flag(command, "--keep", "print backward where only parameter_gradients is to be written, and "
         "the other way round; without it, it is left out, because they look alike")
    option(command, "--out", "where the handout goes; a new or empty folder", type=Path,
           metavar="FOLDER")
    flag(command, "--speed", "give a tenth of the points of convolution, pooling and dense layers "
         "for at most 15 times the time of tinycnn's own; loops are too slow for that")
    flag(command, "--github", "with a workflow for GitHub that runs the public checks at each push")
    option(command, "--gradescope", "write Gradescope's autograder for it as well", type=Path,
           metavar="FILE.zip")


def run(options: argparse.Namespace) -> None:
    """Make a handout, prove it, and only then write it."""
    from ..classroom import EXERCISES, choose, make_handout, prove, write_files
    from ..classroom.proof import doubts
    if options.show:
        width = max(len(e.name) for e in EXERCISES)
        for e in EXERCISES:
            print(f"{e.name:{width}} {e.task}")
        return
    out, gradescope = options.out, options.gradescope
    if out is None and gradescope is None:
        raise ValueError("--out names the folder to write to, --gradescope an archive; give one")
    if gradescope is not None and gradescope.exists():
        raise FileExistsError(f"{gradescope} exists already; name another file")
    handout = make_handout(choose(options.names, everything=options.everything,
                                  speed=options.speed), keep=options.keep)
    prove(handout)
    n = len(handout.exercises)
    print(f"{n} {'exercise' if n == 1 else 'exercises'}: the stubs fail every check and name "
          "the exercise, the solutions pass every check, no line of a solution is in the handout")
    for doubt in doubts(handout):
        print(doubt, file=sys.stderr)
    if out is not None:
        from ..classroom.github import PATH, WORKFLOW
        files = {**handout.files, **({PATH: WORKFLOW} if options.github else {})}
        write_files(files, out)
        print(f"{out}: {', '.join(files)}")
    if gradescope is not None:
        from ..classroom.gradescope import autograder_zip
        gradescope.write_bytes(autograder_zip(handout))
        print(f"{gradescope}: upload it as the autograder")
