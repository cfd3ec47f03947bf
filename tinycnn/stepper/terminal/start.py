"""What `tinycnn step` begins with: some faces, and a network to send them through."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...datasets import Dataset, read_data
from ...layers import DataError, NotFiniteError
from ...network import Network
from ...network.paper_net import face_net
from ...output.text import times
from ...training import Plan, Replay, train
from ..stepper import Stepper


def prepare(data: str | Path | None, model: str | Path | None, images: Sequence[str] | None,
            seed: int, epochs: int, grey: str, learning_rate: float,
            at: tuple[int, int] | None = None) -> tuple[Stepper, str]:
    """A stepper on some faces, and a sentence about them.

    Args:
        data: images as `read_data` takes them; None for the drawn faces.
        model: a saved network; None for the paper's network, untrained.
        images: numbers, or names such as "subject01.sad"; "all" for every image; None for the
            first one, or for a batch of the training.
        seed: of the weights of a new network, and of the training.
        epochs: how many to train first; 0 for none.
        grey: "unit" or "standardised", as in the training of the model.
        learning_rate: of the training, and of the step.
        at: (epoch, batch), counted from 1: train up to there, and step into that batch.

    Raises:
        DataError: there is no such image, the model has fewer classes than the faces, or it does
            not take grey images.
    """
    net = Network.load(model) if model is not None else None
    shape = net.input_shape if net is not None else None
    if shape is not None and (len(shape) != 3 or shape[0] != 1):
        raise DataError(f"{model} takes inputs of shape {times(shape)}, and this command has grey "
                        "faces only, 1 x height x width. From Python, `tc.debug(net, x, t)` steps "
                        "through any network")
    size = (shape[1], shape[2]) if shape is not None else 60
    faces = read_data(data, size, grey)
    chosen = [i for image in images or ["0"] for i in find(faces, image)]
    if net is None:
        net = face_net(faces.n_classes, seed=seed)
        what = f"the paper's network, untrained (seed {seed})"
    else:
        what = f"the network in {model}"
    n_classes = net.forward(faces.images[:1]).y.shape[1]
    if n_classes < faces.n_classes:
        raise DataError(f"{model} knows {n_classes} people, but {faces.name} has "
                        f"{faces.n_classes}. Likely cause: it was trained on other faces; "
                        "`tinycnn reproduce` makes a model for these")
    part = faces.split(seed=seed)[0]
    x, t = faces.images[part], faces.labels[part]
    what = what.replace(", untrained", "") if epochs or at else what
    try:
        if at is not None:
            replay = Replay(net, x, t, Plan(learning_rate=learning_rate, seed=seed))
            stepper = Stepper.into(replay.at(*at))
            return stepper, (f"{faces.name}, {len(x)} to train on; {what}; epoch {at[0]}, batch "
                             f"{at[1]} of {replay.batches}")
        if epochs:
            train(net, x, t, epochs=epochs, seed=seed, learning_rate=learning_rate)
            what += f", trained for {epochs} epoch{'s' if epochs > 1 else ''}"
    except NotFiniteError as error:
        return Stepper.into(error), f"{faces.name}; {what}. The training failed in {error}"
    who = [f"{faces.people[faces.labels[i]]} {faces.conditions[i]} (image {i}, class "
           f"{faces.labels[i]})" for i in chosen[:3]]
    more = f" and {len(chosen) - 3} more" if len(chosen) > 3 else ""
    stepper = Stepper(net, faces.images[chosen], faces.labels[chosen], learning_rate=learning_rate)
    return stepper, f"{faces.name}: {', '.join(who)}{more}; {what}"


def find(faces: Dataset, image: str) -> list[int]:
    """The indices of the images with this number or name.

    A name is a person and a condition with a dot between them, or a file name.
    """
    if image == "all":
        return list(range(len(faces)))
    if image.lstrip("-").isdigit():
        if 0 <= int(image) < len(faces):
            return [int(image)]
        raise DataError(f"image {image}: {faces.name} has images 0 to {len(faces) - 1}")
    words = {f"{faces.people[label]}.{condition}": i for i, (label, condition)
             in enumerate(zip(faces.labels, faces.conditions, strict=True))}
    words |= {Path(file).name: i for i, file in enumerate(faces.files)}
    if image not in words:
        raise DataError(f"image {image!r}: expected a number from 0 to {len(faces) - 1}, `all`, or "
                        f"a person and a condition such as {next(iter(words))}; people are "
                        f"{', '.join(faces.people[:4])}, ..., conditions "
                        f"{', '.join(sorted(set(faces.conditions)))}")
    return [words[image]]
