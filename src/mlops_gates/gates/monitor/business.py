"""monitor.business"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.errors import Inconclusive
from mlops_gates.findings import Measurement
from mlops_gates.gates.monitor.answers import refuse_too_many
from mlops_gates.gates.monitor.cells import column_of, number
from mlops_gates.gates.monitor.measuring import measured, unsourced, wanted
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.options import Options, Text
from mlops_gates.stats import means
from mlops_gates.stats.metric import absent, finite
from mlops_gates.tables.duck import DuckTable


class BusinessOptions(Options):
    """`business`"""

    business: Text | None = Field(None, description="The live column that says what a row was worth, a number.")


def _body(scope: MonitorScope) -> Iterator[Measurement]:
    import numpy as np

    if not getattr(scope.options, "business", None):
        raise unsourced(scope, ["business"], "`business`", "Name the live column that says what a row was worth.")
    name, where = getattr(scope.options, "business", ""), scope.context.line("business")
    if scope.opened is None:
        raise Inconclusive("no live row lies in the window", where=where)
    table = scope.plan.table
    assert isinstance(table, DuckTable)
    cell = column_of(list(table.columns), name, scope, scope.options.live or "", "business")
    refuse_too_many(scope.plan.rows)
    rows = table.rows_of(f"SELECT {number(cell)} FROM data")  # noqa: S608
    values = np.array([row[0] for row in rows if row[0] is not None], dtype=float)
    if len(values) < len(rows) or not np.isfinite(values).all():
        raise Inconclusive(
            f"{len(rows) - int(np.isfinite(values).sum()):,} of {len(rows):,} live rows have no number there",
            where=where,
            next_step="A row that is worth nothing says 0.",
        )
    metric = absent(len(values), "an interval needs two rows")
    if len(values) > 1:
        lowest, most = float(values.min()), float(values.max())
        metric = finite(float(values.mean()), means.interval(values, lowest, most), len(values))
    if metric.value is not None:
        scope.metrics["business"] = float(f"{metric.value:.6g}")
    yield measured(scope, CHECK.id, "business", metric, CHECK.remedy)


CHECK: Check[MonitorScope] = Check(
    id="monitor.business",
    title="Rows are worth what they must be",
    help="The mean of a live column, such as revenue or cost of a row, with its 90 % interval (t with Hall's correction for "
    "skewness); its limit is `business` in `thresholds`. A row without a number makes it inconclusive.",
    remedy="Look at who decides by the model's answers, and at monitor.drift.",
    example="monitor:\n  live: data/test.csv\n  business: revenue\n  thresholds: {business: 1.5}\n",
    options=BusinessOptions,
    needs=lambda scope: [True] if getattr(scope.options, "business", None) or wanted(scope, ["business"]) else [],
    body=_body,
)
