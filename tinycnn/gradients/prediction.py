"""Sections III-A to III-C: prediction gradients and class gradients.

Both use `Network.backward` with one-hot seeds; class gradients are then a mean. No other derivative
is computed here. Training already computes ∂y_t/∂o up to a factor: ∂y_t/∂o = -y_t · ∂L/∂o for one
image. So the paper's "no additional effort" holds for the entry of the true label. Each of the
other K-1 entries of the prediction gradient costs one backward pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from ..layers import Layer, ShapeError
from ..layers.base import Array
from ..layers.kinds import claim_of
from ..network import Network, Of
from ..network.arguments import expect_frozen
from ..network.loss import one_hot
from .feature_names import Layers

Side = Literal["mean_of_gradients", "gradient_of_mean"]

# Images in one pass. Many, so that there are few calls, but not too many: they need 46 MB in the
# paper's network. More memory goes back to the system each time; see `layers/__init__.py`.
BLOCK = 55              # for one entry of y
BLOCK_ALL = 15          # for all of them, if y has no more entries than the paper's 15


def feature_layers(net: Network) -> list[str]:
    """The paper's units (III-D): the activation after each convolution, before pooling.

    A batch norm between the two is passed over. In a network without a convolution they are the
    hidden units: the activation after each dense layer but the last.
    """
    ranks = {name: layer.params["W"].ndim for name, layer in net.layers.items()
             if "W" in layer.params}
    convolutions = [name for name, rank in ranks.items() if rank == 4]      # a mode-4 tensor
    return [activation_after(net, name) for name in convolutions or list(ranks)[:-1]]


def weights_before(net: Network, name: str) -> str:
    """The layer with the weights W whose units the layer `name` activates: the last one up to it.

    Raises:
        ValueError: there is none, or the maps were flattened after it.
    """
    names = ["input", *net.layers]
    for before in reversed(names[1:names.index(name) + 1]):
        if "W" in net[before].params:
            return before
        if claim_of(type(net[before])).kind == "flatten":
            raise ValueError(f"layer {name!r} has no maps and no weights: {before!r} flattens them")
    raise ValueError(f"layer {name!r} has no weights, and no layer before it has")


def activation_after(net: Network, name: str) -> str:
    """The activation after a layer and its batch norm; without an activation, the layer itself."""
    names = list(net.layers)
    for after in names[names.index(name) + 1:]:
        if is_activation(net[after]):
            return after
        if not net[after].params or "W" in net[after].params:
            break
    return name


def is_activation(layer: Layer) -> bool:
    """Whether a layer (perhaps a student's own) works unit by unit: no weights, the same shape, and
    one input changes no output but its own. So a pooling of the same size is none."""
    x, own = np.full((1, 3, 5, 7), 0.25, np.float32), (0, 0, 1, 2)
    other = x.copy()
    other[own] = 0.5
    try:
        if layer.params or layer.forward(x.copy())[0].shape != x.shape:
            return False
    except ValueError:      # a layer that takes no maps
        return False
    changed = layer.forward(x)[0] != layer.forward(other)[0]
    return bool(changed.sum() == changed[own])      # nothing, or itself alone


def iter_prediction_gradients(
        net: Network, x: Array, layers: Layers = None, *,
        of: Of | None = "prob", classes: Literal["all"] | int | Array = "all",
        ) -> Iterator[tuple[slice, dict[str, Array]]]:
    """`prediction_gradients`, block by block: any number of images in bounded memory.

    Yields:
        (slice, {layer: array}): which images of x, and their gradients.
    """
    layers = in_order(net, layers)
    if isinstance(classes, str):
        if classes != "all":
            raise ValueError(f"classes={classes!r}: expected 'all', a label or (N,) labels")
        yield from iter_entries(net, x, range(net.forward(x[:1]).y.shape[1]), layers, of=of)
        return
    labels = check_labels(classes, len(x))
    for block in _blocks(len(x), BLOCK):
        trace = net.forward(x[block])
        seed = one_hot(labels[block], trace.y.shape[1], trace.y.dtype)
        back = net.backward(trace, seed, of, down_to=layers[0])
        yield block, {name: back[name] for name in layers}


def iter_entries(net: Network, x: Array, entries: Sequence[int], layers: Layers = None, *,
                 of: Of | None = "prob") -> Iterator[tuple[slice, dict[str, Array]]]:
    """∂y_k/∂o for each k of `entries`, block by block: {layer: (n, len(entries), *unit shape)}.

    With more entries a block has fewer images, so that it does not need more memory.
    """
    layers = in_order(net, layers)
    for block in _blocks(len(x), max(1, BLOCK_ALL * 15 // max(15, len(entries)))):
        trace = net.forward(x[block])
        n, n_classes = trace.y.shape
        result = {name: np.empty((n, len(entries), *trace[name].shape[1:]), trace.y.dtype)
                  for name in layers}
        for place, k in enumerate(entries):     # one seed at a time: K do not fit into the cache
            seed = one_hot(np.full(n, k), n_classes, trace.y.dtype)
            back = net.backward(trace, seed, of, down_to=layers[0])
            for name in layers:
                result[name][:, place] = back[name]
        yield block, result


def _blocks(n: int, size: int) -> Iterator[slice]:
    """n images in blocks; without any image, one empty block."""
    for start in range(0, max(n, 1), size):
        yield slice(start, min(start + size, n))


def prediction_gradients(
        net: Network, x: Array, layers: Layers = None, *,
        of: Of | None = "prob", classes: Literal["all"] | int | Array = "all") -> dict[str, Array]:
    """∂y/∂o at every unit of `layers`, for every image (eq. 1).

    Args:
        x: (N, C, H, W) images.
        layers: names; None for the activations after the convolutions (`feature_layers`).
        of: "prob" for the gradient of the probability y_k, "logit" of the number before the softmax
            (of the output, if there is no softmax), None of the network's output.
        classes: "all" for the whole vector ⟨∂y_1/∂o, ..., ∂y_K/∂o⟩. (N,) labels t, or one label
            for all images, for only the entry ∂y_t/∂o.

    Returns:
        {layer: (N, K, *unit shape)} with classes="all", else {layer: (N, *unit shape)}.
    """
    result: dict[str, Array] = {}
    for block, gradients in iter_prediction_gradients(net, x, layers, of=of, classes=classes):
        for name, array in gradients.items():
            if name not in result:
                result[name] = np.empty((len(x), *array.shape[1:]), array.dtype)
            result[name][block] = array
    return result


def class_gradients(
        net: Network, x: Array, t: Array, layers: Layers = None, *,
        of: Of | None = "prob", classes: int | Array | None = None,
        side: Side = "mean_of_gradients") -> dict[str, Array]:
    """The mean prediction gradient over the images X_t of each class t (eq. 3).

    Args:
        x: (N, C, H, W) images.
        t: (N,) their labels; X_t are the images with label t.
        layers, of: as in `prediction_gradients`.
        classes: the entry of y whose gradient is taken: None for the true label; one label, or
            (N,) labels such as net.predict(x).
        side: which side of equation 3 is computed. "mean_of_gradients" averages the gradient of
            each image. "gradient_of_mean" seeds one backward pass for the whole class with 1/|X_t|
            and sums over the images: the gradient of the mean prediction. Both agree.

    Returns:
        {layer: (K, *unit shape)}; rows of classes without images are NaN.
    """
    if side not in ("mean_of_gradients", "gradient_of_mean"):
        raise ValueError(f"side={side!r}: expected 'mean_of_gradients' or 'gradient_of_mean'")
    result: dict[str, Array] = {}
    layers = in_order(net, layers)      # refuses batch norms, before the first pass
    n_classes = count_classes(net, x, t)
    for k, means in each_class(net, x, t, layers, of=of, classes=classes, side=side):
        for name, mean in means.items():
            if name not in result:
                result[name] = np.full((n_classes, *mean.shape), np.nan, mean.dtype)
            result[name][k] = mean
    return result


def each_class(net: Network, x: Array, t: Array, layers: Layers = None, *,
               of: Of | None = "prob", classes: int | Array | None = None,
               side: Side = "mean_of_gradients") -> Iterator[tuple[int, dict[str, Array]]]:
    """`class_gradients`, class by class: (k, {layer: (*unit shape)}) for those with images."""
    layers, t = in_order(net, layers), check_labels(t, len(x))
    entries = t if classes is None else check_labels(classes, len(x))
    n_classes = count_classes(net, x, t)
    for k in np.unique(t).tolist():
        members = np.flatnonzero(t == k)
        total: dict[str, Array] = {}
        for start in range(0, len(members), BLOCK):
            block = members[start:start + BLOCK]
            trace = net.forward(x[block])
            seed = one_hot(entries[block], n_classes, trace.y.dtype)
            if side == "gradient_of_mean":
                seed /= len(members)
            back = net.backward(trace, seed, of, down_to=layers[0])
            for name in layers:
                total[name] = total.get(name, 0) + back[name].sum(axis=0)
        if side == "mean_of_gradients":
            for name in layers:
                total[name] /= len(members)
        yield k, total


def in_order(net: Network, layers: Layers) -> list[str]:
    """The requested layers in the order of the network."""
    if layers is None:
        layers = feature_layers(net)
    layers = [layers] if isinstance(layers, str) else list(layers)
    expect_frozen(net, "gradients of one image")
    known = ["input", *net.layers]
    for name in layers:
        if name not in known:
            raise KeyError(f"no layer {name!r}; there are {', '.join(known)}")
    if not layers:
        raise ValueError("layers: none given, and the network has no convolution and no hidden "
                         "layer")
    return [name for name in known if name in layers]


def count_classes(net: Network, x: Array, t: Array) -> int:
    """K, the network's number of outputs; ShapeError unless each of the labels t has its own."""
    n_classes = net.forward(x[:1]).y.shape[1]
    if n_classes == 1:
        raise ShapeError("expected an output for each label, got a network with one, of label 1: "
                         "label 0 has no y_t. Give it two: Dense(..., 2), and a Softmax")
    one_hot(t, n_classes)
    return n_classes


def check_labels(labels: int | Array, n: int) -> Array:
    """(N,) labels, from N labels or from one label for all; ShapeError for anything else."""
    labels = np.asarray(labels)
    if labels.ndim == 0:
        labels = np.full(n, labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ShapeError(f"labels: expected one whole number for each of the {n} images, got "
                         f"{labels.dtype} of shape {labels.shape}")
    return labels
