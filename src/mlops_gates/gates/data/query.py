"""data.query"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from mlops_gates.checks import Check
from mlops_gates.errors import CheckError
from mlops_gates.findings import Finding, Measurement
from mlops_gates.gates.data.cells import errored
from mlops_gates.gates.data.expected import Expected
from mlops_gates.gates.data.numbers import rounded, told
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options, Text
from mlops_gates.tables.asks import Result


class Query(Expected):
    """A query for one number, and what that may be."""

    name: Text = Field(description="What the finding is called.")
    sql: Text = Field(description="One SELECT of the engine's SQL that answers one number; the table is called data.")

    @model_validator(mode="after")
    def _knows_what_it_is_near(self) -> Query:
        if self.needs_reference:
            raise ValueError("within needs `of`: no reference knows what a query answers")
        return self


class QueryOptions(Options):
    """`queries`"""

    queries: tuple[Query, ...] = Field((), description="Numbers that a query over the table answers.", strict=False)


def _queries(scope: TableScope) -> tuple[Query, ...]:
    found: tuple[Query, ...] = getattr(scope.options, "queries", ())
    return found


def _body(scope: TableScope) -> Iterator[Measurement | Finding]:
    for place, one in enumerate(_queries(scope)):
        keys = ("queries", place)
        limit, warn = one.limits(scope, keys, None)
        try:
            value = scope.plan.number(Result(one.sql))
        except CheckError as error:
            yield errored(CHECK.id, one.name, error, scope.context.line(*keys, "sql"))
            continue
        yield Measurement(
            rule=CHECK.id,
            subject=one.name,
            name=one.name,
            value=rounded(value),
            text="no number" if value is None else told(value),
            reason="" if value is not None else "the query answered null",
            limit=limit,
            warn=warn,
            exact=EXACT,
            remedy=CHECK.remedy,
        )


CHECK: Check[TableScope] = Check(
    id="data.query",
    title="Numbers that a query answers are within their bounds",
    help="One SELECT of the engine's SQL, of one row with one number. The table is called `data`, and with a reference that "
    "is a table that one is called `reference`. Columns of a CSV have their declared types, else they are text. A null "
    "is inconclusive; SQL that cannot be read ends this rule as errored and no other.",
    remedy="Run the query by hand to see which rows make the number.",
    example="data:\n  source: data/test.csv\n  queries:\n"
    "    - {name: churners, sql: \"SELECT count(*) FROM data WHERE Churn = 'Yes'\", min: 100}\n",
    options=QueryOptions,
    needs=lambda scope: [Result(one.sql) for one in _queries(scope)],
    body=_body,
)
