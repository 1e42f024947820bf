"""data.read"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check
from mlops_gates.errors import CheckError
from mlops_gates.findings import Measurement
from mlops_gates.gates.data.scope import EXACT, TableScope


def _body(scope: TableScope) -> Iterator[Measurement]:
    if scope.rows == 0:
        raise CheckError(
            f"{scope.options.source} has no rows, so no cell was looked at", where=scope.context.line("source")
        )
    yield Measurement(
        rule="data.read",
        subject="",
        name="columns",
        value=float(len(scope.plan.table.columns)),
        text=f"{scope.options.source} has {scope.rows:,} rows and {len(scope.plan.table.columns)} columns",
        unit="columns",
        exact=EXACT,
        n=scope.rows,
    )


CHECK = Check(
    id="data.read",
    title="The source can be read as a table",
    help="Opens the file and reads every byte of it. Bytes that are no UTF-8, a row of another width, a quote that "
    "never closes, a truncated Parquet file or a column name that stands twice end the gate as errored, and the message "
    "names the first bad line.",
    remedy="Repair the file, or the step that writes it.",
    example="data:\n  source: data/test.csv\n",
    body=_body,
)
