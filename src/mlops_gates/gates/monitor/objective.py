"""A service level objective, and how fast its error budget burns."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from mlops_gates.options import Options
from mlops_gates.records import dataclass

_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")


def _target(value: object) -> float:
    found = 0.0
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value.strip())):
        found = float(match[1]) / 100
    elif isinstance(value, float):
        found = value
    if not 0 < found < 1:
        raise ValueError("should be a share below 100 %, such as 99.9 % or 0.999")
    return found


class Objective(Options):
    """Which share of the requests must be good."""

    target: Annotated[float, BeforeValidator(_target), WithJsonSchema({"type": ["string", "number"]})] = Field(
        description="The share of good requests over `days`: 99.9 %."
    )
    latency_ms: float | None = Field(None, description="A slower request is a bad one.", gt=0)
    days: int = Field(30, description="The days over which the error budget is spent.", ge=1, le=365)

    @property
    def period(self) -> float:
        """The time of the whole budget, in seconds."""
        return self.days * 86_400.0

    @property
    def spans(self) -> tuple[float, ...]:
        """The spans over which requests are counted, in seconds."""
        return tuple(sorted({*(span for pace in PACES for span in (pace.long, pace.short)), self.period}))


@dataclass(frozen=True)
class Pace:
    """A pair of windows (seconds) that burn together: `share` of the budget within `long` is too much."""

    name: str
    long: float
    short: float
    share: float
    pages: bool

    @property
    def metric(self) -> str:
        """What its burn rate is called among the metrics."""
        return f"burn_rate/{self.name.partition(' ')[0]}"

    def burn(self, days: int) -> float:
        """How many times faster than the whole budget in `days` that is; at 1 and below the budget lasts."""
        return max(1.0, self.share * days * 86_400 / self.long)


PACES = (
    Pace("1h and 5m", 3_600, 300, 0.02, True),
    Pace("6h and 30m", 21_600, 1_800, 0.05, True),
    Pace("3d and 6h", 259_200, 21_600, 0.10, False),
)
"""Google, The Site Reliability Workbook (2018), chapter 5, table 5-8: 2 % in an hour and 5 % in six page, 10 % in three
days is a ticket; the short window, a twelfth, says that it still burns."""
