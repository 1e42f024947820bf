"""What a model server counts, so that a canary can be judged without labels; Prometheus reads it.

Every series that will ever be is there from the start, at zero: a counter that appears with its first error hides that error.
Requests whose answer somebody gets are counted under model_…, copies of requests under mirrored_….
"""

from __future__ import annotations

from bisect import bisect_right

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

BANDS = ("low", "middle", "high")
LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Upper edges in seconds."""

disable_created_metrics()


class Counted:
    """The counters of one kind of requests; `edges` are the two scores between which the band "middle" lies."""

    def __init__(
        self, registry: CollectorRegistry, kind: str, decisions: tuple[str, ...], edges: tuple[float, float]
    ) -> None:
        self._edges = edges
        make = {"registry": registry, "namespace": kind}
        self._requests = Counter("requests", "Requests answered, by HTTP status.", ["code"], **make)
        self._seconds = Histogram(
            "request_seconds", "From the request's body to its answer.", buckets=LATENCIES, **make
        )
        self._decisions = Counter("decisions", "Decisions.", ["decision"], **make)
        # Requests, not features: what one join loses, it loses together, and only requests are independent.
        self._features = Counter("features", "Requests that lacked a feature, or none.", ["missing"], **make)
        self._scores = Histogram("score", "Scores.", buckets=tuple(n / 10 for n in range(1, 10)), **make)
        self._squares = Counter("score_squares", "Sum of squared scores.", **make)
        self._bands = Counter("score_bands", "Scores by band.", ["band"], **make)
        for counter, values in (
            (self._requests, ("200", "400", "500")),
            (self._decisions, decisions),
            (self._features, ("true", "false")),
            (self._bands, BANDS),
        ):
            for value in values:
                counter.labels(value)

    def answered(self, status: int, seconds: float) -> None:
        """A request has its answer, good or bad."""
        self._requests.labels(str(status)).inc()
        self._seconds.observe(seconds)

    def decided(self, decision: str, score: float, missing: bool) -> None:
        """A model has decided on a request, of which a feature was `missing` or none."""
        self._decisions.labels(decision).inc()
        self._features.labels("true" if missing else "false").inc()
        self._scores.observe(score)
        self._squares.inc(score * score)
        self._bands.labels(BANDS[bisect_right(self._edges, score)]).inc()
