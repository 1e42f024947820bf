"""monitor.performance"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.monitor import answers, opening
from mlops_gates.gates.monitor.answers import AnswersIn, AnswersOptions, Labels
from mlops_gates.gates.monitor.limits import Name, Thresholds
from mlops_gates.gates.monitor.measuring import limit_of, measured, unsourced, wanted
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.stats import classification, regression
from mlops_gates.stats.metric import absent, rounded

_MODEL = (*classification.METRICS, *regression.METRICS)


class PerformanceOptions(AnswersOptions):
    """`metrics`, `thresholds`, `answers`, `labels`"""

    metrics: tuple[Name, ...] = Field(
        (),
        description="What must be measured; one that cannot be is inconclusive. All that can be where left out.",
        strict=False,
    )
    thresholds: Thresholds | None = Field(None, description="Limits by metric, each a number or {min, max}.")


def _unlabelled(scope: MonitorScope) -> list[str]:
    """Metrics of the model that are asked for, and neither labels nor an estimate tells."""
    estimated = ("accuracy", "precision") if getattr(scope.options, "estimate", None) else ()
    return wanted(scope, [name for name in _MODEL if name not in estimated])


def _body(scope: MonitorScope) -> Iterator[Measurement]:
    answered, labels = getattr(scope.options, "answers", None), getattr(scope.options, "labels", None)
    if labels is None:
        step = "Say where labels are: {source, id, truth}; or estimate accuracy and precision before they arrive."
        raise unsourced(scope, _unlabelled(scope), "`labels`", step)
    assert isinstance(answered, AnswersIn)
    assert isinstance(labels, Labels)
    where = scope.context.line("labels")
    if scope.opened is None:
        raise Inconclusive("no live row lies in the window", where=where)
    with (
        scope.context.reading(labels.source, "labels"),
        opening.source_of(scope.context, scope.options, labels.source) as source,
    ):
        found = answers.joined(scope, answered, labels, source)
    rows = found.rows
    if not rows:
        raise Inconclusive(
            f"none of {scope.plan.rows:,} live rows has a label yet", where=where, next_step="Wait, or compare the ids."
        )
    known = answers.metrics(rows, answered, labels.task).measured
    scope.metrics |= rounded(known) | {"labelled_rows": float(len(rows))}
    asked: tuple[str, ...] = getattr(scope.options, "metrics", ())
    if found.repeated:
        yield _repeated(scope, found.repeated, len(rows))
    share = f", {len(rows):,} of {scope.plan.rows:,} live rows have a label"
    other = absent(len(rows), f"a {labels.task} has no such metric")
    for name in _MODEL:
        if limit_of(scope, name) or name in asked or (not asked and name in known and known[name].value is not None):
            yield measured(scope, CHECK.id, name, known.get(name, other), CHECK.remedy, said=share)


def _repeated(scope: MonitorScope, repeated: int, many: int) -> Measurement:
    return Measurement(
        rule=CHECK.id,
        subject="repeated ids",
        name="repeated_ids",
        value=float(repeated),
        text=f"{repeated:,} of {many:,} live rows with a label repeat the id of another; intervals take rows as independent",
        warn=Limit(None, 0, "none", scope.context.line("labels", "id")),
        unit="rows",
        exact="counted, not estimated",
        n=many,
        remedy="Name an id that each answer has for itself.",
    )


CHECK: Check[MonitorScope] = Check(
    id="monitor.performance",
    title="The model answers as well as it must",
    help="Metrics of the live rows that have a label by now (`labels`, joined by an id), each with a 90 % interval, judged as "
    "in model.performance: passed when the whole interval keeps the limit, failed when none of it does, inconclusive "
    "between. Rows whose label arrives early need not be like the others: the message says how many have one.",
    remedy="Look at monitor.drift and at what changed upstream; roll back or train again.",
    example="monitor:\n  live: data/test.csv\n  answers: {probability: score, positive: Yes}\n"
    "  labels: {source: data/customers.csv, id: customerID, truth: Churn}\n  metrics: [accuracy]\n"
    "  thresholds: {accuracy: {min: 0.74}}\n",
    options=PerformanceOptions,
    needs=lambda scope: [True] if getattr(scope.options, "labels", None) or _unlabelled(scope) else [],
    body=_body,
)
