"""data.length"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import Options, ordered
from mlops_gates.tables.asks import IsLengthOutside


class LengthRange(Options):
    """How many characters a text has."""

    min: int | None = Field(None, description="The fewest characters.", ge=0)
    max: int | None = Field(None, description="The most characters.", ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> LengthRange:
        ordered(self.min, self.max)
        if self.min is None and self.max is None:
            raise ValueError("should have min, max or both")
        return self


class LengthOptions(Options):
    """`length`"""

    length: LengthRange | None = Field(None, description="How many characters the text of a cell has: {min, max}.")


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for column, length in scope.declared("length"):
        assert isinstance(length, LengthRange)
        words = [f"shorter than {length.min}"] * (length.min is not None)
        words += [f"longer than {length.max}"] * (length.max is not None)
        told = " or ".join(words)
        rule = IsLengthOutside(column, length.min, length.max)
        yield cell_rule(scope, CHECK.id, column, rule, "length", f"value {told}", f"values {told}", CHECK.remedy)


CHECK = cell_check(
    id="data.length",
    title="Texts are as long as they should be",
    help="Counts the characters (Unicode code points) of a cell as it stands, blanks included. Nulls have no length.",
    remedy="Look for texts that were cut off or run together.",
    example="data:\n  source: data/test.csv\n  columns:\n    customerID: {length: {min: 10, max: 10}}\n",
    options=LengthOptions,
    rules=_rules,
)
