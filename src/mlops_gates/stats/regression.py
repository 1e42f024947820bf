"""Metrics of a regressor, each with its interval."""

from __future__ import annotations

import math
from dataclasses import field
from typing import TYPE_CHECKING, ClassVar

from mlops_gates.findings import Interval
from mlops_gates.records import dataclass
from mlops_gates.stats import means
from mlops_gates.stats.metric import Measured, Metric, absent, finite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METRICS = ("r2", "mae", "rmse", "mape")
_ONE_ROW = "one row does not tell how far the next one is off"
_ALL_OFF = 1.0
"""The relative error of the row that has not been seen yet, where no row is off: all that it is."""


@dataclass(frozen=True)
class Estimates(Measured):
    """Truth and prediction in the unit of the target, shape (n,). All finite."""

    truth: NDArray[np.float64]
    predicted: NDArray[np.float64]
    names: ClassVar = METRICS
    _known: dict[str, Metric] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def facts(self) -> dict[str, str]:
        """How far off the answers are, in words."""
        import numpy as np

        if not len(self.truth):
            return {}
        half, most = np.quantile(self._errors(), [0.5, 0.9]).tolist()
        return {"errors": f"half of the answers are off by at most {half:.4g}, nine of ten by at most {most:.4g}"}

    def metric(self, name: str) -> Metric:
        """One of `METRICS`; it is computed once. Raises KeyError for any other name.

        The row that has not been seen yet (see `means`) is off as far as the worst; where no row is off at all, as far as
        the target's mean is from a usual row, since a few rows without an error do not prove that there is none.
        """
        if name not in self._known:
            compute = {"r2": self._r2, "mae": self._mae, "rmse": self._rmse, "mape": self._mape}[name]
            self._known[name] = absent(len(self.truth), _ONE_ROW) if len(self.truth) < 2 else compute()
        return self._known[name]

    def _errors(self) -> NDArray[np.float64]:
        import numpy as np

        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(np.abs(self.predicted - self.truth))

    def _squares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Squared errors, and squared distances of the target from its mean."""
        import numpy as np

        with np.errstate(over="ignore", invalid="ignore"):
            return self._errors() ** 2, np.asarray((self.truth - self.truth.mean()) ** 2)

    def _mae(self) -> Metric:
        import numpy as np

        errors = self._errors()
        with np.errstate(over="ignore", invalid="ignore"):
            spread = float(np.abs(self.truth - self.truth.mean()).mean())
        return _mean(errors, spread)

    def _rmse(self) -> Metric:
        """The root grows with its mean of squares, and so do the ends."""
        squares, around = self._squares()
        mean = _mean(squares, float(around.mean()))
        if mean.value is None or mean.interval is None:
            return mean
        low, high = math.sqrt(max(0.0, mean.interval.low)), math.sqrt(mean.interval.high)
        return Metric(
            math.sqrt(mean.value), Interval(low, high, mean.interval.confidence, mean.interval.method), mean.n
        )

    def _mape(self) -> Metric:
        """A share: 0.1 is ten per cent."""
        import numpy as np

        zeros = int((self.truth == 0).sum())
        if zeros:
            return absent(len(self.truth), f"the target is 0 in {zeros:,} rows, and nothing is a share of 0")
        with np.errstate(over="ignore", invalid="ignore"):
            return _mean(self._errors() / np.abs(self.truth), _ALL_OFF)

    def _r2(self) -> Metric:
        import numpy as np

        squares, around = self._squares()
        if not around.any():
            return absent(len(self.truth), "the target is the same in all rows")
        with np.errstate(over="ignore"):
            found = means.quotient(squares, around, float(around.mean()))
        with np.errstate(over="ignore", invalid="ignore"):
            value = 1 - float(squares.mean() / around.mean())
        low, high = min(value, 1 - found.high), max(value, 1 - found.low)
        return finite(value, Interval(low, high, found.confidence, found.method), len(self.truth))


def _mean(losses: NDArray[np.float64], unseen: float) -> Metric:
    """Of losses that are at least 0; `unseen` is that of one more row where all are 0."""
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        value, found = float(losses.mean()), means.of_losses(losses, 0.0 if losses.any() else unseen)
    return finite(value, found, len(losses))
