"""model.performance"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from mlops_gates.checks import Check
from mlops_gates.findings import Interval, Limit, Measurement
from mlops_gates.gates.model.scope import ModelScope
from mlops_gates.options import Options, Range, ShareAtLeast
from mlops_gates.stats.classification import METRICS, Metric

_DECIMALS = 4


class Thresholds(Options):
    """Limits of the metrics; a number is the least allowed value."""

    accuracy: ShareAtLeast | None = Field(None, description="Share of rows predicted right.")
    precision: ShareAtLeast | None = Field(None, description="Share of predicted positives that are positive.")
    recall: ShareAtLeast | None = Field(None, description="Share of positives that are predicted.")
    f1: ShareAtLeast | None = Field(None, description="Harmonic mean of precision and recall.")
    roc_auc: ShareAtLeast | None = Field(None, description="Chance that a positive row scores above a negative one.")

    @model_validator(mode="after")
    def _any(self) -> Thresholds:
        if all(getattr(self, name) is None for name in METRICS):
            raise ValueError(f"names no metric; there are {', '.join(METRICS)}")
        return self


class PerformanceOptions(Options):
    """`thresholds`"""

    thresholds: Thresholds | None = Field(
        None,
        description="Limits by metric, each a number (the least) or {min, max}; or the path of a YAML file of them.",
    )


def _limits(scope: ModelScope) -> dict[str, Range]:
    thresholds = getattr(scope.options, "thresholds", None)
    return {name: limit for name in METRICS if (limit := getattr(thresholds, name, None)) is not None}


def _body(scope: ModelScope) -> Iterator[Measurement]:
    assert scope.answers
    limits = _limits(scope)
    for name in METRICS:
        metric = scope.answers.metric(name)
        if name in limits or metric.value is not None:
            yield _measured(scope, name, metric, limits.get(name))


def _measured(scope: ModelScope, name: str, metric: Metric, limit: Range | None) -> Measurement:
    where = scope.context.line("thresholds", name)
    return Measurement(
        rule=CHECK.id,
        subject=name,
        name=name,
        value=metric.value,
        text="not measured" if metric.value is None else f"{_short(metric.value)}{_spread(metric.interval, metric.n)}",
        reason=metric.reason,
        limit=None if limit is None else Limit(limit.min, limit.max, _words(limit), where),
        interval=metric.interval,
        n=scope.features.rows if scope.features else metric.n,
        remedy=CHECK.remedy
        if metric.value is not None
        else "Judge it on rows that have both labels, or drop its limit.",
    )


def _spread(interval: Interval | None, n: int) -> str:
    if interval is None:
        return ""
    ends = f"{_short(interval.low)} to {_short(interval.high)}"
    return f" ({interval.confidence:.0%} interval {ends}, n = {n:,})".replace("%", " %")


def _words(limit: Range) -> str:
    parts = [f"at least {limit.min}"] * (limit.min is not None) + [f"at most {limit.max}"] * (limit.max is not None)
    return " and ".join(parts)


def _short(value: float) -> str:
    return f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")


CHECK: Check[ModelScope] = Check(
    id="model.performance",
    title="Metrics reach their thresholds",
    help="Accuracy, precision, recall, F1 and ROC AUC on the test data, computed here from the model's raw answers, each with "
    "a 90 % interval (Wilson; Wilson of the Jaccard index for F1; DeLong for ROC AUC, widened below 200 rows in a class). "
    "A minimum passes when the whole "
    "interval reaches it (95 % one-sided), fails when none of it does, and is inconclusive between: then the message says "
    "how many rows would decide. Without a `positive` label, precision, recall and F1 are means over the classes, "
    "with an interval from drawing the cells of the confusion matrix anew. Without thresholds the metrics are outputs only.",
    remedy="Compare with the last good model on the same rows; look at the data gate first.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n  positive: Yes\n"
    "  thresholds: {accuracy: 0.75, roc_auc: 0.8}\n",
    options=PerformanceOptions,
    needs=_limits,
    body=_body,
)
