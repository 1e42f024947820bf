"""`service`: where requests are told of, and what monitor.service and monitor.budget ask of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from mlops_gates.gates.monitor.objective import Objective
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.options import InputSource, Options, Text
from mlops_gates.records import dataclass

if TYPE_CHECKING:
    from mlops_gates.stats.metric import Metric
    from mlops_gates.tables.window import Window

SHARES = {"p50_latency_ms": 0.5, "p95_latency_ms": 0.95, "p99_latency_ms": 0.99}
NONE = "no request lies in the window"


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and not parts.query
    except ValueError:
        known = False
    if not known:
        raise ValueError("should be an http or https URL without credentials, such as http://prometheus:9090")
    return text


class Counters(Options):
    """Counters of requests and buckets of their latency that a Prometheus scrapes."""

    url: Annotated[str, AfterValidator(_address)] = Field(
        description="Its address before /api; a token is read from MLOPS_GATES_PROMETHEUS_TOKEN."
    )
    requests: Text = Field(description='A selector of counters of requests: http_requests_total{job="churn"}.')
    failed_where: dict[str, str] = Field(
        description="Labels of these counters and what they must match as a whole (a regular expression) for a request to "
        'have failed: {code: "5.."}.',
        min_length=1,
    )
    latency: Text | None = Field(
        None, description='A selector of buckets of a latency in seconds: http_request_seconds_bucket{job="churn"}.'
    )

    @model_validator(mode="after")
    def _patterns(self) -> Counters:
        for label, pattern in self.failed_where.items():
            if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", label):
                raise ValueError(f"failed_where: {label!r} is no name of a label")
            try:
                re.compile(pattern)
            except re.error:
                raise ValueError(f"failed_where: {label} is no regular expression") from None
        return self


class Service(Options):
    """The requests that the model's service answered: a table, or what Prometheus counted."""

    source: InputSource | None = Field(None, description="A table with one row for each request.")
    prometheus: Counters | None = Field(None, description="Counters instead of a table: {url, requests, failed_where}.")
    time: Text = Field("time", description="The table's column with the moment of a request.")
    latency_ms: Text = Field("latency_ms", description="Its column with the latency in milliseconds.")
    status: Text = Field(
        "status", description="Its column with the HTTP status; 500 and above, below 100 and none is an error."
    )
    objective: Objective | None = Field(None, description="The service level objective: {target: 99.9 %}.")

    @model_validator(mode="after")
    def _one_place(self) -> Service:
        if (self.source is None) == (self.prometheus is None):
            raise ValueError("should name `source`, a table of requests, or `prometheus`")
        slow = self.objective is not None and self.objective.latency_ms is not None
        if slow and self.prometheus and self.prometheus.latency is None:
            raise ValueError("objective.latency_ms needs prometheus.latency, the buckets of the latency")
        return self


class ServiceOptions(Options):
    """`service`"""

    service: Service | None = Field(None, description="What is known of requests: {source} or {prometheus}.")

    @model_validator(mode="after")
    def _enough(self) -> ServiceOptions:
        if self.service is None:
            return self
        limits = getattr(self, "thresholds", None)
        slow = "latency" in getattr(self, "metrics", ()) or any(getattr(limits, one, None) for one in SHARES)
        if self.service.objective is None and not slow and getattr(limits, "error_rate", None) is None:
            known = (*SHARES, "error_rate")
            raise ValueError(f"service has no limit: set `objective`, or one of {', '.join(known)} in thresholds")
        if self.service.prometheus and getattr(self, "duration", None) is None:
            raise ValueError("service.prometheus needs `duration`: over what its counters are looked at")
        if self.service.prometheus and self.service.prometheus.latency is None and slow:
            raise ValueError("a latency needs prometheus.latency, the buckets of the latency")
        return self


@dataclass(frozen=True)
class Requests:
    """Requests of a span: all, those that failed, those that failed or were slower than the objective allows."""

    n: int
    failed: int
    bad: int


@dataclass(frozen=True)
class Served:
    """What was asked of the requests: by span in seconds before the end of the window, of the window, and latencies.

    `table` is what became of the rows of a table by their moments; None of counters.
    """

    spans: dict[float, Requests]
    whole: Requests
    latency: dict[str, Metric]
    table: Window | None


def served(scope: MonitorScope) -> Served:
    """Ask for the requests of the window, and of the spans of the objective, once for all checks. Raises CheckError."""
    key = "served"
    if key not in scope.memo:
        wanted = getattr(scope.options, "service", None)
        assert isinstance(wanted, Service)
        spans = wanted.objective.spans if wanted.objective else ()
        if wanted.source:
            from mlops_gates.gates.monitor import requested

            with scope.context.reading(wanted.source, "service"):
                scope.memo[key] = requested.read(scope, wanted, wanted.source, spans)
        else:
            from mlops_gates.gates.monitor import counted

            scope.memo[key] = counted.read(scope, wanted, spans)
    found: Served = scope.memo[key]
    return found
