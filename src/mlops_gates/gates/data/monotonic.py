"""data.monotonic"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import NONE, CellRule, TableScope, cell_rule
from mlops_gates.options import Options
from mlops_gates.tables.asks import IsOutOfOrder, IsOutside

Direction = Literal["increasing", "strictly-increasing", "decreasing", "strictly-decreasing"]


class MonotonicOptions(Options):
    """`monotonic`"""

    monotonic: Direction | None = Field(
        None, description="How values follow each other from row to row: increasing, decreasing, or strictly so."
    )


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for column, direction in scope.declared("monotonic"):
        falling, strict = str(direction).endswith("decreasing"), str(direction).startswith("strictly")
        told = ("above" if falling else "below") + (" or equal to" if strict else "") + " the one before"
        rule = IsOutOfOrder(column, falling, strict)
        yield cell_rule(scope, CHECK.id, column, rule, "monotonic", f"value {told}", f"values {told}", CHECK.remedy)


def _words(scope: TableScope) -> Iterator[CellRule]:
    """Words of an undeclared column have no order: left unseen, a column of them would be in every order."""
    for column, _ in scope.declared("monotonic"):
        if column.type or not scope.has(column.name) or scope.plan.table.type_of(column.name) not in (None, "string"):
            continue
        every = IsOutside(column, -sys.float_info.max, sys.float_info.max)
        words = (
            "value that is no number and has no declared type",
            "values that are no numbers and have no declared type",
        )
        yield CellRule(
            CHECK.id,
            f"{column.name} as numbers",
            (column.name,),
            every,
            scope.options.columns[column.name].tolerate.get("monotonic", NONE),
            ("columns", column.name, "monotonic"),
            *words,
            "Declare the type of this column: string, date or timestamp.",
            scope.options.columns[column.name].weight,
        )


CHECK = cell_check(
    id="data.monotonic",
    title="Values come in their order",
    help="Each value is held against the last one before it that is not null, in the order of the file: numbers as numbers, "
    "dates and timestamps as such, text of `type: string` by its characters. Words in a column without a declared type have no "
    "order and fail. An engine whose rows have no order (Spark) cannot tell.",
    remedy="Sort the rows, or look for a file that was joined in the wrong order.",
    example="data:\n  source: data/test.csv\n  columns:\n    moment: {type: timestamp, monotonic: increasing}\n",
    options=MonotonicOptions,
    rules=_rules,
    then=_words,
)
