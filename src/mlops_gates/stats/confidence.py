"""Performance expected from calibrated probabilities, before any label is known.

With p_i the probability of the positive label and d_i whether it was predicted, row i is right with probability
q_i = p_i where d_i, else 1 - p_i. Expected accuracy is the mean of q, expected precision the mean of p among the
predicted positives (Guillory et al. 2021, "Predicting with confidence on unseen distributions", ICCV; CBPE in NannyML).
Whether a row drawn at random is right is a Bernoulli draw of mean q̄, whatever the spread of q: its sampling interval is
Wilson's of the expected number of hits. A calibration error e moves the mean by at most e, so both ends are moved by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.stats.intervals import CONFIDENCE, wilson
from mlops_gates.stats.metric import Metric, absent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def estimated(
    probability: NDArray[np.float64],
    positive: NDArray[np.bool_],
    calibration_error: float,
    level: float = CONFIDENCE,
) -> dict[str, Metric]:
    """Expected accuracy and precision with intervals; `probability`, `positive`: shape (n,), `calibration_error` >= 0."""
    import numpy as np

    right = np.where(positive, probability, 1 - probability)
    return {
        "accuracy": _mean(right, calibration_error, level, "there are no rows"),
        "precision": _mean(probability[positive], calibration_error, level, "no row is predicted positive"),
    }


def _mean(chances: NDArray[np.float64], error: float, level: float, without: str) -> Metric:
    n = len(chances)
    if not n:
        return absent(0, without)
    mean = float(chances.mean())
    sampled = wilson(round(mean * n), n, level)
    low, high = max(0.0, min(mean, sampled.low) - error), min(1.0, max(mean, sampled.high) + error)
    return Metric(mean, Interval(low, high, level, "Wilson, widened by the calibration error"), n)
