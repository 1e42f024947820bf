"""data.unique-together"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from pydantic import Field

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import NONE, CellRule, TableScope
from mlops_gates.options import Options, Text
from mlops_gates.tables.asks import Repeats

# YAML has lists only: strict mode would refuse them as tuples, at either depth.
Names: TypeAlias = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]


class UniqueTogetherOptions(Options):
    """`unique_together`"""

    unique_together: tuple[Names, ...] = Field(
        (), description="Lists of columns whose values together stand in one row only.", strict=False
    )


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for place, names in enumerate(getattr(scope.options, "unique_together", ())):
        rule = Repeats(tuple(scope.column(name) for name in names))
        words = "row that repeats these values", "rows that repeat these values"
        keys = ("unique_together", place)
        yield CellRule(CHECK.id, ", ".join(names), tuple(names), rule, NONE, keys, *words, CHECK.remedy)


CHECK = cell_check(
    id="data.unique-together",
    title="Values of several columns are unique together",
    help="Counts the rows whose values in these columns stood together in an earlier row. A row with a null among them "
    "repeats none.",
    remedy="Remove the duplicates, or look for a join that multiplied rows.",
    example="data:\n  source: data/test.csv\n  unique_together: [[customerID, month]]\n",
    options=UniqueTogetherOptions,
    at="block",
    rules=_rules,
)
