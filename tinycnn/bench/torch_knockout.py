"""The work of Fig. 2 in PyTorch: a whole forward pass for every step of every curve.

A gate that is not negative may multiply a map after pooling instead of before it: the maxima are
the same, and there are four times fewer numbers. (Multiplying the weights that read the map instead
is not faster: weights that change cannot be prepared once for all.)
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F

from ..analysis.knockouts import knockout
from ..gradients import Feature
from ..network import Network
from .jobs import Task
from .timing import Run
from .torch_jobs import KERNELS, LAYOUTS
from .torch_net import BLOCKS, Tensor, TorchFaceNet, as_tensor, kernels

IMAGES_AT_ONCE = (16, 33, 165)
FROZEN = {"eager": False, "frozen": True}


class GatedFaceNet(torch.nn.Module):
    """Labels of images, with the pooled maps multiplied by gates.

    Args:
        net: the network.
    """

    def __init__(self, net: TorchFaceNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, *gates: Tensor) -> Tensor:
        """(N, 1, H, W) images and each convolution's gates, (C,) -> (N,) labels."""
        p = self.net.params
        for i, gate in zip(BLOCKS, gates, strict=True):
            x = F.max_pool2d(torch.tanh(F.conv2d(x, p[f"conv{i}.W"], p[f"conv{i}.b"])), 2)
            x = x * gate[:, None, None]
        hidden = torch.tanh(F.linear(x.flatten(1), p["dense4.W"], p["dense4.b"]))
        return F.linear(hidden, p["dense5.W"], p["dense5.b"]).argmax(1)


def knockouts(task: Task, orders: Sequence[Sequence[Feature]], only: Sequence[str] | None = None
              ) -> dict[str, Run]:
    """{way: the curves of these orders}, for all ways or for those named in `only`.

    Each run returns the labels of every curve, (steps + 1, N), as tinycnn's job does.
    """
    x = as_tensor(task.x)
    curves = [gates_of_steps(task.net, order) for order in orders]

    def way(net: TorchFaceNet, onednn: bool, frozen: bool, block: int) -> Run:
        blocks = [net.laid_out(part) for part in x.split(block)]
        predict: torch.nn.Module = GatedFaceNet(net).eval()
        if frozen:
            predict = frozen_script(predict, (blocks[0], *curves[0][0]))

        def run() -> list[np.ndarray]:
            with kernels(onednn), torch.inference_mode():
                return [torch.stack([torch.cat([predict(part, *gates) for part in blocks])
                                     for gates in steps]).numpy() for steps in curves]
        return run

    sizes = sorted({min(size, len(x)) for size in IMAGES_AT_ONCE})
    ways = {}
    for layout, kernel, how, block in product(LAYOUTS, KERNELS, FROZEN, sizes):
        name = f"{layout}, {kernel}, {how}, {block} at once"
        if only is None or name in only:
            ways[name] = way(TorchFaceNet(task.net, LAYOUTS[layout]), KERNELS[kernel],
                             FROZEN[how], block)
    return ways


def gates_of_steps(net: Network, order: Sequence[Feature]) -> list[tuple[Tensor, ...]]:
    """The gates of the three tanh layers, intact and after each removal."""
    steps = []
    for step in range(len(order) + 1):
        removed = knockout(order[:step])
        gates = []
        for i in BLOCKS:
            gate = torch.ones(len(net.params[f"conv{i}.b"]))
            factors = removed.get(f"tanh{i}", np.ones(0))
            gate[:len(factors)] = torch.tensor(factors, dtype=gate.dtype)
            gates.append(gate)
        steps.append(tuple(gates))
    return steps


def frozen_script(module: torch.nn.Module, example: tuple[Tensor, ...]) -> torch.nn.Module:
    """TorchScript with the weights as constants, and oneDNN operations chosen and fused for them.

    `torch.jit.freeze` by itself gains nothing here; `optimize_for_inference` does more, and gains
    a third.
    """
    with warnings.catch_warnings():
        # Newer versions recommend torch.compile, which needs a C++ compiler.
        warnings.filterwarnings("ignore", "`torch.jit", DeprecationWarning)
        return torch.jit.optimize_for_inference(torch.jit.trace(module, example))
