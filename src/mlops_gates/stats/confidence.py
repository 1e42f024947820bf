"""Performance expected from calibrated probabilities, before any label is known.

With p_i the probability of the positive label and d_i whether it was predicted, row i is right with probability
q_i = p_i where d_i, else 1 - p_i. Expected accuracy is the mean of q, expected precision the mean of p among the
predicted positives (Guillory et al. 2021, "Predicting with confidence on unseen distributions", ICCV; CBPE in NannyML).
Whether a row drawn at random is right is a Bernoulli draw of mean q̄, whatever the spread of q: its sampling interval is
Wilson's of the expected number of hits. A calibration error e of the rows that a mean is over moves it by at most e, so
both ends are moved by it. Few rows may be better calibrated than their model in what they show: what chance may hide of e,
z standard errors of the share of hits among them, is added.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.records import dataclass
from mlops_gates.stats import probabilistic
from mlops_gates.stats.intervals import CONFIDENCE, normal_quantile, wilson
from mlops_gates.stats.metric import Metric, absent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST = 50
"""Rows of the reference below which their calibration says nothing."""
_PRIOR = 0.5


@dataclass(frozen=True)
class Calibrated:
    """How far probabilities were from shares: as measured, and what it may be; None and the reason where that is unknown."""

    error: float | None
    bound: float
    reason: str = ""


def calibrated(
    said: NDArray[np.float64], came: NDArray[np.bool_], most: float, level: float = CONFIDENCE
) -> Calibrated:
    """The calibration error of rows with labels, both shape (n,); none above `most`, or of fewer than 50 rows."""
    n = len(said)
    if n < FEWEST:
        return Calibrated(None, 1.0, f"{n:,} rows of the reference tell of its calibration, {FEWEST} are needed")
    found = probabilistic.calibration(said, came)
    if found.value is None:
        return Calibrated(None, 1.0, f"the calibration on the reference cannot be told: {found.reason}")
    if found.value > most:
        return Calibrated(None, 1.0, f"the calibration error on {n:,} rows of the reference is above {most:g}")
    share = (float(came.sum()) + _PRIOR) / (n + 2 * _PRIOR)
    hidden = normal_quantile((1 + level) / 2) * math.sqrt(share * (1 - share) / n)
    return Calibrated(found.value, found.value + hidden)


def estimated(
    probability: NDArray[np.float64],
    positive: NDArray[np.bool_],
    whole: Calibrated,
    positives: Calibrated,
    level: float = CONFIDENCE,
) -> dict[str, Metric]:
    """Expected accuracy and precision with intervals; `probability`, `positive`: shape (n,).

    `whole` is the calibration of the reference, `positives` that of its rows that are predicted positive: these may be few
    among many, and wrong where the others are right.
    """
    import numpy as np

    right = np.where(positive, probability, 1 - probability)
    return {
        "accuracy": _mean(right, whole, level, "there are no rows"),
        "precision": _mean(probability[positive], positives, level, "no row is predicted positive"),
    }


def _mean(chances: NDArray[np.float64], known: Calibrated, level: float, without: str) -> Metric:
    n = len(chances)
    if not n or known.error is None:
        return absent(n, known.reason if n else without)
    mean = float(chances.mean())
    sampled = wilson(round(mean * n), n, level)
    low, high = max(0.0, min(mean, sampled.low) - known.bound), min(1.0, max(mean, sampled.high) + known.bound)
    return Metric(mean, Interval(low, high, level, "Wilson, widened by the calibration error"), n)
