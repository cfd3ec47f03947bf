"""The options of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...datasets import Dataset
from ...datasets.pixels import Size
from ...gradients.convolutional import Norm, Reduce
from ...network import Network, Of
from ..networks import Source, name_of


@dataclass(frozen=True)
class Settings:
    """The options of a run. The defaults are the paper's, or what its numbers suggest.

    Attributes:
        data: a folder or archive of images, or a data set; None for the drawn faces.
        out: the folder for the results.
        seed: for the weights, the order of the images, and the split.
        epochs, batch_size, learning_rate: of the training (section IV).
        split: "random", "stratified", "twins", "leave:CONDITION" or "given" (`Dataset.split`);
            None for the one that the data give, or else "random".
        of: gradients of the probability ("prob") or of the number before the softmax ("logit");
            None for the output: a probability if the network ends in a softmax.
        reduce, norm: of the convolutional gradients (`convolutional_gradients`).
        images: which ones the gradients are averaged over: "all", "train" or "test".
        grey: grey levels "unit" or "standardised" (`load_faces`).
        net: the network to train: None for the paper's, "FILE.py:function" or a function
            (`network_maker`), or a Network, of which a copy is trained.
        model: a network that is trained already, or its .npz file: analysed as it is.
        size, colour: of the images; by default what the network takes (`load_for`).
        label, labels, exclude: what tells the class of an image, and files to leave out
            (`load_images`).
    """

    data: str | Path | Dataset | None = None
    out: str | Path = "results"
    seed: int = 0
    epochs: int = 250
    batch_size: int = 10
    learning_rate: float = 0.1
    split: str | None = None
    of: Of | None = None
    reduce: Reduce = "norm_of_mean"
    norm: Norm = "frobenius"
    images: str = "all"
    grey: str = "unit"
    net: Source = None
    model: str | Path | Network | None = None
    size: Size | None = None
    colour: bool = False
    label: str | None = None
    labels: Any = None
    exclude: Sequence[str] = ()

    @property
    def network(self) -> str:
        """What the network is called in the report."""
        return name_of(self.net if self.model is None else self.model)

    @property
    def splits(self) -> bool:
        """Whether the split is used: by the training, or to choose the images of the gradients."""
        return self.model is None or self.images != "all"
