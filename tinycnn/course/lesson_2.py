"""Lesson 2, layers: what is right, and what usually goes wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..gradcheck.zoo import ZOO
from ..layers import Conv2D, Layer, MaxPool2D, Softmax
from .exercise import Answer, Exercise, Written
from .layer_exercise import LayerClass

Array = np.ndarray
Cases = list[tuple[Any, ...]]

AVERAGED = 3        # the window size for the check of the student's average-pooling
ONES = np.ones((AVERAGED, AVERAGED))
LIMIT = float(np.log(float(np.finfo(np.float32).max)))      # 88.7228: exp(88.73) is inf in float32


def _output_size(size: int, window: int, stride: int, padding: int) -> int:
    """How many units a row of pixels gives, counted by a convolution."""
    layer = Conv2D(1, 1, (1, window), stride=(1, stride), padding=(0, padding))
    y, _ = layer.forward(np.zeros((1, 1, 1, size)))
    return y.shape[3]


def _sizes(rng: np.random.Generator) -> Cases:
    return [(60, 5, 1, 0), (56, 2, 2, 0), (60, 5, 1, 2),
            *((int(rng.integers(20, 80)), int(rng.integers(2, 8)), int(rng.integers(2, 5)),
               int(rng.integers(1, 4))) for _ in range(9))]


def _winner_takes_all(window: Array, dy: float) -> Array:
    """The gradient of one window, by the max-pooling itself."""
    layer = MaxPool2D((window.shape[0], window.shape[1]))
    _, cache = layer.forward(window[None, None])
    return layer.backward(np.full((1, 1, 1, 1), dy), cache)[0, 0]


def _windows(rng: np.random.Generator) -> Cases:
    """Random windows, some with a tie, and one that is the same everywhere."""
    return [(rng.normal(size=(2, 2)), rng.normal()), (np.full((2, 2), 0.25), rng.normal()),
            *((rng.integers(-3, 1, size=shape).astype(float), rng.normal())
              for shape in ((2, 3), (3, 2), (3, 3), (4, 4)))]


def _last_wins(window: Array, dy: float) -> Array:
    return _winner_takes_all(window[::-1, ::-1].copy(), dy)[::-1, ::-1]


def _average_pooled(x: Array) -> Array:
    """Average-pooling by a convolution: all weights are 1/size², and the stride is the size."""
    layer = Conv2D(1, 1, AVERAGED, stride=AVERAGED)
    layer.params = {"W": np.full((1, 1, AVERAGED, AVERAGED), 1 / AVERAGED ** 2), "b": np.zeros(1)}
    n, c, height, width = x.shape
    y, _ = layer.forward(x.reshape(n * c, 1, height, width))
    return y.reshape(n, c, *y.shape[2:])


def _average(block: Array | None, factor: float = 1) -> type:
    """Average-pooling with a mistake: backward makes dy · block of each dy, or tiles the map."""
    def backward(self: Layer, dy: Array, cache: None) -> Array:
        dx = np.tile(dy, ONES.shape) / ONES.size if block is None else np.kron(dy, block)
        return dx.astype(dy.dtype)

    return type("_WrongAverage", (Layer,), {
        "__init__": lambda self, size: Layer.__init__(self), "backward": backward,
        "forward": lambda self, x: ((_average_pooled(x) * factor).astype(x.dtype), None)})


def _softmax_cases(rng: np.random.Generator) -> Cases:
    return [(rng.normal(size=shape), rng.dirichlet(np.ones(shape[1]), shape[0]))
            for shape in ((1, 2), (2, 3), (3, 3), (4, 15))]


EXERCISES: dict[str, Exercise] = {
    "2.1": Written(
        _output_size, _sizes,
        {"the + 1 is missing: a window as large as the image fits once, not zero times":
            lambda *case: _output_size(*case) - 1,
         "// comes before + and -: brackets are missing": lambda size, window, stride, padding:
            size + 2 * padding - window // stride + 1,
         "the padding is added on both sides": lambda size, window, stride, padding:
            (size + padding - window) // stride + 1,
         "a window that does not fit is dropped, so round down":
            lambda size, window, stride, padding:
            -(-(size + 2 * padding - window) // stride) + 1,
         "a part of a window does not count, so round down: // divides whole numbers":
            lambda size, window, stride, padding: (size + 2 * padding - window) / stride + 1,
         "add 1 after the division: the first window needs no step": lambda size, window,
            stride, padding: (size + 2 * padding - window + 1) // stride}),
    "2.2": LayerClass(
        kind="relu",
        mistakes={
            "the gradient passes where the unit was off": ZOO["ReLUPassesEverything"],
            "the sign of dy decides what passes": ZOO["ReLURectifiesGradient"],
            "the gradient passes where x is exactly 0": ZOO["ReLUPassesAtZero"],
            "the mask is kept in self": ZOO["ReLURemembersMask"]}),
    "2.3": Written(
        _winner_takes_all, _windows,
        {"several equal values each get the whole gradient: a window has one winner":
            lambda window, dy: dy * (window == window.max()),
         "among equal values the first in reading order wins, not the last": _last_wins,
         "dy is shared among equal values: the first of them gets all of it":
             lambda window, dy: dy * (window == window.max()) / (window == window.max()).sum(),
         "every pixel gets dy, not only the winner": lambda window, dy: np.full(window.shape, dy),
         "the winner gets dy itself, not dy times its own value":
            lambda window, dy: _winner_takes_all(window, dy * window.max())}),
    "2.4": LayerClass(
        build=lambda cls: cls(AVERAGED), outputs=_average_pooled,
        x=lambda rng: rng.normal(size=(2, 3, 6, 9)),
        mistakes={
            "forward gives the sum": _average(ONES / ONES.size, ONES.size),
            "each pixel gets all of dy": _average(ONES),
            "each pixel gets dy/size": _average(ONES / AVERAGED),
            "one pixel gets everything, as in max-pooling": _average(np.diag([1, 0, 0])),
            "np.tile repeats the whole map, but np.repeat is meant: it repeats each number":
                _average(None)}),
    "2.5": Written(
        lambda dy, y: Softmax().backward(dy, y), _softmax_cases,
        {"each x_j changes every y_k, not only y_j": lambda dy, y: dy * y * (1 - y),
         "the sign of the sum is wrong: if one y rises, the others fall":
            lambda dy, y: y * (dy + (dy * y).sum(axis=1, keepdims=True)),
         "the factor y_j in front is missing":
            lambda dy, y: dy - (dy * y).sum(axis=1, keepdims=True),
         "the sum runs over the images, not over the classes":
            lambda dy, y: y * (dy - (dy * y).sum(axis=0)),
         "the sum runs over the whole batch: each image has its own, axis=1":
            lambda dy, y: y * (dy - (dy * y).sum()),
         "the sign is wrong: it is dy minus the sum, not the sum minus dy":
            lambda *case: -Softmax().backward(*case),
         "the sum needs keepdims=True": lambda dy, y: y * (dy - (dy * y).sum(axis=1))}),
    "2.6": Answer(
        lambda: (88 + LIMIT) / 2,       # all from 88, which is rounded down, to the limit itself
        {"exp of it is inf in float32: round the limit down, not up": lambda: 89,
         "exp of it is finite, but so is exp of a larger whole number": lambda: 87,
         "that is the largest number, but asked is its logarithm": lambda: np.finfo(np.float32).max,
         "that is the limit of float64": lambda: np.log(np.finfo(np.float64).max),
         "that is the logarithm to base 10": lambda: np.log10(np.finfo(np.float32).max),
         "that is the logarithm to base 2": lambda: np.log2(np.finfo(np.float32).max)},
        tolerance=0.0041),
}
