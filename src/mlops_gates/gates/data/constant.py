"""data.constant"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data.schema import listed
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options
from mlops_gates.tables.asks import Distinct, RoughlyDistinct

_FEW = 2
"""Up to this rough number of values the exact one is asked for."""


class ConstantOptions(Options):
    """`constant_columns`"""

    constant_columns: Literal["forbid", "warn"] | None = Field(
        None, description="What a column means whose cells are all one value, or all null: `forbid` or `warn`."
    )


def _rough(scope: TableScope) -> Iterator[RoughlyDistinct | None]:
    if getattr(scope.options, "constant_columns", None):
        yield None


def _then(scope: TableScope) -> Iterator[RoughlyDistinct]:
    yield from (RoughlyDistinct(scope.column(name)) for name in scope.plan.table.columns)


def _body(scope: TableScope) -> Iterator[Measurement]:
    plan = scope.plan
    likely = [c for name in plan.table.columns if (plan.number(RoughlyDistinct(c := scope.column(name))) or 0) <= _FEW]
    plan.ask(Distinct(column) for column in likely)
    plan.run()
    constant = [column.name for column in likely if (plan.number(Distinct(column)) or 0) < 2]
    limit = Limit(None, 0, "0", scope.context.line("constant_columns"))
    fails = getattr(scope.options, "constant_columns", None) == "forbid"
    words = "constant column" if len(constant) == 1 else "constant columns"
    yield Measurement(
        rule=CHECK.id,
        subject="columns",
        name="constant",
        value=float(len(constant)),
        text=f"{len(constant)} {words}{listed(constant)}",
        limit=limit if fails else None,
        warn=None if fails else limit,
        unit="columns",
        exact=EXACT,
        n=scope.rows,
        remedy=CHECK.remedy,
    )


CHECK: Check[TableScope] = Check(
    id="data.constant",
    title="No column is constant",
    help="A column is constant when it has fewer than two different values, nulls left out. It teaches a model nothing, and "
    "often says that a join or a default went wrong.",
    remedy="Look where the column is filled, or take it out of the data.",
    example="data:\n  source: data/test.csv\n  constant_columns: forbid\n",
    options=ConstantOptions,
    needs=_rough,
    then=_then,
    body=_body,
)
