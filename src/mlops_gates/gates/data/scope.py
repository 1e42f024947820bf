"""What a data check works with: the table's answers, and the rules that every cell was held against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import Field

from mlops_gates.checks import Check, Context
from mlops_gates.errors import Skip
from mlops_gates.findings import Limit, Measurement
from mlops_gates.options import Allowance, BlockOptions, InputPath, Options
from mlops_gates.tables.asks import Column, Predicate, Type
from mlops_gates.tables.plan import Plan

EXACT = "counted in every row, not estimated"


class ColumnOptions(Options):
    """What a column may say, before the checks add to it."""


class DataOptions(BlockOptions):
    """What a data block may say, before the checks add to it."""

    source: InputPath = Field(description="The table: a CSV (.csv, .tsv, .txt) or Parquet (.parquet, .pq) file.")
    null_values: tuple[str, ...] = Field((), description="Words of a CSV that mean null, such as NA.", strict=False)
    delimiter: str = Field(
        "",
        description="What separates the fields of a CSV; found in its header where it is left out.",
        pattern=r'^[^"\r\n\x00]?$',
    )
    columns: dict[str, ColumnOptions] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellRule:
    """A rule that each cell of a column keeps or breaks. `key` is the config key that set it.

    `one` and `many` word the broken cells: `blank value`, `blank values`.
    """

    check: str
    column: Column
    predicate: Predicate
    allowance: Allowance
    key: str
    one: str
    many: str
    remedy: str


NONE = Allowance("0", count=0)


@dataclass
class TableScope:
    """One block's table. `rules` are all cell rules of all checks, in the order of the config.

    What a check needs follows from the options alone; the plan is there once the source is open.
    """

    context: Context
    options: DataOptions
    rules: list[CellRule] = field(default_factory=list)
    opened: Plan | None = None

    @property
    def plan(self) -> Plan:
        """The open table and its answers."""
        assert self.opened, "asked before the source was opened"
        return self.opened

    @property
    def rows(self) -> int:
        """Rows in the table."""
        return self.plan.rows

    def has(self, column: Column) -> bool:
        """Whether the table has the column."""
        return column.name in self.plan.table.columns

    def declared(self, key: str) -> Iterator[tuple[Column, object]]:
        """The columns whose config sets `key`, with its value."""
        for name, options in self.options.columns.items():
            value = getattr(options, key, None)
            if value is not None:
                yield self.column(name), value

    def column(self, name: str) -> Column:
        """The column with its declared type."""
        type_: Type | None = getattr(self.options.columns.get(name), "type", None)
        return Column(name, type_)

    def bad(self, rule: CellRule) -> int:
        """Cells that break a rule; all of them where the column is missing."""
        return self.plan.count(rule.predicate) if self.has(rule.column) else self.rows

    @cached_property
    def quality(self) -> float | None:
        """Share (0–1) of cells that keep their rules, over all cell rules, six decimals; None where there is no such cell."""
        cells = self.rows * len(self.rules)
        # Rounded down, so that no score reads better than it is.
        return (cells - sum(map(self.bad, self.rules))) * 10**6 // cells / 10**6 if cells else None


def cell_check(
    *,
    id: str,  # noqa: A002 - the word of the vocabulary
    title: str,
    help: str,  # noqa: A002 - likewise
    remedy: str,
    example: str,
    options: type[Options],
    rules: Callable[[TableScope], Iterable[CellRule]],
) -> Check[TableScope]:
    """A check made of cell rules: what they count, where the bad cells stand first, and in which words."""

    def body(scope: TableScope) -> Iterator[Measurement]:
        here = [rule for rule in rules(scope) if scope.has(rule.column)]
        yield from (_counted(scope, rule) for rule in here)
        if not here:
            raise Skip(f"the table has none of its columns: {', '.join(rule.column.name for rule in rules(scope))}")

    return Check(
        id=id,
        title=title,
        help=help,
        remedy=remedy,
        example=example,
        options=options,
        at="column",
        needs=rules,
        body=body,
    )


def _counted(scope: TableScope, rule: CellRule) -> Measurement:
    bad, rows = scope.bad(rule), scope.rows
    places = scope.plan.places(rule.predicate)
    share = f" ({_percent(bad / rows)})" if rows and bad else ""
    return Measurement(
        rule=rule.check,
        subject=rule.column.name,
        name=rule.check.partition(".")[2],
        value=float(bad),
        text=f"{bad:,} {rule.one if bad == 1 else rule.many} in {rows:,} rows{share}",
        limit=Limit(
            None,
            float(rule.allowance.rows(rows)),
            rule.allowance.text,
            scope.context.line("columns", rule.column.name, rule.key),
        ),
        unit="rows",
        exact=EXACT,
        n=rows,
        places=places.locations,
        first=places.words,
        remedy=rule.remedy,
    )


def _percent(share: float) -> str:
    return f"{share * 100:.2g} %" if share < 0.999 else f"{share * 100:.3g} %"
