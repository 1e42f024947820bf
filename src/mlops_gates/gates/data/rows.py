"""data.rows"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options, Range
from mlops_gates.tables.asks import Rows


class RowsOptions(Options):
    """`rows`"""

    rows: Range | None = Field(None, description="How many rows the table must have; at least 1 where it is left out.")


def _body(scope: TableScope) -> Iterator[Measurement]:
    wanted: Range | None = getattr(scope.options, "rows", None)
    low = max(1, wanted.min if wanted and wanted.min is not None else 1)
    high = wanted.max if wanted else None
    text = f"at least {low:,}" + (f" and at most {high:,}" if high is not None else "")
    yield Measurement(
        rule=CHECK.id,
        subject="rows",
        name="rows",
        value=float(scope.rows),
        text=f"{scope.rows:,} rows",
        limit=Limit(low, high, text, scope.context.line("rows" if wanted else "source")),
        unit="rows",
        exact=EXACT,
        remedy=CHECK.remedy,
    )


CHECK: Check[TableScope] = Check(
    id="data.rows",
    title="The number of rows is as expected",
    help="Counts the rows. A table without any fails whatever the config says: nothing can be said of it.",
    remedy="Look at the step that writes the table: did it read all of its input?",
    example="data:\n  source: data/test.csv\n  rows: {min: 1000}\n",
    options=RowsOptions,
    needs=lambda _: [Rows()],
    body=_body,
)
