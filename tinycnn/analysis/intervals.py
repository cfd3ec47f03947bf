"""How well a few networks determine a mean over all networks that could be trained.

Each kind of number has the interval that suits it. All of them say where the mean may be, given how
much the number differs from one network to the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

Limits = tuple[float, float]
SHARE: Limits = (0.0, 1.0)
FACTOR: Limits = (1.0, np.inf)


@dataclass(frozen=True)
class Interval:
    """A number over several networks.

    Attributes:
        mean: over the networks where it could be measured; NaN if there is none.
        low, high: the ends of its confidence interval; NaN for fewer than two networks.
        n: how many networks.
    """

    mean: float
    low: float
    high: float
    n: int


def interval(values: np.ndarray, within: Limits = (-np.inf, np.inf),
             level: float = 0.95) -> Interval:
    """The mean of a number and its confidence interval; entries that are not finite do not count.

    Args:
        values: (networks,) numbers.
        within: the smallest and the largest possible number. They say what kind of number it is:
            (0, 1) is a share, see `share`; (1, inf) a factor, see `factor`; the interval of all
            others is Student's t, cut to the limits.
        level: of confidence, between 0 and 1.
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    n = len(values)
    if n < 2:
        return Interval(float(values[0]) if n else np.nan, np.nan, np.nan, n)
    if within == SHARE:
        return share(values, level)
    return factor(values, level) if within == FACTOR else students(values, within, level)


def students(values: np.ndarray, within: Limits, level: float) -> Interval:
    """mean ± t s / √n, cut to the limits: for numbers such as differences and correlations."""
    n, mean = len(values), float(values.mean())
    half = t_quantile(n, level) * float(values.std(ddof=1)) / np.sqrt(n)
    return Interval(mean, max(mean - half, within[0]), min(mean + half, within[1]), n)


def factor(values: np.ndarray, level: float) -> Interval:
    """The geometric mean and Student's t of the logarithms: for "so many times as large".

    Twice and half as large as the mean are then equally far from it.
    """
    logs = students(np.log(values), (0, np.inf), level)
    with np.errstate(over="ignore"):
        mean, low, high = np.exp([logs.mean, logs.low, logs.high]).tolist()
    return Interval(mean, low, high, logs.n)


def share(values: np.ndarray, level: float) -> Interval:
    """Korn and Graubard's interval of a share: never outside 0 and 1, and longer towards 1/2.

    It is the interval of Clopper and Pearson for the answers of m yes-no questions, of which a
    share p was yes; m = p (1 - p) / variance of p is how many such questions would determine the
    share as well as these n networks do. With few networks the variance is not well known: m is
    multiplied by (z / t)², the quantiles of a normal and of Student's distribution. If every value
    is 0 or 1, the networks are themselves the questions, and m = n. If all are equal otherwise,
    both ends are that value, as in every kind of interval here; few networks may agree by chance.

    In simulations of 3 to 25 networks, it covered the true share in 0.90 to 1.00 of the studies
    (Student's t: 0.06 to 0.98); in fewer if almost all values are near one end, and few far away.

    Korn and Graubard, Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data, Survey Methodology 24 (1998); R's survey::svyciprop,
    method="beta".
    """
    n, p = len(values), float(values.mean())
    m = float(n)
    if not ((values == 0) | (values == 1)).all():
        if np.ptp(values) < 1e-12:
            return Interval(p, p, p, n)
        z = float(special.ndtri((1 + level) / 2))
        m *= p * (1 - p) / float(values.var(ddof=1)) * (z / t_quantile(n, level)) ** 2
    rest = (1 - level) / 2
    low = special.betaincinv(m * p, m * (1 - p) + 1, rest) if p > 0 else 0
    high = special.betaincinv(m * p + 1, m * (1 - p), 1 - rest) if p < 1 else 1
    return Interval(p, float(low), float(high), n)


def ratio(tops: np.ndarray, bottoms: np.ndarray, level: float = 0.95) -> Interval:
    """The ratio of two means and Fieller's interval of it; pairs that are not finite do not count.

    The mean of ratios would be ruled by the networks whose denominator is almost 0. A ratio r is in
    the interval if the mean of tops - r bottoms cannot be told from 0. If the interval of the mean
    of `bottoms` reaches 0, there is no ratio: mean and ends are NaN.

    Args:
        tops, bottoms: (networks,) numerators and denominators.
        level: of confidence, between 0 and 1.
    """
    pairs = np.stack([tops, bottoms]).astype(float)
    pairs = pairs[:, np.isfinite(pairs).all(axis=0)]
    n = pairs.shape[1]
    if n < 2:
        only = float(pairs[0, 0] / pairs[1, 0]) if n and pairs[1, 0] > 0 else np.nan
        return Interval(only, np.nan, np.nan, n)
    top, bottom = pairs.mean(axis=1)
    (tt, tb), (_, bb) = t_quantile(n, level) ** 2 * np.cov(pairs) / n
    # r is inside where (top - r bottom)² <= tt - 2 r tb + r² bb: a r² - 2 b r + c <= 0.
    a, b, c = bottom ** 2 - bb, top * bottom - tb, top ** 2 - tt
    if bottom <= 0 or a <= 0:
        return Interval(np.nan, np.nan, np.nan, n)
    root = np.sqrt(max(b * b - a * c, 0))
    return Interval(float(top / bottom), float((b - root) / a), float((b + root) / a), n)


def networks_needed(values: np.ndarray, threshold: float, within: Limits = (-np.inf, np.inf),
                    most: int = 1000) -> float:
    """How many networks would tell the mean from a threshold, with a power of 80 %.

    That is, if the true mean and standard deviation are those of these networks, the threshold is
    not in the 95 % interval of four in five such studies.

    Args:
        values: (networks,) two or more; those that are not finite do not count.
        threshold: what the mean is compared with.
        within: the limits of the number, see `interval`.
        most: where to give up.

    Returns:
        The number of networks; infinity if it is larger than `most`.
    """
    values = values[np.isfinite(values)]
    far = np.log(values / threshold) if within == FACTOR else values - threshold
    if within == SHARE and (values == values[0]).all():         # all 0 or 1: see `share`
        with np.errstate(divide="ignore"):                      # infinity on the threshold itself
            return float(np.ceil(np.log(0.025) / np.log1p(-abs(far[0]))))
    n = np.arange(3, most + 1)
    quantiles = special.stdtrit(n - 1, 0.975) + special.stdtrit(n - 1, 0.8)
    enough = n[quantiles * far.std(ddof=1) / np.sqrt(n) < abs(far.mean())]
    return float(enough[0]) if len(enough) else np.inf


def t_quantile(n: int, level: float) -> float:
    """Student's t that n numbers stay within, with this probability."""
    return float(special.stdtrit(n - 1, (1 + level) / 2))
