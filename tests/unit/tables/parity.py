"""What every engine must answer as the default one does: random tables, and all that can be asked of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import strategies as st
from test_sql import WORDS, holds, predicates, table

from mlops_gates.tables.asks import (
    Aggregate,
    Column,
    Count,
    Counts,
    Deviation,
    Distinct,
    Frequencies,
    Greatest,
    Histogram,
    IsNotType,
    IsNull,
    IsOutOfOrder,
    IsUnknown,
    Least,
    Mean,
    Numbers,
    Quantile,
    Repeats,
    RoughlyDistinct,
    Rows,
    Texts,
    Type,
)
from mlops_gates.tables.engines import open_table
from mlops_gates.tables.source import Source, open_source

MEMORY = 10**9
NAME = "a 'b\" c"
KINDS = {
    "TINYINT": st.integers(-128, 127),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "UBIGINT": st.integers(0, 2**64 - 1),
    "DOUBLE": st.floats(-1e9, 1e9) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0]),
    "DECIMAL(10,2)": st.decimals(-(10**6), 10**6, places=2),
    "BOOLEAN": st.booleans(),
    "DATE": st.dates(),
    "TIMESTAMP": st.datetimes(),
    "VARCHAR": st.sampled_from([word for word in WORDS if word != "+-5"]),
}


def text(folder: Path, cells: Sequence[str | None]) -> Source:
    """A CSV file of one column of interest, and of the row's number."""
    table(folder, list(cells)).close()
    return open_source(folder / "x.csv", "x.csv")


def typed(folder: Path, kind: str, cells: Sequence[Any]) -> Source:
    """A Parquet file of the same two columns."""
    path = folder / "x.parquet"
    path.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t(n BIGINT, v {kind})")
        for number, cell in enumerate(cells):
            connection.execute("INSERT INTO t VALUES (?, ?)", [number, cell])
        connection.execute(f"""COPY (SELECT n, v AS "{NAME.replace('"', '""')}" FROM t) TO '{path}' (FORMAT parquet)""")
    return open_source(path, "x.parquet")


def aggregates(type_: Type | None, kind: str = "") -> list[Aggregate]:
    """Every kind of question but those of one row's cell, which `test_sql.predicates` has."""
    column = Column(NAME, type_)
    asked: list[Aggregate] = [
        Rows(),
        Mean(column),
        Deviation(column),
        Distinct(column),
        Quantile(column, 0.25),
        Quantile(column, 0.5),
        Histogram(column, (-1.0, 0.0, 1.5, 7.0)),
        Histogram(column, ()),
        Counts(column, ("a", "1", "x")),
        Counts(column, ()),
        Numbers(column),
        Count(IsNull(column)),
        Count(IsNotType(column)),
        Count(Repeats((column,))),
        Count(Repeats((column,), nulls_equal=True)),
        Count(Repeats((column, Column("n")))),
    ]
    if kind not in ("DOUBLE", "DECIMAL(10,2)"):  # floats as text are each engine's own
        asked += [Texts(column), Frequencies(column, 3, ("a",))]
    if type_ != "string" and not (kind == "VARCHAR" and type_):
        asked += [Least(column), Greatest(column)]
    return asked


def differing(source: Source, engine: str, asked: Sequence[Aggregate]) -> list[tuple[Aggregate, Any, Any]]:
    """The questions that the default engine and `engine` answer differently, with both answers."""
    answers = []
    for one in ("duckdb", engine):
        opened = open_table(source, one, MEMORY)
        try:
            answers.append(opened.scan(asked))
        finally:
            opened.close()
    found = [(one, *(answer[one] for answer in answers)) for one in asked]
    return [(one, here, there) for one, here, there in found if not same(here, there, _digits(one, answers[0]))]


def _digits(one: Aggregate, answers: Any) -> float:
    """What a deviation may be off: it is a difference of numbers as large as the mean."""
    mean = answers.get(Mean(one.column)) if isinstance(one, Deviation) else None
    return 1e-9 + 1e-12 * abs(mean) if isinstance(mean, float) else 1e-9


def same(one: Any, other: Any, digits: float = 1e-9) -> bool:
    """Equal; floats up to the order in which they were added up."""
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=digits)
    return bool(one == other)


def read_otherwise(source: Source, cells: Sequence[str | None], type_: Type | None, engine: str) -> list[Any]:
    """The predicates that `engine` counts or places otherwise than a naive reading of the cells in Python."""
    opened = open_table(source, engine, MEMORY)
    try:
        asked = predicates(type_)
        if engine != "polars":  # rows have no order there
            asked = [one for one in asked if not isinstance(one, IsOutOfOrder)]
        counts = opened.scan([Rows(), *map(Count, asked)])
        rows = opened.first_rows(asked, 1000)
    finally:
        opened.close()
    assert counts[Rows()] == len(cells)
    found: list[Any] = []
    for one in asked:
        expected = holds(one, list(cells))
        if counts[Count(one)] != sum(expected):
            found.append((one, counts[Count(one)], sum(expected)))
        if rows is not None and rows[one] != [row for row, bad in enumerate(expected, 1) if bad]:
            found.append((one, rows[one]))
    return found


def unknown(source: Source, other: Source, engine: str, type_: Type | None) -> Any:
    """How many cells of one table stand nowhere in another, and the rough number of different ones."""
    opened = open_table(source, engine, MEMORY, {"other": other})
    column = Column(NAME, type_)
    asked: list[Aggregate] = [Count(IsUnknown(column, "other", column)), Rows("other"), RoughlyDistinct(column)]
    try:
        found = opened.scan(asked)
        return [found[one] for one in asked]
    finally:
        opened.close()
