"""monitor.trend"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.findings import Limit, Measurement, Status
from mlops_gates.gates.monitor import history, opening
from mlops_gates.gates.monitor.history import Past
from mlops_gates.gates.monitor.measuring import limit_of, short
from mlops_gates.gates.monitor.notices import Notice
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.options import ExistingFile, Options, Range, Text

LEAST = 4
"""Runs, this one among them, from which on there is a slope."""
_LATEST, _SOONEST = 30, 3
_BAD = (Status.FAILED, Status.ERRORED, Status.INCONCLUSIVE)


class TrendOptions(Options):
    """`history`, `notify`"""

    history: Annotated[Text, ExistingFile(needed=False)] | None = Field(
        None, description="A folder with results.json files of earlier runs; it may be empty or not there yet."
    )
    notify: tuple[Notice, ...] = Field(
        (), description="Whom to tell: [{webhook: URL}, {sns: arn}, {command: [...]}].", strict=False
    )


def _body(scope: MonitorScope) -> Iterator[Measurement]:
    name = getattr(scope.options, "history", "")
    with scope.context.reading(name, "history"):
        known = history.read(
            scope.context.workdir / name, name, "monitor", scope.options.name, opening.going(scope.context)
        )
    past = known.runs
    scope.facts["earlier runs"] = f"{len(past):,}{_breach(past)}"
    unread = f"; {known.unread:,} files of older names were not read" if known.unread else ""
    yield Measurement(
        rule=CHECK.id,
        subject="runs",
        name="earlier_runs",
        value=float(len(past)),
        text=f"{len(past):,} earlier runs{_breach(past)}{unread}",
        exact="counted, not estimated",
    )
    if known.broken:
        yield _broken(scope, name, known.broken)
    near: list[tuple[int, str]] = []
    for metric, value in sorted(scope.metrics.items()):
        before = [one.metrics[metric] for one in past if metric in one.metrics][-(_LATEST - 1) :]
        if len(before) + 1 >= LEAST:
            yield _slope(scope, metric, [*before, value], near)
    if near:
        soonest = sorted(near)[:_SOONEST]
        scope.facts["on the way to its limit"] = ", ".join(f"{metric} in {runs:,} runs" for runs, metric in soonest)


def _broken(scope: MonitorScope, name: str, many: int) -> Measurement:
    return Measurement(
        rule=CHECK.id,
        subject="unreadable results",
        name="unreadable_results",
        value=float(many),
        text=f"{many:,} files in {name} are no results that this version reads",
        warn=Limit(None, 0, "none", scope.context.line("history")),
        exact="counted, not estimated",
        remedy="Keep nothing else there than the results.json of earlier runs.",
    )


def _breach(past: Sequence[Past]) -> str:
    """Which run was the first that was not good, and since when none has been."""
    bad = [one for one in past if one.status in _BAD]
    if not bad:
        return ", all of them good" if past else ""
    since = len(past)
    while since and past[since - 1].status in _BAD:
        since -= 1
    first = f", {len(bad):,} of them not good, the first on {_said(bad[0])}"
    return first + (f", none good since {_said(past[since])}" if since < len(past) else "")


def _said(one: Past) -> str:
    return f"{one.started.isoformat(' ', 'minutes')} UTC"


def _slope(scope: MonitorScope, metric: str, values: Sequence[float], near: list[tuple[int, str]]) -> Measurement:
    """The slope of a metric; where it leads to the limit, how many runs are left goes to `near`, too."""
    import numpy as np

    from mlops_gates.stats.quantiles import slope

    grows, interval = slope(np.array(values))
    ends = f"{short(interval.low)} to {short(interval.high)}"
    # A slope that may as well be none leads nowhere.
    left = _left(scope, metric, values[-1], grows) if interval.low > 0 or interval.high < 0 else None
    if left is not None:
        near.append((left, metric))
    reached = f"; at this slope its limit is {left:,} runs away" if left is not None else ""
    return Measurement(
        rule=CHECK.id,
        subject=metric,
        name=f"slope {metric}",
        value=grows,
        text=f"{short(grows)} from run to run (interval {ends}, the last {len(values)} runs){reached}",
        interval=interval,
        n=len(values),
    )


def _left(scope: MonitorScope, metric: str, value: float, grows: float) -> int | None:
    """In how many runs the slope leads to the limit, where it is kept and led to at all."""
    limit = limit_of(scope, metric.removeprefix("estimated_"))
    if metric == "model_age_days" and (oldest := getattr(scope.options, "max_age", None)):
        limit = Range(max=oldest / 86_400)
    if not limit or not grows or not _kept(limit, value):
        return None
    away = [(end - value) / grows for end in (limit.min, limit.max) if end is not None]
    left = min((one for one in away if one > 0), default=None)
    return None if left is None else math.ceil(left)


def _kept(limit: Range, value: float) -> bool:
    return (limit.min is None or value >= limit.min) and (limit.max is None or value <= limit.max)


CHECK: Check[MonitorScope] = Check(
    id="monitor.trend",
    title="How the last runs went",
    help="Every metric of this monitor beside those of earlier runs (`history`): the median slope from run to run (Theil–Sen) "
    "of the last 30 runs with its interval, in how many runs it leads to the limit, and the first run that was not good. It "
    "informs and never fails: limits judge each run. Copy results.json there after a run, under a name of its own.",
    remedy="Look at the metrics with the steepest slope before they reach their limit.",
    example="monitor:\n  live: data/test.csv\n  history: monitoring\n  notify: [{command: [logger, monitor]}]\n",
    options=TrendOptions,
    needs=lambda scope: [True] if getattr(scope.options, "history", None) else [],
    body=_body,
)
