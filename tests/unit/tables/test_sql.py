"""Every predicate in DuckDB's SQL against a naive reading of the same cells in Python."""

from __future__ import annotations

import csv
import math
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gates.errors import CheckError
from mlops_gates.tables.asks import (
    Column,
    Count,
    DoesNotMatch,
    IsIn,
    IsLengthOutside,
    IsNotIn,
    IsNotType,
    IsNull,
    IsOutOfOrder,
    IsOutside,
    Predicate,
    Repeats,
    Rows,
    Type,
)
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.source import open_source
from mlops_gates.tables.sql import identifier, literal

WORDS = [
    "", " ", "\t", "0", "1", "+3", "-12", " 7 ", "007", "12.0", "1.5", "-.5", "5.", "1e3", "1E-2", "1e999", "1_000", "0x10",
    "1,5", "$5", "NaN", "nan", "inf", "-Infinity", "NA", "null", "true", "TRUE", " False ", "t", "yes", "a", "A", "it's",
    "%", "_", "\\", "é", "🙂", "2026-01-31", " 2026-01-31 ", "2026-02-29", "2024-02-29", "2026-1-3", "31.01.2026",
    "2026-01-31 10:00:00", "2026-01-31T10:00", "2026-01-31T10:00:00Z", "2026-01-31T25:00:00", "2026-01-31 10:00:00.25",
    "9" * 30, "-" + "9" * 50, "1.", ".", "-", "+", "e", "1e", "--1", "1 2", "infinity", "today", "now", "epoch",
]  # fmt: skip
TYPES: list[Type | None] = [None, "string", "integer", "number", "boolean", "date", "timestamp"]
BLANKS = " \t\r\n"


def value(cell: str | None, type_: Type | None) -> Any:
    """The cell as its type, None where it is none."""
    if cell is None:
        return None
    word = cell.strip(BLANKS)
    if type_ in (None, "string"):
        return cell
    if type_ == "integer":
        return int(word) if re.fullmatch("[+-]?[0-9]+", word) and len(word) < 38 else None
    if type_ == "number":
        if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", word):
            return None
        return float(word) if math.isfinite(float(word)) else None
    if type_ == "boolean":
        return {"true": True, "false": False}.get(word.lower())
    try:
        if type_ == "date":
            return date.fromisoformat(word) if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", word) else None
        stamp = re.fullmatch(
            r"([0-9-]{10})[T ]([0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?)(Z|[+-][0-9]{2}(:?[0-9]{2})?)?", word
        )
        return datetime.fromisoformat(f"{stamp[1]} {stamp[2]}") if stamp else None
    except ValueError:
        return None


def null(cell: str | None, type_: Type | None) -> bool:
    return cell is None or cell == "" or (type_ is not None and not cell.strip(BLANKS))


def holds(one: Predicate, cells: list[str | None]) -> list[bool]:
    """Row by row, the naive way."""
    type_ = (one.columns[0] if isinstance(one, Repeats) else one.column).type
    found, seen, last = [], set(), None
    for cell in cells:
        if isinstance(one, IsNull):
            found.append(null(cell, type_))
            continue
        if null(cell, "string" if isinstance(one, IsOutside) else type_):
            found.append(False)
            continue
        assert cell is not None
        match one:
            case IsNotType():
                found.append(value(cell, type_) is None)
            case IsOutside(_, low, high):
                read = value(cell, type_ or "number")
                if read is None:
                    found.append(type_ is None)
                    continue
                if isinstance(read, date) and not isinstance(read, datetime):
                    read = datetime(read.year, read.month, read.day)
                low_, high_ = (datetime.fromisoformat(x) if isinstance(x, str) else x for x in (low, high))
                found.append((low_ is not None and read < low_) or (high_ is not None and read > high_))
            case IsNotIn(_, values):
                if type_ in ("integer", "number"):
                    read = value(cell, type_)
                    found.append(read is not None and read not in values)
                else:
                    found.append(cell not in [str(v) for v in values])
            case DoesNotMatch(_, pattern):
                found.append(re.search(pattern, cell) is None)
            case IsIn(_, values):
                if type_ in ("integer", "number"):
                    read = value(cell, type_)
                    found.append(read is not None and read in values)
                else:
                    found.append(cell in [str(v) for v in values])
            case IsLengthOutside(_, low, high):
                found.append((low is not None and len(cell) < low) or (high is not None and len(cell) > high))
            case IsOutOfOrder(_, falling, strict):
                read = value(cell, type_)
                if read is None or isinstance(read, bool):
                    found.append(False)
                    continue
                before, last = last, read
                late = before is not None and (read > before if falling else read < before)
                found.append(late or (strict and before is not None and read == before))
            case Repeats():
                read = value(cell, type_)
                key = cell if read is None else read
                found.append(key in seen)
                seen.add(key)
    return found


def predicates(type_: Type | None) -> list[Predicate]:
    column = Column("a 'b\" c", type_)
    made: list[Predicate] = [
        IsNull(column),
        DoesNotMatch(column, "^[a-z0-9]+$"),
        DoesNotMatch(column, "'"),
        Repeats((column,)),
        IsLengthOutside(column, 2, 4),
        IsLengthOutside(column, None, 3),
    ]
    if type_ in ("integer", "number", "date"):
        made += [IsOutOfOrder(column, falling, strict) for falling in (True, False) for strict in (True, False)]
    if type_:
        made.append(IsNotType(column))
    if type_ in (None, "integer", "number"):
        made += [IsOutside(column, 0, None), IsOutside(column, -0.25, 12), IsOutside(column, None, 1e3)]
    if type_ in ("integer", "number"):
        made += [IsNotIn(column, (0, 1, 12)), IsNotIn(column, (1.5,)), IsIn(column, (0, 1.5, 12))]
    if type_ in (None, "string"):
        made += [IsNotIn(column, ("a", "it's", "1", "%")), IsNotIn(column, (1, "x"))]
    if type_ in ("date", "timestamp"):
        made += [IsOutside(column, "2026-01-31", None), IsOutside(column, None, "2026-01-31T10:00:00")]
    return made


def table(folder: Path, cells: list[str | None], null_values: tuple[str, ...] = ()) -> DuckTable:
    path = folder / "x.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["n", "a 'b\" c"])
        writer.writerows((number, cell) for number, cell in enumerate(cells))
    return DuckTable(open_source(path, "x.csv", null_values), 10**9)


def agree(folder: Path, cells: list[str | None], type_: Type | None) -> None:
    opened = table(folder, cells)
    try:
        asked = predicates(type_)
        counts = opened.scan([Rows(), *map(Count, asked)])
        first = opened.first_rows(asked, 10)
        assert counts[Rows()] == len(cells)
        for one in asked:
            expected = holds(one, cells)
            wrong = [cell for cell, bad in zip(cells, expected, strict=True) if bad]
            assert first[one] == [row for row, bad in enumerate(expected, 1) if bad][:10], (one, wrong)
            assert counts[Count(one)] == sum(expected), (one, wrong)
    finally:
        opened.close()


@pytest.mark.parametrize("type_", TYPES)
def test_every_word_alone(tmp_path: Path, type_: Type | None) -> None:
    """The words one by one: the count of a row then tells which word was read otherwise."""
    opened = table(tmp_path, list(WORDS))
    try:
        for one in predicates(type_):
            if not isinstance(one, Repeats):
                found = opened.first_rows([one], 1000)[one]
                expected = holds(one, list(WORDS))
                differ = [
                    word
                    for row, (word, bad) in enumerate(zip(WORDS, expected, strict=True), 1)
                    if (row in found) != bad
                ]
                assert differ == [], one
    finally:
        opened.close()


@pytest.mark.acceptance
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(cells=st.lists(st.sampled_from(WORDS), max_size=40), type_=st.sampled_from(TYPES))
def test_any_column(tmp_path: Path, cells: list[str | None], type_: Type | None) -> None:
    agree(tmp_path, cells, type_)


def parquet(folder: Path, select: str) -> DuckTable:
    duckdb.sql(f"COPY ({select}) TO '{folder / 'x.parquet'}' (FORMAT parquet)")
    return DuckTable(open_source(folder / "x.parquet", "x.parquet"), 10**9)


@pytest.mark.parametrize(
    ("cells", "predicate", "rows"),
    [
        ("(1.0::DOUBLE), (NULL), ('nan'::DOUBLE), (2.5)", IsNull(Column("v")), [2, 3]),
        ("(1.0::DOUBLE), (NULL), ('nan'::DOUBLE), (2.5)", IsNotType(Column("v", "integer")), [4]),
        ("(1.0::DOUBLE), (NULL), ('inf'::DOUBLE), (2.5)", IsNotType(Column("v", "number")), [3]),
        ("(1.0::DOUBLE), (NULL), ('nan'::DOUBLE), (2.5)", IsNotIn(Column("v"), (1,)), [4]),
        ("(1.0::DOUBLE), (NULL), ('nan'::DOUBLE), (2.5)", IsOutside(Column("v"), None, 2), [4]),
        ("(1::INTEGER), (NULL), (3)", IsNotType(Column("v", "number")), []),
        ("(1::INTEGER), (NULL), (3)", IsNotType(Column("v", "string")), [1, 3]),
        ("(1::INTEGER), (NULL), (3)", IsOutside(Column("v"), 2, None), [1]),
        ("(1::INTEGER), (NULL), (3)", DoesNotMatch(Column("v"), "^1$"), [3]),
        ("(1.25::DECIMAL(10,2)), (2)", IsNotType(Column("v", "integer")), [1]),
        ("(1.25::DECIMAL(10,2)), (2)", IsNotIn(Column("v", "number"), (1.25,)), [2]),
        ("(true), (false), (NULL)", IsNotIn(Column("v"), (True,)), [2]),
        ("(true), (false), (NULL)", IsNotType(Column("v", "integer")), [1, 2]),
        ("('a'), (' '), (NULL), ('1')", IsNull(Column("v", "string")), [2, 3]),
        ("('a'), (' '), (NULL), ('1')", IsNull(Column("v")), [3]),
        ("('a'), (' '), (NULL), ('1')", IsNotType(Column("v", "integer")), [1, 4]),
        ("(DATE '2026-01-31'), (NULL), (DATE '2026-02-01')", IsOutside(Column("v", "date"), None, "2026-01-31"), [3]),
        ("(DATE '2026-01-31')", IsNotType(Column("v", "timestamp")), [1]),
        (
            "(TIMESTAMP '2026-01-31 10:00:00'), (NULL)",
            IsOutside(Column("v", "timestamp"), "2026-01-31T10:00:01", None),
            [1],
        ),
        ("(1), (2), (1), (NULL), (NULL), (1)", Repeats((Column("v"),)), [3, 6]),
        ("('nan'::DOUBLE), ('nan'::DOUBLE), (0.0), (-0.0)", Repeats((Column("v"),)), [4]),
    ],
)
def test_parquet_columns_are_what_their_type_says(
    tmp_path: Path, cells: str, predicate: Predicate, rows: list[int]
) -> None:
    opened = parquet(tmp_path, f"SELECT * FROM (VALUES {cells}) t(v)")
    try:
        assert opened.first_rows([predicate], 10)[predicate] == rows
        assert opened.scan([Count(predicate)]) == {Count(predicate): len(rows)}
    finally:
        opened.close()


def test_no_row_at_all(tmp_path: Path) -> None:
    for type_ in TYPES:
        agree(tmp_path, [], type_)


def test_null_values_are_words_of_the_config(tmp_path: Path) -> None:
    opened = table(tmp_path, ["NA", "", "na", "'"], ("NA", "'"))
    try:
        one = IsNull(Column("a 'b\" c"))
        assert opened.first_rows([one], 9)[one] == [1, 2, 4]
    finally:
        opened.close()


@pytest.mark.parametrize("text", ["", "'", '"', "a'; DROP TABLE x; --", "\\'", "%s {} $1 ?", "\n", "é🙂"])
def test_names_and_values_are_quoted(text: str) -> None:
    assert duckdb.sql(f"SELECT {literal(text)}").fetchall() == [(text,)]
    name = text or "x"
    assert duckdb.sql(f"SELECT 1 AS {identifier(name)}").columns == [name]


def test_the_database_reads_its_one_file_only(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a\n1\n")
    opened = table(tmp_path, ["1"])
    try:
        for query in (
            f"(SELECT count(*) FROM read_csv('{tmp_path / 'other.csv'}'))",
            "(SELECT count(*) FROM read_text('/etc/hostname'))",
            "(SELECT count(*) FROM glob('/etc/*'))",
        ):
            with pytest.raises(CheckError):
                opened.rows_of(f"SELECT {query} FROM data")
    finally:
        opened.close()
