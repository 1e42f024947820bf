"""data.distinct"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Measurement
from mlops_gates.gates.data.expected import Expected
from mlops_gates.gates.data.scope import TableScope
from mlops_gates.gates.data.statistic import measured
from mlops_gates.options import Options
from mlops_gates.tables.asks import Distinct


class DistinctOptions(Options):
    """`distinct`"""

    distinct: Expected | None = Field(None, description="Bounds of the number of different values: {min: 2, max: 50}.")


def _body(scope: TableScope) -> Iterator[Measurement]:
    here = [(column, wanted) for column, wanted in scope.declared("distinct") if scope.has(column.name)]
    if not here:
        raise Skip("the table has none of its columns")
    for column, wanted in here:
        assert isinstance(wanted, Expected)
        value = scope.plan.number(Distinct(column))
        words = "number of different values"
        yield measured(
            scope, CHECK.id, column.name, words, wanted, value, "distinct", lambda one: one.distinct, CHECK.remedy
        )


CHECK: Check[TableScope] = Check(
    id="data.distinct",
    title="Columns have as many different values as they should",
    help="Counts the different values of a column exactly, nulls left out; 01 and 1 are one integer. At least 2 says that "
    "the column is not constant. `within` as by `mean`; a profile knows this number to within a few percent.",
    remedy="Look for a column that was filled with one value, or for words that are spelt in several ways.",
    example="data:\n  source: data/test.csv\n  columns:\n    Contract: {distinct: {min: 2, max: 3}}\n",
    options=DistinctOptions,
    at="column",
    needs=lambda scope: [Distinct(column) for column, _ in scope.declared("distinct")],
    body=_body,
)
