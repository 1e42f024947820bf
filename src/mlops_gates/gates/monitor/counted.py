"""Requests out of counters that a Prometheus scrapes.

Counts are PromQL's `increase`, which takes a counter that begins again from zero for what it is. It extrapolates to the
edges of its span, so that counts are rounded, and it does not see the first sample of a series: a failure that brings
its label into being is missed unless the server exports the label from the start, at zero
(prometheus.io/docs/prometheus/latest/querying/functions, "increase").
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from datetime import UTC

from mlops_gates.adapters.prometheus import DEADLINE, Prometheus, QueryError, Series
from mlops_gates.errors import CheckError
from mlops_gates.findings import Interval
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.gates.monitor.serving import NONE, SHARES, Counters, Requests, Served, Service
from mlops_gates.stats.intervals import CONFIDENCE
from mlops_gates.stats.metric import Metric, absent
from mlops_gates.stats.quantiles import ranks

TOKEN = "MLOPS_GATES_PROMETHEUS_TOKEN"  # noqa: S105 - the name of a variable


def read(scope: MonitorScope, wanted: Service, spans: tuple[float, ...]) -> Served:
    """The requests of the window and of each span, at its end. Raises CheckError where Prometheus does not say."""
    counters, duration = wanted.prometheus, scope.options.duration
    assert counters
    assert duration
    asked = _Asked(scope, counters, wanted.objective.latency_ms if wanted.objective else None)
    found = {span: asked.requests(span) for span in (*spans, duration)}
    return Served({span: found[span] for span in spans}, found[duration], asked.quantiles(duration), None)


class _Asked:
    """A Prometheus at the end of the window."""

    def __init__(self, scope: MonitorScope, counters: Counters, slow: float | None) -> None:
        self._scope = scope
        self._counters = counters
        self._slow = slow
        self._at = scope.now.replace(tzinfo=UTC).timestamp()
        seconds = max(1.0, min(DEADLINE, scope.context.seconds_left))
        self._prometheus = Prometheus(counters.url, os.environ.get(TOKEN, ""), deadline=seconds)

    def requests(self, span: float) -> Requests:
        """All, failed and bad ones. One that failed and was slow is two bad ones: nobody knows how many are both."""
        labels = tuple(self._counters.failed_where)
        found = self._grown(self._counters.requests, labels, span, "requests")
        for label in labels:
            if found and not any(one.labels.get(label) for one in found):
                raise self._refused(
                    f"no series has the label {label}, by which failures would be known", "failed_where"
                )
        n = round(sum(_value(one) for one in found))
        failed = min(n, round(sum(_value(one) for one in found if self._failed(one.labels))))
        if self._slow is None or not n:
            return Requests(n, failed, failed)
        buckets = self._buckets(span)
        if not buckets:
            raise self._refused("it counts requests, and has no bucket of their latency", "latency")
        return Requests(n, failed, min(n, failed + self._slower(buckets)))

    def quantiles(self, span: float) -> dict[str, Metric]:
        """Of the latencies in milliseconds, between the edges of the buckets that hold them."""
        buckets = self._buckets(span) if self._counters.latency else []
        return {name: _quantile(buckets, share) for name, share in SHARES.items()}

    def _failed(self, labels: Mapping[str, str]) -> bool:
        where = self._counters.failed_where
        return all(re.fullmatch(pattern, labels.get(label, "")) for label, pattern in where.items())

    def _slower(self, buckets: list[tuple[float, int]]) -> int:
        assert self._slow
        seconds = self._slow / 1000
        for edge, count in buckets:
            if math.isclose(edge, seconds, rel_tol=1e-9):
                return buckets[-1][1] - count
        known = ", ".join(f"{edge * 1000:g}" for edge, _ in buckets[:-1])
        raise self._refused(f"no bucket ends at {self._slow:g} ms; there are {known or 'none'}", "latency")

    def _buckets(self, span: float) -> list[tuple[float, int]]:
        """(edge in seconds, requests up to it), ascending, the last edge infinite; empty where there is no series."""
        assert self._counters.latency
        counts: dict[float, float] = {}
        for one in self._grown(self._counters.latency, ("le",), span, "latency"):
            try:
                counts[float(one.labels["le"])] = _value(one)
            except (KeyError, ValueError):
                raise self._refused("the series have no label le that is a number", "latency") from None
        if counts and math.inf not in counts:
            raise self._refused("there is no bucket that ends at +Inf", "latency")
        found, most = [], 0
        for edge in sorted(counts):  # what is extrapolated for each bucket by itself may fall a little
            most = max(most, round(counts[edge]))
            found.append((edge, most))
        return found

    def _grown(self, selector: str, labels: tuple[str, ...], span: float, key: str) -> list[Series]:
        query = f"sum by ({', '.join(labels)}) (increase({selector}[{math.ceil(span)}s]))"
        try:
            found = list(self._prometheus.query(query, self._at))
        except QueryError as error:
            raise self._refused(str(error), key) from None
        except CheckError as error:
            error.where = error.where or self._scope.context.line("service", "prometheus", "url")
            raise
        if not all(len(one.points) == 1 and math.isfinite(_value(one)) and _value(one) >= 0 for one in found):
            raise self._refused("a counter is negative or not a finite number", key)
        return found

    def _refused(self, what: str, key: str) -> CheckError:
        return CheckError(
            f"service.prometheus.{key}: {what}",
            where=self._scope.context.line("service", "prometheus", key),
            next_step="Try the selector in Prometheus's own page.",
        )


def _value(one: Series) -> float:
    return one.points[0][1]


def _quantile(buckets: list[tuple[float, int]], share: float) -> Metric:
    """The quantile where the ranks around it fall into buckets; within a bucket nobody knows, so its edges are the ends."""
    n = buckets[-1][1] if buckets else 0
    if not n:
        return absent(0, NONE)
    low, high = ranks(n, share)
    if high is None:
        return absent(n, f"{n:,} requests are too few to bound that quantile")
    least, most = (_bucket(buckets, rank)[end] for rank, end in ((low or 1, 0), (high, 1)))
    if not math.isfinite(most):
        edge = buckets[-2][0] * 1000 if len(buckets) > 1 else 0
        return absent(n, f"it may lie above the last bucket, which ends at {edge:g} ms")
    begin, end = _bucket(buckets, max(1, math.ceil(share * n - 1e-9)))
    return Metric((begin + end) / 2 * 1000, Interval(least * 1000, most * 1000, CONFIDENCE, "edges of the buckets"), n)


def _bucket(buckets: list[tuple[float, int]], rank: int) -> tuple[float, float]:
    """The ends of the bucket that holds the request of a rank (from 1), in seconds; the lower one is none of its values."""
    begin = 0.0
    for edge, count in buckets:
        if rank <= count:
            return (math.nextafter(begin, math.inf) if begin else 0.0), edge
        begin = edge
    raise AssertionError  # a rank is at most the last count
