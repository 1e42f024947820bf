"""Questions that look at more than one row, or that would slow a common scan down: each is a query of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass
from mlops_gates.tables import shared
from mlops_gates.tables.asks import (
    DATA,
    Aggregate,
    Answer,
    Breaks,
    Column,
    Count,
    Distinct,
    Frequencies,
    IsOutOfOrder,
    IsShared,
    IsUnknown,
    Predicate,
    Repeats,
    Result,
    Rows,
    Twins,
)
from mlops_gates.tables.sql import Dialect, identifier, literal

Run: TypeAlias = Callable[[str], list[tuple[Any, ...]]]
ROW = '"mlops-gates row"'
_FEW = 500
_MOST = 100_000
"""Rows that repeat others and are kept; of more, all rows are compared."""


def looks_around(predicate: Predicate) -> bool:
    """Whether other rows or tables decide if the predicate holds in a row."""
    return isinstance(predicate, Repeats | IsOutOfOrder | IsUnknown | IsShared | Breaks)


def written(one: Aggregate) -> str | None:
    """The SQL that the user wrote, where the question is one in the user's own words."""
    if isinstance(one, Result):
        return one.sql
    return one.predicate.sql if isinstance(one, Count) and isinstance(one.predicate, Breaks) else None


def needed(one: Aggregate) -> bool:
    """Whether the aggregate cannot stand in a SELECT with others."""
    if isinstance(one, Count):
        return looks_around(one.predicate)
    return isinstance(one, Distinct | Frequencies | Twins | Result) or (isinstance(one, Rows) and one.table != DATA)


def numbered(relation: str) -> str:
    """The rows with their numbers, from 1, in the order of the file."""
    return f"(SELECT *, row_number() OVER () AS {ROW} FROM {relation})"


@dataclass(frozen=True)
class Alone:
    """A table as a FROM clause, with its rows `counted`, how its cells are read, and the same of the others by name."""

    relation: str
    counted: str
    dialect: Dialect
    relations: Mapping[str, str]
    others: Mapping[str, Dialect]
    nulls: dict[Column, int] = field(default_factory=dict)
    """How many nulls columns have, as far as that is known."""

    suspects: dict[Repeats, str] = field(default_factory=dict)
    """The rows, as a FROM clause, among which those stand that repeat each other in the columns asked for."""

    def answer(self, one: Aggregate, run: Run) -> Answer:
        """Ask one question. Raises CheckError as `run` does, and for a query that is not answered by one number."""
        match one:
            case Rows(table):
                return int(run(f"SELECT count(*) FROM {self.relations[table]}")[0][0])
            case Distinct(column):
                return int(run(f"SELECT count(DISTINCT {self.dialect.present(column)}) FROM {self.relation}")[0][0])
            case Count(Repeats() as repeats, _):
                return self._repetitions(repeats, run)
            case Count(IsShared() as predicate, _):
                maybe, _ = self._shared(predicate)
                return 0 if run(maybe)[0][0] == 0 else int(run(f"SELECT count(*) FROM ({self.rows(predicate)})")[0][0])
            case Twins(columns, table):
                return int(run(shared.twins(self._relation(table), self._dialect(table), columns))[0][0])
            case Count(predicate, _):
                return int(run(f"SELECT count(*) FROM ({self.rows(predicate)})")[0][0])
            case Frequencies():
                return self._frequencies(one, run)
            case Result(sql):
                return _number(run(sql))
            case _:
                raise TypeError(f"{type(one).__name__} is answered by the common scan")

    def rows(self, predicate: Predicate) -> str:
        """The SELECT of the numbers of the rows in which the predicate holds."""
        match predicate:
            case Breaks(sql):
                return f"SELECT {ROW} FROM {numbered(identifier(DATA))} WHERE ({sql}) IS NOT DISTINCT FROM false"
            case Repeats():
                again = f"row_number() OVER (PARTITION BY {self._cells(predicate)} ORDER BY {ROW}) > 1"
                rows = self.suspects.get(predicate) or self.counted
                return f"SELECT {ROW} FROM {self._where(predicate, rows)} QUALIFY {again}"
            case IsOutOfOrder(column, falling, strict):
                cell = self.dialect.ordered(column)
                pairs = f"SELECT {ROW}, {cell} AS here FROM {self.counted} WHERE {cell} IS NOT NULL"
                pairs = f"SELECT {ROW}, here, lag(here) OVER () AS before FROM ({pairs})"
                sign = (">" if falling else "<") + ("=" if strict else "")
                return f"SELECT {ROW} FROM ({pairs}) WHERE here {sign} before"
            case IsUnknown(column, other, there):
                known = self.others[other].present(there)
                known = f"SELECT CAST({known} AS VARCHAR) FROM {self.relations[other]} WHERE {known} IS NOT NULL"
                cell = self.dialect.present(column)
                return (
                    f"SELECT {ROW} FROM {self.counted} "
                    f"WHERE {cell} IS NOT NULL AND CAST({cell} AS VARCHAR) NOT IN ({known})"
                )
            case IsShared():
                return self._shared(predicate)[1]
            case _:
                raise TypeError(f"{type(predicate).__name__} is decided by one row")

    def _shared(self, one: IsShared) -> tuple[str, str]:
        there = self.relations[one.other], self.others[one.other]
        return shared.rows(numbered(self.relation), self.dialect, *there, one.columns)

    def _relation(self, table: str) -> str:
        return self.relation if table == DATA else self.relations[table]

    def _dialect(self, table: str) -> Dialect:
        return self.dialect if table == DATA else self.others[table]

    def _complete(self, columns: tuple[Column, ...]) -> str:
        return " AND ".join(f"NOT {self.dialect.null(column)}" for column in columns)

    def _repetitions(self, one: Repeats, run: Run) -> int:
        """Equal rows have equal hashes: only rows whose hash stands twice need to be compared by their values."""
        if not self._suspects(one, run):
            self._suspect(one, run)
        suspects = self.suspects.get(one)
        groups = f"SELECT count(*) AS n FROM {self._where(one, suspects or self.relation)} GROUP BY {self._cells(one)}"
        return int(run(f"SELECT sum(n - 1) FROM ({groups})")[0][0] or 0)

    def _suspect(self, one: Repeats, run: Run) -> None:
        """Keep the rows, with their numbers, whose hash another row has; unless they are too many."""
        hashes, rows = (identifier(f"{what} {len(self.suspects)}") for what in ("hashes", "suspects"))
        hashed = f"SELECT hash({self._cells(one)}) AS h FROM {self._where(one, self.relation)}"
        run(
            f"CREATE OR REPLACE TEMP TABLE {hashes} AS SELECT h FROM ({hashed}) GROUP BY h HAVING count(*) > 1 LIMIT {_MOST}"
        )
        found = run(f"SELECT count(*) FROM {hashes}")[0][0]
        if not found:
            self.suspects[one] = f"(SELECT *, 0::BIGINT AS {ROW} FROM {self.relation} WHERE false)"
        elif found < _MOST:
            known = f"SELECT h FROM {hashes}"
            if found <= _FEW:
                # Written out, the engine looks at the key alone before it decodes the other columns.
                known = ", ".join(f"{row[0]}::UBIGINT" for row in run(known))
            where = f"hash({self._cells(one)}) IN ({known})"
            run(f"CREATE OR REPLACE TEMP TABLE {rows} AS SELECT * FROM {self.counted} WHERE {where} LIMIT {_MOST}")
            if run(f"SELECT count(*) FROM {rows}")[0][0] < _MOST:
                self.suspects[one] = rows

    def _suspects(self, one: Repeats, run: Run) -> bool:
        """Whether the rows that may repeat each other are known, perhaps from fewer columns: equal rows have equal keys."""
        for key, rows in self.suspects.items():
            if key == one:
                return True
            # Nulls are equal to each other in rows, and repeat nothing in a key.
            hides = one.nulls_equal and not key.nulls_equal
            if set(key.columns) < set(one.columns) and not (hides and self._incomplete(key, run)):
                self.suspects[one] = rows
                return True
        return False

    def _incomplete(self, key: Repeats, run: Run) -> bool:
        if all(column in self.nulls for column in key.columns):
            return any(self.nulls[column] for column in key.columns)
        return bool(run(f"SELECT count(*) FROM {self.relation} WHERE NOT ({self._complete(key.columns)})")[0][0])

    def _cells(self, one: Repeats) -> str:
        return ", ".join(map(self.dialect.present, one.columns))

    def _where(self, one: Repeats, relation: str) -> str:
        return relation if one.nulls_equal else f"{relation} WHERE {self._complete(one.columns)}"

    def _frequencies(self, one: Frequencies, run: Run) -> Answer:
        text, column = self.dialect.text(one.column), one.column
        besides = f" AND {text} NOT IN ({', '.join(map(literal, one.besides))})" if one.besides else ""
        some = f" AND hash(file_index, file_row_number) % {one.every} = 0" if one.every > 1 else ""
        rows = run(
            f"SELECT {text}, count(*) FROM {self.relation} WHERE NOT {self.dialect.null(column)}{besides}{some} "
            f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {one.most}"
        )
        return tuple((str(value), int(count)) for value, count in rows)


def _number(rows: list[tuple[Any, ...]]) -> Answer:
    if len(rows) != 1 or len(rows[0]) != 1:
        raise CheckError("the query must answer one number: one row with one column")
    value = rows[0][0]
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise CheckError("the query must answer one number") from None
