"""How much a counter grew between two moments, from its raw samples. Pure.

Prometheus's own `increase` is not asked. It extrapolates to the edges of its window, so that counts come out as fractions and
a burst at an edge is stretched; and it leaves out what a counter grew between the last sample of one window and the first of
the next (prometheus.io/docs/prometheus/latest/querying/functions, "increase"). Here an interval is charged with the growth
from the last sample at or before its start to the last at or before its end, so that intervals join without a gap or an
overlap, and counts stay whole.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TypeAlias

from mlops_gates.adapters.prometheus import Point, Series
from mlops_gates.records import dataclass

TARGET = ("job", "instance", "exported_job", "exported_instance")
"""The labels by which Prometheus tells one scraped process from another, also where another server relays them."""
Gap: TypeAlias = tuple[float, float]
"""The times of two samples that follow each other, Unix seconds."""
Labels: TypeAlias = tuple[tuple[str, str], ...]


class Unreadable(Exception):
    """A metric cannot be read in this interval; the text says why, without a value of the user's."""


@dataclass(frozen=True)
class Growth:
    """How much a counter grew, in its own unit, and how often it began again from zero meanwhile."""

    amount: float
    resets: int


def growth(
    points: Sequence[Point], start: float, end: float, born: bool, restarts: Collection[Gap] = ()
) -> Growth | None:
    """What a counter grew in (start, end], Unix seconds; None where it has no sample in there.

    A value below the one before it means that the process began again: then all of the new value is growth, as it is across
    a gap of which that is known otherwise (`restarts`). A counter whose first sample lies in the interval was `born` in it at
    zero, or else was there unseen, and then its first value tells nothing. Raises Unreadable on values that no counter has.
    """
    within = [point for point in points if start < point[0] <= end]
    if not within:
        return None
    before = [point for point in points if point[0] <= start][-1:]
    if not all(math.isfinite(value) and value >= 0 for _, value in (*before, *within)):
        raise Unreadable("a counter is negative or not a finite number")
    at, last = before[0] if before else (-math.inf if born else within[0][0], 0.0 if born else within[0][1])
    amount, resets = 0.0, 0
    for now, value in within:
        again = value < last or any(at < until and since < now for since, until in restarts)
        resets += again
        amount += value if again else value - last
        at, last = now, value
    return Growth(amount, resets)


def drops(points: Sequence[Point], start: float, end: float) -> list[Gap]:
    """The gaps that end in (start, end] across which a counter went down."""
    pairs = pairwise(points)
    return [(before[0], now[0]) for before, now in pairs if start < now[0] <= end and now[1] < before[1]]


class Births:
    """Which series began at zero: those that come while others of their process go on.

    A label value such as an error code gets its series with its first request. Were that first value taken for the base, the
    first errors of each interval would be lost. Where all that a process had ends as the others come, it was only labelled
    anew, and their first values are what it counted in its whole life.
    """

    def __init__(self, series: Iterable[Series]) -> None:
        spans: dict[Labels, list[Gap]] = {}
        for one in series:
            if one.points:
                spans.setdefault(target(one), []).append((one.points[0][0], one.points[-1][0]))
        self._begins = {key: sorted(begin for begin, _ in every) for key, every in spans.items()}
        self._ends = {key: list(accumulate((end for _, end in sorted(every)), max)) for key, every in spans.items()}

    def at_zero(self, series: Series) -> bool:
        """Whether the first value of a series is growth."""
        if not series.points:
            return False
        first, key = series.points[0][0], target(series)
        earlier = bisect_left(self._begins[key], first)
        return earlier > 0 and self._ends[key][earlier - 1] >= first


def target(series: Series) -> Labels:
    """Which process a series is of."""
    return tuple((name, series.labels.get(name, "")) for name in TARGET)


def grown(
    series: Sequence[Series], start: float, end: float, apart: Collection[str] = ()
) -> list[tuple[Series, Growth]]:
    """What each series grew in (start, end]; series without a sample in there are left out.

    Series that are the same but for the labels `apart` are parts of one counter, as the buckets of a histogram are: where one
    of them begins again, all do, also one that by then has come further than before.
    """
    births = Births(series)
    restarts: dict[Labels, list[Gap]] = {}
    if apart:
        for one in series:
            restarts.setdefault(alike(one, apart), []).extend(drops(one.points, start, end))
    found = []
    for one in series:
        born = births.at_zero(one)
        if (amount := growth(one.points, start, end, born, restarts.get(alike(one, apart), ()))) is not None:
            found.append((one, amount))
    return found


def alike(series: Series, apart: Collection[str]) -> Labels:
    """The labels of a series without those."""
    return tuple(sorted((name, value) for name, value in series.labels.items() if name not in apart))


def doubted(series: Sequence[Series], start: float, end: float, apart: Collection[str]) -> bool:
    """Whether a counter went on upwards while one that differs from it by the labels `apart` alone began again.

    Its process began again too, and it came further than before; or else the other one alone was forgotten for a while.
    Taken for growth, what it has now is too much in one case and too little in the other.
    """
    again: dict[Labels, list[Gap]] = {}
    for one in series:
        again.setdefault(alike(one, apart), []).extend(drops(one.points, start, end))
    return any(
        0 < last <= value and any(at < until and since < now for since, until in again[alike(one, apart)])
        for one in series
        for (at, last), (now, value) in pairwise(one.points)
        if start < now <= end
    )


def whole(amount: float) -> int:
    """A count of requests. Raises Unreadable where it is none."""
    if not math.isfinite(amount) or amount < 0 or abs(amount - round(amount)) > max(1e-6, 1e-12 * amount):
        raise Unreadable("a count of requests is negative or not a whole number")
    return round(amount)
