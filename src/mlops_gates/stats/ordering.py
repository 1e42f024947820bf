"""How far the order of one column is that of another."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from mlops_gates.findings import Interval
from mlops_gates.stats import intervals
from mlops_gates.stats.predictive import FEWEST, FEWEST_ROWS, Power, Target, mean_area, ranks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RHO = "Spearman's rho"


def ordered(numbers: NDArray[np.float64], target: Target) -> Power | None:
    """How far the order of the numbers (NaN: left out) orders the target; None where too few rows have both.

    Numbers that are all equal order nothing, and that needs no interval.

    Classes: max(AUC, 1 - AUC), mean of one class against the rest; a quantity: Spearman's |rho|, its interval after
    Bonett & Wright 2000 (Psychometrika 65, 23-28).
    """
    import numpy as np

    present = np.isfinite(numbers)
    x, y = numbers[present], target.y[present]
    if len(np.unique(x)) < 2:
        return Power(0.5, "AUC", None) if target.codes is not None else Power(0.0, _RHO, None)
    if target.codes is None:
        return _spearman(ranks(x), ranks(y[:, 0])) if len(x) >= FEWEST_ROWS else None
    counts = y.sum(axis=0)
    told = (counts >= FEWEST) & (len(x) - counts >= FEWEST)
    if not told.any():
        return None
    return mean_area([_folded(*intervals.auc(x, column > 0.5)) for column in y.T[told]])


def _spearman(x: NDArray[np.float64], y: NDArray[np.float64]) -> Power | None:
    import numpy as np

    if np.ptp(y) == 0:
        return None
    rho = min(1.0, abs(float(np.corrcoef(x, y)[0, 1])))
    z, n = NormalDist().inv_cdf((1 + intervals.CONFIDENCE) / 2), len(x)
    centre, half = math.atanh(min(rho, 1 - 1e-12)), z * math.sqrt((1 + rho**2 / 2) / (n - 3))
    low, high = max(0.0, math.tanh(centre - half)), max(rho, math.tanh(centre + half))
    return Power(rho, _RHO, Interval(min(low, rho), high, intervals.CONFIDENCE, "Bonett and Wright"))


def _folded(area: float, interval: Interval) -> tuple[float, Interval]:
    """The same of max(area, 1 - area)."""
    low, high = interval.low, interval.high
    ends = (low, high) if low >= 0.5 else (1 - high, 1 - low) if high <= 0.5 else (0.5, max(high, 1 - low))
    return max(area, 1 - area), Interval(*ends, interval.confidence, interval.method)
