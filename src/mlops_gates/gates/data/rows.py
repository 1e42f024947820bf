"""data.rows"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from mlops_gates.checks import Check
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data.expected import Bounds, Within
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options, Range, ordered
from mlops_gates.tables.asks import Rows


class RowRange(Range):
    """How many rows there are, and how far that is from the reference's."""

    change: Within | None = Field(
        None, description="How far the number may be from the reference's: a number of rows, or a percentage (20 %)."
    )

    @model_validator(mode="after")
    def _ordered(self) -> RowRange:
        ordered(self.min, self.max)
        if self.min is None and self.max is None and self.change is None:
            raise ValueError("should have min, max or change")
        return self

    @property
    def needs_reference(self) -> bool:
        """A change is one since the reference."""
        return self.change is not None


class RowsOptions(Options):
    """`rows`"""

    rows: RowRange | None = Field(
        None, description="How many rows the table must have; at least 1 where it is left out."
    )


def _body(scope: TableScope) -> Iterator[Measurement]:
    wanted: RowRange | None = getattr(scope.options, "rows", None)
    low = max(1, wanted.min if wanted and wanted.min is not None else 1)
    high = wanted.max if wanted else None
    text = f"at least {low:,}" + (f" and at most {high:,}" if high is not None else "")
    yield Measurement(
        rule=CHECK.id,
        subject="rows",
        name="rows",
        value=float(scope.rows),
        text=f"{scope.rows:,} rows",
        limit=Limit(low, high, text, scope.context.line("rows" if wanted else "source")),
        unit="rows",
        exact=EXACT,
        remedy=CHECK.remedy,
    )
    if wanted and wanted.change is not None:
        before = scope.reference.rows
        limit = Bounds(within=wanted.change).limit(scope, ("rows", "change"), float(before))
        change = f" ({(scope.rows - before) / before * 100:+.3g} %)" if before else ""
        yield Measurement(
            rule=CHECK.id,
            subject="change of rows",
            name="change",
            value=float(scope.rows),
            text=f"{scope.rows:,} rows, {before:,} in the reference{change}",
            limit=limit,
            unit="rows",
            exact=EXACT,
            remedy=CHECK.remedy,
        )


CHECK: Check[TableScope] = Check(
    id="data.rows",
    title="The number of rows is as expected",
    help="Counts the rows. A table without any fails whatever the config says: nothing can be said of it. `change` is the "
    "distance from the number of rows of the reference.",
    remedy="Look at the step that writes the table: did it read all of its input?",
    example="data:\n  source: data/test.csv\n  rows: {min: 1000}\n",
    options=RowsOptions,
    needs=lambda _: [Rows()],
    body=_body,
)
