"""The mean of paired differences, one per row, with an interval that has a width even where nothing changed."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.stats.intervals import CONFIDENCE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FEW = 30
"""Changed rows below which the t interval alone is too narrow too often."""


def paired(differences: NDArray[np.float64], confidence: float = CONFIDENCE) -> tuple[float, Interval]:
    """Mean of `differences`, shape (n,), one per row (a row's repeats are averaged before, so that rows are the clusters).

    The interval is Student's t. With fewer than 30 rows that changed each end is the wider of that and of Newcombe's
    (1998, Statistics in Medicine 17, 873-890; method 10) for the mean of the rises minus the mean of the falls, both as
    shares of the largest possible change, 1 or the largest that was seen, by Wilson's score; where no row changed the end
    is the exact one of 0 of n, the "rule of three" (Hanley & Lippman-Hand 1983). Raises ValueError without rows.
    """
    import numpy as np

    n = len(differences)
    if n == 0:
        raise ValueError("no rows")
    mean = float(differences.mean())
    half = math.inf
    if n > 1:
        half = student(n - 1, confidence) * float(differences.std(ddof=1)) / math.sqrt(n)
    changed = int((differences != 0).sum())
    if changed >= _FEW:
        return mean, Interval(mean - half, mean + half, confidence, "Student's t of rows")
    most = max(1.0, float(np.abs(differences).max()))
    rise, fall = (float(np.clip(sign * differences, 0, None).mean()) / most for sign in (1, -1))
    (rise_low, rise_high), (fall_low, fall_high) = _score(rise, n, confidence), _score(fall, n, confidence)
    below = most * math.hypot(rise - rise_low, fall_high - fall)
    above = most * math.hypot(rise_high - rise, fall - fall_low)
    narrow = half if n > 1 else 0.0
    ends = mean - max(below, narrow), mean + max(above, narrow)
    return mean, Interval(*ends, confidence, "the wider of Student's t and Newcombe, rows as clusters")


def _score(share: float, n: int, confidence: float) -> tuple[float, float]:
    """Wilson's ends of a mean of numbers within 0-1, whose variance is at most that of a proportion."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    if share == 0:
        return 0.0, 1 - ((1 - confidence) / 2) ** (1 / n)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def student(degrees: int, confidence: float = CONFIDENCE) -> float:
    """Two-sided quantile of Student's t: exact for 1 and 2 degrees, else the expansion of Abramowitz & Stegun 26.7.5."""
    p = (1 + confidence) / 2
    if degrees == 1:
        return math.tan(math.pi * (p - 0.5))
    if degrees == 2:
        return (2 * p - 1) / math.sqrt(2 * p * (1 - p))
    z = NormalDist().inv_cdf(p)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / degrees**power for power, term in enumerate(terms, 1))
