"""Requests out of a table with one row for each."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from mlops_gates.findings import Interval
from mlops_gates.gates.monitor import opening
from mlops_gates.gates.monitor.cells import column_of, number
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.gates.monitor.serving import NONE, SHARES, Requests, Served, Service
from mlops_gates.stats.intervals import CONFIDENCE
from mlops_gates.stats.metric import Metric, absent
from mlops_gates.stats.quantiles import ranks
from mlops_gates.tables import reading, window
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.window import Window


def read(scope: MonitorScope, wanted: Service, source_name: str, spans: tuple[float, ...]) -> Served:
    """The requests of the window and of each span. Raises CheckError: no such column, content that cannot be read."""
    context, own = scope.context, scope.options.duration
    start = scope.now - timedelta(seconds=max([*spans, own])) if own else None
    with opening.source_of(context, scope.options, source_name) as source:
        found = window.within(source, wanted.time, start, scope.now, context.memory, context.on_cancel)
        if found.source is None:
            none = Requests(0, 0, 0)
            return Served(dict.fromkeys(spans, none), none, {name: absent(0, NONE) for name in SHARES}, found)
        try:
            table = DuckTable(found.source, context.memory)
            context.on_cancel(table.interrupt)
            try:
                return _counted(scope, wanted, source_name, table, spans, found)
            finally:
                table.close()
        finally:
            found.source.close()


def _counted(
    scope: MonitorScope, wanted: Service, name: str, table: DuckTable, spans: tuple[float, ...], found: Window
) -> Served:
    names = list(table.columns)
    latency = column_of(names, wanted.latency_ms, scope, name, "service", "latency_ms")
    status = number(column_of(names, wanted.status, scope, name, "service", "status"))
    moment = window.moment(table.columns, table.source, wanted.time)
    # A latency below zero is none, and neither is an infinite one.
    milliseconds = number(latency)
    known = f"CASE WHEN {milliseconds} >= 0 AND isfinite({milliseconds}) THEN {milliseconds} END"
    failed = f"coalesce(NOT ({status} >= 100 AND {status} < 500), true)"
    slow = wanted.objective.latency_ms if wanted.objective else None
    bad = failed if slow is None else f"({failed} OR coalesce(NOT {known} <= {slow!r}, true))"
    relation = reading.clause(table.source)

    def since(start: datetime | None) -> str:
        return f"{relation} WHERE {moment} > TIMESTAMP '{start.isoformat(' ')}'" if start else relation

    def count(start: datetime | None) -> Requests:
        query = f"SELECT count(*), count(*) FILTER ({failed}), count(*) FILTER ({bad}) FROM {since(start)}"  # noqa: S608
        return Requests(*table.rows_of(query)[0])

    whole, there = count(scope.start), since(scope.start)
    timed = int(table.rows_of(f"SELECT count({known}) FROM {there}")[0][0])  # noqa: S608
    quantiles = {name: _quantile(table, known, there, whole.n, timed, share) for name, share in SHARES.items()}
    ago = {span: count(scope.now - timedelta(seconds=span)) for span in spans}
    return Served(ago, whole, quantiles, found)


def _quantile(table: DuckTable, known: str, there: str, n: int, timed: int, share: float) -> Metric:
    """A quantile with the order statistics around it. A request without a latency counts as the slowest."""
    if not n:
        return absent(0, NONE)
    low, high = ranks(n, share)
    if high is None:
        return absent(n, f"{n:,} requests are too few to bound that quantile")
    if high > timed:
        return absent(n, f"{n - timed:,} of {n:,} requests have no latency that can be read; they may be the slowest")
    at = max(1, math.ceil(share * n - 1e-9))

    def place(rank: int) -> float:
        ordered = f"SELECT {known} FROM {there} ORDER BY 1 NULLS LAST LIMIT 1 OFFSET {rank - 1}"  # noqa: S608
        return float(table.rows_of(ordered)[0][0])

    return Metric(place(at), Interval(place(low) if low else 0.0, place(high), CONFIDENCE, "order statistics"), n)
