"""A checkpoint belongs to its network, even if another one has the same parameters."""

import numpy as np
import pytest

import tinycnn as tc


def net_with(activation):
    rng = np.random.default_rng(0)
    return tc.Network(d=tc.Dense(4, 3, rng=rng), a=activation, e=tc.Dense(3, 2, rng=rng),
                      s=tc.Softmax())


def test_another_activation_does_not_go_on_from_it(tmp_path):
    x, t = np.random.default_rng(1).random((6, 4), np.float32), np.array([0, 1, 0, 1, 0, 1])
    file = tmp_path / "c.npz"
    tc.train(net_with(tc.Tanh()), x, t, epochs=2, checkpoint=file)
    with pytest.raises(tc.ModelFileError, match="checkpoint of another network"):
        tc.train(net_with(tc.ReLU()), x, t, epochs=3, checkpoint=file)
    assert len(tc.train(net_with(tc.Tanh()), x, t, epochs=3, checkpoint=file)) == 3
