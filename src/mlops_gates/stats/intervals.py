"""Confidence intervals for what a model is judged by. Two-sided; a one-sided 95 % bound is an end of the 90 % one."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from mlops_gates.findings import Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONFIDENCE = 0.90
"""Default of every interval: a limit on one side is then decided at the 95 % level."""
_PRIOR = 0.5
_FEW = 200
"""Rows of the smaller class below which DeLong's variance alone is too small too often (simulated)."""


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
    With fewer than 200 rows in a class each end is the wider of DeLong's and of Newcombe's score interval (2006,
    Statistics in Medicine 25, 559-573, method 5): a few rows often lie closer together than their class does, so that
    DeLong's lower end alone was above the true area in up to a third of simulated samples, instead of 5 %.
    Where the variance is 0 (perfect separation) the interval is Wilson's with the smaller class as its trials.
    Raises ValueError when one class is absent.
    """
    import numpy as np

    m, n = int(positive.sum()), int((~positive).sum())
    if m == 0 or n == 0:
        raise ValueError("one class is absent")
    ranks = _midranks(scores)
    area = float((ranks[positive].sum() - m * (m + 1) / 2) / (m * n))
    v10 = (ranks[positive] - _midranks(scores[positive])) / n
    v01 = 1 - (ranks[~positive] - _midranks(scores[~positive])) / m
    spreads = [float(np.var(one, ddof=1)) if len(one) > 1 else 0.0 for one in (v10, v01)]
    return area, of_area(area, spreads[0], spreads[1], m, n, confidence)


def of_area(area: float, v10: float, v01: float, m: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """See `auc`: the interval of an area of m positive and n other rows, from the variances of DeLong's components."""
    variance = v10 / m + v01 / n
    if variance <= 0 or not 0 < area < 1 or min(m, n) < 2:
        few = min(m, n)
        return Interval(*_ends(wilson(round(area * few), few, confidence)), confidence, "Wilson, smaller class")
    spread = _z(confidence) * math.sqrt(variance) / (area * (1 - area))
    logit = math.log(area / (1 - area))
    low, high = expit(logit - spread), expit(logit + spread)
    if min(m, n) >= _FEW:
        return Interval(low, high, confidence, "DeLong, logit")
    low, high = min(low, _newcombe(area, 0.0, m, n, confidence)), max(high, _newcombe(area, 1.0, m, n, confidence))
    return Interval(low, high, confidence, "DeLong, logit, or Newcombe's score: the wider")


def resampled(
    counts: NDArray[np.int64],
    statistic: Callable[[NDArray[Any]], NDArray[np.float64]],
    confidence: float = CONFIDENCE,
    draws: int = 2000,
    seed: int = 20261121,
    drawn: tuple[NDArray[Any], NDArray[Any]] | None = None,
) -> Interval:
    """Interval of a statistic of a table of counts, rows by label: the cells are drawn anew, not the rows of data.

    `counts`: shape (labels, answers); `statistic` maps (draws, labels, answers) to (draws,). Each end is the wider of
    the percentile bootstrap (Efron & Tibshirani 1993, chapter 13), to which what never happened is impossible, and of
    the posterior under a Dirichlet prior (Gelman et al., Bayesian Data Analysis, section 3.4) that adds half a row to
    each label, in equal parts to its cells. The value itself is always inside. `drawn` is what `redrawn` made of the
    same counts for another statistic.
    """
    import numpy as np

    tables = drawn or redrawn(counts, draws, seed)
    tail = (1 - confidence) / 2
    found = [statistic(one) for one in tables]
    ends = np.array([np.quantile(values[np.isfinite(values)], [tail, 1 - tail]) for values in found])
    value = float(statistic(counts[None])[0])
    low, high = min(value, float(ends[:, 0].min())), max(value, float(ends[:, 1].max()))
    method = f"bootstrap and Dirichlet posterior of the confusion matrix, {len(tables[0])} draws"
    return Interval(low, high, confidence, method)


def redrawn(
    counts: NDArray[np.int64], draws: int = 2000, seed: int = 20261121
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Tables like `counts`, shape (draws, labels, answers): bootstrap samples, and samples of the posterior."""
    import numpy as np

    rng, total = np.random.default_rng(seed), int(counts.sum())
    drawn = rng.multinomial(total, counts.ravel() / total, size=draws).reshape(draws, *counts.shape)
    labelled = counts.sum(axis=1, keepdims=True) > 0
    weights = rng.standard_gamma(counts + labelled * _PRIOR / counts.shape[1], size=(draws, *counts.shape))
    return drawn, weights * (total / weights.sum(axis=(1, 2), keepdims=True))


def _newcombe(area: float, end: float, m: int, n: int, confidence: float) -> float:
    """The true area between the measured one and `end` that lies just z standard errors of its own away from it."""
    z, many, inner = _z(confidence), (m + n) / 2 - 1, area
    for _ in range(60):
        middle = (inner + end) / 2
        spread = 1 + many * (1 - middle) / (2 - middle) + many * middle / (1 + middle)
        if (middle - area) ** 2 <= z * z * middle * (1 - middle) * spread / (m * n):
            inner = middle
        else:
            end = middle
    return inner


def _midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1, ties share their mean."""
    import numpy as np

    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((2 * last - counts + 1) / 2)[inverse]


def _ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def normal_quantile(p: float) -> float:
    """Of the standard normal distribution."""
    return NormalDist().inv_cdf(p)


def _z(confidence: float) -> float:
    return normal_quantile((1 + confidence) / 2)


def expit(x: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0
