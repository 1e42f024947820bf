"""data.schema"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from mlops_gates.checks import Check
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options, Text

MOST_NAMED = 5


class Schema(Options):
    """Which columns the table has, beside those that `columns` declares."""

    extra: Literal["allow", "forbid"] = Field(
        "allow", description="Whether there may be columns that are not declared."
    )
    ordered: bool = Field(False, description="Whether the declared columns stand in the order of the config.")
    absent: tuple[Text, ...] = Field((), description="Columns that must not be there.", strict=False)

    @model_validator(mode="after")
    def _asks_something(self) -> Schema:
        if self.extra == "allow" and not self.ordered and not self.absent:
            raise ValueError("should have extra: forbid, ordered: true or absent")
        return self


class SchemaOptions(Options):
    """`schema`"""

    schema_: Schema | None = Field(
        None, alias="schema", description="Which columns there are: {ordered: true, extra: forbid, absent: [names]}."
    )


def _body(scope: TableScope) -> Iterator[Measurement]:
    wanted: Schema = getattr(scope.options, "schema_")  # noqa: B009 - a check adds it
    names, declared = list(scope.plan.table.columns), list(scope.options.columns)
    if wanted.extra == "forbid":
        extra = [name for name in names if name not in scope.options.columns]
        words = "column that is not declared" if len(extra) == 1 else "columns that are not declared"
        yield _measured(scope, "extra", len(extra), f"{len(extra)} {words}{listed(extra)}")
    if wanted.ordered:
        there = [name for name in names if name in scope.options.columns]
        late = [a for a, b in zip(there, [one for one in declared if one in there], strict=True) if a != b]
        text = f"{late[0]} stands where another column should be" if late else "the columns stand in their order"
        yield _measured(scope, "ordered", len(late), text)
    for name in wanted.absent:
        here = name in names
        yield _measured(scope, "absent", int(here), "it is there" if here else "not there", name)


def _measured(scope: TableScope, key: str, wrong: int, text: str, subject: str = "") -> Measurement:
    return Measurement(
        rule="data.schema",
        subject=subject or key,
        name=key,
        value=float(wrong),
        text=text,
        limit=Limit(None, 0, "0", scope.context.line("schema", key)),
        unit="columns",
        exact=EXACT,
        remedy=CHECK.remedy,
    )


def listed(names: list[str]) -> str:
    """Names in words, the first few of them."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f": {', '.join(names[:MOST_NAMED])}{more}" if names else ""


CHECK: Check[TableScope] = Check(
    id="data.schema",
    title="The table has these columns and no others",
    help="`extra: forbid` fails for columns that `columns` does not declare, `ordered: true` where the declared ones stand "
    "in another order than in the config, `absent` names columns that must not be there (a label in scoring data, a "
    "column of personal data). Names are compared letter by letter. That declared columns are there is `data.columns`.",
    remedy="Look at the step that writes the table, or change the config when the new form is right.",
    example="data:\n  source: data/test.csv\n  schema: {extra: forbid, ordered: true, absent: [ssn]}\n"
    "  columns:\n    tenure: {}\n",
    options=SchemaOptions,
    needs=lambda scope: [None] if getattr(scope.options, "schema_", None) else [],
    body=_body,
)
