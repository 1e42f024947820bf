"""data.forbidden"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from mlops_gates.gates.data.allowed import Cell, of_type
from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import Options
from mlops_gates.tables.asks import IsIn


class ForbiddenOptions(Options):
    """`forbidden`"""

    forbidden: tuple[Cell, ...] | None = Field(
        None, description="Values that must not stand in the column.", min_length=1, strict=False
    )

    @model_validator(mode="after")
    def _forbidden_fits(self) -> ForbiddenOptions:
        of_type("forbidden", self.forbidden, getattr(self, "type", None))
        return self


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for column, values in scope.declared("forbidden"):
        assert isinstance(values, tuple)
        one, many = "forbidden value", "forbidden values"
        yield cell_rule(scope, CHECK.id, column, IsIn(column, values), "forbidden", one, many, CHECK.remedy)


CHECK = cell_check(
    id="data.forbidden",
    title="No value is a forbidden one",
    help="Sentinels such as -999, `unknown` or `TEST`, which stand for something else. Compared as by `allowed`.",
    remedy="Make them nulls (`null_values` does it for words of a CSV), or drop the rows.",
    example="data:\n  source: data/test.csv\n  columns:\n    tenure: {type: integer, forbidden: [-1, 999]}\n",
    options=ForbiddenOptions,
    rules=_rules,
)
