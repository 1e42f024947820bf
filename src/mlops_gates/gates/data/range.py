"""data.range"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import Options, ordered
from mlops_gates.tables.asks import Column, IsOutside


def _bound(value: object) -> float | str:
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError("should be a number, or a date as text")


Bound: TypeAlias = Annotated[
    float | str, PlainValidator(_bound), WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]})
]


class RangeOptions(Options):
    """`min` and `max`"""

    min: Bound | None = Field(None, description="The smallest allowed value: a number, or a date as text.")
    max: Bound | None = Field(None, description="The largest allowed value: a number, or a date as text.")

    @model_validator(mode="after")
    def _range_fits(self) -> RangeOptions:
        type_ = getattr(self, "type", None)
        for name, bound in (("min", self.min), ("max", self.max)):
            if bound is None:
                continue
            if type_ in ("string", "boolean"):
                raise ValueError(f"{name} has no meaning for type {type_}")
            if type_ in ("date", "timestamp"):
                _moment(name, bound)
            elif isinstance(bound, str):
                raise ValueError(f"{name} should be a number (a date is a limit only for type date or timestamp)")
        ordered(self.min, self.max)
        return self


def _moment(name: str, bound: Bound) -> None:
    try:
        if (
            not isinstance(bound, str)
            or not re.match(r"\d{4}-\d{2}-\d{2}", bound)
            or not (date.fromisoformat(bound[:10]) and datetime.fromisoformat(bound))
        ):
            raise ValueError
    except ValueError:
        raise ValueError(f"{name} should be a date such as 2026-01-31") from None


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for name, options in scope.options.columns.items():
        low, high = getattr(options, "min", None), getattr(options, "max", None)
        if low is None and high is None:
            continue
        words = " or ".join([f"below {low}"] * (low is not None) + [f"above {high}"] * (high is not None))
        column: Column = scope.column(name)
        key, rule = "min" if low is not None else "max", IsOutside(column, low, high)
        yield cell_rule(scope, CHECK.id, column, rule, key, f"value {words}", f"values {words}", CHECK.remedy)


CHECK = cell_check(
    id="data.range",
    title="Values are within their range",
    help="Every value v keeps min ≤ v ≤ max. Nulls keep every range (`nulls` limits them). In a column without a declared "
    "type a word that is no number breaks the range; with one, `data.types` has it.",
    remedy="Correct the values (units? a sign?), or widen min and max.",
    example="data:\n  source: data/test.csv\n  columns:\n    tenure: {type: integer, min: 0, max: 100}\n",
    options=RangeOptions,
    rules=_rules,
)
