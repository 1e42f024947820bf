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
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TypeAlias

from mlops_gates.adapters.prometheus import Point, Series
from mlops_gates.records import dataclass

TARGET = ("job", "instance", "exported_job", "exported_instance")
"""The labels by which Prometheus tells one scraped process from another, also where another server relays them."""
Restart: TypeAlias = tuple[float, float, float]
"""The times of two samples between which a process began again, Unix seconds, and how far a counter had come that fell."""
Labels: TypeAlias = tuple[tuple[str, str], ...]


class Unreadable(Exception):
    """A metric cannot be read in this interval; the text says why, without a value of the user's."""


@dataclass(frozen=True)
class Growth:
    """How much a counter grew, in its own unit, and how often it began again from zero meanwhile."""

    amount: float
    resets: int


def growth(
    points: Sequence[Point], start: float, end: float, born: bool, restarts: Collection[Restart] = ()
) -> Growth | None:
    """What a counter grew in (start, end], Unix seconds; None where it has no sample in there.

    A value below the one before it means that the process began again: then all of the new value is growth, as it is where
    `restarts` knows of it, of counters that had come no further than the one that fell. A counter whose first sample lies in
    the interval was `born` in it at zero, or else was there unseen, and then its first value tells nothing. Raises Unreadable
    on values that no counter has.
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
        again = value < last or any(last <= fell for fell in _falls((at, now), restarts))
        resets += again
        amount += value if again else value - last
        at, last = now, value
    return Growth(amount, resets)


def drops(points: Sequence[Point]) -> list[Restart]:
    """Where a counter went down."""
    return [(at, now, last) for (at, last), (now, value) in pairwise(points) if value < last]


def narrowest(restarts: Collection[Restart]) -> list[Restart]:
    """Of drops across gaps that lie within one another the narrowest: a series that comes late tells of the same restart."""
    return [
        one
        for one in restarts
        if not any(one[0] <= other[0] and other[1] <= one[1] and other[:2] != one[:2] for other in restarts)
    ]


def _falls(gap: tuple[float, float], restarts: Iterable[Restart]) -> Iterator[float]:
    """How far counters had come that fell within a gap."""
    return (fell for since, until, fell in restarts if gap[0] <= since and until <= gap[1])


class Births:
    """Which series began at zero: those that come while others of their process go on.

    A label value such as an error code gets its series with its first request. Were that first value taken for the base, the
    first errors of each interval would be lost. Where all that a process had ends as the others come, it was only labelled
    anew, and their first values are what it counted in its whole life.
    """

    def __init__(self, series: Iterable[Series]) -> None:
        spans: dict[Labels, list[tuple[float, float]]] = {}
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
    series: Sequence[Series], start: float, end: float, apart: Collection[str] = (), one: bool = False
) -> list[tuple[Series, Growth]]:
    """What each series grew in (start, end]; series without a sample in there are left out.

    Series that are the same but for the labels `apart` are of one process, or even parts of `one` counter, as the buckets of
    a histogram are: where one of them begins again, all do, also one that by then has come further than before. Raises
    Unreadable where one fell and another went on that had come further: it alone may have been forgotten for a while.
    """
    births = Births(series)
    every: dict[Labels, list[Restart]] = {}
    for each in series if apart else ():
        fell = ((at, now, math.inf if one else far) for at, now, far in drops(each.points))
        every.setdefault(alike(each, apart), []).extend(fell)
    restarts = {labels: narrowest(falls) for labels, falls in every.items()}
    found = []
    for each in series:
        known = restarts.get(alike(each, apart), [])
        if _doubted(each.points, start, end, known):
            raise Unreadable(
                "of one process a counter began again and another did not; how much they grew cannot be told"
            )
        if (amount := growth(each.points, start, end, births.at_zero(each), known)) is not None:
            found.append((each, amount))
    return found


def _doubted(points: Sequence[Point], start: float, end: float, restarts: Collection[Restart]) -> bool:
    """Whether a counter went on upwards while one that had come less far fell, or where it cannot be told when one fell."""
    for (at, last), (now, value) in pairwise(points) if restarts else ():
        if start < now <= end and 0 < last <= value:
            falls = [fell for since, until, fell in restarts if at < until and since < now]
            if falls and not any(last <= fell for fell in _falls((at, now), restarts)):
                return True
    return False


def alike(series: Series, apart: Collection[str]) -> Labels:
    """The labels of a series without those."""
    return tuple(sorted((name, value) for name, value in series.labels.items() if name not in apart))


def whole(amount: float) -> int:
    """A count of requests. Raises Unreadable where it is none."""
    if not math.isfinite(amount) or amount < 0 or abs(amount - round(amount)) > max(1e-6, 1e-12 * amount):
        raise Unreadable("a count of requests is negative or not a whole number")
    return round(amount)
