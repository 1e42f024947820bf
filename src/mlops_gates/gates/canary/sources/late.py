"""What comes after its interval was read: it is counted and told, and never judged. Pure.

CloudWatch gets the points of a request some time after its end, those of slow ones last. An interval that is read too early
lacks just the requests that a canary is watched for, and looks better than it was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from mlops_gates.gates.canary.sources.counters import Unreadable

MOST = 0.01
"""The share of an interval's requests that may come late before intervals are no evidence any more."""


class Late:
    """The interval that was read last, by the number of a query, to be held beside what is said of it one interval later."""

    def __init__(self) -> None:
        self._start = self._end = -math.inf
        self._known: dict[int, float] = {}

    def since(self, start: float) -> float:
        """From when to ask for an interval that begins at `start`: together with the one before it."""
        return self._start if self._end == start else start

    def come(self, told: Mapping[int, Mapping[int, float]]) -> dict[int, float]:
        """By query, how much has come to the interval before since it was read."""
        return {
            number: _sum(told[number], self._start, self._end) - known
            for number, known in self._known.items()
            if number in told
        }

    def check(self, number: int, name: str, bad: bool, come: Mapping[int, float]) -> None:
        """Raises Unreadable where more came late of a query than evidence allows: of bad requests any."""
        more, known = come.get(number, 0.0), self._known.get(number, 0.0)
        if more > (0.5 if bad else MOST * (known + more)):  # counts are whole, but for what was interpolated
            raise Unreadable(
                f"{more:g} of {known + more:g} ({name}) of the interval before came after it was read: `late` is too short"
            )

    def keep(self, told: Mapping[int, Mapping[int, float]], start: float, end: float) -> None:
        """The interval [start, end) has been read."""
        self._start, self._end = start, end
        self._known = {number: _sum(minutes, start, end) for number, minutes in told.items()}


def _sum(minutes: Mapping[int, float], start: float, end: float) -> float:
    return sum(value for at, value in minutes.items() if start <= at < end and math.isfinite(value))
