"""`tinycnn reproduce`: the whole paper on one data set."""

from __future__ import annotations

import argparse
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..paper.reproduce.settings import Settings
from ..training import Progress
from .options import (
    class_options,
    data_option,
    epochs_option,
    folder,
    grey_option,
    learning_rate_option,
    network_options,
    new_command,
    option,
    seed_option,
)


def add(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    command = new_command(
        commands, "reproduce", run, "run the whole paper and write a report",
        "Train a network on images, compute prediction gradients, knock out features, and write "
        "figures, tables and report.html.")
    default = {f.name: f.default for f in fields(Settings)}
    data_option(command, "the Yale faces; any folder or archive with a folder for each class; "
                "arrays in .npz, .npy, .mat, .csv or idx-ubyte; or the word digits")
    class_options(command)
    network_options(command)
    option(command, "--model", "a network that tinycnn has saved, to analyse and not to train",
           metavar="FILE.npz")
    option(command, "--out", "where the results go", default["out"], type=folder,
           metavar="FOLDER")
    seed_option(command, "seed of the weights, the order of the images, and the split")
    epochs_option(command)
    option(command, "--batch-size", "images in one update", default["batch_size"])
    learning_rate_option(command)
    option(command, "--split", "random, stratified, twins (equal images stay on one side) or "
           "leave:CONDITION (train on all others), given (train/ and test/ of the data)",
           metavar="KIND", shown="given if the data have it, else random")
    option(command, "--of", "gradients of the probability, or of the number before the softmax",
           choices=("prob", "logit"), shown="the probability, if there is a softmax")
    option(command, "--reduce", "how images of a class are combined", default["reduce"],
           choices=("mean_of_norms", "norm_of_mean"))
    option(command, "--norm", "how the units of a map are combined", default["norm"],
           choices=("frobenius", "rms", "per_layer"))
    option(command, "--images", "which images the gradients are averaged over", default["images"],
           choices=("all", "train", "test"))
    grey_option(command)


def run(options: argparse.Namespace) -> None:
    """The whole paper, from faces to report, and a summary on stdout."""
    from ..paper.reproduce.run import reproduce  # imports matplotlib
    settings = Settings(**{f.name: getattr(options, f.name) for f in fields(Settings)})
    try:
        metrics = reproduce(settings, callbacks=[Progress()])
    except KeyboardInterrupt as error:
        kept = Path(settings.out) / "checkpoint.npz"
        hint = f"; the same command goes on from {kept}" if kept.exists() else ""
        raise KeyboardInterrupt(f"{str(error) or 'stopped'}{hint}") from None
    data, training, cost = metrics["data"], metrics["training"], metrics["cost"]
    print(f"{data['name']}: {data['images']} images of {data['classes']} classes, "
          f"{data['twins_across_split']} pairs of twins across the split")
    if "test_error" in training:        # not for a network that was trained elsewhere
        print(f"errors: train {training['train_error']:.2%}, test {training['test_error']:.2%} "
              f"({round(training['test_error'] * training['test_images'])} of "
              f"{training['test_images']})")
    print(f"error on all images: {training['all_error']:.2%}")
    print(f"gradients of all images: {cost['true_class_epochs']:.2f} epochs for the true class, "
          f"{cost['all_classes_epochs']:.1f} for all {data['classes']}")
    print(f"{metrics['seconds']['total']:.0f} s; see {Path(settings.out) / 'report.html'}")
