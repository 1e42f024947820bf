"""data.schema-drift"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from mlops_gates.checks import Check
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data.cells import percent
from mlops_gates.gates.data.schema import listed
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options
from mlops_gates.tables.asks import Column, Count, IsNotType


class SchemaDriftOptions(Options):
    """`schema_drift`"""

    schema_drift: Literal["fail", "warn", "allow"] | None = Field(
        None,
        description="What a column that came, went or changed its type since the reference means; `fail` by default.",
    )


def _tier(scope: TableScope) -> str:
    return getattr(scope.options, "schema_drift", None) or "fail"


def _read(scope: TableScope) -> Iterator[Column]:
    """The columns whose cells are read as what they were in the reference; declared ones are held against their own type."""
    for name, before in scope.reference.columns.items():
        if not scope.column(name).type and before.type not in (None, "string") and before.kind != "empty":
            yield Column(name, before.type)


def _needs(scope: TableScope) -> Iterator[Count | None]:
    if scope.options.reference and _tier(scope) != "allow":
        yield None
        yield from (Count(IsNotType(column)) for column in _read(scope))


def _body(scope: TableScope) -> Iterator[Measurement]:
    now, before = list(scope.plan.table.columns), list(scope.reference.columns)
    gone = [name for name in before if name not in now]
    new = [name for name in now if name not in before]
    yield _measured(scope, "vanished", len(gone), f"{_columns(len(gone))} of the reference not there{listed(gone)}")
    yield _measured(scope, "new", len(new), f"{_columns(len(new))} not in the reference{listed(new)}")
    for column in _read(scope):
        if not scope.has(column.name):
            continue
        if wrong := scope.plan.count(IsNotType(column)):
            share = percent(wrong / scope.rows)
            text = f"{wrong:,} of {scope.rows:,} cells ({share}) are no {column.type}, as all of the reference are"
            yield _measured(scope, column.name, wrong, text)


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _measured(scope: TableScope, subject: str, wrong: int, text: str) -> Measurement:
    key = "schema_drift" if getattr(scope.options, "schema_drift", None) else "reference"
    limit = Limit(None, 0, "0", scope.context.line(key))
    fails = _tier(scope) == "fail"
    return Measurement(
        rule="data.schema-drift",
        subject=subject,
        name="schema-drift",
        value=float(wrong),
        text=text,
        limit=limit if fails else None,
        warn=None if fails else limit,
        exact=EXACT,
        remedy=CHECK.remedy,
    )


CHECK: Check[TableScope] = Check(
    id="data.schema-drift",
    title="Columns and their types are those of the reference",
    help="Compares the names of the columns with those of the reference, and reads each column without a declared type as "
    "what all its cells were there: an integer, a number, a boolean, a date or a timestamp. Columns that are text in the "
    "reference may become anything. It runs wherever there is a reference; `schema_drift: warn` or `allow` softens it.",
    remedy="Train the model again on the new form, or undo the change; then renew the reference.",
    example="data:\n  source: data/test.csv\n  reference: data/train.csv\n  schema_drift: warn\n",
    options=SchemaDriftOptions,
    needs=_needs,
    body=_body,
)
