"""Requests out of a table with one row for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
                requests = _requests(scope, wanted, source_name, table)
                starts = [scope.start, *(scope.now - timedelta(seconds=span) for span in spans)]
                whole, *counts = _counts(table, requests, starts)
                ago = dict(zip(spans, counts, strict=True))
                return Served(ago, whole, _quantiles(table, requests, scope.start, whole.n), found)
            finally:
                table.close()
        finally:
            found.source.close()


def _requests(scope: MonitorScope, wanted: Service, name: str, table: DuckTable) -> str:
    """In SQL: `made`, `ms` (null where it is no latency), `failed` and `bad` of each request."""
    names = list(table.columns)
    status = number(column_of(names, wanted.status, scope, name, "service", "status"))
    known = number(column_of(names, wanted.latency_ms, scope, name, "service", "latency_ms"))
    slow = wanted.objective.latency_ms if wanted.objective else None
    late = "" if slow is None else f" OR coalesce(NOT ms <= {slow!r}, true)"
    moment = window.moment(table.columns, table.source, wanted.time)
    cells = f"SELECT {moment} AS made, {known} AS said, {status} AS status FROM {reading.clause(table.source)}"  # noqa: S608
    # A latency below zero is none, and neither is an infinite one.
    timed = "CASE WHEN said >= 0 AND isfinite(said) THEN said END AS ms"
    failed = "coalesce(NOT (status >= 100 AND status < 500), true) AS failed"
    return f"(SELECT *, failed{late} AS bad FROM (SELECT made, {timed}, {failed} FROM ({cells})))"  # noqa: S608


def _counts(table: DuckTable, requests: str, starts: Sequence[datetime | None]) -> list[Requests]:
    """Since each start, in one scan."""
    asked = [f"count(*) FILTER ({_since(start)}{also})" for start in starts for also in ("", " AND failed", " AND bad")]
    found = list(map(int, table.rows_of(f"SELECT {', '.join(asked)} FROM {requests}")[0]))  # noqa: S608
    return [Requests(*found[place : place + 3]) for place in range(0, len(found), 3)]


def _quantiles(table: DuckTable, requests: str, start: datetime | None, n: int) -> dict[str, Metric]:
    """Quantiles with the order statistics around them. A request without a latency counts as the slowest."""
    if not n:
        return {name: absent(0, NONE) for name in SHARES}
    ends = {name: ranks(n, share) for name, share in SHARES.items()}
    at = {name: max(1, math.ceil(share * n - 1e-9)) for name, share in SHARES.items()}
    wanted = {1, *at.values(), *(end for pair in ends.values() for end in pair if end)}
    ordered = f"SELECT ms, row_number() OVER (ORDER BY ms NULLS LAST) AS place FROM {requests} WHERE {_since(start)}"  # noqa: S608
    places = ", ".join(map(str, sorted(wanted)))
    rows = table.rows_of(f"SELECT place, ms, count(ms) OVER () FROM ({ordered}) QUALIFY place IN ({places})")  # noqa: S608
    known = {int(place): value for place, value, _ in rows}
    found = {}
    for name, (low, high) in ends.items():
        if high is None:
            found[name] = absent(n, f"{n:,} requests are too few to bound that quantile")
        elif known[high] is None:
            missing = n - int(rows[0][2])
            found[name] = absent(
                n, f"{missing:,} of {n:,} requests have no latency that can be read; they may be the slowest"
            )
        else:
            interval = Interval(known[low] if low else 0.0, known[high], CONFIDENCE, "order statistics")
            found[name] = Metric(known[at[name]], interval, n)
    return found


def _since(start: datetime | None) -> str:
    return f"made > TIMESTAMP '{start.isoformat(' ')}'" if start else "true"
