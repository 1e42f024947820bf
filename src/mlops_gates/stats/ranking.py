"""How well scores order the rows: areas under the precision-recall curve, and means of areas over the labels.

Every interval rests on what each row contributes to the area (its influence, the infinitesimal jackknife of Efron
1982), so that nothing is drawn anew: one sort per area.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.records import dataclass
from mlops_gates.stats import intervals
from mlops_gates.stats.intervals import CONFIDENCE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FEW = 300


@dataclass(frozen=True)
class Order:
    """Rows in steps of equal scores, ascending. `step`: shape (n,), the others by step; all that areas need of scores.

    `hits` and `misses` are the positive rows of a step and the others.
    """

    step: NDArray[np.int64]
    positive: NDArray[np.bool_]
    hits: NDArray[np.float64]
    misses: NDArray[np.float64]

    @property
    def m(self) -> int:
        """Positive rows."""
        return int(self.hits.sum())

    @property
    def n(self) -> int:
        """Other rows."""
        return int(self.misses.sum())

    def by_row(self, of: Influence) -> NDArray[np.float64]:
        """Shape (n,)."""
        import numpy as np

        return np.concatenate([of.misses, of.hits])[self.step + len(of.hits) * self.positive]


@dataclass(frozen=True)
class Influence:
    """An area, and what a positive row and another one contribute to it by step: sums to 0, its squares to the variance."""

    value: float
    hits: NDArray[np.float64]
    misses: NDArray[np.float64]

    def variances(self, order: Order) -> tuple[float, float]:
        """The part of the positive rows and that of the others."""
        return _dot(order.hits, self.hits * self.hits), _dot(order.misses, self.misses * self.misses)


def ordered(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> Order:
    """Both shape (n,). Raises ValueError when one label is absent."""
    import numpy as np

    if positive.all() or not positive.any():
        raise ValueError("one class is absent")
    _, step, rows = np.unique(scores, return_inverse=True, return_counts=True)
    hits = np.bincount(step[positive], minlength=len(rows)).astype(np.float64)
    return Order(step.astype(np.int64, copy=False), positive, hits, rows - hits)


def average_precision(
    order: Order, found: Influence | None = None, confidence: float = CONFIDENCE
) -> tuple[float, Interval]:
    """Average precision (the steps of scikit-learn, ties in one step) and its interval.

    The interval is that of the influences on the logit scale. Each positive row counts itself among the rows above it,
    which makes the value too large, by a third on a hundred rows of which ten are positive; the lower end is that of
    the value without `_excess`. With fewer than 300 rows of a label each end is the wider of it and of the logit
    interval of Boyd, Eng & Page 2013 (ECML PKDD, section 3.2), whose variance is that of a share of the positive rows.
    """
    found = found or precision_influence(order)
    value, few = found.value, min(order.m, order.n)
    variance = sum(found.variances(order)) * few / max(1, few - 1)
    if variance <= 0 or not 0 < value < 1 or few < 2:
        return value, _by_rows(value, few, confidence)
    inner = max(value / 2, value - _excess(order, value))
    low, high = _logit(inner, variance, confidence)[0], _logit(value, variance, confidence)[1]
    if few >= _FEW:
        return value, Interval(low, high, confidence, "influence of each row, logit")
    low = min(low, _logit(inner, inner * (1 - inner) / few, confidence)[0])
    high = max(high, _logit(value, value * (1 - value) / few, confidence)[1])
    return value, Interval(low, high, confidence, "influence of each row, or Boyd's, logit: the wider")


def roc_area(order: Order, found: Influence | None = None, confidence: float = CONFIDENCE) -> tuple[float, Interval]:
    """The same as `intervals.auc`, of rows that are in order already."""
    found, m, n = found or roc_influence(order), order.m, order.n
    of_hits, of_misses = found.variances(order)
    spreads = of_hits * m * m / max(1, m - 1), of_misses * n * n / max(1, n - 1)
    return found.value, intervals.of_area(found.value, *spreads, m, n, confidence)


def mean_areas(
    probabilities: NDArray[np.float64], truth: NDArray[np.int64], confidence: float = CONFIDENCE
) -> dict[str, tuple[float, Interval]]:
    """Means over the labels that rows have, each against the rest, of the areas under both curves: `roc`, `pr`.

    `probabilities`: shape (n, k), `truth`: (n,) numbers of labels, at least two of them there. Each end is the wider
    of two: that of the mean influence of each row, on the logit scale, which knows that labels are judged on the same
    rows, and that of the single intervals put together as if they were independent (MOVER, Zou & Donner 2008,
    Statistics in Medicine 27, 1693-1702), which knows how little few rows of a label tell.
    """
    import numpy as np

    labels = np.flatnonzero(np.bincount(truth, minlength=probabilities.shape[1])).tolist()
    single: dict[str, list[tuple[float, Interval]]] = {"roc": [], "pr": []}
    total = {kind: np.zeros(len(truth)) for kind in single}
    for label in labels:
        order = ordered(probabilities[:, label], truth == label)
        roc, precision = roc_influence(order), precision_influence(order)
        single["roc"].append(roc_area(order, roc, confidence))
        single["pr"].append(average_precision(order, precision, confidence))
        total["roc"] += order.by_row(roc)
        total["pr"] += order.by_row(precision)
    found = {kind: _mean(single[kind], total[kind], confidence) for kind in single}
    if len(labels) == probabilities.shape[1] == 2:
        found["roc"] = single["roc"][1]
    return found


def roc_influence(order: Order) -> Influence:
    """The area under the ROC curve: DeLong's components (1988), each divided by the rows of its class."""
    import numpy as np

    m, n = order.m, order.n
    below = (np.cumsum(order.misses) - order.misses / 2) / n
    above = (m - np.cumsum(order.hits) + order.hits / 2) / m
    area = _dot(order.hits, below) / m
    return Influence(area, (below - area) / m, (above - area) / n)


def precision_influence(order: Order) -> Influence:
    """Average precision as a function of the rows' weights, and its derivative by each of them.

    With A and B the positive and all rows at or above a score, precision is A / B there, and the average over the m
    positive rows has the derivative y (A/B - value) / m + sum over positive rows i at or below of (y - A_i/B_i) / (m B_i).
    """
    import numpy as np

    hits, m = order.hits, order.m
    all_above = _from_on(hits + order.misses)
    precision = _from_on(hits) / all_above
    value = _dot(hits, precision) / m
    lost = np.cumsum(hits * precision / all_above)
    gained = precision - value + np.cumsum(hits / all_above)
    return Influence(value, (gained - lost) / m, -lost / m)


def _dot(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Without the threads that `@` starts for long arrays: they cost more than they save."""
    return float((a * b).sum())


def _from_on(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums from each step to the last."""
    import numpy as np

    return np.cumsum(counts[::-1])[::-1]


def _excess(order: Order, value: float) -> float:
    """What it adds to average precision that a positive row counts itself: (1 - precision of the others) / rows above."""
    import numpy as np

    above, all_above = _from_on(order.hits), _from_on(order.hits + order.misses)
    others = np.where(all_above > 1, (above - 1) / np.maximum(1, all_above - 1), value)
    return float((order.hits * (1 - others) / all_above).sum() / order.hits.sum())


def _mean(
    single: Sequence[tuple[float, Interval]], total: NDArray[np.float64], confidence: float
) -> tuple[float, Interval]:
    """`total` is the sum of the influences of each row, shape (n,)."""
    value = sum(area for area, _ in single) / len(single)
    low, high = _together(value, single)
    variance = _dot(total, total) / len(single) ** 2
    if 0 < value < 1 and variance > 0:
        other = _logit(value, variance, confidence)
        low, high = min(low, other[0]), max(high, other[1])
    return value, Interval(low, high, confidence, "MOVER over the labels, or influence of each row: the wider")


def _together(value: float, found: Sequence[tuple[float, Interval]]) -> tuple[float, float]:
    below = math.sqrt(sum((area - one.low) ** 2 for area, one in found)) / len(found)
    above = math.sqrt(sum((one.high - area) ** 2 for area, one in found)) / len(found)
    return max(0.0, value - below), min(1.0, value + above)


def _by_rows(value: float, rows: int, confidence: float) -> Interval:
    """Wilson's, where no row differs from another: as if the value were a share of the smaller class."""
    found = intervals.wilson(round(value * rows), rows, confidence)
    return Interval(min(found.low, value), max(found.high, value), confidence, "Wilson, smaller class")


def _logit(value: float, variance: float, confidence: float) -> tuple[float, float]:
    spread = intervals.normal_quantile((1 + confidence) / 2) * math.sqrt(variance) / (value * (1 - value))
    at = math.log(value / (1 - value))
    return intervals.expit(at - spread), intervals.expit(at + spread)
