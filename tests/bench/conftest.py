"""Three drawn people, small: as much as the jobs of the benchmark need to be right or wrong."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.bench.jobs import Task


@pytest.fixture(scope="session")
def task():
    faces = tc.drawn_faces(36, people=3)
    net = tc.face_net(3, seed=1, size=36)
    for w in net.params.values():       # biases too: none of them is to be 0
        w += np.random.default_rng(w.size).normal(0, 0.05, w.shape).astype(w.dtype)
    # Where an image is flat, pooling's maximum hangs on a rounding.
    noise = np.random.default_rng(0).normal(0, 0.1, faces.images.shape).astype(np.float32)
    return Task(net, faces.images + noise, faces.labels, faces.split()[0], 3)
