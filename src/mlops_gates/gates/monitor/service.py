"""monitor.service"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Measurement
from mlops_gates.gates.monitor.measuring import limit_of, measured, unsourced, wanted
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.gates.monitor.serving import NONE, SHARES, ServiceOptions, served
from mlops_gates.gates.monitor.window import odd_moments
from mlops_gates.stats.intervals import wilson
from mlops_gates.stats.metric import Metric

_METRICS = ("latency", *SHARES, "error_rate")


def _body(scope: MonitorScope) -> Iterator[Measurement]:
    if getattr(scope.options, "service", None) is None:
        step = "Say what tells of requests: service: {source: …} or {prometheus: …}."
        raise unsourced(scope, wanted(scope, _METRICS), "`service`", step)
    found = served(scope)
    if found.table:
        where = scope.context.line("service", "time")
        yield from odd_moments(CHECK.id, found.table, where, later=scope.options.until is not None, of="requests")
    whole = found.whole
    if not whole.n:
        raise Inconclusive(NONE, where=scope.context.line("service"), next_step="Look at what tells of requests.")
    metrics = {
        **found.latency,
        "error_rate": Metric(whole.failed / whole.n, wilson(whole.failed, whole.n), whole.n),
    }
    scope.metrics |= {name: round(one.value, 6) for name, one in metrics.items() if one.value is not None}
    scope.metrics["requests"] = float(whole.n)
    asked = "latency" in getattr(scope.options, "metrics", ())
    for name, one in metrics.items():
        if limit_of(scope, name) or one.value is not None or asked:
            yield measured(scope, CHECK.id, name, one, CHECK.remedy)


CHECK: Check[MonitorScope] = Check(
    id="monitor.service",
    title="Requests are answered in time and without errors",
    help="Latency quantiles (interval: order statistics) and the share of failed requests (Wilson) in the window, out of a "
    "table with one row for each request, or out of counters of a Prometheus. A status of 500 and above fails, and so does one "
    "below 100 or that is no number. A request without a latency counts as the slowest. Limits are p50_latency_ms, "
    "p95_latency_ms, p99_latency_ms and error_rate in `thresholds`. Quantiles are those of the requests themselves: "
    "percentiles of minutes cannot be averaged. Of buckets of a histogram the edges around a quantile are known, no more.",
    remedy="Look at the instances, the payloads and what the model loads for a request.",
    example="monitor:\n  service: {source: data/test.csv}\n  time: time\n  duration: 24h\n"
    "  thresholds: {p95_latency_ms: 250, error_rate: 0.01}\n",
    options=ServiceOptions,
    needs=lambda scope: [True] if getattr(scope.options, "service", None) or wanted(scope, _METRICS) else [],
    body=_body,
)
