"""data.range"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated, TypeAlias

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import Options, ordered
from mlops_gates.tables.asks import Column, IsOutside

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
)


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
        ordered(_in_utc(self.min), _in_utc(self.max))
        return self


def _moment(name: str, bound: Bound) -> None:
    try:
        if (
            not isinstance(bound, str)
            or not _MOMENT.fullmatch(bound)
            or not (date.fromisoformat(bound[:10]) and _in_utc(bound))
        ):
            raise ValueError
    except (ValueError, OverflowError):
        raise ValueError(f"{name} should be a date such as 2026-01-31") from None


def _in_utc(bound: Bound | None) -> Bound | None:
    """A moment without a zone, in UTC, as cells are read; a number as it is."""
    if not isinstance(bound, str):
        return bound
    moment = datetime.fromisoformat(bound)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return moment.replace(tzinfo=None).isoformat(" ")


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for name, options in scope.options.columns.items():
        low, high = getattr(options, "min", None), getattr(options, "max", None)
        if low is None and high is None:
            continue
        words = " or ".join([f"below {low}"] * (low is not None) + [f"above {high}"] * (high is not None))
        column: Column = scope.column(name)
        key, rule = "min" if low is not None else "max", IsOutside(column, _in_utc(low), _in_utc(high))
        yield cell_rule(scope, CHECK.id, column, rule, key, f"value {words}", f"values {words}", CHECK.remedy)


CHECK = cell_check(
    id="data.range",
    title="Values are within their range",
    help="Every value v keeps min ≤ v ≤ max. Nulls keep every range (`nulls` limits them). In a column without a declared "
    "type a word that is no number, or an infinity, breaks the range; with one, `data.types` has it. Timestamps with a zone "
    "are compared in UTC, those without one are in UTC.",
    remedy="Correct the values (units? a sign?), or widen min and max.",
    example="data:\n  source: data/test.csv\n  columns:\n    tenure: {type: integer, min: 0, max: 100}\n",
    options=RangeOptions,
    rules=_rules,
)
