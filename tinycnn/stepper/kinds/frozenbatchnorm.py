"""Fixed batch norms: explained as batch norms are, without mean and variance."""

from .batchnorm import FrozenBatchNorm

EXPLAINED = FrozenBatchNorm()
