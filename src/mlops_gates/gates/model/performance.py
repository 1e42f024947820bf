"""model.performance"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import Field, ValidationInfo, field_validator

from mlops_gates.checks import Check
from mlops_gates.findings import Interval, Limit, Location, Measurement
from mlops_gates.gates.model import business
from mlops_gates.gates.model.business import Business
from mlops_gates.gates.model.limits import Thresholds
from mlops_gates.gates.model.scope import ModelScope
from mlops_gates.options import Options, Range
from mlops_gates.stats import classification, regression
from mlops_gates.stats.metric import Metric, rounded

_ALL = (*classification.METRICS, *regression.METRICS, "business")
_DECIMALS = 4


class PerformanceOptions(Options):
    """`thresholds`, `business`"""

    business: Business | None = Field(
        None, description="What answers are worth: costs by label and answer, or a function."
    )
    thresholds: Thresholds | None = Field(
        None,
        description="Limits by metric, each a number (the least; of a loss the most) or {min, max}; or the path of a YAML "
        "file of them.",
    )

    @field_validator("thresholds")
    @classmethod
    def _worth(cls, limits: Thresholds | None, known: ValidationInfo) -> Thresholds | None:
        if limits is not None and limits.business is not None and known.data.get("business") is None:
            raise ValueError("a limit of business needs the key `business`: what the answers are worth")
        return limits


def _limits(scope: ModelScope) -> dict[str, Range]:
    thresholds = getattr(scope.options, "thresholds", None)
    return {name: limit for name in _ALL if (limit := getattr(thresholds, name, None)) is not None}


def _business(scope: ModelScope) -> Business | None:
    found = getattr(scope.options, "business", None)
    return found if isinstance(found, Business) else None


def _needs(scope: ModelScope) -> Iterable[str]:
    return (*_limits(scope), *(("business",) if _business(scope) else ()))


def _body(scope: ModelScope) -> Iterator[Measurement]:
    limits = _limits(scope)
    judged = scope.answers or scope.estimates
    assert judged
    known = judged.measured
    for name in _ALL[:-1]:
        if name in limits or (name in known and known[name].value is not None):
            yield _measured(scope, name, known.get(name) or _other_task(scope, name), limits.get(name))
    if asked := _business(scope):
        worth = business.measured(scope, asked)
        scope.metrics |= rounded({"business": worth})
        yield _measured(scope, "business", worth, limits.get("business"))


def _other_task(scope: ModelScope, name: str) -> Metric:
    here, there = ("classification", "regression") if scope.answers else ("regression", "classification")
    return Metric(None, None, scope.frame.rows, f"{name} is a metric of {there}, and this is a {here}")


def _measured(scope: ModelScope, name: str, metric: Metric, limit: Range | None) -> Measurement:
    return measurement(name, metric, limit, scope.context.line("thresholds", name), scope.frame.rows)


def measurement(name: str, metric: Metric, limit: Range | None, where: Location, rows: int) -> Measurement:
    """What the check observes of one metric of `rows` rows; `where` is the config line of its limit."""
    there = metric.value is not None
    return Measurement(
        rule=CHECK.id,
        subject=name,
        name=name,
        value=metric.value,
        text="not measured" if metric.value is None else f"{_short(metric.value)}{_spread(metric.interval, rows)}",
        reason=metric.reason,
        limit=None if limit is None else Limit(limit.min, limit.max, _words(limit), where),
        interval=metric.interval,
        exact=business.ONE_NUMBER if there and metric.interval is None else "",
        n=rows,
        remedy=CHECK.remedy if there else "Judge it on rows and answers that have what it needs, or drop its limit.",
    )


def _spread(interval: Interval | None, n: int) -> str:
    if interval is None:
        return f" (one number for all {n:,} rows, without an interval)"
    ends = f"{_short(interval.low)} to {_short(interval.high)}"
    return f" ({interval.confidence:.0%} interval {ends}, n = {n:,})".replace("%", " %")


def _words(limit: Range) -> str:
    parts = [f"at least {limit.min}"] * (limit.min is not None) + [f"at most {limit.max}"] * (limit.max is not None)
    return " and ".join(parts)


def _short(value: float) -> str:
    if value and not 1e-3 <= abs(value) < 1e9:
        return f"{value:.3g}"
    return f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")


CHECK: Check[ModelScope] = Check(
    id="model.performance",
    title="Metrics reach their thresholds",
    help="Metrics on the test data, computed here from the model's raw answers, each with a 90 % interval. A minimum passes "
    "when the whole interval reaches it (95 % one-sided), fails when none of it does, and is inconclusive between: then "
    "the message says how many rows would decide; a maximum likewise. A bare number is the least allowed value, of a loss "
    "(log_loss, brier, calibration_error, mae, rmse, mape) the most. A metric that the task does not have, or that these "
    "rows do not have, never passes. Classification: accuracy, precision, recall (Wilson), f1 (Wilson of the Jaccard "
    "index), roc_auc (DeLong, widened below 200 rows in a class), pr_auc (average precision; influence of each row on "
    "the logit scale, widened below 300), log_loss and brier (mean over rows; t with Hall's correction for skewness "
    "and one row more that is as bad as the worst), calibration_error (up to ten bins of equally many rows, what chance "
    "adds taken out). Without a `positive` label, precision, recall, f1 and both areas are means over the labels, with "
    "an interval from drawing the cells of the confusion matrix anew, of areas from each row's influence. Regression: r2 "
    "(Fieller), mae, rmse, mape (a share: 0.1 is 10 %), with the same correction. `business` is the mean value per row: "
    "minus the cost of each label and answer, or what a function of yours says; the function runs in a sandbox of its "
    "own and gets a table with the columns truth, answer and score. Without thresholds the metrics are outputs only.",
    remedy="Compare with the last good model on the same rows; look at the data gate first.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n  positive: Yes\n"
    "  business:\n    costs: {No: {Yes: 5}, Yes: {No: 100}}\n"
    "  thresholds: {accuracy: 0.75, roc_auc: 0.8, log_loss: {max: 0.5}, business: {min: -20}}\n",
    options=PerformanceOptions,
    needs=_needs,
    body=_body,
)
