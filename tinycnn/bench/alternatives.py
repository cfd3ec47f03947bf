"""Other ways to write the layers, and their times: for those who try to make them faster.

Each function here computes what tinycnn computes, and none is faster. A test compares their
results; `tinycnn bench --alternatives` times them in turns.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import scipy
from numpy.lib.stride_tricks import sliding_window_view

from ..layers import Conv2D
from ..layers.base import Array, strided
from ..network.paper_net import face_net
from .machine import machine, one_blas_thread
from .report import machine_lines, table
from .timing import Run, paired_rounds, spread

log = logging.getLogger("tinycnn")


# --- forward through a convolution ------------------------------------------------------------

def lines(x: Array, W: Array, b: Array) -> Array:
    """im2col line by line: no windows that wrap round the edge, but only short copies."""
    f, c, kh, kw = W.shape
    y = []
    for image in x:
        view = sliding_window_view(image, (kh, kw), axis=(1, 2))
        patches = view.transpose(0, 3, 4, 1, 2).reshape(c * kh * kw, -1)
        y.append((W.reshape(f, -1) @ patches + b[:, None]).reshape(f, *view.shape[1:3]))
    return np.stack(y)


def one_product(x: Array, W: Array, b: Array) -> Array:
    """im2col of the whole batch, and one product for it: they are too large for the cache."""
    f, c, kh, kw = W.shape
    view = sliding_window_view(x, (kh, kw), axis=(2, 3))
    n, rows, columns = len(x), *view.shape[2:4]
    patches = view.transpose(1, 4, 5, 0, 2, 3).reshape(c * kh * kw, -1)
    y = W.reshape(f, -1) @ patches + b[:, None]
    return np.ascontiguousarray(y.reshape(f, n, rows, columns).transpose(1, 0, 2, 3))


def tensordot(x: Array, W: Array, b: Array) -> Array:
    """The shortest way to write it."""
    view = sliding_window_view(x, W.shape[2:], axis=(2, 3))
    y = np.tensordot(view, W, axes=((1, 4, 5), (1, 2, 3))) + b
    return np.ascontiguousarray(y.transpose(0, 3, 1, 2))


def channels_last(x: Array, W: Array, b: Array) -> Array:
    """NHWC: a window is kh runs of kw·C numbers. x is (N, H, W, C) here, and y (N, H', W', F)."""
    f, _, kh, kw = W.shape
    weights = W.transpose(2, 3, 1, 0).reshape(-1, f)
    view = sliding_window_view(x, (kh, kw), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
    return np.stack([image.reshape(-1, len(weights)) @ weights + b for image in view]).reshape(
        *view.shape[:3], f)


def views_of_lines(x: Array, W: Array, b: Array) -> Array:
    """Copies only the shifts along a line, as for ∂s/∂W; y is the sum of kh products."""
    (f, c, kh, kw), (n, _, height, width) = W.shape, x.shape
    rows, columns = height - kh + 1, width - kw + 1
    run, last = height * width - kw + 1, (rows - 1) * width + columns
    weights = W.transpose(2, 0, 1, 3).reshape(kh, f, c * kw)
    lines, y = np.empty((c, kw, run), x.dtype), np.empty((n, f, rows, columns), x.dtype)
    shifted_lines = strided(lines, (kh, c * kw, last), (width, run, 1))
    for image, units in zip(x, y, strict=True):
        lines[...] = strided(image, (c, kw, run), (height * width, 1, 1))
        total = np.add.reduce(weights @ shifted_lines, axis=0) + b[:, None]
        units[...] = strided(total, (f, rows, columns), (last, width, 1))
    return y


def fourier(x: Array, W: Array, b: Array) -> Array:
    """The convolution theorem: it is not worth it for kernels as small as 5 x 5."""
    size, (kh, kw) = x.shape[2:], W.shape[2:]
    images = scipy.fft.rfft2(x, size)
    kernels = np.conj(scipy.fft.rfft2(W, size))
    y = scipy.fft.irfft2(np.einsum("nchw,fchw->nfhw", images, kernels, optimize=True), size)
    return y[:, :, :size[0] - kh + 1, :size[1] - kw + 1] + b[:, None, None]


# --- and back ---------------------------------------------------------------------------------

def one_sum_a_pixel(dy: Array, W: Array) -> Array:
    """∂s/∂x as kh·kw sums into slices (col2im), one for each pixel of the window."""
    (n, f, rows, columns), (_, c, kh, kw) = dy.shape, W.shape
    products = (W.reshape(f, -1).T @ dy.reshape(n, f, -1)).reshape(n, c, kh, kw, rows, columns)
    dx = np.zeros((n, c, rows + kh - 1, columns + kw - 1), dy.dtype)
    for i, j in np.ndindex(kh, kw):
        dx[:, :, i:i + rows, j:j + columns] += products[:, :, i, j]
    return dx


def turned_kernel(dy: Array, W: Array) -> Array:
    """∂s/∂x as a convolution of the padded ∂s/∂y with the kernel turned by 180°."""
    f, c, kh, kw = W.shape
    layer = Conv2D(f, c, (kh, kw), padding=(kh - 1, kw - 1))
    layer.params = {"W": np.ascontiguousarray(W[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)),
                    "b": np.zeros(c, W.dtype)}
    return layer.forward(dy)[0]


# --- max-pooling of 2 x 2, forward and back ---------------------------------------------------

def argmax(x: Array, dy: Array) -> tuple[Array, Array]:
    """The index of the largest value in each window, and a scatter to it."""
    n, c, height, width = x.shape
    windows = x.reshape(n, c, height // 2, 2, width // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    flat = windows.reshape(*windows.shape[:4], 4)
    winner = flat.argmax(axis=4)[..., None]
    y = np.take_along_axis(flat, winner, axis=4)[..., 0]
    dx = np.zeros_like(flat)
    np.put_along_axis(dx, winner, dy[..., None], axis=4)
    return y, dx.reshape(windows.shape).transpose(0, 1, 2, 4, 3, 5).reshape(x.shape)


def pairs(x: Array, dy: Array) -> tuple[Array, Array]:
    """Maxima of pairs, first of columns, then of rows: half the comparisons, but strided."""
    left, right = x[..., 0::2], x[..., 1::2]
    lines, to_right = np.maximum(left, right), right > left
    above, below = lines[:, :, 0::2], lines[:, :, 1::2]
    y, to_below = np.maximum(above, below), below > above
    dlines, dx = np.empty_like(lines), np.empty_like(x)
    np.multiply(dy, to_below, out=dlines[:, :, 1::2])
    np.subtract(dy, dlines[:, :, 1::2], out=dlines[:, :, 0::2])
    np.multiply(dlines, to_right, out=dx[..., 1::2])
    np.subtract(dlines, dx[..., 1::2], out=dx[..., 0::2])
    return y, dx


# --- measured ---------------------------------------------------------------------------------

def runs(x: Array, seed: int = 0) -> dict[str, dict[str, Run]]:
    """{job: {way: run}}; the first way is tinycnn's own. x are faces (N, 1, H, W)."""
    net = face_net(seed=seed, size=x.shape[2:])
    trace = net.forward(x)
    conv, pool = net["conv2"], net["pool1"]
    W, b, maps = conv.params["W"], conv.params["b"], trace["pool1"]
    dy = np.random.default_rng(seed).normal(size=trace["conv2"].shape).astype(x.dtype)
    d_pool = np.random.default_rng(seed).normal(size=maps.shape).astype(x.dtype)
    last = np.ascontiguousarray(maps.transpose(0, 2, 3, 1))
    wide = trace["tanh1"]

    def pool_both() -> tuple[Array, Array]:
        y, cache = pool.forward(wide)
        return y, pool.backward(d_pool, cache)

    return {
        "conv2 forward": {
            "conv2": lambda: conv.forward(maps)[0], "lines": lambda: lines(maps, W, b),
            "one product": lambda: one_product(maps, W, b),
            "tensordot": lambda: tensordot(maps, W, b),
            "channels last": lambda: channels_last(last, W, b).transpose(0, 3, 1, 2),
            "views of lines": lambda: views_of_lines(maps, W, b),
            "Fourier": lambda: fourier(maps, W, b)},
        "conv2 backward": {
            "conv2": lambda: conv.backward(dy, trace.caches["conv2"]),
            "one sum a pixel": lambda: one_sum_a_pixel(dy, W),
            "turned kernel": lambda: turned_kernel(dy, W)},
        "pool1 forward and back": {
            "pool1": pool_both, "argmax": lambda: argmax(wide, d_pool),
            "pairs": lambda: pairs(wide, d_pool)}}


def measure_alternatives(x: Array, rounds: int, seed: int = 0, repeats: int = 20
                         ) -> dict[str, Any]:
    """Time every way in turns with tinycnn's own, `repeats` times in a row.

    Args:
        x: the images, one batch of (N, 1, H, W).
        rounds: the number of rounds.
        seed: for the weights, the gradients, and the order in each round.

    Returns:
        The document that `--json` writes: for each way the seconds for an image, and the ratio to
        tinycnn's own time of the same round.
    """
    rng, found = np.random.default_rng(seed), []
    with one_blas_thread() as blas:
        for job, ways in runs(x, seed).items():
            log.info("%s", job)
            repeated = {way: partial(_repeat, run, repeats) for way, run in ways.items()}
            paired_rounds(repeated, rng, rounds=1)      # warms up
            times = paired_rounds(repeated, rng, rounds=rounds)
            ours = times[next(iter(ways))]
            found += [{"job": job, "way": way, "seconds": asdict(spread(took / repeats / len(x))),
                       "ratio": asdict(spread(took / ours))} for way, took in times.items()]
        return {"machine": machine(), "blas": blas, "dtype": str(x.dtype), "batch": len(x),
                "alternatives": found}


def _repeat(run: Run, times: int) -> None:
    for _ in range(times):
        run()


def as_text(document: dict[str, Any]) -> str:
    """The document as text, 80 columns wide: a table for each job."""
    parts, found = [machine_lines(document)], document["alternatives"]
    for job in dict.fromkeys(each["job"] for each in found):
        rows = [(each["way"], f"{1e6 * each['seconds']['median']:.1f}",
                 f"{each['ratio']['median']:.2f}",
                 f"{each['ratio']['low']:.2f}-{each['ratio']['high']:.2f}")
                for each in found if each["job"] == job]
        parts.append(table((f"{job}, batch {document['batch']}", "µs an image", "ratio",
                            "quartiles"), rows))
    return "\n\n".join(parts)
