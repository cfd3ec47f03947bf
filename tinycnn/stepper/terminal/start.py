"""What `tinycnn step` begins with: some faces, and a network to send them through."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...datasets import Dataset, load_faces
from ...layers import DataError
from ...layers.base import Array
from ...network import Network
from ...network.paper_net import face_net
from ...training import train


def prepare(data: str | Path | None, model: str | Path | None, images: Sequence[str], seed: int,
            epochs: int, grey: str) -> tuple[Network, Array, Array, str]:
    """A network, images, labels, and a sentence about them.

    Args:
        data: faces as `load_faces` takes them; None for the drawn ones.
        model: a saved network; None for the paper's network, untrained.
        images: numbers, or names such as "subject01.sad"; "all" for every image.
        seed: of the weights of a new network, and of the training.
        epochs: how many to train first; 0 for none.
        grey: "unit" or "standardised", as in the training of the model.

    Raises:
        DataError: there is no such image, or the model has fewer classes than the faces.
    """
    net = Network.load(model) if model is not None else None
    shape = net.input_shape if net is not None else None
    size = (shape[1], shape[2]) if shape is not None and len(shape) == 3 else 60
    faces = load_faces(data, size=size, grey=grey)
    chosen = [i for image in images for i in find(faces, image)]
    x, t = faces.images[chosen], faces.labels[chosen]
    if net is None:
        net = face_net(faces.n_classes, seed=seed)
        what = f"the paper's network, untrained (seed {seed})"
    else:
        what = f"the network in {model}"
    n_classes = net.forward(x[:1]).y.shape[1]
    if n_classes < faces.n_classes:
        raise DataError(f"{model} knows {n_classes} people, but {faces.name} has "
                        f"{faces.n_classes}. Likely cause: it was trained on other faces; "
                        "`tinycnn reproduce` makes a model for these")
    if epochs:
        part = faces.split(seed=seed)[0]
        train(net, faces.images[part], faces.labels[part], epochs=epochs, seed=seed)
        what = f"{what.replace(', untrained', '')}, trained for {epochs} epochs"
    who = [f"{faces.people[faces.labels[i]]} {faces.conditions[i]} (image {i}, class "
           f"{faces.labels[i]})" for i in chosen[:3]]
    more = f" and {len(chosen) - 3} more" if len(chosen) > 3 else ""
    return net, x, t, f"{faces.name}: {', '.join(who)}{more}; {what}"


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
