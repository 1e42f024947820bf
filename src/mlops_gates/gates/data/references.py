"""data.references"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import InputSource, Options, Text
from mlops_gates.tables.asks import Column, IsUnknown


class References(Options):
    """A column of another table."""

    source: InputSource = Field(description="The other table, named as `source` of the block is.")
    column: Text = Field(description="Its column that holds every value that may stand here.")

    @property
    def table(self) -> str:
        """What questions call the other table."""
        return f"table {self.source}"


class ReferenceOptions(Options):
    """`references`"""

    references: References | None = Field(None, description="A column of another table in which every value stands.")


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for column, other in scope.declared("references"):
        assert isinstance(other, References)
        rule = IsUnknown(column, other.table, Column(other.column, column.type))
        one, many = f"value that {other.source} does not have", f"values that {other.source} does not have"
        yield cell_rule(scope, CHECK.id, column, rule, "references", one, many, CHECK.remedy)


CHECK = cell_check(
    id="data.references",
    title="Values stand in the table that they refer to",
    help="A foreign key: every value that is not null stands in the named column of the other table, as text, or as "
    "numbers and dates where the column declares such a type.",
    remedy="Load the other table first, or drop the rows that refer to nothing.",
    example="data:\n  source: data/test.csv\n  columns:\n"
    "    customerID: {references: {source: data/customers.csv, column: id}}\n",
    options=ReferenceOptions,
    rules=_rules,
)
