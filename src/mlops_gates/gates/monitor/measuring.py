"""What several checks say of one metric with its interval and its limit."""

from __future__ import annotations

from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.monitor.limits import words
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.options import Range
from mlops_gates.stats.metric import Metric


def limit_of(scope: MonitorScope, name: str) -> Range | None:
    """The limit that `thresholds` sets of a metric."""
    found: Range | None = getattr(getattr(scope.options, "thresholds", None), name, None)
    return found


def measured(
    scope: MonitorScope, rule: str, name: str, metric: Metric, remedy: str, *, said: str = "", judged: bool = True
) -> Measurement:
    """The measurement of a metric; `said` follows the number, `judged`: its limit holds."""
    limit = limit_of(scope, name) if judged else None
    value, interval = metric.value, metric.interval
    text = "not measured" if value is None else short(value)
    if interval:
        ends = f"{short(interval.low)} to {short(interval.high)}"
        text += f" ({interval.confidence * 100:.0f} % interval {ends}, n = {metric.n:,})"
    return Measurement(
        rule=rule,
        subject=name,
        name=name,
        value=value,
        text=f"{text}{said}",
        reason=metric.reason,
        limit=Limit(limit.min, limit.max, words(limit), scope.context.line("thresholds", name)) if limit else None,
        interval=interval,
        exact="" if interval or value is None else "one number for all rows, without an interval",
        n=metric.n,
        remedy=remedy,
    )


def short(value: float) -> str:
    """A number in words."""
    if value and not 1e-3 <= abs(value) < 1e9:
        return f"{value:.3g}"
    return f"{value:.4f}".rstrip("0").rstrip(".")
