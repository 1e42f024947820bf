"""How much a counter grew between two moments, from its raw samples. Pure.

Prometheus's own `increase` is not asked. It extrapolates to the edges of its window, so that counts come out as fractions and
a burst at an edge is stretched; and it leaves out what a counter grew between the last sample of one window and the first of
the next (prometheus.io/docs/prometheus/latest/querying/functions, "increase"). Here an interval is charged with the growth
from the last sample at or before its start to the last at or before its end, so that intervals join without a gap or an
overlap, and counts stay whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from mlops_gates.adapters.prometheus import Point, Series
from mlops_gates.records import dataclass

TARGET = ("job", "instance")
"""The labels by which Prometheus tells one scraped process from another."""


class Unreadable(Exception):
    """A metric cannot be read in this interval; the text says why, without a value of the user's."""


@dataclass(frozen=True)
class Growth:
    """How much a counter grew, in its own unit, and how often it began again from zero meanwhile."""

    amount: float
    resets: int


def growth(points: Sequence[Point], start: float, end: float, born: bool) -> Growth | None:
    """What a counter grew in (start, end], Unix seconds; None where it has no sample in there.

    A value below the one before it means that the process began again: then all of the new value is growth. A counter whose
    first sample lies in the interval was `born` in it at zero, or else was there unseen, and then its first value tells
    nothing. Raises Unreadable on values that no counter has.
    """
    within = [value for at, value in points if start < at <= end]
    if not within:
        return None
    before = [value for at, value in points if at <= start]
    if not all(math.isfinite(value) and value >= 0 for value in (*before[-1:], *within)):
        raise Unreadable("a counter is negative or not a finite number")
    last = before[-1] if before else (0.0 if born else within[0])
    amount, resets = 0.0, 0
    for value in within:
        resets += value < last
        amount += value - last if value >= last else value
        last = value
    return Growth(amount, resets)


def births(series: Iterable[Series]) -> dict[tuple[str, ...], float]:
    """By target, when it was first seen among these series; a series that comes later began at zero.

    A label value such as an error code gets its series with its first request. Were that first value taken for the base, the
    first errors of each interval would be lost.
    """
    seen: dict[tuple[str, ...], float] = {}
    for one in series:
        if one.points:
            key = target(one)
            seen[key] = min(seen.get(key, math.inf), one.points[0][0])
    return seen


def target(series: Series) -> tuple[str, ...]:
    """Which process a series is of."""
    return tuple(series.labels.get(name, "") for name in TARGET)


def grown(series: Sequence[Series], start: float, end: float) -> list[tuple[Series, Growth]]:
    """What each series grew in (start, end]; series without a sample in there are left out."""
    seen = births(series)
    found = []
    for one in series:
        born = bool(one.points) and seen[target(one)] < one.points[0][0]
        if (amount := growth(one.points, start, end, born)) is not None:
            found.append((one, amount))
    return found


def whole(amount: float) -> int:
    """A count of requests. Raises Unreadable where it is none."""
    if not math.isfinite(amount) or amount < 0 or abs(amount - round(amount)) > 1e-6 * max(1.0, amount):
        raise Unreadable("a count of requests is negative or not a whole number")
    return round(amount)
