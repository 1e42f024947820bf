"""data.nulls"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import Options, Tiers, TiersOf
from mlops_gates.tables.asks import IsNull
from mlops_gates.tables.source import is_textual


class NullOptions(Options):
    """`nulls`"""

    nulls: TiersOf | None = Field(
        None,
        description="How many nulls are tolerated: a count (0), a percentage (0.2 %), a share below 1 (0.002), or "
        "{warn: …, fail: …} of them.",
    )


def _rules(scope: TableScope) -> Iterator[CellRule]:
    blank = is_textual(scope.options.source)
    one, many = ("blank value", "blank values") if blank else ("null", "nulls")
    for column, tiers in scope.declared("nulls"):
        assert isinstance(tiers, Tiers)
        yield cell_rule(scope, CHECK.id, column, IsNull(column), "nulls", one, many, CHECK.remedy, tiers)


CHECK = cell_check(
    id="data.nulls",
    title="Nulls are within their limit",
    help="An empty field of a CSV is a null; so is a cell of blanks in a column that declares a type, a word of "
    "`null_values`, and a NaN in a column of floats.",
    remedy="Fill the cells, drop the rows, or raise `nulls`.",
    example='data:\n  source: data/test.csv\n  columns:\n    TotalCharges: {type: number, nulls: "0.2 %"}\n',
    options=NullOptions,
    rules=_rules,
)
