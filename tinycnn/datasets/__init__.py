"""Faces to learn from: the drawn ones, the Yale database, or any folder of your own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .dataset import Dataset
from .drawn import drawn_faces
from .folder import load_folder
from .pixels import Size, image_size

__all__ = ["Dataset", "drawn_faces", "load_faces", "load_folder"]


def load_faces(data: str | Path | None = None, size: Size = 60, grey: str = "unit",
               colour: bool = False) -> Dataset:
    """The faces in a folder or archive, or the drawn ones if no path is given.

    Args:
        data: a folder, a .zip or a .tar: the Yale faces as distributed, or one sub-folder for
            each person, or the person in the file names. None for the drawn faces.
        size: (rows, columns) that every image is resized to, or one number; "28x40" as text.
        grey: "unit" for grey levels in [0, 1], "standardised" for each image's levels minus their
            mean, divided by their standard deviation.
        colour: (N, 3, H, W) images: red, green and blue. A grey file gets three equal channels.

    Raises:
        DataError: a file cannot be read or does not belong there; the message names it.
    """
    if data is not None:
        return load_folder(data, size, grey, colour)
    drawn = drawn_faces(image_size(size), grey=grey)
    return replace(drawn, images=drawn.images.repeat(3, axis=1),
                   notes=("the drawn faces are grey, so their three colours are equal",)
                   ) if colour else drawn
