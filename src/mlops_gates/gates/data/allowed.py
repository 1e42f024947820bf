"""data.allowed"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import Options
from mlops_gates.tables.asks import IsNotIn


def _cell(value: object) -> bool | float | str:
    if isinstance(value, bool | int | float | str):
        return value
    raise ValueError("should be a word, a number or a boolean")


Cell: TypeAlias = Annotated[
    bool | float | str, PlainValidator(_cell), WithJsonSchema({"type": ["boolean", "number", "string"]})
]


class AllowedOptions(Options):
    """`allowed`"""

    allowed: tuple[Cell, ...] | None = Field(
        None, description="Every value that may stand in the column.", min_length=1, strict=False
    )

    @model_validator(mode="after")
    def _allowed_fits(self) -> AllowedOptions:
        of_type("allowed", self.allowed, getattr(self, "type", None))
        return self


def of_type(key: str, values: tuple[Cell, ...] | None, type_: object) -> None:
    """Raises ValueError where a column of numbers would be held against a word: no cell could ever be it."""
    words = [value for value in values or () if isinstance(value, bool | str)]
    if words and type_ in ("integer", "number"):
        raise ValueError(f"{key} has {words[0]!r}, which is no {type_}")


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for column, values in scope.declared("allowed"):
        assert isinstance(values, tuple)
        one, many = "value that is not allowed", "values that are not allowed"
        yield cell_rule(scope, CHECK.id, column, IsNotIn(column, values), "allowed", one, many, CHECK.remedy)


CHECK = cell_check(
    id="data.allowed",
    title="Values are among the allowed ones",
    help="Compared as numbers in numeric columns, else letter by letter (case and blanks count). Nulls are allowed here; "
    "`nulls` limits them. Unquoted Yes, No, on and off are words, not booleans.",
    remedy="Correct the values, or add new ones to `allowed` when the model can handle them.",
    example="data:\n  source: data/test.csv\n  columns:\n    Contract: {allowed: [Month-to-month, One year, Two year]}\n",
    options=AllowedOptions,
    rules=_rules,
)
