"""data.duplicates"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from mlops_gates.errors import CheckError
from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import NONE, CellRule, TableScope
from mlops_gates.options import Options, Text, Tiers, TiersOf
from mlops_gates.tables.asks import Repeats


class Duplicates(Options):
    """How many rows may be duplicates, and which columns do not count."""

    limit: TiersOf = Field(NONE, description="How many are tolerated: a count, a share, or two tiers.")
    ignore: tuple[Text, ...] = Field((), description="Columns that do not count, such as an id.", strict=False)


def _short(value: object) -> object:
    return value if isinstance(value, dict) and not set(value) <= {"warn", "fail"} else {"limit": value}


_LIMIT: dict[str, Any] = {"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "string"}, {"type": "object"}]}
DuplicatesOf: TypeAlias = Annotated[Duplicates, BeforeValidator(_short), WithJsonSchema(_LIMIT)]


class DuplicateOptions(Options):
    """`duplicates`"""

    duplicates: DuplicatesOf | None = Field(
        None, description="How many rows may repeat an earlier one: a limit, or {limit, ignore: [columns]}."
    )


def _asked(scope: TableScope) -> Iterator[None]:
    if getattr(scope.options, "duplicates", None):
        yield None


def _rules(scope: TableScope) -> Iterator[CellRule]:
    """What the columns are is known only once the table is open."""
    wanted: Duplicates | None = getattr(scope.options, "duplicates", None)
    if wanted:
        names = tuple(name for name in scope.plan.table.columns if name not in wanted.ignore)
        if not names:
            raise CheckError(
                "duplicates.ignore leaves no column to compare rows by",
                where=scope.context.line("duplicates", "ignore"),
                next_step="Take at least one column out of it.",
            )
        # Names alone: a key that another rule proves to be unique is the same column, and proves this too.
        rule = Repeats(tuple(scope.column(name) for name in names), nulls_equal=True)
        tiers: Tiers = wanted.limit
        words = "row that repeats an earlier one", "rows that repeat an earlier one"
        yield CellRule(CHECK.id, "rows", names, rule, tiers, ("duplicates",), *words, CHECK.remedy)


CHECK = cell_check(
    id="data.duplicates",
    title="No row stands twice",
    help="Counts the rows that repeat an earlier one in every column but those of `ignore`; nulls are equal to each other. "
    "Where a column among them is proven to be unique and without nulls, there can be none, and none are looked for.",
    remedy="Remove the duplicates, or look for a load that ran twice.",
    example="data:\n  source: data/test.csv\n  duplicates: {limit: 0, ignore: [customerID]}\n",
    options=DuplicateOptions,
    at="block",
    rules=_asked,
    then=_rules,
)
