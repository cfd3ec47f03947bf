"""Batch norms: what is tried, and the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...layers.base import Array
from ...layers.batchnorm import all_but_maps, each_map
from ..cases import Case, in_memory
from ..mistakes import Guess, table
from . import Suite


def grid(rng: np.random.Generator) -> Iterator[Case]:
    """Maps and rows, far from mean 0 and variance 1; variances that are tiny, or 0."""
    for shape in ((4, 3), (3, 4), (2, 3, 4, 5), (3, 2, 3, 3), (5, 1), (1, 3, 4, 2)):
        shift = rng.normal(size=(shape[1], *[1] * (len(shape) - 2)))
        yield Case("batchnorm", {"channels": shape[1]}, 3 * rng.normal(size=shape) + shift)
    same = rng.normal(size=(4, 3))
    same[:, 1] = 2
    for x, feature in ((same, "a unit is the same in all images"),
                       (1e-3 * rng.normal(size=(4, 3)), "x is small")):
        yield Case("batchnorm", {"channels": 3}, x, "extreme", (feature,))
    yield from in_memory(Case("batchnorm", {"channels": 3}, rng.normal(size=(2, 3, 4, 5))))


def mistakes(case: Case) -> Iterator[Guess]:
    """Other variances, other axes, constants that are none, and sums of the wrong things."""
    x, dy, dx, axes = case.x, case.dy, case.right["dx"], all_but_maps(case.x)
    own = case.reference()
    gamma, beta = (each_map(own.params[name], x) for name in ("gamma", "beta"))
    variance, eps = x.var(axes, keepdims=True), own.config()["eps"]
    off, deviation = x - x.mean(axes, keepdims=True), np.sqrt(variance + eps)
    z, dz = off / deviation, gamma * dy
    mean, along = dz.mean(axes, keepdims=True), z * (z * dz).mean(axes, keepdims=True)
    yield from table("y", {
        ("deviation", "n - 1 for n"): gamma * off / np.sqrt(
            x.var(axes, keepdims=True, ddof=1) + eps) + beta,
        ("deviation", "eps outside of the root"): gamma * off / (np.sqrt(variance) + eps) + beta,
        ("deviation", "no eps"): gamma * off / np.sqrt(variance) + beta,
        ("deviation", "no root"): gamma * off / (variance + eps) + beta,
        ("deviation", "the mean is not subtracted"): gamma * off / np.sqrt(
            (x * x).mean(axes, keepdims=True) + eps) + beta,
        ("mean_kept", ""): gamma * x / deviation + beta, ("affine_forgotten", "both"): z,
        ("affine_forgotten", "gamma"): z + beta, ("affine_forgotten", "beta"): gamma * z} | {
        ("statistics_axes", f"{other} for {axes}"): gamma * (x - x.mean(
            other, keepdims=True)) / np.sqrt(x.var(other, keepdims=True) + eps) + beta
        for other in other_axes(x)})
    n = x.size // x.shape[1]
    yield from table("dx", {("statistics_constant", detail): numerator / deviation
                            for detail, numerator in {
        "both": dz, "only the mean's": dz - mean, "only the variance's": dz - along,
        "sums for means": dz - n * mean - n * along, "their sign": dz + mean + along}.items()} | {
        ("affine_forgotten", "gamma"): dx / gamma, ("deviation", "no root"): dx / deviation,
        ("deviation", "missing"): dx * deviation})
    yield from table("dgamma", {
        ("input_forgotten", "x for z"): (dy * x).sum(axes),
        ("input_forgotten", "x - mean for z"): (dy * off).sum(axes),
        ("input_forgotten", "y for z"): (dy * case.right["y"]).sum(axes),
        ("wrong_gradient", "that of beta"): dy.sum(axes),
        ("affine_forgotten", "times gamma"): (dz * z).sum(axes)})
    if x.ndim == 4:
        for name, terms in (("dgamma", dy * z), ("dbeta", dy)):
            yield Guess("wrong_sum", "over the images only", name, terms.sum(0))


def other_axes(x: Array) -> list[tuple[int, ...]]:
    """What mean and variance of x may wrongly go over."""
    return [other for other in (tuple(range(1, x.ndim)), tuple(range(x.ndim)), (0,), (2, 3))
            if other != all_but_maps(x) and max(other) < x.ndim]


SUITE = Suite(
    grid, mistakes, of_x=("dx", "dgamma"), wrong_x=lambda x: [x[:, :-1], x[0]], free=True,
    constants={"eps": (1e-5, 1e-8, 1e-6, 1e-7, 1e-4, 1e-3, 1e-10, 1e-12)}, causes={
        "deviation": "{q}: not divided by √(variance + eps), where the variance is the mean of the "
            "squares of x - mean.",
        "mean_kept": "{q}: the mean is not subtracted.",
        "affine_forgotten": "{q}: gamma or beta is missing, or there once too often: "
            "y = gamma · z + beta.",
        "statistics_axes": "{q}: mean and variance go over the wrong axes. Each map has its own, "
            "over all images and positions."})
