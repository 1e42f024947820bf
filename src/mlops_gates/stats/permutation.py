"""Permutation importance: how much worse the answers get when one feature's cells come from other rows.

Breiman 2001 (Machine Learning 45, 5-32); of a model as a black box Fisher, Rudin & Dominici 2019 (JMLR 20, 177).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.records import dataclass
from mlops_gates.stats.intervals import CONFIDENCE
from mlops_gates.stats.permutation_paired import student

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DRAWS = 1000
_FARTHEST = 1000.0
_GROUPS = 20


@dataclass(frozen=True)
class Importances:
    """Of u features: `means`, shape (u,), in the unit of the loss; `shares`, shape (u,), of their sum (0-1).

    `intervals` are those of the shares; `total` is that of the sum of the means. `spread` is how far a share lies from
    itself in another re-sample of as many rows: a standard deviation, its mean over the features; `seen` is what the
    re-samples themselves show of that. `lead` is how many times the first feature's mean is that of the next, at most 1,000.
    `rows` are the different rows that were looked at.
    """

    means: NDArray[np.float64]
    shares: NDArray[np.float64]
    intervals: tuple[Interval, ...]
    total: Interval
    spread: float
    spread_interval: Interval
    seen: float
    lead: float
    lead_interval: Interval
    rows: int

    @property
    def order(self) -> list[int]:
        """Places of the features, the most important first."""
        import numpy as np

        return [int(place) for place in np.argsort(-self.means, kind="stable")]


def importances(
    rises: NDArray[np.float64], rows: NDArray[np.int64], seed: int, single: int, confidence: float = CONFIDENCE
) -> Importances:
    """`rises`, shape (re-samples, u, m): what each loss rose by; `rows`, shape (re-samples, m): which row it was.

    A share is the mean rise over the sum of them all, negative ones taken for none. Intervals are percentiles of a
    bootstrap that draws whole rows, with all that was asked of them (Davison & Hinkley 1997, section 3.8); an end that
    would be 1 or 0 because nothing else ever changed is moved by what 0 of n rows leaves open (about 3 / n). The first
    `single` are features by themselves, and one of them can lead; u >= 2.
    """
    import numpy as np

    means = rises.mean(axis=(0, 2))
    shares = normed(means)
    ones = _by_row(rises, rows)
    n = len(ones)
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=_DRAWS)
    counts = weights @ np.bincount(np.unique(rows, return_inverse=True)[1].ravel()).astype(np.float64)
    drawn = (weights @ ones) / counts[:, None]
    low, high = np.quantile(normed(drawn), _tails(confidence), axis=0)
    least = 1 - ((1 - confidence) / 2) ** (1 / n)
    ends = np.stack(
        [np.minimum(np.minimum(low, shares), 1 - least), np.maximum(np.maximum(high, shares), least)], axis=1
    )
    spread = _spreads(rises, rows, seed, confidence)
    top = int(np.argmax(means[:single]))
    return Importances(
        means,
        shares,
        tuple(_interval(pair, confidence) for pair in ends),
        _interval(np.quantile(drawn.sum(axis=1), _tails(confidence)), confidence),
        *spread,
        float(normed(rises.mean(axis=2)).std(axis=0, ddof=1).mean()),
        float(_lead(means[None, :single], top)[0]),
        _interval(np.quantile(_lead(drawn[:, :single], top), _tails(confidence)), confidence),
        n,
    )


def normed(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shares of the sum over the last axis, negative ones taken for none; all 0 where there is none above it."""
    import numpy as np

    kept = np.clip(means, 0, None)
    sums = kept.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(kept, sums, out=np.zeros_like(kept), where=sums > 0))


def _spreads(
    rises: NDArray[np.float64], rows: NDArray[np.int64], seed: int, confidence: float
) -> tuple[float, Interval]:
    """The mean standard deviation of the shares over re-samples of m rows, from many re-samples of all that was asked.

    A few re-samples alone would tell it to within half of itself only. The interval is Student's of a jackknife that
    leaves out a twentieth of the rows at a time (Shao & Tu 1995, section 2.3), with the same throws throughout.
    """
    import numpy as np

    every = rises.transpose(0, 2, 1).reshape(-1, rises.shape[1])
    m, pool = rises.shape[2], len(every)
    throws = np.random.default_rng([seed, 1]).multinomial(m, np.full(pool, 1 / pool), size=_DRAWS // 2).astype(float)
    group = np.unique(rows, return_inverse=True)[1].ravel() % _GROUPS
    sums = np.stack([throws[:, group == one] @ every[group == one] for one in range(_GROUPS)])

    def spread(total: NDArray[np.float64]) -> float:
        return float(normed(total).std(axis=0, ddof=1).mean())

    value = spread(sums.sum(axis=0))
    left = math.sqrt(1 - 1 / _GROUPS)
    without = np.array([left * spread(sums.sum(axis=0) - one) for one in sums])
    error = math.sqrt((_GROUPS - 1) / _GROUPS * float(((without - without.mean()) ** 2).sum()))
    half = student(_GROUPS - 1, confidence) * error
    return value, Interval(max(0.0, value - half), value + half, confidence, f"jackknife of {_GROUPS} groups of rows")


def _by_row(values: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sums over all that was asked of a row: shape (different rows, u), of (re-samples, u, m)."""
    import numpy as np

    known, inverse = np.unique(rows, return_inverse=True)
    sums = np.zeros((len(known), values.shape[1]))
    np.add.at(sums, inverse.ravel(), values.transpose(0, 2, 1).reshape(-1, values.shape[1]))
    return sums


def _lead(means: NDArray[np.float64], top: int) -> NDArray[np.float64]:
    """How many times the next one's mean that of `top` is, shape (draws,), of (draws, u)."""
    import numpy as np

    next_ = np.delete(means, top, axis=1).max(axis=1, initial=0.0)
    return np.asarray(np.minimum(_FARTHEST, np.clip(means[:, top], 0, None) / np.maximum(next_, 1e-300)))


def _tails(confidence: float) -> list[float]:
    return [(1 - confidence) / 2, (1 + confidence) / 2]


def _interval(ends: Sequence[float] | NDArray[np.float64], confidence: float) -> Interval:
    return Interval(float(ends[0]), float(ends[1]), confidence, f"bootstrap of rows, {_DRAWS} draws")
