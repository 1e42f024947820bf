"""What the minutes of CloudWatch's statistics say of a metric. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from mlops_gates.gates.canary.sources.counters import Unreadable, whole
from mlops_gates.gates.canary.sources.metrics import CloudWatchMetric, Datum
from mlops_gates.gates.canary.streams import Count, Moments

Minutes: TypeAlias = Mapping[int, float]
"""By the Unix time at which a minute begins, the value of a statistic in it."""
Said: TypeAlias = Mapping[tuple[str, str], Minutes]
"""The minutes by metric and statistic."""
MOST = "Maximum"
_ABOVE = re.compile(r"TC\((\d+(?:\.\d+)?):\)")
_MOST_ROUNDED = 0.5


def statistics(found: CloudWatchMetric) -> list[tuple[str, str]]:
    """The metrics and statistics that a metric is made of; with a count above a bound also the greatest value."""
    data: list[Datum] = []
    if found.values:
        data = [found.values.count, found.values.total, found.values.squares]
    elif found.total:
        data = [found.total, *found.bad]
    asked = [(one.metric, one.stat) for one in data]
    return list(dict.fromkeys([*asked, *((one.metric, MOST) for one in data if _ABOVE.fullmatch(one.stat))]))


def role(found: CloudWatchMetric, name: str, stat: str) -> str:
    """What a metric and statistic is of a metric: requests, bad, or empty where it is neither."""
    total = found.values.count if found.values else found.total
    if total and (total.metric, total.stat) == (name, stat):
        return "requests"
    return "bad" if any((one.metric, one.stat) == (name, stat) for one in found.bad) else ""


def made(found: CloudWatchMetric, said: Said) -> Count | Moments | None:
    """What an arm said; None where it said nothing. Raises Unreadable where a part of it is missing."""
    if found.values:
        return _moments(
            *(said[one.metric, one.stat] for one in (found.values.count, found.values.total, found.values.squares))
        )
    assert found.total
    return _count(found, _checked(said[found.total.metric, found.total.stat]), said)


def _count(found: CloudWatchMetric, requests: Minutes, said: Said) -> Count | None:
    if any(_checked(said[one.metric, one.stat]).keys() - requests.keys() for one in found.bad):
        raise Unreadable("a minute says how many were bad, and not of how many requests")
    if not requests:
        return None
    bad = _summed(_bad(found, datum, said, at, amount) for datum in found.bad for at, amount in requests.items())
    n = whole(_summed(requests.values()))
    if bad > n + _MOST_ROUNDED * len(requests):
        raise Unreadable("there are more bad requests than requests")
    # A trimmed count is interpolated, and so may be a fraction.
    return Count(n, min(round(bad), n))


def _bad(found: CloudWatchMetric, datum: Datum, said: Said, at: int, requests: float) -> float:
    """The bad requests of a minute; one without requests may have those of the minute before.

    SageMaker sends a 0 with every request that is no error ("For each 5xx response, 1 is sent; otherwise, 0 is sent":
    docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html), so that a minute with requests and no data point of
    errors is one whose points are missing. Metrics per container only say "a 1 is sent"; `absent: zero` is for them.
    A count above a bound is zero where the greatest value is not above it, and else at least one, whatever was interpolated.
    Absent where the greatest value does not say that it is zero, it is missing: CloudWatch has no such statistic of values
    that were put there already summed up.
    """
    value = said[datum.metric, datum.stat].get(at)
    if not requests:
        return value or 0.0
    if above := _ABOVE.fullmatch(datum.stat):
        most = said.get((datum.metric, MOST), {}).get(at, math.inf)
        if most <= float(above[1]):
            return 0.0
        if value is not None and value <= 0:
            raise Unreadable(
                f"of {datum.metric} a minute has none above the bound by its count, and some by its maximum"
            )
    if value is not None:
        return max(value, 1.0) if above else value
    if above or found.absent == "missing":
        raise Unreadable(f"a minute has requests, and no data point of {datum.metric}")
    return 0.0


def _moments(count: Minutes, total: Minutes, squares: Minutes) -> Moments | None:
    if not set(count) == set(total) == set(squares):
        raise Unreadable("a minute has some of count, total and squares, and not all")
    if not count:
        return None
    if not all(math.isfinite(one) for one in total.values()):
        raise Unreadable("a sum is not a finite number")
    n = whole(_summed(_checked(count).values()))
    return Moments(n, _summed(total.values()), _summed(_checked(squares).values()))


def _summed(values: Iterable[float]) -> float:
    try:
        return math.fsum(values)
    except OverflowError:
        raise Unreadable("the data points are too large to be added up") from None


def _checked(minutes: Minutes) -> Minutes:
    if not all(math.isfinite(value) and value >= 0 for value in minutes.values()):
        raise Unreadable("a data point is negative or not a finite number")
    return minutes
