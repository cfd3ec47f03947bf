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


class Narrow(tc.Dense):
    """A student's layer with a constructor of its own."""

    def __init__(self):
        super().__init__(4, 3, rng=0)


class Shows(tc.Tanh):
    """A student's layer that shows a number which changes from one object to the next."""

    def __repr__(self):
        return f"Shows({id(self)})"


def test_layers_of_ones_own_are_kept_and_known_again(tmp_path):
    x, t = np.random.default_rng(1).random((6, 4), np.float32), np.array([0, 1, 0, 1, 0, 1])

    def made():
        return tc.Network(d=Narrow(), a=Shows(), e=tc.Dense(3, 2, rng=0), s=tc.Softmax())

    assert repr(made()["d"]) == "Narrow()"
    tc.train(made(), x, t, epochs=2, checkpoint=tmp_path / "c.npz")
    assert len(tc.train(made(), x, t, epochs=3, checkpoint=tmp_path / "c.npz")) == 3
