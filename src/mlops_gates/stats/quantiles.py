"""Quantiles and slopes with intervals that assume no distribution."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from mlops_gates.findings import Interval
from mlops_gates.stats.intervals import CONFIDENCE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def ranks(n: int, share: float, confidence: float = CONFIDENCE) -> tuple[int | None, int | None]:
    """Ranks (from 1) of the order statistics between which the `share` quantile lies; None where `n` has no such end.

    The number of values at or below the quantile is binomial with n and share (Hahn & Meeker, Statistical Intervals,
    1991, section 5.2); each end is wrong with at most half of what `confidence` leaves. Raises ValueError for n < 1.
    """
    if n < 1 or not 0 < share < 1:
        raise ValueError(f"no quantile {share} of {n} values")
    tail = (1 - confidence) / 2 + 1e-12
    low = None
    below = 0.0
    # Further below lies less than 1e-20 of the chance, and a service has millions of requests.
    for k in range(max(0, math.floor(n * share - 12 * math.sqrt(n * share * (1 - share)) - 12)), n):
        below += _binomial(k, n, share)  # P(at most k values are at or below the quantile)
        if below <= tail:
            low = k + 1
        if below >= 1 - tail:
            return low, k + 1
    return low, None


def quantile(
    values: NDArray[np.float64], share: float, confidence: float = CONFIDENCE
) -> tuple[float, float | None, float | None]:
    """The `share` quantile of `values` (shape (n,)) and the ends of its interval, in their unit; None: no such end."""
    import numpy as np

    ordered = np.sort(values)
    low, high = ranks(len(ordered), share, confidence)
    value = float(ordered[max(0, math.ceil(share * len(ordered) - 1e-9) - 1)])
    return (
        value,
        None if low is None else float(ordered[low - 1]),
        None if high is None else float(ordered[high - 1]),
    )


def slope(values: NDArray[np.float64], confidence: float = CONFIDENCE) -> tuple[float, Interval]:
    """By how much `values` (shape (n,), n >= 3, taken one after the other) grow from one to the next.

    The median of the slopes between all pairs (Theil 1950), with Sen's interval of it (1968, JASA 63, 1379-1389). Ties
    are not taken out of its variance, which makes it wider. Raises ValueError for fewer values.
    """
    import numpy as np

    n = len(values)
    if n < 3:
        raise ValueError(f"{n} values have no slope")
    first, second = np.triu_indices(n, 1)
    slopes: NDArray[Any] = np.sort((values[second] - values[first]) / (second - first))
    many = len(slopes)
    spread = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = max(0, round((many - spread) / 2) - 1)
    high = min(many - 1, round((many + spread) / 2))
    return float(np.median(slopes)), Interval(float(slopes[low]), float(slopes[high]), confidence, "Theil-Sen")


def _binomial(k: int, n: int, p: float) -> float:
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log + k * math.log(p) + (n - k) * math.log1p(-p))
