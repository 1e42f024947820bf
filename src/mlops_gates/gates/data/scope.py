"""What a data check works with: the table's answers, and the rules that every cell was held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator, model_validator

from mlops_gates.checks import Context
from mlops_gates.document import KeyPath
from mlops_gates.errors import CheckError
from mlops_gates.options import Allowance, BlockOptions, InputSource, Options, Tiers, TiersOf
from mlops_gates.tables import engines
from mlops_gates.tables.asks import Column, Predicate, Type
from mlops_gates.tables.plan import Plan

if TYPE_CHECKING:
    from mlops_gates.tables.profile import Profile

EXACT = "counted in every row, not estimated"
NONE = Tiers(Allowance("0", count=0))


class ColumnOptions(Options):
    """What a column may say, before the checks add to it."""

    tolerate: dict[str, TiersOf] = Field(
        default_factory=dict,
        description="How many cells may break a rule of this column, by the rule's name (types, range, …): a limit, or "
        "{warn: …, fail: …}. None where it is left out.",
    )
    weight: float = Field(
        1.0, description="What a cell of this column counts in the quality score.", ge=0, le=1_000_000
    )


class DataOptions(BlockOptions):
    """What a data block may say, before the checks add to it."""

    source: InputSource = Field(
        description="The table: a file, a pattern or a folder of files (CSV, JSON lines, Parquet, Arrow; text also .gz and "
        ".zst), s3://bucket/key, sqlite:///file.db#table or postgresql://user@host/db#schema.table."
    )
    reference: InputSource | None = Field(
        None, description="What the data is compared with: a table likewise, or a stored profile (.json)."
    )
    engine: str = Field(
        "duckdb", description="What reads the table: duckdb, polars, spark://host:7077, an Ibis address."
    )
    null_values: tuple[str, ...] = Field((), description="Words of a CSV that mean null, such as NA.", strict=False)
    delimiter: str = Field(
        "",
        description="What separates the fields of a CSV; found in its header where it is left out.",
        pattern=r'^[^"\r\n\x00]?$',
    )
    columns: dict[str, ColumnOptions] = Field(default_factory=dict)

    @field_validator("engine")
    @classmethod
    def _is_an_engine(cls, engine: str) -> str:
        if why := engines.known_engine(engine):
            raise ValueError(why)
        return engine

    @property
    def elsewhere(self) -> bool:
        """Whether the engine opens sources by their names: a table of a catalogue, of a database."""
        return engines.reads_itself(self.engine)

    @model_validator(mode="after")
    def _has_a_reference(self) -> DataOptions:
        if self.reference is None:
            for keys, one in _parts(self):
                if getattr(one, "needs_reference", False):
                    raise ValueError(f"{keys} compares with the reference, and there is none: set `reference`")
        return self


def _parts(options: Options, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Everything that the options are made of, with the keys in words."""
    for name in type(options).model_fields:
        value, keys = getattr(options, name), f"{prefix}{name.rstrip('_')}"
        yield keys, value
        inner = value.items() if isinstance(value, dict) else [("", value)]
        for key, one in inner:
            if isinstance(one, Options):
                yield f"{keys}.{key}".rstrip("."), one
                yield from _parts(one, f"{keys}.{key}.".replace("..", "."))


@dataclass(frozen=True, slots=True)
class CellRule:
    """A rule that each row keeps or breaks, by one of its cells or by several.

    `columns` are those that must be there, `keys` the place of the limit in the block, `weight` what one row counts in
    the quality score. `one` and `many` word what is broken: `blank value`, `blank values`.
    """

    check: str
    subject: str
    columns: tuple[str, ...]
    predicate: Predicate
    tiers: Tiers
    keys: KeyPath
    one: str
    many: str
    remedy: str
    weight: float = 1.0


@dataclass
class TableScope:
    """One block's table. `rules` are all cell rules of all checks, in the order of the config.

    The plan is there once the source is open. `load_reference` reads what the data is compared with.
    """

    context: Context
    options: DataOptions
    rules: list[CellRule] = field(default_factory=list)
    opened: Plan | None = None
    memo: dict[str, Any] = field(default_factory=dict)
    """What several checks share and only they understand, by the name of the module that knows."""

    @property
    def plan(self) -> Plan:
        """The open table and its answers."""
        assert self.opened, "asked before the source was opened"
        return self.opened

    @property
    def rows(self) -> int:
        """Rows in the table."""
        return self.plan.rows

    @cached_property
    def reference(self) -> Profile:
        """The profile of the reference, read or made once. Raises CheckError, the same one each time."""
        from mlops_gates.gates.data import reference

        return reference.profile(self.context, self.options)

    def has(self, *names: str) -> bool:
        """Whether the table has all of the columns."""
        return all(name in self.plan.table.columns for name in names)

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

    def referred(self, name: str) -> Column:
        """The column with its declared type, else with the one that it has in the reference."""
        column = self.column(name)
        if column.type or name not in self.reference.columns:
            return column
        return Column(name, self.reference.columns[name].type)

    def bad(self, rule: CellRule) -> int:
        """Rows that break a rule; all of them where a column is missing. Raises CheckError where it cannot be told."""
        return self.plan.count(rule.predicate) if self.has(*rule.columns) else self.rows

    def limits(self, rule: CellRule) -> tuple[int | None, int | None]:
        """The most rows that may break a rule before it fails, and before it warns."""
        fail, warn = rule.tiers.fail, rule.tiers.warn
        return fail.rows(self.rows) if fail else None, warn.rows(self.rows) if warn else None

    def exceeded(self, rule: CellRule) -> bool:
        """Whether more rows break the rule than one of its tiers tolerates."""
        try:
            bad = self.bad(rule)
        except CheckError:
            return False
        return any(bad > most for most in self.limits(rule) if most is not None)

    @cached_property
    def quality(self) -> float | None:
        """Weighted share (0–1) of rows that keep their rules, over all cell rules, six decimals; None where there is none.

        A rule that could not be told is broken by every row.
        """
        # Whole numbers, so that equal tables have equal scores: weights in thousandths, of which only 0 is none.
        weights = [max(round(rule.weight * 1000), rule.weight > 0) for rule in self.rules]
        cells = self.rows * sum(weights)
        kept = cells - sum(weight * self.broken(rule) for weight, rule in zip(weights, self.rules, strict=True))
        # Rounded down, so that no score reads better than it is.
        return kept * 10**6 // cells / 10**6 if cells else None

    def broken(self, rule: CellRule) -> int:
        """Rows that break a rule; all of them where it cannot be told."""
        try:
            return self.bad(rule)
        except CheckError:
            return self.rows


def cell_rule(
    scope: TableScope,
    check: str,
    column: Column,
    predicate: Predicate,
    key: str,
    one: str,
    many: str,
    remedy: str,
    tiers: Tiers | None = None,
) -> CellRule:
    """The rule of one column; how much of it is tolerated and what it weighs stands with the column."""
    options = scope.options.columns[column.name]
    name = check.partition(".")[2]
    tolerated = options.tolerate.get(name)
    keys: KeyPath = ("columns", column.name, "tolerate", name) if tolerated else ("columns", column.name, key)
    return CellRule(
        check,
        column.name,
        (column.name,),
        predicate,
        tiers or tolerated or NONE,
        keys,
        one,
        many,
        remedy,
        options.weight,
    )


def missing(rules: Iterable[CellRule], scope: TableScope) -> list[str]:
    """The columns of the rules that the table does not have."""
    return [name for rule in rules for name in rule.columns if not scope.has(name)]
