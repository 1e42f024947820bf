"""How far a column is from the mean and the standard deviation that somebody expects of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.stats.intervals import CONFIDENCE
from mlops_gates.stats.means import t_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def mean_deviation(
    values: NDArray[np.float64], mean: float, unit: float, confidence: float = CONFIDENCE
) -> tuple[float, Interval]:
    """|mean of `values` - `mean`| in `unit`s, with Student's interval. `values`: shape (n,), n >= 2, finite; unit > 0."""
    n = len(values)
    away = (float(values.mean()) - mean) / unit
    half = t_quantile((1 + confidence) / 2, n - 1) * float(values.std(ddof=1)) / math.sqrt(n) / unit
    return abs(away), _around(away - half, away + half, confidence, "Student's t")


def spread_deviation(
    values: NDArray[np.float64], deviation: float, confidence: float = CONFIDENCE
) -> tuple[float, Interval]:
    """|standard deviation of `values` / `deviation` - 1|. `values`: shape (n,), n >= 2, finite; `deviation` > 0.

    Interval on the logarithm, whose variance is (kurtosis - (n - 3) / n) / (4 (n - 1)) without normality
    (Bonett 2006, Computational Statistics & Data Analysis 50, 775-782), with the plain kurtosis and Student's quantile.
    A column that never varies deviates by exactly 1.
    """
    n, found = len(values), float(values.std(ddof=1))
    ratio = found / deviation
    if found == 0:
        return 1.0, Interval(1.0, 1.0, confidence, "Bonett")
    scaled = (values - values.mean()) / found
    kurtosis = float((scaled**4).mean()) * (n / (n - 1)) ** 2
    error = math.sqrt(max(0.0, kurtosis - (n - 3) / n) / (4 * (n - 1)))
    half = t_quantile((1 + confidence) / 2, n - 1) * error
    return abs(ratio - 1), _around(ratio * math.exp(-half) - 1, ratio * math.exp(half) - 1, confidence, "Bonett")


def _around(low: float, high: float, confidence: float, method: str) -> Interval:
    """The interval of a size, out of that of the signed number."""
    least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    return Interval(least, max(abs(low), abs(high)), confidence, method)
