"""monitor.service: latency and errors of requests; what `service` is, and what monitor.budget shares with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import Field, model_validator

from mlops_gates.checks import Check
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Interval, Measurement
from mlops_gates.gates.monitor import opening
from mlops_gates.gates.monitor.answers import column_of
from mlops_gates.gates.monitor.measuring import limit_of, measured
from mlops_gates.gates.monitor.objective import Objective
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.options import InputSource, Options, Text
from mlops_gates.records import dataclass
from mlops_gates.stats.intervals import CONFIDENCE, wilson
from mlops_gates.stats.metric import Metric, absent
from mlops_gates.stats.quantiles import ranks
from mlops_gates.tables import reading, window
from mlops_gates.tables.duck import DuckTable

_SHARES = {"p50_latency_ms": 0.5, "p95_latency_ms": 0.95, "p99_latency_ms": 0.99}
_NONE = "no request lies in the window"


class Service(Options):
    """The requests that the model's service answered."""

    source: InputSource = Field(description="A table with one row for each request.")
    time: Text = Field("time", description="Its column with the moment of a request.")
    latency_ms: Text = Field("latency_ms", description="Its column with the latency in milliseconds.")
    status: Text = Field("status", description="Its column with the HTTP status; 500 and above, and none, is an error.")
    objective: Objective | None = Field(None, description="The service level objective: {target: 99.9 %}.")


class ServiceOptions(Options):
    """`service`"""

    service: Service | None = Field(None, description="Requests with time, latency_ms and status: {source}.")

    @model_validator(mode="after")
    def _enough(self) -> ServiceOptions:
        if self.service and self.service.objective is None:
            limits = getattr(self, "thresholds", None)
            known = (*_SHARES, "error_rate")
            if "latency" not in getattr(self, "metrics", ()) and not any(getattr(limits, one, None) for one in known):
                raise ValueError(f"service has no limit: set `objective`, or one of {', '.join(known)} in thresholds")
        return self


@dataclass(frozen=True)
class Requests:
    """Requests of a span: all, those that failed, those that failed or were slower than the objective allows."""

    n: int
    failed: int
    bad: int


@dataclass(frozen=True)
class Served:
    """What was asked of the table of requests: by span in seconds before the end of the window, and latencies."""

    spans: dict[float, Requests]
    whole: Requests
    latency: dict[str, Metric]


def served(scope: MonitorScope, spans: tuple[float, ...]) -> Served:
    """Read the requests once; `spans` are in seconds. Raises CheckError."""
    key = f"served {spans}"
    if key not in scope.memo:
        wanted = getattr(scope.options, "service", None)
        assert isinstance(wanted, Service)
        with scope.context.reading(wanted.source, "service"):
            scope.memo[key] = _read(scope, wanted, spans)
    found: Served = scope.memo[key]
    return found


def _read(scope: MonitorScope, wanted: Service, spans: tuple[float, ...]) -> Served:
    context, own = scope.context, scope.options.duration
    start = scope.now - timedelta(seconds=max([*spans, own])) if own else None
    with opening.source_of(context, scope.options, wanted.source) as source:
        found = window.within(source, wanted.time, start, scope.now, context.memory, context.on_cancel)
        if found.source is None:
            none = Requests(0, 0, 0)
            return Served(dict.fromkeys(spans, none), none, {name: absent(0, _NONE) for name in _SHARES})
        try:
            table = DuckTable(found.source, context.memory)
            context.on_cancel(table.interrupt)
            try:
                return _counted(scope, wanted, table, spans)
            finally:
                table.close()
        finally:
            found.source.close()


def _counted(scope: MonitorScope, wanted: Service, table: DuckTable, spans: tuple[float, ...]) -> Served:
    names = list(table.columns)
    latency = column_of(names, wanted.latency_ms, scope, wanted.source, "service", "latency_ms")
    status = column_of(names, wanted.status, scope, wanted.source, "service", "status")
    moment = window.moment(table.columns, table.source, wanted.time)
    number = f"TRY_CAST({latency} AS DOUBLE)"
    failed = f"coalesce(TRY_CAST({status} AS DOUBLE) >= 500, true)"
    slow = wanted.objective.latency_ms if wanted.objective else None
    bad = failed if slow is None else f"({failed} OR coalesce(NOT {number} <= {slow!r}, true))"
    relation = reading.clause(table.source)

    def count(start: datetime | None) -> Requests:
        since = f" WHERE {moment} > TIMESTAMP '{start.isoformat(' ')}'" if start else ""
        query = f"SELECT count(*), count(*) FILTER ({failed}), count(*) FILTER ({bad}) FROM {relation}{since}"  # noqa: S608
        return Requests(*table.rows_of(query)[0])

    ago = {span: scope.now - timedelta(seconds=span) for span in spans}
    since = f" AND {moment} > TIMESTAMP '{scope.start.isoformat(' ')}'" if scope.start else ""
    there = f"{relation} WHERE {number} >= 0 AND isfinite({number}){since}"
    n = int(table.rows_of(f"SELECT count(*) FROM {there}")[0][0])  # noqa: S608
    quantiles = {name: _quantile(table, number, there, n, share) for name, share in _SHARES.items()}
    return Served({span: count(start) for span, start in ago.items()}, count(scope.start), quantiles)


def _quantile(table: DuckTable, number: str, there: str, n: int, share: float) -> Metric:
    """A quantile with the order statistics around it."""
    if not n:
        return absent(0, _NONE)
    low, high = ranks(n, share)
    at = max(1, min(n, round(share * n + 0.5)))
    places = [one - 1 if one else None for one in (at, low, high)]
    cells = [
        table.rows_of(f"SELECT {number} FROM {there} ORDER BY 1 LIMIT 1 OFFSET {place}")[0][0]  # noqa: S608
        if place is not None
        else None
        for place in places
    ]
    if cells[2] is None:
        return absent(n, f"{n:,} requests are too few to bound that quantile")
    return Metric(cells[0], Interval(cells[1] or 0.0, cells[2], CONFIDENCE, "order statistics"), n)


def _body(scope: MonitorScope) -> Iterator[Measurement]:
    found = served(scope, ())
    if not found.whole.n:
        raise Inconclusive(_NONE, where=scope.context.line("service"), next_step="Look at what writes the table.")
    rate = found.whole.failed / found.whole.n
    metrics = {
        **found.latency,
        "error_rate": Metric(rate, wilson(found.whole.failed, found.whole.n), found.whole.n),
    }
    scope.metrics |= {name: round(one.value, 6) for name, one in metrics.items() if one.value is not None}
    scope.metrics["requests"] = float(found.whole.n)
    asked = "latency" in getattr(scope.options, "metrics", ())
    for name, one in metrics.items():
        if limit_of(scope, name) or one.value is not None or asked:
            yield measured(scope, CHECK.id, name, one, CHECK.remedy)


CHECK: Check[MonitorScope] = Check(
    id="monitor.service",
    title="Requests are answered in time and without errors",
    help="Latency quantiles (interval: order statistics) and the share of failed requests (Wilson) in the window, out of a "
    "table with one row for each request. A status of 500 and above fails, and so does one that is no number. Limits are "
    "p50_latency_ms, p95_latency_ms, p99_latency_ms and error_rate in `thresholds`. Quantiles are those of the requests "
    "themselves: percentiles of minutes cannot be averaged.",
    remedy="Look at the instances, the payloads and what the model loads for a request.",
    example="monitor:\n  service: {source: data/test.csv}\n  time: time\n  duration: 24h\n"
    "  thresholds: {p95_latency_ms: 250, error_rate: 0.01}\n",
    options=ServiceOptions,
    needs=lambda scope: [True] if getattr(scope.options, "service", None) else [],
    body=_body,
)
