"""In float32, a network that is almost certain has the gradients and rankings of float64."""

from pathlib import Path

import numpy as np
import pytest

import tinycnn as tc

MODEL = Path(__file__).resolve().parents[2] / "tutorials/drawn_faces.npz"


@pytest.mark.parametrize("reduce", ["norm_of_mean", "mean_of_norms"])
@pytest.mark.parametrize("scale", [2, 3])
def test_larger_logits(scale, reduce):
    data, net = tc.drawn_faces(), tc.Network.load(MODEL)
    for letter in "Wb":
        net.params[f"dense5.{letter}"] *= np.float32(scale)
    y = net.predict_proba(data.images)[range(len(data)), data.labels]
    assert np.median(1 - y) < 1e-5
    scores, exact = (tc.convolutional_gradients(one, data.images, data.labels, reduce=reduce)
                     for one in (net, net.astype(np.float64)))
    assert scores.scores.dtype == np.float32
    np.testing.assert_allclose(scores.scores, exact.scores, rtol=1e-3)
    for k in range(data.n_classes):
        falling = exact.scores[k, scores.ranking(k)]        # in float32's order, but for ties
        assert (falling[1:] <= falling[:-1] * (1 + 1e-4)).all()
