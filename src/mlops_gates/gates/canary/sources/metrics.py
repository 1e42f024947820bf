"""What a metric of a canary is made of: its options, and where each source finds the well-known ones.

Model health needs no labels: how often the two models decide otherwise on the same request (decision_churn), which share of
requests lacks a feature (missing_features), and how the scores lie (score_shift). A model server counts them; the names that
are looked for are those of the example of a canary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from mlops_gates.errors import ConfigError
from mlops_gates.gates.canary.streams import Arm
from mlops_gates.options import Number, Options, Text
from mlops_gates.textsafe import one_line

Kind: TypeAlias = Literal["rate", "value"]
Absent: TypeAlias = Literal["missing", "zero"]
ARM = "{{arm}}"
OF_ARM = ("EndpointName", "VariantName")
"""The dimensions by which CloudWatch tells the arms apart."""
_FORMS = "should say one of counter, histogram, total with bad (or good), or values"


class Sums(Options):
    """Three counters of a value: how many, their sum, the sum of their squares. Values must not be negative."""

    count: Text = Field(description="How many values there were.")
    total: Text = Field(description="The sum of the values.")
    squares: Text = Field(description="The sum of their squares.")


class PrometheusMetric(Options):
    """Where Prometheus has a metric. `{{arm}}` stands for the label value of an arm, `{{window}}` for the interval."""

    counter: Text | None = Field(None, description="A selector of counters of requests, good and bad ones.")
    bad_where: dict[str, str] = Field(
        {}, description="Labels and what they must match as a whole (a regular expression) for a request to be bad."
    )
    histogram: Text | None = Field(None, description="A selector of the buckets of a latency in seconds.")
    total: Text | None = Field(None, description="A query whose result at the interval's end is its requests.")
    bad: Text | None = Field(None, description="The same of the bad requests.")
    good: Text | None = Field(None, description="The same of the good requests, instead of `bad`.")
    values: Sums | None = Field(None, description="Selectors of the three counters of a value.")
    absent: Absent = Field("missing", description="What an empty result of `bad` or `good` means.")

    @model_validator(mode="after")
    def _one_form(self) -> PrometheusMetric:
        if sum(one is not None for one in (self.counter, self.histogram, self.total, self.values)) != 1:
            raise ValueError(_FORMS)
        if (self.counter is None) != (not self.bad_where):
            raise ValueError("should say counter and bad_where together")
        if (self.total is None) != (self.bad is None and self.good is None) or (self.bad and self.good):
            raise ValueError("should say bad or good, one of them, together with total")
        for label, pattern in self.bad_where.items():
            try:
                re.compile(pattern)
            except re.error:
                raise ValueError(f"bad_where: {label} is no regular expression") from None
        return self

    @property
    def armless(self) -> str:
        """A query that asks the same of both arms, by the name of its option; empty where all tell them apart."""
        asked = {name: getattr(self, name) for name in ("counter", "histogram", "total", "bad", "good")}
        asked |= {f"values: {name}": text for name, text in (self.values or ())}
        return next((name for name, text in asked.items() if text and ARM not in text), "")


class Datum(Options):
    """A metric of CloudWatch and its statistic; only those that add up over minutes are of use, so none by percentages."""

    metric: Text = Field(description="The name of the metric.")
    stat: Text = Field(
        "Sum",
        description="Sum, SampleCount, or a trimmed count such as TC(1000:).",
        pattern=r"^(Sum|SampleCount|T[CS]\((\d+(\.\d+)?:(\d+(\.\d+)?)?|:\d+(\.\d+)?)\))$",
    )


class CloudWatchSums(Options):
    """The three parts of a value in CloudWatch."""

    count: Datum = Field(description="How many values there were.")
    total: Datum = Field(description="The sum of the values.")
    squares: Datum = Field(description="The sum of their squares.")


class CloudWatchMetric(Options):
    """Where CloudWatch has a metric; its dimensions are EndpointName and VariantName, and what is said here."""

    namespace: Text = Field("AWS/SageMaker", description="The namespace of the metric.")
    dimensions: dict[str, str] = Field({}, description="Further dimensions, by name.")
    total: Datum | None = Field(None, description="The requests.")
    bad: tuple[Datum, ...] = Field((), description="The bad requests, added up.", strict=False)
    values: CloudWatchSums | None = Field(None, description="The parts of a value.")
    absent: Absent = Field(
        "missing", description="What it means that a minute has requests and no data point of `bad`."
    )

    @model_validator(mode="after")
    def _one_form(self) -> CloudWatchMetric:
        if (self.total is None) == (self.values is None) or (self.total is None) != (not self.bad):
            raise ValueError("should say total with bad, or values")
        if taken := [name for name in OF_ARM if name in self.dimensions]:
            raise ValueError(f"dimensions: {taken[0]} is that of the arm, and would be the same for both")
        return self


class MetricOptions(Options):
    """One metric of the canary. Well-known names need nothing but, for latency_above, a bound."""

    kind: Kind | None = Field(None, description="rate: bad ones among requests. value: a number per request.")
    bound_ms: Number | None = Field(None, description="latency_above: slower requests are bad.", gt=0)
    prometheus: PrometheusMetric | None = Field(None, description="Where Prometheus has it.")
    cloudwatch: CloudWatchMetric | None = Field(None, description="Where CloudWatch has it.")


ERROR_RATE = "error_rate"
LATENCY = "latency_above"
KINDS: dict[str, Kind] = {
    ERROR_RATE: "rate",
    LATENCY: "rate",
    "decision_churn": "rate",
    "missing_features": "rate",
    "score_shift": "value",
}
"""The well-known metrics."""


def kind(name: str, metric: MetricOptions) -> Kind:
    """Whether a metric is a rate or a value."""
    if metric.kind:
        return metric.kind
    said = metric.prometheus or metric.cloudwatch
    if said is not None:
        return "value" if said.values else "rate"
    return KINDS.get(name, "rate")


_QUANTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]+)?)_latency_ms")


def slower(name: str) -> float | None:
    """Which share of requests may be slower than the limit of a metric that names a quantile; None of any other.

    >>> slower("p95_latency_ms"), slower("error_rate")
    (0.05, None)
    """
    found = _QUANTILE.fullmatch(name)
    share = 1 - float(found[1]) / 100 if found else 0.0
    return round(share, 9) if 0 < share < 1 else None


def is_latency(name: str) -> bool:
    """Whether it is a share of slow requests, by a bound of its own or by that of a quantile."""
    return name == LATENCY or slower(name) is not None


def bound(name: str, metric: MetricOptions) -> float:
    """The bound of a latency, in milliseconds. Raises ConfigError where none is said."""
    if metric.bound_ms is None:
        raise ConfigError(
            f"metric {name} has no bound_ms", next_step="Say above how many milliseconds a request is bad."
        )
    return metric.bound_ms


def told_apart(arms: Mapping[Arm, str]) -> Mapping[Arm, str]:
    """The names of the arms. Raises ConfigError where they are one: no difference would be seen, whatever comes."""
    if len(set(arms.values())) < len(arms):
        raise ConfigError(
            f"both arms are called {one_line(next(iter(arms.values())), 60)}",
            next_step="Say under `arms` what the baseline and the canary are called where the metrics come from.",
        )
    return arms


def in_prometheus(name: str, metric: MetricOptions) -> PrometheusMetric:
    """Where Prometheus has a metric. Raises ConfigError where neither the config nor a default says so."""
    found = metric.prometheus or _prometheus().get(LATENCY if is_latency(name) else name)
    if found is None:
        raise ConfigError(
            f"metric {name} does not say where Prometheus has it", next_step=f"metrics: {name}: prometheus {_FORMS}."
        )
    if found.histogram:
        bound(name, metric)
    _agrees(name, metric, found.values is not None)
    return found


def in_cloudwatch(name: str, metric: MetricOptions) -> CloudWatchMetric:
    """Where CloudWatch has a metric; a latency's bound is in its statistic. Raises ConfigError as `in_prometheus`."""
    found = metric.cloudwatch
    if found is None and is_latency(name):
        found = _latency(bound(name, metric))
    found = found or _cloudwatch().get(name)
    if found is None:
        raise ConfigError(
            f"metric {name} does not say where CloudWatch has it",
            next_step=f"metrics: {name}: cloudwatch should say total with bad, or values.",
        )
    _agrees(name, metric, found.values is not None)
    return found


def _agrees(name: str, metric: MetricOptions, valued: bool) -> None:
    if (kind(name, metric) == "value") != valued:
        raise ConfigError(
            f"metric {name} is a {kind(name, metric)}, and where it is found says otherwise",
            next_step="A rate has requests and bad ones; a value has values: count, total, squares.",
        )


def _prometheus() -> dict[str, PrometheusMetric]:
    arm = '{arm="{{arm}}"}'
    return {
        ERROR_RATE: PrometheusMetric(counter=f"model_requests_total{arm}", bad_where={"code": "5.."}),
        LATENCY: PrometheusMetric(histogram=f"model_request_seconds_bucket{arm}"),
        "decision_churn": PrometheusMetric(
            counter=f"model_decisions_compared_total{arm}", bad_where={"changed": "true"}
        ),
        "missing_features": PrometheusMetric(counter=f"model_features_total{arm}", bad_where={"missing": "true"}),
        "score_shift": PrometheusMetric(
            values=Sums(
                count=f"model_score_count{arm}",
                total=f"model_score_sum{arm}",
                squares=f"model_score_squares_total{arm}",
            )
        ),
    }


def _cloudwatch() -> dict[str, CloudWatchMetric]:
    """SageMaker publishes the first by itself; model health is what a model server puts there."""
    ours = "MLOpsGates"
    return {
        ERROR_RATE: CloudWatchMetric(total=Datum(metric="Invocations"), bad=(Datum(metric="Invocation5XXErrors"),)),
        "decision_churn": CloudWatchMetric(
            namespace=ours, total=Datum(metric="DecisionsCompared"), bad=(Datum(metric="DecisionsChanged"),)
        ),
        "missing_features": CloudWatchMetric(
            namespace=ours, total=Datum(metric="Features"), bad=(Datum(metric="FeaturesMissing"),)
        ),
        "score_shift": CloudWatchMetric(
            namespace=ours,
            values=CloudWatchSums(
                count=Datum(metric="Score", stat="SampleCount"),
                total=Datum(metric="Score"),
                squares=Datum(metric="ScoreSquared"),
            ),
        ),
    }


def _latency(bound_ms: float) -> CloudWatchMetric:
    """SageMaker's ModelLatency is in microseconds; TC(b:) counts the values above b, b itself left out.

    Sources: docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html and
    docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html, which adds that a trimmed count is
    interpolated and may be a fraction.
    """
    above = f"TC({bound_ms * 1000:.10f}".rstrip("0").rstrip(".") + ":)"
    return CloudWatchMetric(
        total=Datum(metric="ModelLatency", stat="SampleCount"), bad=(Datum(metric="ModelLatency", stat=above),)
    )
