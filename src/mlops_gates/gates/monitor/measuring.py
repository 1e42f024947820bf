"""What several checks say of one metric with its interval and its limit."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.monitor.limits import words
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.options import Range
from mlops_gates.stats.metric import Metric


def limit_of(scope: MonitorScope, name: str) -> Range | None:
    """The limit that `thresholds` sets of a metric."""
    found: Range | None = getattr(getattr(scope.options, "thresholds", None), name, None)
    return found


def wanted(scope: MonitorScope, names: Collection[str]) -> list[str]:
    """Which of these metrics `metrics` or `thresholds` asks for."""
    asked: tuple[str, ...] = getattr(scope.options, "metrics", ())
    return sorted(name for name in names if name in asked or limit_of(scope, name) is not None)


def unsourced(scope: MonitorScope, names: Sequence[str], needs: str, step: str) -> Inconclusive:
    """Metrics that are asked for, and no key says where they come from: not known is not kept."""
    key = ("thresholds", names[0]) if limit_of(scope, names[0]) is not None else ("metrics",)
    told = f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not measured without {needs}"
    return Inconclusive(told, where=scope.context.line(*key), next_step=step)


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
