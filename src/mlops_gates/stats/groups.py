"""How far groups of rows lie apart: the largest difference or ratio of all pairs, with an interval that knows of the choice.

Who looks at the best and the worst of many groups finds a difference where there is none. So every pair gets an interval at
Bonferroni's level, all of them hold together, and the largest true difference lies between the largest lower end and the
largest upper end. Of two groups that is the plain interval of the pair.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.records import dataclass
from mlops_gates.stats.intervals import CONFIDENCE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_HALF = 0.5
"""What is added to each cell of a ratio with an empty one (Haldane 1956; Walter 1976): else it has no logarithm."""


@dataclass(frozen=True)
class Rates:
    """`hits` out of `of` rows, both of shape (rates, groups): several rates, such as one per class, of the same groups.

    `usable`, same shape: whether a group has enough rows for a rate.
    """

    hits: NDArray[np.int64]
    of: NDArray[np.int64]
    usable: NDArray[np.bool_]


@dataclass(frozen=True)
class Means:
    """Of a number, shape (1, groups): mean, standard deviation of the rows (n - 1), rows, and what is usable."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    of: NDArray[np.int64]
    usable: NDArray[np.bool_]


@dataclass(frozen=True)
class Apart:
    """The pair that is furthest apart: `value` (a difference from 0, or a ratio up to 1) and the interval of the largest.

    `rate` is its place among the rates; `low` and `high` are the groups with the lower and the higher one. `p` is the
    chance, times the number of pairs, that equal groups differ as much as the pair that differs most clearly.
    """

    value: float
    interval: Interval
    rate: int
    low: int
    high: int
    p: float


def difference(rates: Rates, confidence: float = CONFIDENCE) -> Apart | None:
    """The largest difference of proportions; None where no two groups can be compared.

    Each pair by Newcombe's hybrid score interval (1998, Statistics in Medicine 17, 873-890, method 10).
    """
    import numpy as np

    rate, one, other = _pairs(rates.usable)
    if not len(rate):
        return None
    z = _z(confidence, len(rate))
    (p, n), (q, m) = _shares(rates, rate, one), _shares(rates, rate, other)
    (p_low, p_high), (q_low, q_high) = _wilson(p, n, z), _wilson(q, m, z)
    low = np.maximum(-1.0, p - q - np.hypot(p - p_low, q_high - q))
    high = np.minimum(1.0, p - q + np.hypot(p_high - p, q - q_low))
    method = "Newcombe" if len(rate) == 1 else f"Newcombe, Bonferroni over {len(rate)} pairs"
    pooled = (p * n + q * m) / (n + m)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return _largest(p - q, low, high, _two_sided(p - q, error), (rate, one, other), confidence, method)


def mean_difference(means: Means, confidence: float = CONFIDENCE) -> Apart | None:
    """The largest difference of means, each pair by Welch's interval (1947); None where no two can be compared.

    The quantile of Student's t is that of Abramowitz & Stegun 26.7.5, to 1/f^2. Groups whose numbers do not vary at all
    are as far apart as they look.
    """
    import numpy as np

    rate, one, other = _pairs(means.usable)
    if not len(rate):
        return None
    d = means.mean[rate, one] - means.mean[rate, other]
    parts = [means.deviation[rate, at] ** 2 / means.of[rate, at] for at in (one, other)]
    error = np.sqrt(parts[0] + parts[1])
    below = sum(part**2 / (means.of[rate, at] - 1) for part, at in zip(parts, (one, other), strict=True))
    degrees = np.divide(error**4, below, out=np.full(len(d), np.inf), where=below > 0)
    t = student(_z(confidence, len(rate)), degrees)
    method = "Welch" if len(rate) == 1 else f"Welch, Bonferroni over {len(rate)} pairs"
    return _largest(d, d - t * error, d + t * error, _two_sided(d, error), (rate, one, other), confidence, method)


def ratio(rates: Rates, confidence: float = CONFIDENCE) -> Apart | None:
    """The smallest ratio of a lower proportion to a higher one; None where no two groups can be compared.

    Each pair by the interval of the logarithm (Katz, Baptista, Azen & Pike 1978, Biometrics 34, 469-474). A pair in which
    none or all of a group are hits gets half a hit and half a miss more in each group, for the interval and not for the
    value. A rate without a hit in any group has no ratio and is left out.
    """
    import numpy as np

    usable = rates.usable & (rates.hits * rates.usable).sum(axis=1, keepdims=True).astype(bool)
    rate, one, other = _pairs(usable)
    if not len(rate):
        return None
    a, n = rates.hits[rate, one], rates.of[rate, one]
    b, m = rates.hits[rate, other], rates.of[rate, other]
    edge = ((a == 0) | (b == 0) | (a == n) | (b == m)) * _HALF
    a_, n_, b_, m_ = a + edge, n + 2 * edge, b + edge, m + 2 * edge
    log = np.log(a_ / n_) - np.log(b_ / m_)
    error = np.sqrt(1 / a_ - 1 / n_ + 1 / b_ - 1 / m_)
    half = _z(confidence, len(rate)) * error
    # Turned so that the lower proportion is above the line: the ratio is at most 1, and so is its upper end.
    lows = np.exp(-(np.abs(log) + half))
    highs = np.exp(-np.maximum(0.0, np.abs(log) - half))
    p, q = a / n, b / m
    values = np.minimum(p, q) / np.maximum(np.maximum(p, q), np.finfo(float).tiny)
    values = np.where((a == 0) & (b == 0), 1.0, values)
    at = int(np.argmin(values))
    low_group, high_group = (one[at], other[at]) if p[at] <= q[at] else (other[at], one[at])
    low, high = float(min(lows.min(), values[at])), float(max(highs.min(), values[at]))
    method = "Katz" if len(rate) == 1 else f"Katz, Bonferroni over {len(rate)} pairs"
    chances = _two_sided(log, error)
    return Apart(
        float(values[at]),
        Interval(low, high, confidence, method),
        int(rate[at]),
        int(low_group),
        int(high_group),
        _adjusted(chances),
    )


def student(z: float, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    """The quantile of Student's t that belongs to the quantile `z` of the normal (Abramowitz & Stegun 26.7.5)."""
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


def _largest(
    d: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    p: NDArray[np.float64],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    confidence: float,
    method: str,
) -> Apart:
    import numpy as np

    rate, one, other = pairs
    size = np.abs(d)
    at = int(np.argmax(size))
    nearest = np.maximum(0.0, np.where(d >= 0, low, -high))
    ends = float(nearest.max()), float(np.maximum(np.abs(low), np.abs(high)).max())
    below, above = (other[at], one[at]) if d[at] >= 0 else (one[at], other[at])
    inside = Interval(min(ends[0], float(size[at])), max(ends[1], float(size[at])), confidence, method)
    return Apart(float(size[at]), inside, int(rate[at]), int(below), int(above), _adjusted(p))


def _pairs(usable: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(rate, group, other group) of all pairs of usable ones."""
    import numpy as np

    one, other = np.triu_indices(usable.shape[1], 1)
    rate, pair = np.nonzero(usable[:, one] & usable[:, other])
    return rate, one[pair], other[pair]


def _shares(
    rates: Rates, rate: NDArray[np.int64], group: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    of = rates.of[rate, group]
    return rates.hits[rate, group] / of, of


def _wilson(p: NDArray[np.float64], n: NDArray[np.int64], z: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return np.maximum(0.0, centre - half), np.minimum(1.0, centre + half)


def _two_sided(value: NDArray[np.float64], error: NDArray[np.float64]) -> NDArray[np.float64]:
    import math

    import numpy as np

    sure = np.where(value == 0, 0.0, np.inf)
    z = np.divide(np.abs(value), error, out=sure, where=error > 0)
    return np.array([math.erfc(one / math.sqrt(2)) for one in z.tolist()])


def _adjusted(p: NDArray[np.float64]) -> float:
    return min(1.0, float(p.min()) * len(p))


def _z(confidence: float, pairs: int) -> float:
    return NormalDist().inv_cdf(1 - (1 - confidence) / 2 / pairs)
