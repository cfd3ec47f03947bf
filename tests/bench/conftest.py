"""Three drawn people, small: enough to check the jobs of the benchmark."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.bench.jobs import Task


@pytest.fixture(scope="session")
def task():
    faces = tc.drawn_faces(36, people=3)
    net = tc.face_net(3, seed=1, size=36)
    for w in net.params.values():       # biases too: none of them should be 0
        w += np.random.default_rng(w.size).normal(0, 0.05, w.shape).astype(w.dtype)
    # Where an image is flat, the maximum in pooling would depend on rounding.
    noise = np.random.default_rng(0).normal(0, 0.1, faces.images.shape).astype(np.float32)
    return Task(net, faces.images + noise, faces.labels, faces.split()[0], 3)
