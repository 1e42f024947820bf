"""How good the probabilities of a classifier are: log loss, Brier score, calibration error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.stats import means
from mlops_gates.stats.intervals import CONFIDENCE, normal_quantile
from mlops_gates.stats.metric import Metric, absent, finite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ONE_ROW = "one row does not tell how far the next one is off"
_BINS = 10
_ROWS_PER_BIN = 25
_PRIOR = 0.5


def log_loss(probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> Metric:
    """Mean of -ln(probability of the true label); `probabilities` (n, k), `truth` (n,).

    A probability of 0 counts as 2.2e-16, as in scikit-learn. The row that has not been seen yet (see `means`) is as bad
    as the worst, at least as a true label of probability 1 / sqrt(n + 1): a few sure and right answers prove little.
    """
    import numpy as np

    n = len(truth)
    if n < 2:
        return absent(n, _ONE_ROW)
    least = float(np.finfo(np.float64).eps)
    losses = -np.log(np.clip(probabilities[np.arange(n), truth], least, 1 - least))
    return _mean(losses, math.log(n + 1) / 2)


def brier(probabilities: NDArray[np.float64], truth: NDArray[np.int64]) -> Metric:
    """Mean squared distance of the probabilities from 0 and 1 (Brier 1950).

    With two labels it is that of one of them (0 to 1), else the sum over the labels (0 to 2), as in scikit-learn.
    """
    import numpy as np

    n, k = probabilities.shape
    if n < 2:
        return absent(n, _ONE_ROW)
    losses = ((probabilities - (truth[:, None] == np.arange(k))) ** 2).sum(axis=1)
    return _mean(losses / 2, 1.0, 1.0) if k == 2 else _mean(losses, 2.0, 2.0)


def calibration(said: NDArray[np.float64], came: NDArray[np.bool_], confidence: float = CONFIDENCE) -> Metric:
    """Expected calibration error: how far probabilities are from shares, both shape (n,).

    Rows are sorted by what was `said` into up to ten bins of equally many, at least 25 rows (equal probabilities stay
    together); the error is the mean distance of mean probability and share in a bin. Distances are never negative, so
    chance alone makes their mean too large. The value takes out what a normal distance of the measured size adds: in
    each bin with gap g and standard error s it is max(0, 2 |g| - E|N(g, s)|) (as Kumar, Liang & Ma 2019 do for
    squares). The upper end is the plain mean and z standard errors of it, since its expectation is at least the true
    error; the lower end leaves out what chance would add to a gap of g - s in each bin, and z standard errors.
    """
    n = len(said)
    if n < 2:
        return absent(n, _ONE_ROW)
    share, gap, error = _bins(said, came)
    plain = float(share @ gap)
    by_chance = sum(w * _added(max(0.0, g - s), s) for w, g, s in zip(share, gap, error, strict=True))
    spread = normal_quantile((1 + confidence) / 2) * math.sqrt(float(share**2 @ error**2))
    value = sum(w * max(0.0, g - _added(g, s)) for w, g, s in zip(share, gap, error, strict=True))
    low = max(0.0, min(value, plain - by_chance - spread))
    method = f"normal, {len(share)} bins of equally many rows"
    return finite(float(value), Interval(low, min(1.0, max(value, plain + spread)), confidence, method), n)


def _bins(
    said: NDArray[np.float64], came: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """By bin: its share of the rows, the distance of probability and share, and the standard error of that.

    The variance is that of the share with half a row added to either side, so that a bin without a hit is not certain.
    """
    import numpy as np

    n, many = len(said), max(1, min(_BINS, len(said) // _ROWS_PER_BIN))
    edges = np.unique(np.sort(said)[[n * place // many for place in range(1, many)]])
    place = np.searchsorted(edges, said, side="right")
    rows = np.bincount(place)
    there = rows > 0
    rows = rows[there]
    sums, hits = (np.bincount(place, weights=one)[there] for one in (said, came))
    smooth = (hits + _PRIOR) / (rows + 2 * _PRIOR)
    return rows / n, np.abs(sums - hits) / rows, np.sqrt(smooth * (1 - smooth) / rows)


def _added(gap: float, error: float) -> float:
    """E|N(gap, error)| - gap, the mean of a folded normal distribution (Leone, Nelson & Nottingham 1961)."""
    ratio = gap / error
    half = error * math.sqrt(2 / math.pi) * math.exp(-ratio * ratio / 2)
    return half - gap * math.erfc(ratio / math.sqrt(2))


def _mean(losses: NDArray[np.float64], unseen: float, most: float = math.inf) -> Metric:
    """`most` is what no mean can exceed."""
    found = means.of_losses(losses, unseen)
    ends = found.low, min(most, found.high)
    return finite(float(losses.mean()), Interval(*ends, found.confidence, found.method), len(losses))
