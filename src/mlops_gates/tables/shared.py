"""Rows that two tables share, in DuckDB's SQL: hashes say which may be equal, and only those are compared by value."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_gates.tables.asks import Column
from mlops_gates.tables.sql import Dialect

_ROW = '"mlops-gates row"'


def rows(
    here: str, here_dialect: Dialect, there: str, there_dialect: Dialect, columns: Sequence[Column]
) -> tuple[str, str]:
    """Two SELECTs over the relations `here` (whose rows are numbered) and `there`.

    The first counts the rows of `here` whose hash stands in `there`: 0 proves that no row is shared, at 8 bytes a row.
    The second is the numbers of those rows of `here` that equal a row of `there` in all `columns`; nulls are equal.
    """
    mine, other = _keys(here_dialect, columns), _keys(there_dialect, columns)
    known = f"(SELECT hash({', '.join(other)}) FROM {there})"
    maybe = f"SELECT count(*) FROM {here} WHERE hash({', '.join(mine)}) IN {known}"
    cells = [f"c{place}" for place in range(len(columns))]
    left = f"SELECT {_ROW}, {_named(mine, cells)} FROM {here} WHERE hash({', '.join(mine)}) IN {known}"
    right = (
        f"SELECT {_named(other, cells)} FROM {there} "
        f"WHERE hash({', '.join(other)}) IN (SELECT hash({', '.join(mine)}) FROM {here})"
    )
    equal = " AND ".join(f"a.{cell} IS NOT DISTINCT FROM b.{cell}" for cell in cells)
    return maybe, f"SELECT {_ROW} FROM ({left}) a SEMI JOIN ({right}) b ON {equal}"


def twins(relation: str, dialect: Dialect, columns: Sequence[Column]) -> str:
    """The SELECT of the number of rows that equal another row of the same table, counted by their hashes."""
    groups = f"SELECT count(*) AS many FROM {relation} GROUP BY hash({', '.join(_keys(dialect, columns))})"
    return f"SELECT coalesce(sum(many), 0) FROM ({groups}) WHERE many > 1"


def _named(keys: Sequence[str], names: Sequence[str]) -> str:
    return ", ".join(f"{key} AS {name}" for key, name in zip(keys, names, strict=True))


def _keys(dialect: Dialect, columns: Sequence[Column]) -> list[str]:
    return [_key(dialect, column) for column in columns]


def _key(dialect: Dialect, column: Column) -> str:
    """The cell as text that is the same in every format: 1, 01 and 1.0 are one number; null where it counts as null.

    What is no value of the type is compared letter by letter.
    """
    cell = f"CAST({dialect.present(column)} AS VARCHAR)"
    kinds = {"integer": "HUGEINT", "number": "DOUBLE", "date": "TIMESTAMP", "timestamp": "TIMESTAMP"}
    if column.type in ("integer", "number"):
        value = dialect.value(column) if column.type == "integer" else dialect.number(column)
    elif column.type in ("date", "timestamp"):
        value = dialect.ordered(column)
    elif column.type == "boolean":
        return f"coalesce(CAST({dialect.value(column)} AS VARCHAR), {cell})"
    else:
        return cell
    return f"coalesce(CAST(CAST({value} AS {kinds[column.type]}) AS VARCHAR), {cell})"
