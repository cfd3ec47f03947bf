"""The paper's network in PyTorch, with autograd and by hand.

By hand means PyTorch's own kernels, called in the order of backpropagation: without the graph that
autograd builds in every pass, small batches take less time.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..network import Network

BLOCKS = (1, 2, 3)      # each a convolution, tanh, and 2 x 2 pooling
aten = torch.ops.aten


@contextmanager
def kernels(onednn: bool) -> Iterator[None]:
    """PyTorch's oneDNN kernels, or its native ones."""
    with warnings.catch_warnings():
        # On a machine without an Intel GPU, setting the flags warns once that there is none.
        warnings.filterwarnings("ignore", "TF32 acceleration on top of oneDNN", UserWarning)
        with torch.backends.mkldnn.flags(enabled=onednn):
            yield


@contextmanager
def torch_threads(n: int) -> Iterator[None]:
    """Run PyTorch's operations on n threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def as_tensor(array: np.ndarray) -> Tensor:
    """A copy with the strides of an ordinary contiguous tensor.

    NumPy may give an axis of length 1 any stride, and `torch.tensor` keeps it. PyTorch then treats
    one-channel images as channels-last, and its native kernels take three times as long.
    """
    return torch.empty(array.shape, dtype=torch.from_numpy(array).dtype).copy_(
        torch.from_numpy(array))


class TorchFaceNet:
    """The weights of `face_net` as tensors, and its passes.

    Args:
        net: a network from `face_net`, of any size.
        channels_last: keep images, maps and filters as (N, H, W, C) in memory.

    Attributes:
        params: {"conv1.W": tensor, ...}; dense weights are (out, in), as PyTorch wants them.
    """

    def __init__(self, net: Network, channels_last: bool) -> None:
        self.channels_last = channels_last
        self.params: dict[str, Tensor] = {}
        for name, w in net.params.items():
            tensor = as_tensor(w)
            self.params[name] = self.laid_out(tensor) if w.ndim != 2 else tensor.T.contiguous()

    def laid_out(self, x: Tensor) -> Tensor:
        """Images or filters in the layout of this network.

        With one channel both layouts are the same bytes, and `x.contiguous(memory_format=...)`
        returns x as it is; only `.to` writes the strides that choose the kernels.
        """
        if self.channels_last and x.ndim == 4:
            return x.to(memory_format=torch.channels_last)
        return x

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, K) logits and the three tanh layers' maps, for autograd."""
        p, maps = self.params, []
        for i in BLOCKS:
            x = torch.tanh(F.conv2d(x, p[f"conv{i}.W"], p[f"conv{i}.b"]))
            maps.append(x)
            x = F.max_pool2d(x, 2)
        hidden = torch.tanh(F.linear(x.flatten(1), p["dense4.W"], p["dense4.b"]))
        return F.linear(hidden, p["dense5.W"], p["dense5.b"]), maps

    def forward_by_hand(self, x: Tensor) -> tuple[Tensor, list[tuple]]:
        """(N, K) logits, and the cache that `backward_by_hand` needs."""
        p, cache = self.params, []
        for i in BLOCKS:
            o = torch.tanh(torch.conv2d(x, p[f"conv{i}.W"], p[f"conv{i}.b"]))
            pooled, winners = aten.max_pool2d_with_indices(o, [2, 2], [2, 2])
            cache.append((x, o, winners))
            x = pooled
        flat = x.flatten(1)
        hidden = torch.tanh(F.linear(flat, p["dense4.W"], p["dense4.b"]))
        return F.linear(hidden, p["dense5.W"], p["dense5.b"]), [*cache, (flat, hidden, x.shape)]

    def backward_by_hand(self, d: Tensor, cache: list[tuple], learn: bool
                         ) -> tuple[list[Tensor], dict[str, Tensor]]:
        """From (N, K) ∂s/∂logits to the tanh maps' gradients, and with `learn` the parameters'.

        Without `learn` the pass ends at the first tanh layer.
        """
        p, at_maps = self.params, []
        grads: dict[str, Tensor] = {}
        flat, hidden, shape = cache[-1]
        if learn:
            grads |= {"dense5.W": d.T @ hidden, "dense5.b": d.sum(0)}
        d = aten.tanh_backward(d @ p["dense5.W"], hidden)
        if learn:
            grads |= {"dense4.W": d.T @ flat, "dense4.b": d.sum(0)}
        d = (d @ p["dense4.W"]).reshape(shape)
        if self.channels_last:
            d = d.contiguous(memory_format=torch.channels_last)
        for i, (x, o, winners) in zip(reversed(BLOCKS), reversed(cache[:-1]), strict=True):
            d = aten.max_pool2d_with_indices_backward(d, o, [2, 2], [2, 2], [0, 0], [1, 1], False,
                                                      winners)
            at_maps.append(d)
            if i == 1 and not learn:
                break
            d, dW, db = aten.convolution_backward(
                aten.tanh_backward(d, o), x, p[f"conv{i}.W"], [o.shape[1]], [1, 1], [0, 0], [1, 1],
                False, [0, 0], 1, [i > 1, learn, learn])
            if learn:
                grads |= {f"conv{i}.W": dW, f"conv{i}.b": db}
        return at_maps[::-1], grads
