"""Batch norms with a mistake each."""

from functools import partial

from ...layers import BatchNorm
from .entries import bug

wrong = partial(bug, "batchnorm", BatchNorm)

BUGS = (
    wrong("BatchNormUnbiased", "deviation", "The variance is divided by n - 1, not by n.",
          forward=("(z * z).mean(axes, keepdims=True)", "x.var(axes, ddof=1, keepdims=True)")),
    wrong("BatchNormForgetsEps", "deviation", "No eps: 0 / 0 where all images are the same.",
          forward=(" + x.dtype.type(self.eps)", "")),
    wrong("BatchNormOfEachUnit", "statistics_axes", "Mean and variance go over the images only.",
          forward=("axes = all_but_maps(x)", "axes = (0,)")),
    wrong("BatchNormTakesConstants", "statistics_constant",
          "Mean and variance are taken for constants: dx is gamma · dy / deviation.",
          backward=("(dz - dz.mean(axes, keepdims=True)\n                "
                    "- z * (z * dz).mean(axes, keepdims=True))", "dz")),
    wrong("BatchNormForgetsVariance", "statistics_constant", "The variance's term is missing.",
          backward=("- z * (z * dz).mean(axes, keepdims=True)", "")),
    wrong("BatchNormForgetsGamma", "affine_forgotten", "dx is computed without gamma.",
          backward=('each_map(self.params["gamma"], dy) * dy', "dy")),
    wrong("BatchNormAverages", "mean_for_sum", "The gradients of gamma and beta are means.",
          parameter_gradients=(("z).sum(", "z).mean("), ("dy.sum(", "dy.mean("))),
)
