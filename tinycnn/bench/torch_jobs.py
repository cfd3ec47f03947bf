"""Training and prediction gradients in PyTorch, in every way that might be the fastest.

The tests check that each way computes what tinycnn computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

import torch
import torch.nn.functional as F

from .jobs import Task
from .timing import Run
from .torch_net import Tensor, TorchFaceNet, as_tensor, kernels

LAYOUTS = {"contiguous": False, "channels-last": True}
KERNELS = {"native": False, "oneDNN": True}
IMAGES_AT_ONCE = (8, 11, 16, 165)      # one at a time takes two to four times as long
Blocks = Iterator[tuple[slice, "int | None", list[Tensor]]]


def epochs(task: Task, batch_size: int, learning_rate: float, n: int = 1) -> dict[str, Run]:
    """{way: training for n epochs with plain gradient descent}.

    Each run continues the training of its way's network, and returns this network.
    """
    x, t = (as_tensor(a[task.train_part]) for a in (task.x, task.t))

    def way(net: TorchFaceNet, onednn: bool, gradients: Callable[..., tuple]) -> Run:
        params = list(net.params.values())

        def run() -> TorchFaceNet:
            with kernels(onednn):
                for _ in range(n):
                    for batch in torch.randperm(len(x)).split(batch_size):
                        loss, grads = gradients(net, net.laid_out(x[batch]), t[batch])
                        with torch.no_grad():
                            torch._foreach_add_(params, grads, alpha=-learning_rate)
                        loss.item()
            return net
        return run

    return {f"{layout}, {kernel}, {how}":
            way(TorchFaceNet(task.net, LAYOUTS[layout]), KERNELS[kernel], gradients)
            for layout, kernel, (how, gradients) in product(LAYOUTS, KERNELS, LEARN.items())}


def learn_by_autograd(net: TorchFaceNet, x: Tensor, t: Tensor) -> tuple[Tensor, list[Tensor]]:
    """The mean negative log-likelihood of a batch, and its gradient for every parameter."""
    params = list(net.params.values())
    for w in params:
        w.requires_grad_(True)
    loss = F.cross_entropy(net.forward(x)[0], t)
    return loss, list(torch.autograd.grad(loss, params))


def learn_by_hand(net: TorchFaceNet, x: Tensor, t: Tensor) -> tuple[Tensor, list[Tensor]]:
    """The same without a graph."""
    with torch.no_grad():
        logits, cache = net.forward_by_hand(x)
        d = torch.softmax(logits, 1)
        d[torch.arange(len(t)), t] -= 1
        _, grads = net.backward_by_hand(d / len(t), cache, learn=True)
        return F.cross_entropy(logits, t), [grads[name] for name in net.params]


LEARN = {"autograd": learn_by_autograd, "by hand": learn_by_hand}


def true_class(task: Task) -> dict[str, Run]:
    """{way: ∂y_t/∂o of all images, kept in memory as a list of blocks}."""
    def run(blocks: Callable[[], Blocks]) -> list:
        return list(blocks())
    return {name: partial(run, blocks) for name, blocks in gradient_ways(task, TRUE).items()}


def all_classes(task: Task) -> dict[str, Run]:
    """{way: ∂y_k/∂o of all images and classes, each dropped when the next one comes}."""
    def run(blocks: Callable[[], Blocks]) -> None:
        for _ in blocks():
            pass
    return {name: partial(run, blocks) for name, blocks in gradient_ways(task, ALL).items()}


def gradient_ways(task: Task, hows: dict[str, Callable[..., Iterator]]
                  ) -> dict[str, Callable[[], Blocks]]:
    """For each layout, kernel, way and number of images at once, a function that goes through x.

    Its items are (a slice of the images; the class, or None for all classes or the true one; the
    gradients at the three tanh layers).
    """
    x, t = as_tensor(task.x), as_tensor(task.t)

    def way(net: TorchFaceNet, onednn: bool, how: Callable[..., Iterator], block: int
            ) -> Callable[[], Blocks]:
        def blocks() -> Blocks:
            with kernels(onednn):
                for start in range(0, len(x), block):
                    part = slice(start, min(start + block, len(x)))
                    for k, gradients in how(net, net.laid_out(x[part]), t[part], task.n_classes):
                        yield part, k, gradients
        return blocks

    sizes = sorted({min(size, len(x)) for size in IMAGES_AT_ONCE})
    return {f"{layout}, {kernel}, {how}, {block} at once":
            way(TorchFaceNet(task.net, LAYOUTS[layout]), KERNELS[kernel], hows[how], block)
            for layout, kernel, how, block in product(LAYOUTS, KERNELS, hows, sizes)}


def true_by_autograd(net: TorchFaceNet, x: Tensor, t: Tensor, n_classes: int) -> Iterator:
    """One backward pass from Σ_n y_nt."""
    logits, maps = net.forward(x.requires_grad_(True))
    y = torch.softmax(logits, 1)
    yield None, torch.autograd.grad(y[torch.arange(len(t)), t].sum(), maps)


def true_by_hand(net: TorchFaceNet, x: Tensor, t: Tensor, n_classes: int) -> Iterator:
    """The same without a graph."""
    with torch.inference_mode():
        logits, cache = net.forward_by_hand(x)
        yield None, net.backward_by_hand(_through_softmax(logits, t), cache, learn=False)[0]


def all_by_autograd(net: TorchFaceNet, x: Tensor, t: Tensor, n_classes: int) -> Iterator:
    """One backward pass for each class, through the same graph."""
    logits, maps = net.forward(x.requires_grad_(True))
    y = torch.softmax(logits, 1)
    for k in range(n_classes):
        yield k, torch.autograd.grad(y[:, k].sum(), maps, retain_graph=True)


def all_batched(net: TorchFaceNet, x: Tensor, t: Tensor, n_classes: int) -> Iterator:
    """One backward pass for all classes; the classes are the first axis of each gradient."""
    logits, maps = net.forward(x.requires_grad_(True))
    y = torch.softmax(logits, 1)
    seeds = torch.eye(n_classes)[:, None].expand(n_classes, *y.shape)
    yield None, torch.autograd.grad(y, maps, seeds, is_grads_batched=True)


def all_by_hand(net: TorchFaceNet, x: Tensor, t: Tensor, n_classes: int) -> Iterator:
    """One backward pass for each class, without a graph."""
    with torch.inference_mode():
        logits, cache = net.forward_by_hand(x)
        for k in range(n_classes):
            d = _through_softmax(logits, torch.full_like(t, k))
            yield k, net.backward_by_hand(d, cache, learn=False)[0]


TRUE = {"autograd": true_by_autograd, "by hand": true_by_hand}
ALL = {"autograd": all_by_autograd, "vmap": all_batched,
       "by hand": all_by_hand}


def _through_softmax(logits: Tensor, k: Tensor) -> Tensor:
    """∂y_k/∂logits = y_k · (e_k - y), for one class k of each image."""
    y = torch.softmax(logits, 1)
    d = -y * y.gather(1, k[:, None])
    return d.scatter_add_(1, k[:, None], y.gather(1, k[:, None]))
