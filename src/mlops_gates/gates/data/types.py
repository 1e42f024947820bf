"""data.types"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import Options
from mlops_gates.tables.asks import IsNotType, Type

_WORDS = {
    "string": ("is no text", "are no text"),
    "integer": ("is no integer", "are no integers"),
    "number": ("is no number", "are no numbers"),
    "boolean": ("is neither true nor false", "are neither true nor false"),
    "date": ("is no date (YYYY-MM-DD)", "are no dates (YYYY-MM-DD)"),
    "timestamp": ("is no timestamp (ISO 8601)", "are no timestamps (ISO 8601)"),
}


class TypeOptions(Options):
    """`type`"""

    type: Type | None = Field(None, description="What the cells are. A blank in a column with a type is a null.")


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for column, type_ in scope.declared("type"):
        one, many = _WORDS[str(type_)]
        words = f"value that {one}", f"values that {many}"
        yield cell_rule(scope, CHECK.id, column, IsNotType(column), "type", *words, CHECK.remedy)


CHECK = cell_check(
    id="data.types",
    title="Cells are of the declared type",
    help="In a CSV a cell is of a type when its text reads as one: `12` is an integer and a number, `12.0` and `1e3` are "
    "numbers, `1,5`, `NaN` and `NA` are text (`null_values` makes words null). Booleans are true and false, dates "
    "YYYY-MM-DD, timestamps ISO 8601. In Parquet the column's own type counts: digits in a text column are text.",
    remedy="Correct the cells, change the declared type, or name words that mean null in `null_values`.",
    example="data:\n  source: data/test.csv\n  columns:\n    tenure: {type: integer}\n",
    options=TypeOptions,
    rules=_rules,
)
