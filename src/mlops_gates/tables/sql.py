"""Predicates in DuckDB's SQL. Every name and value is quoted here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlops_gates.tables.asks import (
    Cell,
    Column,
    DoesNotMatch,
    IsNotIn,
    IsNotType,
    IsNull,
    IsOutside,
    Predicate,
    Repeats,
)

_INTEGER = "[+-]?[0-9]+"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIMESTAMP = f"{_DATE}[T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]+)?)?(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)?"
_WHOLE = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
_FLOATING = ("FLOAT", "DOUBLE")


def identifier(name: str) -> str:
    """A quoted column name."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Cell) -> str:
    """A quoted value. Numbers are finite: the config admits no others."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells of these columns are read. In a textual source a cell is what its text says; else its type is its type."""

    columns: Mapping[str, str]
    textual: bool

    def predicate(self, one: Predicate) -> str:
        """The SQL condition of a predicate (not `Repeats`, which needs a window)."""
        match one:
            case IsNull(column):
                return self.null(column)
            case IsNotType(column):
                return f"NOT {self.null(column)} AND {self.value(column)} IS NULL"
            case IsOutside(column, low, high):
                return self._outside(column, low, high)
            case IsNotIn(column, values):
                return self._not_in(column, values)
            case DoesNotMatch(column, pattern):
                return f"NOT {self.null(column)} AND NOT regexp_matches({self._text(column)}, {literal(pattern)})"
            case Repeats():
                raise TypeError("repetitions are counted, not filtered")

    def present(self, column: Column) -> str:
        """The cell, null where it counts as null."""
        return f"CASE WHEN {self.null(column)} THEN NULL ELSE {identifier(column.name)} END"

    def physical(self, column: Column) -> str:
        """The engine's type of the column, without parameters: DECIMAL, not DECIMAL(10,2)."""
        return self.columns[column.name].split("(")[0]

    def null(self, column: Column) -> str:
        """Whether the cell counts as null."""
        cell, kind = identifier(column.name), self.physical(column)
        if column.type and kind == "VARCHAR":
            return f"({cell} IS NULL OR trim({cell}, ' \t\r\n') = '')"
        if kind in _FLOATING:
            return f"({cell} IS NULL OR isnan({cell}))"
        return f"({cell} IS NULL)"

    def _text(self, column: Column) -> str:
        cell = identifier(column.name)
        return cell if self.physical(column) == "VARCHAR" else f"CAST({cell} AS VARCHAR)"

    def value(self, column: Column) -> str:
        """The cell as its declared type, null where it is none."""
        cell, kind = identifier(column.name), self.physical(column)
        if self.textual and kind == "VARCHAR":
            return _parsed(cell, column.type)
        fits = {
            "string": kind in ("VARCHAR", "UUID") or kind.startswith("ENUM"),
            "integer": kind in _WHOLE,
            "number": kind in _WHOLE or kind == "DECIMAL",
            "boolean": kind == "BOOLEAN",
            "date": kind == "DATE",
            "timestamp": kind.startswith("TIMESTAMP"),
            None: True,
        }[column.type]
        if fits:
            return cell
        if kind in (*_FLOATING, "DECIMAL") and column.type in ("integer", "number"):
            whole = f"AND {cell} = floor({cell})" if column.type == "integer" else ""
            finite = f"isfinite({cell})" if kind in _FLOATING else "true"
            return f"CASE WHEN {finite} {whole} THEN {cell} END"
        return "NULL"

    def _outside(self, column: Column, low: Cell | None, high: Cell | None) -> str:
        declared = column.type is not None
        kind = self.physical(column)
        value = self.value(column if declared or kind != "VARCHAR" else Column(column.name, "number"))
        if not declared and kind == "VARCHAR":
            value = _parsed(identifier(column.name), "number")
        temporal = isinstance(low if low is not None else high, str)
        bound = (lambda v: f"{literal(v)}::TIMESTAMP") if temporal else literal
        value = f"CAST({value} AS TIMESTAMP)" if temporal else value
        outside = [f"{value} < {bound(low)}"] if low is not None else []
        outside += [f"{value} > {bound(high)}"] if high is not None else []
        condition = " OR ".join(outside)
        if not declared and kind == "VARCHAR":
            blank = self.null(Column(column.name, "number"))
            return f"NOT {blank} AND ({value} IS NULL OR {condition})"
        return f"NOT {self.null(column)} AND ({condition})"

    def _not_in(self, column: Column, values: tuple[Cell, ...]) -> str:
        numeric = column.type in ("integer", "number") or self.physical(column) in (*_WHOLE, *_FLOATING, "DECIMAL")
        if numeric:
            known = [
                literal(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)
            ]
            cell = self.value(column)
            unknown = f"{cell} NOT IN ({', '.join(known)})" if known else f"{cell} IS NOT NULL"
            return f"NOT {self.null(column)} AND {unknown}"
        words = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
        cell = self._text(column)
        if self.physical(column) == "BOOLEAN" or all(isinstance(value, bool) for value in values):
            cell = f"lower({cell})"
        return f"NOT {self.null(column)} AND {cell} NOT IN ({', '.join(map(literal, words))})"


def _parsed(cell: str, type_: str | None) -> str:
    trimmed = f"trim({cell}, ' \t\r\n')"
    if type_ == "integer":
        return f"CASE WHEN regexp_full_match({trimmed}, '{_INTEGER}') THEN TRY_CAST({cell} AS HUGEINT) END"
    if type_ == "number":
        number = f"TRY_CAST({cell} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) AND NOT contains({cell}, '_') THEN {number} END"
    if type_ == "boolean":
        return f"CASE WHEN lower({trimmed}) IN ('true', 'false') THEN lower({trimmed}) = 'true' END"
    if type_ == "date":
        return f"CASE WHEN regexp_full_match({trimmed}, '{_DATE}') THEN TRY_CAST({cell} AS DATE) END"
    if type_ == "timestamp":
        return f"CASE WHEN regexp_full_match({trimmed}, '{_TIMESTAMP}') THEN TRY_CAST({cell} AS TIMESTAMP) END"
    return cell
