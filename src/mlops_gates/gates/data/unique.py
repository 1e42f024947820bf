"""data.unique"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import Options
from mlops_gates.tables.asks import Repeats


class UniqueOptions(Options):
    """`unique`"""

    unique: Literal[True] | None = Field(None, description="No value stands twice.")


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for column, _ in scope.declared("unique"):
        one, many = "repeated value", "repeated values"
        yield cell_rule(scope, CHECK.id, column, Repeats((column,)), "unique", one, many, CHECK.remedy)


CHECK = cell_check(
    id="data.unique",
    title="Values are unique",
    help="Counts the rows whose value stood in an earlier row, and points at the first repetition. Nulls do not repeat.",
    remedy="Remove the duplicates, or look for a join that multiplied rows.",
    example="data:\n  source: data/test.csv\n  columns:\n    customerID: {unique: true}\n",
    options=UniqueOptions,
    rules=_rules,
)
