"""data.shares"""

from __future__ import annotations

import math
from collections.abc import Iterator

from pydantic import Field, model_validator

from mlops_gates.checks import Check
from mlops_gates.errors import Skip
from mlops_gates.findings import Measurement
from mlops_gates.gates.data.expected import Expected
from mlops_gates.gates.data.scope import TableScope
from mlops_gates.gates.data.statistic import measured
from mlops_gates.options import Options
from mlops_gates.tables.asks import Column, Count, IsIn
from mlops_gates.tables.profile import ColumnProfile, share_of


class ShareOptions(Options):
    """`shares`"""

    shares: dict[str, Expected] | None = Field(
        None, description="Bounds of the share (0–1) of the rows that have a value: {Yes: {min: 0.2, max: 0.3}}."
    )

    @model_validator(mode="after")
    def _shares_are_of_values(self) -> ShareOptions:
        if getattr(self, "type", None) in ("integer", "number"):
            for value in self.shares or ():
                if not _is_number(value):
                    raise ValueError(f"shares has {value!r}, which is no {getattr(self, 'type', '')}")
        return self


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def _wanted(scope: TableScope) -> Iterator[tuple[Column, str, Expected]]:
    for column, shares in scope.declared("shares"):
        assert isinstance(shares, dict)
        yield from ((column, value, wanted) for value, wanted in shares.items())


def _ask(column: Column, value: str) -> Count:
    cell: str | int | float = value
    if column.type in ("integer", "number"):
        cell = int(value) if value.lstrip("+-").isdigit() else float(value)
    return Count(IsIn(column, (cell,)))


def _body(scope: TableScope) -> Iterator[Measurement]:
    here = [one for one in _wanted(scope) if scope.has(one[0].name)]
    if not here:
        raise Skip("the table has none of its columns")
    for column, value, wanted in here:

        def referred(profile: ColumnProfile, this: str = value) -> float | None:
            return share_of(profile, this)

        counted = scope.plan.number(_ask(column, value))
        share = counted / scope.rows if counted is not None and scope.rows else None
        yield measured(scope, CHECK.id, column.name, "share", wanted, share, "shares", referred, CHECK.remedy, value)


CHECK: Check[TableScope] = Check(
    id="data.shares",
    title="Values have their share of the rows",
    help="The rows in which the column has the value, divided by all rows, null ones included. Compared as by `allowed`. "
    "`within` as by `mean`.",
    remedy="Look for a filter that dropped rows, or a label that was renamed.",
    example="data:\n  source: data/test.csv\n  columns:\n    Churn: {shares: {Yes: {min: 0.2, max: 0.3}}}\n",
    options=ShareOptions,
    at="column",
    needs=lambda scope: [_ask(column, value) for column, value, _ in _wanted(scope)],
    body=_body,
)
