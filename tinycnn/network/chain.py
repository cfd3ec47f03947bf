"""A chain of named layers, and the three calls from which everything else in tinycnn is made.

    trace = net.forward(x)                         # every unit's output o
    back  = net.backward(trace, seed)              # seed · ∂y/∂o at every unit
    grads = net.parameter_gradients(trace, back)   # (seed · ∂y/∂o) · ∂o/∂w for every parameter

One call for each factor of equation 2. With the seed ∂L/∂y, `back` holds ∂L/∂o. With the one-hot
row e_k as the seed, it holds the prediction gradient ∂y_k/∂o (eq. 1).
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ..layers import Layer, ShapeError
from ..layers.base import Array
from ..layers.kinds import is_tinycnns, kind_of
from . import summary
from .arguments import (
    expect,
    expect_frozen,
    expect_layer,
    is_shape,
    warn_of_nan,
    warn_of_raw_pixels,
)
from .evaluation import Evaluation, evaluate
from .freezing import frozen, mixes_images
from .losses import Loss
from .model_file import (
    build,
    describe,
    read_npz,
    readable,
    warn_if_not_finite,
    write_npz,
)
from .passes import Backward, Of, Trace, full_gate, in_blocks, same_gate, through_gate
from .shapes import output_shape

Gates = Mapping[str, Any]

FORMAT = "tinycnn network 1"


class Network:
    """An ordered chain of named layers: `Network(conv1=Conv2D(1, 5, 5), tanh1=Tanh(), ...)`.

    Args:
        input_shape: (C, H, W) of one image, given by position; optional, and used only for
            the output shapes in the printed table.
        layers: the layers by name, in the order in which they are passed.
    """

    def __init__(self, input_shape: tuple[int, ...] | None = None, /, *unnamed: object,
                 **layers: Layer) -> None:
        if unnamed or not (input_shape is None or is_shape(input_shape)):
            first = (input_shape, *unnamed)[0 if not is_shape(input_shape) else 1]
            raise ValueError("expected the shape of an image, and layers by name, as in "
                             f"Network((1, 60, 60), conv1=Conv2D(1, 5, 5)); got {first!r} without "
                             "a name")
        if not layers or any(name == "input" or "." in name for name in layers):
            raise ValueError("expected at least one layer, by name, and none called 'input' or "
                             f"with a dot in its name; got {', '.join(layers) or 'none'}")
        for name, layer in layers.items():
            expect_layer(name, layer)
        self.input_shape = input_shape
        self.layers = layers
        names = list(layers)
        self.ends_in_softmax = _is_softmax(layers[names[-1]])
        self.logits_layer = names[-2] if len(names) > 1 and self.ends_in_softmax else None

    def __getitem__(self, name: str) -> Layer:
        if name not in self.layers:
            raise KeyError(f"no layer {name!r}; there are {', '.join(self.layers)}")
        return self.layers[name]

    def __getattr__(self, name: str) -> Any:
        """Only for names that do not exist: an error with a hint."""
        hint = f"; the layer is net[{name!r}]" if name in vars(self).get("layers", ()) else ""
        raise AttributeError(f"a Network has no attribute {name!r}{hint}")

    # --- the three calls ----------------------------------------------------------------------

    def forward(self, x: Array, gates: Gates | None = None, fill: Gates | None = None) -> Trace:
        """Send images through all layers.

        Args:
            x: (N, C, H, W) images, or what the first layer takes.
            gates: {layer: factors}, one factor for each feature map (or unit) of that layer,
                multiplied with its output: 0 knocks it out, 0.5 damages it. If there are fewer
                factors than maps, the other maps are not changed.
            fill: {layer: (C,)}, the value that replaces the removed part of the output: with a
                factor g it becomes g · o + (1 - g) · fill. 0 for layers that are not named. Or
                {layer: (N, C, ...)}, one value for each output, such as those of other images.

        Raises:
            ShapeError: the layer, the shape it expected, the one it got, and the likely cause.

        Pixels up to 255 give a warning: a network learns from [0, 1].
        """
        # A copy, so that a later change of a pixel of x does not change what this pass has seen.
        given, x = np.asarray(x), np.array(x, self.precision(x))
        if "W" in next(iter(self.layers.values())).params:      # one without W may scale them
            warn_of_raw_pixels(x, given)
        trace = Trace(x, self.logits_layer, self._known(fill, "fill"))
        return self._run(trace, list(self.layers), self._known(gates))

    def regate(self, trace: Trace, gates: Gates | None) -> Trace:
        """What `forward` would give for the same images with these gates, and the same `fill`.

        Only the layers after the first changed gate are computed. The rest is shared with `trace`,
        which is not changed.
        """
        gates, names = self._known(gates), list(self.layers)
        new = Trace(trace["input"], self.logits_layer, trace.fill)
        for position, name in enumerate(names):
            gate = full_gate(name, gates.get(name), trace.ungated[name])
            if not same_gate(gate, trace.gates.get(name)):
                new.add(name, trace.ungated[name], trace.caches[name], gates.get(name))
                return self._run(new, names[position + 1:], gates)
            new.share(name, trace)
        return new

    def backward(self, trace: Trace, seed: Array, of: Of | None = None,
                 down_to: str = "input") -> Backward:
        """seed · ∂y/∂o at every unit, from the last layer back to `down_to`.

        Args:
            trace: what `forward` returned; it is not changed, and may be used any number of times.
            seed: (N, K), the row that each image's pass starts with, such as ∂L/∂y or one-hot.
            of: None seeds at the output y. "prob" is the same, for a network that ends in a
                softmax. "logit" seeds before the softmax, so that `back` holds
                seed · ∂logits/∂o; in a network without a softmax the output is the logits.
            down_to: the first layer whose gradient is wanted; the pass ends there.
        """
        names = list(self.layers)
        expect("backward", "the trace that forward gave", trace, Trace)
        of = self.entry(of)
        start, at = trace.y, names
        if of == "logit" and self.logits_layer is not None:
            start, at = trace.logits, names[:-1]
        if down_to not in ("input", *at):
            raise KeyError(f"no gradient at {down_to!r} in a pass that starts at {at[-1]!r}; "
                           f"expected one of input, {', '.join(at)}")
        seed = np.array(seed, start.dtype)
        if seed.shape != start.shape:
            raise ShapeError(f"seed: expected the shape of y, {start.shape}, got {seed.shape}. "
                             "Likely cause: one seed is needed for each image")
        back = {at[-1]: seed}
        for name, before in zip(reversed(at), reversed(["input", *at[:-1]]), strict=True):
            if name == down_to:
                break
            dy = through_gate(trace, name, back[name])
            try:
                back[before] = self.layers[name].backward(dy, trace.caches[name])
            except ShapeError as error:
                raise _named(name, error) from None
            if not isinstance(back[before], np.ndarray):
                raise TypeError(f"layer {name!r}: backward must return ∂s/∂x alone, an array; got "
                                f"{type(back[before]).__name__}")
        return Backward(dict(reversed(back.items())), of)

    def parameter_gradients(self, trace: Trace, back: Backward) -> dict[str, Array]:
        """(seed · ∂y/∂o) · ∂o/∂w for every parameter, as {"conv1.W": array, "conv1.b": ...}."""
        expect("parameter_gradients", "the trace that forward gave", trace, Trace)
        expect("parameter_gradients", "what backward gave", back, Backward)
        grads = {}
        for name, layer in self.layers.items():
            if not layer.params:
                continue
            dy = through_gate(trace, name, back[name])
            try:
                layer_grads = layer.parameter_gradients(dy, trace.caches[name])
            except ShapeError as error:
                raise _named(name, error) from None
            for key in layer.params:
                grads[f"{name}.{key}"] = layer_grads[key]
        return grads

    def entry(self, of: Of | None) -> Of:
        """What y is in a backward pass: "prob" or "logit"; None for the network's own output.

        Raises:
            ValueError: there is no such thing; "prob" needs a softmax as the last layer.
        """
        if of is None:
            return "prob" if self.ends_in_softmax else "logit"
        if of not in ("prob", "logit"):
            raise ValueError(f"of={of!r}: expected 'prob' or 'logit'")
        if of == "prob" and not self.ends_in_softmax:
            last = next(reversed(self.layers))
            raise ValueError(f"of='prob': the network ends in {last!r}, which is not a softmax, so "
                             "it has no probabilities. of='logit' means its output")
        return of

    # --- predictions --------------------------------------------------------------------------

    def frozen(self, x: Array) -> Network:
        """A copy in which every `BatchNorm` is a fixed factor and bias, a function of one image.

        Args:
            x: (N, C, H, W) images whose mean and variance it takes: all training images.
        """
        return frozen(self, np.asarray(x))

    @property
    def mixes_images(self) -> bool:
        """Whether a layer's output for an image depends on the others, as an unfrozen BatchNorm's.
        """
        return any(mixes_images(layer) for layer in self.layers.values())

    def upto(self, name: str, x: Array) -> Array:
        """What goes into layer `name`: the output of the layer before it."""
        names = list(self.layers)
        return self.through(names[:names.index(name)], np.array(x, self.precision(x)))

    def through(self, names: Sequence[str], o: Array) -> Array:
        """The output of the last of some layers in a row, if o goes into the first of them."""
        return self._run(Trace(o, None), names, {}).y

    def predict_proba(self, x: Array) -> Array:
        """y of every image, (N, K), in bounded memory."""
        expect_frozen(self, "predict")
        return np.concatenate([trace.y for trace in in_blocks(self, np.asarray(x))])

    def predict(self, x: Array) -> Array:
        """The label with the largest y for every image, (N,); the lowest one among equals.

        Warns of outputs that are NaN.
        """
        y = self.predict_proba(x)
        warn_of_nan(self, x, y)
        return self.labels(y)

    def labels(self, y: Array) -> Array:
        """(N, K) outputs -> (N,) labels; of one output 1 for y > 0, or after a sigmoid for y > 0.5.
        """
        if y.ndim != 2:
            raise ShapeError(f"labels: expected outputs (N, K), got {y.shape}. Likely cause: a "
                             "Flatten is missing at the end")
        if y.shape[1] > 1:
            return y.argmax(axis=1)
        return (y[:, 0] > 0.5 * self.ends_in_sigmoid).astype(int)

    @cached_property
    def ends_in_sigmoid(self) -> bool:
        """Whether the last layer (perhaps a student's own) goes from 0 to 1, unit by unit."""
        last = next(reversed(self.layers.values()))
        with suppress(Exception):       # a student's layer may raise anything
            ends = last.forward(np.array([[-30.0], [30.0]]))[0]
            return not last.params and np.allclose(ends, [[0], [1]])
        return False

    def evaluate(self, x: Array, t: Array, loss: Loss | None = None) -> Evaluation:
        """Loss, error and confusion matrix for images x with labels or targets t.

        Args:
            loss: what the network was trained with, such as `tc.squared_error`; without it, the
                negative log-likelihood of a softmax. Without either, L is NaN.
        """
        return evaluate(self, x, t, loss)

    # --- parameters ---------------------------------------------------------------------------

    @property
    def params(self) -> dict[str, Array]:
        """All parameters as {"conv1.W": array, ...}: the arrays themselves, not copies."""
        return {f"{name}.{key}": array for name, layer in self.layers.items()
                for key, array in layer.params.items()}

    def astype(self, dtype: Any) -> Network:
        """A copy of the network in another precision: `net.astype(np.float64)` for checks."""
        copies: dict[int, Layer] = {}       # a layer under two names stays one layer
        for layer in self.layers.values():
            copies.setdefault(id(layer), _copied(layer, dtype))
        return Network(self.input_shape, **{name: copies[id(layer)]
                                            for name, layer in self.layers.items()})

    def copy(self) -> Network:
        """A network with parameters of its own, each in the precision that it has."""
        return self.astype(None)

    def save(self, path: str | Path) -> None:
        """Write the network to a .npz file (no pickle in it).

        Raises:
            ModelFileError: `load` could not build it again, as a layer without a `config`.
        """
        write_npz(path, {"format": FORMAT, "input_shape": self.input_shape,
                         "layers": describe(self.layers, self.input_shape)}, self.params)

    @staticmethod
    def load(path: str | Path, layers: tuple[type[Layer], ...] = ()) -> Network:
        """Read what `save` wrote; `layers` are your own classes that the file may name.

        Raises:
            ModelFileError: the file is damaged or is no saved network. Nothing in it is executed.

        Warns of weights that are NaN or infinite.
        """
        header, arrays = read_npz(path, FORMAT)
        with readable(path, "its header describes no network"):
            shape = header["input_shape"]
            if shape is not None:
                shape = tuple(map(operator.index, shape))
            net = Network(shape, **build(header["layers"], arrays, path, layers, shape))
        warn_if_not_finite(net.params, path)
        return net

    # --- to look at ---------------------------------------------------------------------------

    def output_shapes(self) -> dict[str, tuple[int, ...]]:
        """Each layer's output shape for one image; {} if `input_shape` is not known.

        Raises:
            ShapeError: the layers do not fit; the first that does not, and what it expected.
        """
        shapes, error = self._shapes()
        if error is not None:
            raise error
        return shapes

    def __repr__(self) -> str:
        rows, problem = self._table()
        return summary.as_text(rows) + (f"\n{problem}" if problem else "")

    def _repr_html_(self) -> str:
        rows, problem = self._table()
        return summary.as_html(rows) + (f"<p>{escape(problem)}</p>" if problem else "")

    def _table(self) -> tuple[list[summary.Row], str]:
        shapes, error = self._shapes()
        problem = "" if error is None else f"It does not fit: {error}"
        return summary.rows(self.layers, self.input_shape, shapes), problem

    def _shapes(self) -> tuple[dict[str, tuple[int, ...]], Exception | None]:
        """The output shapes as far as the layers fit, and the error of the first that does not."""
        if self.input_shape is None:
            return {}, None
        shape = tuple(self.input_shape)
        shapes = {"input": shape}
        try:
            for name, layer in self.layers.items():
                # Two images: a batch norm cannot take one. A view of one number: a file may name
                # a shape that no memory holds.
                x = np.broadcast_to(np.float32(0), (2, *shape))
                after = output_shape(layer, shape)
                if after is None and not is_tinycnns(layer):
                    if x.size > 2 ** 26:
                        break
                    x = x.copy()
                shapes[name] = shape = after or self._run(
                    Trace(x, None), [name], {}).y.shape[1:]
        except (ValueError, MemoryError, OverflowError) as error:
            return shapes, error
        return shapes, None

    # --- inside -------------------------------------------------------------------------------

    def _run(self, trace: Trace, names: Sequence[str], gates: Gates) -> Trace:
        """Continue the pass in `trace` through the layers `names`."""
        y = trace.y
        for name in names:
            try:
                result = self.layers[name].forward(y)
            except ShapeError as error:
                raise _named(name, error) from None
            if not (isinstance(result, tuple) and len(result) == 2):
                raise TypeError(f"layer {name!r}: forward must return (y, cache), got "
                                f"{type(result).__name__}")
            y = trace.add(name, *result, gates.get(name))
        return trace

    def _known(self, gates: Gates | None, what: str = "gates") -> Gates:
        if gates is not None and not isinstance(gates, Mapping):
            raise ValueError(f"{what}: expected a dictionary {{layer: one number for each map}}, "
                             f"got {gates!r}. tc.knockout([('tanh1', 4)]) makes one")
        for name in gates or {}:
            if name not in self.layers:
                raise ValueError(f"{what}: no layer {name!r}; there are {', '.join(self.layers)}")
        return gates or {}

    def precision(self, x: Array) -> Any:
        """The precision of the parameters, or of x if there are none."""
        for layer in self.layers.values():
            for w in layer.params.values():
                return w.dtype
        dtype = np.asarray(x).dtype
        return dtype if dtype.kind == "f" else np.float32


def _copied(layer: Layer, dtype: Any) -> Layer:
    """A layer with parameters of its own; dtype None keeps the precision of each.

    A layer of one's own may have the same array under two names (self.W and self.params["W"]), or
    keep something in itself: so all of it is copied, or as much as is possible.
    """
    params = {key: np.array(w, dtype) for key, w in layer.params.items()}
    memo: dict[int, Any] = {id(w): params[key] for key, w in layer.params.items()}
    if is_tinycnns(layer):
        new = copy.copy(layer)
    else:
        with suppress(Exception):
            new = copy.deepcopy(layer, dict(memo))
            if all(new.params[key] is w for key, w in params.items()):
                return new      # params may be a property
        new = memo[id(layer)] = copy.copy(layer)
        for key, value in getattr(new, "__dict__", {}).items():
            with suppress(Exception):
                vars(new)[key] = copy.deepcopy(value, memo)
    new.params = params
    return new


def _is_softmax(layer: Layer) -> bool:
    """Whether a layer (perhaps a student's own) is a softmax; `kinds` has the rule."""
    return kind_of(layer, np.arange(6, dtype=np.float32).reshape(2, 3)) == "softmax"


def _named(name: str, error: ShapeError) -> ShapeError:
    """The same error, but it begins with the layer's name."""
    return ShapeError(f"layer {name!r}: {error}")
