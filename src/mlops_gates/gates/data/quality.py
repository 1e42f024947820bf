"""data.quality-score"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options, Share


class QualityOptions(Options):
    """`min_quality_score`"""

    min_quality_score: Share | None = Field(None, description="The least share (0–1) of cells that keep their rules.")


_ASKS = {"columns", "min_quality_score", "unique_together", "duplicates", "expressions"}


def _body(scope: TableScope) -> Iterator[Measurement]:
    least = getattr(scope.options, "min_quality_score", None)
    limit = (
        Limit(least, None, f"at least {least}", scope.context.line("min_quality_score")) if least is not None else None
    )
    if limit is None and not scope.rules:
        raise Skip("no column has a rule that its cells could break")
    score, broken = scope.quality, sum(map(scope.broken, scope.rules))
    cells = scope.rows * len(scope.rules)
    yield Measurement(
        rule=CHECK.id,
        subject="quality-score",
        name="quality-score",
        value=score,
        text="not measured" if score is None else f"{score}, {broken:,} of {cells:,} cells break their rules",
        reason="" if score is not None else "no cell is held against a rule",
        limit=limit,
        exact=EXACT,
        n=cells,
        remedy=CHECK.remedy,
    )


CHECK: Check[TableScope] = Check(
    id="data.quality-score",
    title="The quality score reaches its minimum",
    help="The weighted share of rule-cells that pass. Every rule on cells (types, nulls, unique, range, allowed, …) and on "
    "rows (unique_together, duplicates, expressions) looks at each row once: that is one rule-cell, and it weighs what its "
    "column's or its own `weight` says, 1 where it is left out. The score is the weight of the rule-cells that keep their "
    "rule divided by the weight of all, rounded down to six decimals. A declared column that is missing, or a rule that "
    "could not be told, breaks all of its cells. The score is 1 when nothing is wrong, 0 when everything is, falls with "
    "every further bad cell, and does not know the tolerances.",
    remedy="See the findings of the cell rules; the score rises as they are mended.",
    example="data:\n  source: data/test.csv\n  min_quality_score: 0.9\n  columns:\n    tenure: {type: integer}\n",
    options=QualityOptions,
    needs=lambda scope: [None] if scope.options.model_fields_set & _ASKS else [],
    body=_body,
)
