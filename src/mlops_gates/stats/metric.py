"""What a metric is: a number with its interval, or the reason why there is none."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

from mlops_gates.findings import Interval
from mlops_gates.records import dataclass


@dataclass(frozen=True)
class Metric:
    """A value with its interval, or None and the reason. `n` is the number of rows that it rests on."""

    value: float | None
    interval: Interval | None
    n: int
    reason: str = ""


class Measured(ABC):
    """What has metrics: the names of all of them, and each by its name."""

    names: ClassVar[tuple[str, ...]]

    @abstractmethod
    def metric(self, name: str) -> Metric:
        """One of `names`. Raises KeyError for any other name."""

    @property
    def measured(self) -> dict[str, Metric]:
        """All metrics by name."""
        return {name: self.metric(name) for name in self.names}

    @property
    def metrics(self) -> dict[str, float]:
        """The values that there are, rounded to six decimals."""
        return rounded(self.measured)


def absent(n: int, reason: str) -> Metric:
    """A metric that these rows do not have."""
    return Metric(None, None, n, reason)


def finite(value: float, interval: Interval, n: int) -> Metric:
    """The metric, or none where a number is larger than a float can be."""
    if all(map(math.isfinite, (value, interval.low, interval.high))):
        return Metric(value, interval, n)
    return absent(n, "it is larger than numbers can be")


def rounded(found: dict[str, Metric]) -> dict[str, float]:
    """The values that there are, to six decimals, or to six digits where that is more."""
    values = {name: one.value for name, one in found.items() if one.value is not None}
    return {name: round(value, 6) if abs(value) >= 1 else float(f"{value:.6g}") for name, value in values.items()}
