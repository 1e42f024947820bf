"""Confidence intervals for what a model is judged by. Two-sided; a one-sided 95 % bound is an end of the 90 % one."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONFIDENCE = 0.90
"""Default of every interval: a limit on one side is then decided at the 95 % level."""


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval of a proportion (Wilson 1927). Raises ValueError without trials."""
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} of {trials} is no proportion")
    z = _z(confidence)
    p, n = successes / trials, trials
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(low, high, confidence, "Wilson")


def f1_of(jaccard: Interval) -> Interval:
    """F1 = 2J / (1 + J) grows with the Jaccard index J = TP / (TP + FP + FN), which is a proportion; so do its ends."""

    def f1(j: float) -> float:
        return 2 * j / (1 + j)

    return Interval(f1(jaccard.low), f1(jaccard.high), jaccard.confidence, "Wilson of the Jaccard index")


def auc(
    scores: NDArray[np.float64], positive: NDArray[np.bool_], confidence: float = CONFIDENCE
) -> tuple[float, Interval]:
    """Area under the ROC curve and DeLong's interval on the logit scale.

    `scores`, `positive`: shape (n,). Midranks after Sun & Xu 2014, variance after DeLong, DeLong & Clarke-Pearson 1988.
    Where the variance is 0 (perfect separation) the interval is Wilson's with the smaller class as its trials.
    Raises ValueError when one class is absent.
    """
    import numpy as np

    m, n = int(positive.sum()), int((~positive).sum())
    if m == 0 or n == 0:
        raise ValueError("one class is absent")
    ranks = _midranks(scores)
    inside_positive, inside_negative = _midranks(scores[positive]), _midranks(scores[~positive])
    area = float((ranks[positive].sum() - m * (m + 1) / 2) / (m * n))
    v10 = (ranks[positive] - inside_positive) / n
    v01 = 1 - (ranks[~positive] - inside_negative) / m
    variance = (float(np.var(v10, ddof=1)) / m if m > 1 else 0.0) + (float(np.var(v01, ddof=1)) / n if n > 1 else 0.0)
    if variance <= 0 or not 0 < area < 1 or min(m, n) < 2:
        few = min(m, n)
        return area, Interval(*_ends(wilson(round(area * few), few, confidence)), confidence, "Wilson, smaller class")
    spread = _z(confidence) * math.sqrt(variance) / (area * (1 - area))
    logit = math.log(area / (1 - area))
    return area, Interval(_expit(logit - spread), _expit(logit + spread), confidence, "DeLong, logit")


def resampled(
    counts: NDArray[np.int64],
    statistic: Callable[[NDArray[np.int64]], NDArray[np.float64]],
    confidence: float = CONFIDENCE,
    draws: int = 2000,
    seed: int = 20261121,
) -> Interval:
    """Percentile interval of a statistic of a table of counts: the cells are drawn anew, not the rows.

    `counts`: any shape; `statistic` maps (draws, *shape) to (draws,). Efron & Tibshirani 1993, chapter 13.
    """
    import numpy as np

    total = int(counts.sum())
    cells = np.random.default_rng(seed).multinomial(total, counts.ravel() / total, size=draws)
    values = statistic(cells.reshape(draws, *counts.shape))
    tail = (1 - confidence) / 2
    low, high = np.quantile(values[np.isfinite(values)], [tail, 1 - tail])
    return Interval(float(low), float(high), confidence, f"bootstrap of the confusion matrix, {draws} draws")


def _midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, ties share their mean."""
    import numpy as np

    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((2 * last - counts + 1) / 2)[inverse]


def _ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x))
