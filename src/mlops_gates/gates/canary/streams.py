"""What was seen of the two arms in one interval. Pure: no clock, no network.

An interval is frozen: it is read once, some time after its end, and never again, since an evidence that is read twice until it
suits is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, Protocol, TypeAlias

from mlops_gates.records import dataclass

Arm: TypeAlias = Literal["baseline", "canary"]
BASELINE: Arm = "baseline"
CANARY: Arm = "canary"


@dataclass(frozen=True)
class Count:
    """Requests of an interval, and the bad ones among them; whole numbers, 0 <= bad <= n."""

    n: int
    bad: int


@dataclass(frozen=True)
class Moments:
    """Values of an interval: how many, their sum, the sum of their squares, in the unit of the metric."""

    n: int
    total: float
    squares: float


@dataclass(frozen=True)
class Look:
    """One interval, from `start` to `end` in Unix seconds (UTC).

    `counts` and `values` are by metric and arm; an arm that said nothing of a metric is absent, never a zero. `errors` says
    of a metric why it could not be read; `late` how many requests of the interval before came after that was read, and are
    judged nowhere.
    """

    start: float
    end: float
    counts: Mapping[str, Mapping[Arm, Count]] = field(default_factory=dict)
    values: Mapping[str, Mapping[Arm, Moments]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)


class Source(Protocol):
    """Where looks come from: CloudWatch, Prometheus, a file of samples."""

    def read(self, start: float, end: float) -> Look:
        """The interval from `start` to `end`, Unix seconds. Raises CheckError where nothing can be reached at all."""
