"""The command line. Nothing below it prints; what is for a classroom stands in cli_classroom."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from .. import __version__
from ..gradcheck.suite import kinds
from ..layers import DataError, ModelFileError, NotFiniteError, ShapeError
from ..paper.reproduce.experiment import Settings
from ..training import Progress
from .classroom import add_classroom, check_homework
from .study import add_study


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 after an error, 130 after Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    arguments = vars(_parser().parse_args(argv))
    command = arguments.pop("run")
    try:
        status = command(**arguments)
    except (DataError, ModelFileError, NotFiniteError, ShapeError, ValueError, OSError) as error:
        print(f"tinycnn: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as error:
        print(f"tinycnn: {error or 'stopped'}", file=sys.stderr)
        return 130
    return status or 0


def run_reproduce(**options: Any) -> None:
    """The paper from faces to report, and a summary of it on stdout."""
    from ..paper.reproduce.run import reproduce  # brings matplotlib
    settings = Settings(**options)
    try:
        metrics = reproduce(settings, callbacks=[Progress()])
    except KeyboardInterrupt as error:
        kept = Path(settings.out) / "checkpoint.npz"
        hint = f"; the same command goes on from {kept}" if kept.exists() else ""
        raise KeyboardInterrupt(f"{error or 'stopped'}{hint}") from None
    data, training, seconds = metrics["data"], metrics["training"], metrics["seconds"]
    cost = metrics["cost"]
    print(f"{data['name']}: {data['images']} images of {data['classes']} people, "
          f"{data['twins_across_split']} pairs of twins across the split")
    print(f"errors: train {training['train_error']:.2%}, test {training['test_error']:.2%} "
          f"({round(training['test_error'] * training['test_images'])} of "
          f"{training['test_images']}), all {training['all_error']:.2%}")
    print(f"gradients of all images: {cost['true_class_epochs']:.2f} epochs for the true class, "
          f"{cost['all_classes_epochs']:.1f} for all {data['classes']}")
    print(f"{seconds['total']:.0f} s; see {Path(settings.out) / 'report.html'}")


def run_check(targets: list[str], kind: str | None, seed: int, timeout: float, as_json: bool
              ) -> int:
    """Check the layers in students' files; 0 if all of them are right."""
    from ..gradcheck.student_file import check_file
    outcomes = []
    place = Path(targets[0])
    folder = place if place.is_dir() else place.parent
    if len(targets) == 1 and kind is None and (folder / "assignment.json").is_file():
        return check_homework(folder, None if place.is_dir() else place, timeout)
    for target in targets:
        file, _, names = target.partition(":")
        for outcome in check_file(Path(file), names.split(",") if names else (), kind, seed=seed,
                                  timeout=timeout):
            outcomes.append(outcome)
            if not as_json:
                print(f"{outcome.text}\n", flush=True)
    checked = [outcome for outcome in outcomes if not outcome.skipped]
    right = sum(outcome.ok for outcome in checked)
    if as_json:
        print(json.dumps([outcome.as_dict() for outcome in outcomes], indent=1))
    else:
        print(f"{right} of {len(checked)} right")
    return 0 if checked and right == len(checked) else 1


def run_step(tiny: bool, sheet: Path | None, commands: Path | None, color: str,
             learning_rate: float, data: Path | None, model: Path | None, image: list[str],
             seed: int, epochs: int, grey: str) -> int:
    """The debugger for backprop, or the exercise sheet; 1 if a command of a script was wrong."""
    from ..stepper import Stepper
    from ..stepper.terminal.debugger import Debugger
    from ..stepper.terminal.start import prepare
    from ..stepper.tiny import page, page_text, tiny_stepper
    if sheet is not None and not tiny:
        raise ValueError("--sheet draws the tiny network; give --tiny as well")
    lines = commands.read_text(encoding="utf-8").splitlines() if commands else None
    if tiny:
        stepper = tiny_stepper(seed, learning_rate)
        if sheet is not None:
            print(" and ".join(map(str, _write_sheets(page(stepper), sheet, seed))))
            return 0
        debugger = Debugger(stepper, color=color)
        debugger.say(page_text(page(stepper)) + "\n")
        stepper.jump(0)
    else:
        net, x, t, what = prepare(data, model, image, seed, epochs, grey)
        debugger = Debugger(Stepper(net, x, t, learning_rate=learning_rate), color=color)
        debugger.tell(what)
        debugger.say("")
    if lines is None and not sys.stdin.isatty():
        lines = sys.stdin.read().splitlines()
    if lines is None:
        debugger.interact()
        return 0
    debugger.run_script(lines)
    return 1 if debugger.failed else 0


def _write_sheets(rows: Any, path: Path, seed: int) -> list[Path]:
    """The exercise sheet and, beside it, its solution."""
    from ..figures import save, worksheet
    if path.suffix.lower() not in (".pdf", ".png"):
        raise ValueError(f"--sheet {path}: expected a name that ends in .pdf or .png")
    solution = path.with_name(f"{path.stem}-solution{path.suffix}")
    for file, solved in ((path, False), (solution, True)):
        save(worksheet(rows, f"Exercise sheet {seed}", solved), file)
    return [path, solution]


def run_draw_faces(out: Path, seed: int) -> None:
    """Write the drawn faces as PNG files."""
    from ..datasets.drawn import save_drawn_faces
    paths = save_drawn_faces(out, seed)
    print(f"{len(paths)} faces in {out}")


def run_bench(scaling: bool, alternatives: bool, json_file: Path | None, plot: Path | None,
              **options: Any) -> None:
    """Time tinycnn, and print a report."""
    if plot and not scaling:
        raise ValueError("--plot draws what --scaling measures; give both")
    if (scaling or alternatives) and options["against"]:
        raise ValueError("--scaling and --alternatives measure tinycnn alone; leave --against out")
    if scaling and alternatives:
        raise ValueError("--scaling and --alternatives are two measurements; give one")
    for path in (json_file, plot):      # not after minutes of work
        if path and not path.parent.is_dir():
            raise DataError(f"{path}: there is no folder {path.parent}")
    if scaling:
        from ..bench.scaling import as_text, measure_scaling
        document = measure_scaling(options["data"], options["seed"])
    elif alternatives:
        from ..bench.alternatives import as_text, measure_alternatives
        from ..datasets import load_faces
        images = load_faces(options["data"]).images[:16]
        document = measure_alternatives(images, options["rounds"], options["seed"])
    else:
        from ..bench.measure import BenchSettings, measure
        from ..bench.report import as_text
        document = measure(BenchSettings(**options))
    print(as_text(document))
    if json_file:
        json_file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if plot:
        from ..figures import growth, save
        save(growth(document["growth"]), plot)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tinycnn", description="Convolutional networks from scratch, with the gradient at "
                                    "every unit.")
    parser.add_argument("--version", action="version", version=f"tinycnn {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    default = {f.name: f.default for f in fields(Settings)}

    command = commands.add_parser(
        "reproduce", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        help="run the whole paper and write a report",
        description="Train on faces, compute prediction gradients, knock out features, and write "
                    "figures, tables and report.html.")
    command.set_defaults(run=run_reproduce)
    command.add_argument("--data", metavar="FOLDER|ZIP", default=argparse.SUPPRESS,
                         help="the Yale faces, or any folder or archive of faces (default: the "
                              "drawn faces, which need no download)")
    command.add_argument("--out", metavar="FOLDER", default=default["out"],
                         help="where the results go")
    command.add_argument("--seed", type=int, default=default["seed"],
                         help="of the weights, the order of the images, and the split")
    command.add_argument("--epochs", type=int, default=default["epochs"],
                         help="passes over the training images")
    command.add_argument("--batch-size", type=int, default=default["batch_size"],
                         help="images in one update")
    command.add_argument("--learning-rate", type=float, default=default["learning_rate"],
                         help="the step along the gradient")
    command.add_argument("--split", metavar="KIND", default=default["split"],
                         help="random, stratified, twins (equal images stay on one side) or "
                              "leave:CONDITION (train on all others)")
    command.add_argument("--of", choices=("prob", "logit"), default=default["of"],
                         help="gradients of the probability, or of the number before the softmax")
    command.add_argument("--reduce", choices=("mean_of_norms", "norm_of_mean"),
                         default=default["reduce"], help="how images of a class are combined")
    command.add_argument("--norm", choices=("frobenius", "rms", "per_layer"),
                         default=default["norm"], help="how the units of a map are combined")
    command.add_argument("--images", choices=("all", "train", "test"), default=default["images"],
                         help="which images the gradients are averaged over")
    command.add_argument("--grey", choices=("unit", "standardised"), default=default["grey"],
                         help="grey levels in [0, 1], or each image to mean 0 and deviation 1")

    command = commands.add_parser("draw-faces", help="write the drawn faces as PNG files",
                                  formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    command.set_defaults(run=run_draw_faces)
    command.add_argument("--out", type=Path, metavar="FOLDER", default=Path("datasets/drawn"),
                         help="where they go")
    command.add_argument("--seed", type=int, default=0, help="another seed draws other people")

    command = commands.add_parser(
        "check", help="check the layers in a student's file",
        description="Check the layers in a Python file against central differences and the "
                    "contract of a layer, and say what is likely to be wrong. Exit status 0 if all "
                    "are right, 1 if not.")
    command.set_defaults(run=run_check)
    command.add_argument("targets", nargs="+", metavar="FILE.py[:CLASS,...]",
                         help="a file, or some of its classes: layers.py:MyConv2D,MyTanh")
    command.add_argument("--as", dest="kind", default=None, choices=kinds(),
                         help="which layer it is to be, where the name does not say so; loss and "
                              "update are functions")
    command.add_argument("--seed", type=int, default=0, help="of all random numbers (default: 0)")
    command.add_argument("--timeout", type=float, default=60, metavar="SECONDS",
                         help="for each class (default: 60)")
    command.add_argument("--json", action="store_true", dest="as_json",
                         help="print the reports as one JSON document")

    add_study(commands)
    add_classroom(commands)

    command = commands.add_parser(
        "step", help="step through backprop, unit by unit",
        description="A debugger for backpropagation: forward, loss, backward, gradients and update "
                    "of one training step, one layer at a time; every number explained. `help` at "
                    "its prompt lists the commands.")
    command.set_defaults(run=run_step)
    command.add_argument("--data", type=Path, metavar="FOLDER|ZIP", default=None,
                         help="faces, as in reproduce (default: the drawn faces)")
    command.add_argument("--model", type=Path, metavar="FILE.npz", default=None,
                         help="a saved network, such as results/model.npz (default: the paper's "
                              "network, untrained)")
    command.add_argument("--image", nargs="+", metavar="N|NAME", default=["0"],
                         help="which images: numbers, names such as subject01.sad, or all "
                              "(default: 0)")
    command.add_argument("--epochs", type=int, default=0,
                         help="train for so many epochs first (default: 0)")
    command.add_argument("--learning-rate", type=float, default=0.1,
                         help="the step along the gradient (default: 0.1)")
    command.add_argument("--grey", choices=("unit", "standardised"), default="unit",
                         help="as in reproduce: what the model was trained on (default: unit)")
    command.add_argument("--seed", type=int, default=0,
                         help="of a new network's weights, or of the tiny exercise (default: 0)")
    command.add_argument("--commands", type=Path, metavar="FILE", default=None,
                         help="run the commands in this file, one a line, instead of asking; exit "
                              "status 1 if one of them was wrong")
    command.add_argument("--color", choices=("auto", "always", "never"), default="auto",
                         help="colours in maps (default: auto)")
    command.add_argument("--tiny", action="store_true",
                         help="instead of faces, a network whose numbers fit on a page, and the "
                              "page")
    command.add_argument("--sheet", type=Path, metavar="FILE.pdf|png", default=None,
                         help="with --tiny: write the page as an exercise sheet, and its solution "
                              "beside it, and stop")

    command = commands.add_parser(
        "bench", help="measure how fast tinycnn is",
        description="Time training, gradients and knockouts, and say what this machine could do at "
                    "best. A minute; some minutes against PyTorch, or with --scaling.")
    command.set_defaults(run=run_bench)
    command.add_argument("--against", choices=("torch",), default=None,
                         help="time PyTorch's best way to do each job as well")
    command.add_argument("--scaling", action="store_true",
                         help="instead, time and peak memory as batches, images, their sides, and "
                              "maps grow")
    command.add_argument("--alternatives", action="store_true",
                         help="instead, other ways to write the layers: what does not pay")
    command.add_argument("--json", type=Path, metavar="FILE", dest="json_file", default=None,
                         help="write all numbers to this file")
    command.add_argument("--plot", type=Path, metavar="FILE.png", default=None,
                         help="with --scaling: draw them on log axes")
    command.add_argument("--data", metavar="FOLDER|ZIP", default=None,
                         help="faces to work on, as in reproduce (default: the drawn faces)")
    command.add_argument("--seed", type=int, default=0,
                         help="of the weights, the split, and the order of the jobs (default: 0)")
    command.add_argument("--rounds", type=int, default=15,
                         help="how often each job is timed, long ones less often (default: 15)")
    command.add_argument("--epochs", type=int, default=250,
                         help="of the whole training (default: 250)")
    return parser
