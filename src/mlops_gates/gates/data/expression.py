"""data.expression"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import NONE, CellRule, TableScope
from mlops_gates.options import Options, Text, TiersOf
from mlops_gates.tables.asks import Breaks


class Expression(Options):
    """A condition that every row keeps."""

    name: Text = Field(description="What the finding is called.")
    sql: Text = Field(description="A condition in the engine's SQL over the columns of one row.")
    tolerate: TiersOf = Field(NONE, description="How many rows may break it: a count, a share, or two tiers.")
    weight: float = Field(1.0, description="What a row counts in the quality score.", ge=0, le=1_000_000)


class ExpressionOptions(Options):
    """`expressions`"""

    expressions: tuple[Expression, ...] = Field(
        (), description="Conditions over several columns that every row keeps.", strict=False
    )


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for place, one in enumerate(getattr(scope.options, "expressions", ())):
        rule, keys = Breaks(one.sql), ("expressions", place, "sql")
        words = "row that breaks it", "rows that break it"
        yield CellRule(CHECK.id, one.name, (), rule, one.tolerate, keys, *words, CHECK.remedy, one.weight)


CHECK = cell_check(
    id="data.expression",
    title="Rows keep the conditions that are written in SQL",
    help="The condition is worked out for every row; a row breaks it where it is false, and keeps it where it is null. "
    "Columns of a CSV have their declared types, else they are text. SQL that cannot be read ends this rule as errored and "
    "no other. It is one expression of the engine's SQL: it can read the table and nothing else.",
    remedy="Look at the rows named here: the condition tells which columns contradict each other.",
    example="data:\n  source: data/test.csv\n  columns:\n    MonthlyCharges: {type: number}\n    TotalCharges: {type: number}\n"
    '  expressions:\n    - {name: total, sql: "TotalCharges >= MonthlyCharges", tolerate: 0.1 %}\n',
    options=ExpressionOptions,
    at="block",
    rules=_rules,
)
