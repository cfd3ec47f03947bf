"""Time and peak memory as the work grows: larger batches, more images, larger images, more maps."""

from __future__ import annotations

import logging
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..analysis import gradient_cost
from ..datasets import read_data
from ..gradients import iter_prediction_gradients, prediction_gradients
from ..layers import Conv2D, Dense, Flatten, MaxPool2D, Softmax, Tanh
from ..network import Network
from ..network.paper_net import face_net
from ..training import train
from .jobs import STANDSTILL
from .machine import machine, one_blas_thread
from .report import duration, machine_lines, megabytes, table
from .timing import Run, no_garbage_collection, seconds

log = logging.getLogger("tinycnn")

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
IMAGES = (165, 640, 2500, 10_000)
SIDES = (60, 84, 120, 168, 240)
MAPS = (1, 2, 4, 8)
PATIENCE = 0.5          # seconds after which a job is not repeated, if it ran three times
LONG = 5.0              # seconds: a job this long is timed once
STEP, EPOCH, TRUE, ALL = "a training step", "epoch, batch 10", "true class", "all classes"
TITLES = {
    "batch": "A training step of this many images",
    "images": "This many images of 60 x 60",
    "side": "Images of this many rows and columns",
    "maps": "This many times as many maps in each layer",
}


def measure_scaling(data: str | Path | None = None, seed: int = 0) -> dict[str, Any]:
    """Measure everything; returns the document that `--json` writes.

    Args:
        data: a folder or archive of faces; None for the drawn ones. If more images are needed,
            they are used again.
        seed: for the weights and the split.
    """
    with one_blas_thread() as blas:
        faces = read_data(data)
        net = face_net(faces.n_classes, seed=seed)
        log.info("gradients in epochs")
        cost = gradient_cost(net, faces.images, faces.labels, faces.split(seed=seed)[0], rounds=11)
        points = []
        for parameter, value, jobs in _grid(faces.images, faces.labels, net, data, seed):
            log.info("%s %s", parameter, f"{value:,}")
            for job, run in jobs.items():
                points.append({"parameter": parameter, "value": value, "job": job,
                               "seconds": least_seconds(run), "peak_bytes": peak_bytes(run)})
        return {"machine": machine(), "blas": blas, "dtype": "float32",
                "data": {"images": len(faces), "classes": faces.n_classes},
                "cost": asdict(cost), "growth": curves(points)}


def _grid(x: np.ndarray, t: np.ndarray, net: Network, data: str | Path | None, seed: int
          ) -> Iterator[tuple[str, int, dict[str, Run]]]:
    """(parameter, its value, the jobs by name), one after the other."""
    n_classes = net.output_shapes()["softmax"][0]
    for batch in BATCHES:
        yield "batch", batch, {STEP: _training(net, *_many(x, t, batch), batch)}
    for images in IMAGES:
        yield "images", images, _three(net, *_many(x, t, images))
    for side in SIDES:
        larger = read_data(data, side)
        yield "side", side, _three(face_net(n_classes, seed, side), larger.images, larger.labels)
    for factor in MAPS:
        yield "maps", factor, _three(wide_face_net(n_classes, factor, seed), x, t)


def _many(x: np.ndarray, t: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """n images and labels: the given ones, repeated."""
    again = np.arange(n) % len(x)
    return x[again], t[again]


def _three(net: Network, x: np.ndarray, t: np.ndarray) -> dict[str, Run]:
    """An epoch; ∂y_t/∂o at every unit, kept; and ∂y_k/∂o for all classes, streamed."""
    def true_class() -> None:
        prediction_gradients(net, x, classes=t)

    def all_classes() -> None:
        for _ in iter_prediction_gradients(net, x):
            pass
    return {EPOCH: _training(net, x, t, 10), TRUE: true_class, ALL: all_classes}


def _training(net: Network, x: np.ndarray, t: np.ndarray, batch_size: int) -> Run:
    pupil = net.copy()

    def run() -> None:
        train(pupil, x, t, epochs=1, batch_size=batch_size, learning_rate=STANDSTILL)
    return run


def wide_face_net(n_classes: int, factor: int, seed: int) -> Network:
    """`face_net` for 60 x 60 images with `factor` times as many maps in each layer."""
    rng, (f1, f2, f3) = np.random.default_rng(seed), (factor * maps for maps in (5, 8, 10))
    return Network(
        (1, 60, 60),
        conv1=Conv2D(1, f1, 5, rng=rng), tanh1=Tanh(), pool1=MaxPool2D(2),
        conv2=Conv2D(f1, f2, 5, rng=rng), tanh2=Tanh(), pool2=MaxPool2D(2),
        conv3=Conv2D(f2, f3, 5, rng=rng), tanh3=Tanh(), pool3=MaxPool2D(2),
        flatten=Flatten(), dense4=Dense(f3 * 16, 20, rng=rng), tanh4=Tanh(),
        dense5=Dense(20, n_classes, rng=rng), softmax=Softmax())


def least_seconds(run: Run, time_once: Callable[[Run], float] = seconds) -> float:
    """The shortest of some runs: three or more, or one if the job is long.

    No ratios are taken here, so the least disturbed run is the best estimate.
    """
    with no_garbage_collection():
        times = [time_once(run)]
        while times[0] < LONG and (len(times) < 3 or sum(times) < PATIENCE):
            times.append(time_once(run))
    return min(times)


def peak_bytes(run: Run) -> int:
    """The most memory that a run holds at once, beyond what was there before. Slow, not timed."""
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def curves(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One curve for each parameter and job, with the exponents of its growth.

    Returns:
        [{"parameter", "job", "values", "seconds", "peak_bytes", "time_exponent",
        "memory_exponent"}, ...]; an exponent e says that the cost grows like the parameter to the
        power of e.
    """
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for point in points:
        found.setdefault((point["parameter"], point["job"]), []).append(point)
    result = []
    for (parameter, job), row in found.items():
        values, times, peaks = ([p[key] for p in row] for key in ("value", "seconds", "peak_bytes"))
        result.append({"parameter": parameter, "job": job, "values": values, "seconds": times,
                       "peak_bytes": peaks, "time_exponent": exponent(values, times),
                       "memory_exponent": exponent(values, peaks)})
    return result


def exponent(values: list[float], costs: list[float]) -> float:
    """The slope of the straight line through the points, both axes logarithmic."""
    return float(np.polyfit(np.log(values), np.log(costs), 1)[0])


def as_text(document: dict[str, Any]) -> str:
    """The document as text, 80 columns wide."""
    growth, cost = document["growth"], document["cost"]
    parts = [machine_lines(document)]
    for parameter in dict.fromkeys(curve["parameter"] for curve in growth):
        parts.append(_table([curve for curve in growth if curve["parameter"] == parameter]))
    parts.append(f"Gradients at every unit of all {document['data']['images']} images, in epochs "
                 f"of training (batch 10):\ntrue class {cost['true_class_epochs']:.2f}, all "
                 f"{document['data']['classes']} classes {cost['all_classes_epochs']:.2f}")
    return "\n\n".join(parts)


def _table(same: list[dict[str, Any]]) -> str:
    """The curves over one parameter: a line for each value, and one for the exponents."""
    parameter = same[0]["parameter"]
    rows = [(f"{value:,}", *(cell for curve in same for cell in (
        duration(curve["seconds"][i]), megabytes(curve["peak_bytes"][i]))))
        for i, value in enumerate(same[0]["values"])]
    rows.append(("grows like", *(f"^{curve[key]:.2f}" for curve in same
                                 for key in ("time_exponent", "memory_exponent"))))
    title = f"{TITLES[parameter]}: time, and peak memory\n"
    jobs = [cell for curve in same for cell in (curve["job"], "memory")]
    return title + table((parameter, *jobs), rows)
