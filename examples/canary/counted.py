"""What a model server counts, so that a canary can be judged without labels; Prometheus reads it.

Every series that will ever be is there from the start, at zero: a counter that appears with its first error hides that error.
`via` is "live" for requests whose answer somebody gets, "mirrored" for copies.
"""

from __future__ import annotations

from bisect import bisect_right

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

VIA = ("live", "mirrored")
BANDS = ("low", "middle", "high")
LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Upper edges in seconds."""

disable_created_metrics()


class Counted:
    """The counters of one model server; `edges` are the two scores between which the band "middle" lies."""

    def __init__(self, decisions: tuple[str, ...], edges: tuple[float, float]) -> None:
        self.registry = CollectorRegistry()
        self._edges = edges
        make = {"registry": self.registry}
        self._requests = Counter("model_requests", "Requests answered, by HTTP status.", ["via", "status"], **make)
        self._latency = Histogram(
            "model_latency_seconds", "From the request's body to its answer.", ["via"], buckets=LATENCIES, **make
        )
        self._decisions = Counter("model_decisions", "Decisions.", ["via", "decision"], **make)
        self._inputs = Counter("model_inputs", "Requests that had all features, or not.", ["via", "features"], **make)
        self._scores = Histogram("model_score", "Scores.", ["via"], buckets=tuple(n / 10 for n in range(1, 10)), **make)
        self._squares = Counter("model_score_squares", "Sum of squared scores.", ["via"], **make)
        self._bands = Counter("model_score_bands", "Scores by band.", ["via", "band"], **make)
        self.busy = Gauge("model_requests_in_progress", "Requests being answered.", **make)
        self._start(decisions)

    def _start(self, decisions: tuple[str, ...]) -> None:
        for via in VIA:
            for status in ("200", "400", "500"):
                self._requests.labels(via, status)
            for decision in decisions:
                self._decisions.labels(via, decision)
            for features in ("complete", "missing"):
                self._inputs.labels(via, features)
            for band in BANDS:
                self._bands.labels(via, band)
            self._latency.labels(via)
            self._scores.labels(via)
            self._squares.labels(via)

    def answered(self, via: str, status: int, seconds: float) -> None:
        """A request has its answer, good or bad."""
        self._requests.labels(via, str(status)).inc()
        self._latency.labels(via).observe(seconds)

    def decided(self, via: str, decision: str, score: float, missing: bool) -> None:
        """A model has decided on a request, of which features were `missing` or not."""
        self._decisions.labels(via, decision).inc()
        self._inputs.labels(via, "missing" if missing else "complete").inc()
        self._scores.labels(via).observe(score)
        self._squares.labels(via).inc(score * score)
        self._bands.labels(via, BANDS[bisect_right(self._edges, score)]).inc()
